// SPDX-License-Identifier: Apache-2.0
#include "jobs/estimate.h"

#include <algorithm>

namespace planish {
namespace {

// Seconds of one thread, from stage times of bench/'s random-10M (int64 key, 10 columns)
// and flights (5 key columns) on the machine of bench/results/2026-11-22.md.
constexpr double kStart = 0.02;
constexpr double kPerFile = 0.5e-3;
constexpr double kScanPerRow = 30e-9;
constexpr double kScanPerValue = 25e-9;
constexpr double kDecidePerRow = 50e-9;
/// Decoding, filtering and encoding costs by the value, moving by the byte.
constexpr double kRewritePerValue = 22e-9;
constexpr double kRewritePerByte = 0.5e-9;
constexpr double kSyncPerByte = 0.3e-9;
/// Written compressed and read again, 2 GB a second each way.
constexpr double kSpillPerByte = 1e-9;

/// Long keys are looked at again where their digests are equal.
constexpr double kSecondScan = 1.25;

// Bytes. A process that has loaded Arrow and read some footers.
constexpr double kProcess = 50e6;
constexpr double kRecord = 24;
/// A key or order value that a record carries besides.
constexpr double kPayloadValue = 12;
constexpr double kBatchValue = 16;
constexpr double kBatchRows = 32 * 1024;
/// A row group in work: decoded pages, encoded ones, those waiting to be written.
constexpr double kRowGroupExpansion = 3;

/// Bits of the selection, one for a row.
double BitmapBytes(double rows) {
  return rows / 8;
}

double RecordBytes(const Workload& load) {
  const double values = load.inline_keys ? static_cast<double>(load.scanned_columns) - 1
                                         : static_cast<double>(load.scanned_columns);
  return static_cast<double>(load.rows) *
         (kRecord + kPayloadValue * std::max(0.0, values));
}

double Seconds(const Workload& load, double spilled) {
  const auto rows = static_cast<double>(load.rows);
  const auto bytes = static_cast<double>(load.bytes);
  double scan =
      rows * (kScanPerRow + kScanPerValue * static_cast<double>(load.scanned_columns));
  if (!load.inline_keys) scan *= kSecondScan;
  double work = scan + rows * kDecidePerRow;
  double storage = spilled * kSpillPerByte;
  if (load.rewrites) {
    work += rows * static_cast<double>(load.columns) * kRewritePerValue +
            bytes * kRewritePerByte;
    if (load.syncs) storage += bytes * kSyncPerByte;
  }
  return kStart + static_cast<double>(load.files) * kPerFile + work / load.threads +
         storage;
}

}  // namespace

Workload WorkloadOf(const Inventory& inventory) {
  Workload load;
  load.rows = inventory.num_rows();
  load.bytes = inventory.num_bytes();
  load.files = static_cast<int64_t>(inventory.files().size());
  for (const DataFile& file : inventory.files()) {
    load.columns = std::max<int64_t>(load.columns, file.num_leaf_columns);
    for (const int64_t bytes : file.row_group_bytes) {
      load.largest_row_group_bytes = std::max(load.largest_row_group_bytes, bytes);
    }
  }
  return load;
}

RunFigures EstimateRun(const Workload& load) {
  const auto rows = static_cast<double>(load.rows);
  const auto bytes = static_cast<double>(load.bytes);
  const auto limit = static_cast<double>(load.memory_limit);
  const double batches = load.threads * std::min(rows, kBatchRows) * kBatchValue *
                         static_cast<double>(load.scanned_columns);
  const double finding = kProcess + RecordBytes(load) + BitmapBytes(rows) + batches;
  const double rewriting = kProcess + BitmapBytes(rows) +
                           static_cast<double>(load.largest_row_group_bytes) *
                               load.threads * kRowGroupExpansion;
  const double spilled = std::clamp(finding - limit, 0.0, RecordBytes(load));
  const double scanned_share =
      static_cast<double>(load.scanned_columns) /
      std::max(static_cast<double>(load.columns),
               static_cast<double>(std::max<int64_t>(1, load.scanned_columns)));

  RunFigures figures;
  figures.rows = load.rows;
  figures.bytes =
      static_cast<int64_t>(bytes * scanned_share + (load.rewrites ? 2 * bytes : 0));
  figures.peak_memory_bytes = static_cast<int64_t>(
      std::min(limit, load.rewrites ? std::max(finding, rewriting) : finding));
  figures.spilled_bytes = static_cast<int64_t>(spilled);
  figures.seconds = Seconds(load, spilled);
  return figures;
}

}  // namespace planish
