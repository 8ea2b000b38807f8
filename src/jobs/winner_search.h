// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/chunk_plan.h"
#include "jobs/estimate.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "keys/key_encoder.h"
#include "planish/dedup.h"
#include "planish/report.h"
#include "winners/winner_finder.h"

namespace planish {

/// What is asked, in dataset columns (indexes into Inventory::schema).
struct WinnerQuestion {
  std::vector<int> key_columns;
  std::vector<OrderColumn> order_columns;
  KeepPolicy keep = KeepPolicy::kFirst;
  bool nan_equal = true;
  Optimizations optimizations;
  /// The stage that all of the search is measured as; empty: "scan" and "winners".
  std::string stage;
};

/// Scans key and order columns and finds what each key's rows are worth.
///
/// Keys of up to 16 fixed bytes, and text that packs into as many, are their own records:
/// one pass. Longer keys are recorded
/// by a 128-bit digest in a first pass; only rows whose digest occurs twice are read
/// again, with their full keys, and decided by comparing those. Where all full keys
/// surely fit in memory the first pass is left out.
class WinnerSearch {
 public:
  /// Without `skipped` a chunk that cannot be read is an error.
  WinnerSearch(Run* run, std::shared_ptr<const Inventory> inventory,
               WinnerQuestion question, SkippedChunks* skipped = nullptr);

  /// What the search will have to do, and nothing besides.
  Workload workload() const;

  /// Rows to drop, by global ordinal.
  arrow::Result<RowBitmap> FindLosers();
  /// Keys that two and more rows have, by first row.
  arrow::Result<std::vector<KeyGroup>> FindGroups();

  /// Whether a call failed because rows of chunks that turned out unreadable were among
  /// those to decide on: search again in what is left.
  bool is_void() const { return is_void_; }

  /// What was done; valid after either call.
  const EngineReport& engine() const { return engine_; }
  int64_t chunks() const { return chunks_.count(); }
  ChunkSizes chunk_sizes() const { return chunks_.sizes(); }
  int64_t bytes_read() const { return bytes_read_; }

 private:
  using DecidePartition = std::function<arrow::Status(WinnerFinder*, int partition)>;

  arrow::Schema ScannedSchema() const;
  /// Reads a few rows to learn the form of keys and how long they are.
  arrow::Status SampleKeys(const arrow::Schema& scanned);
  KeyForm ChooseForm(const arrow::Schema& scanned) const;
  KeySpec Spec(bool with_order) const;
  ChunkRules Rules() const;
  arrow::Status Search(KeepPolicy keep, const DecidePartition& decide);
  arrow::Status SearchBy(KeyForm form, const arrow::Schema& scanned, KeepPolicy keep,
                         const DecidePartition& decide);
  /// Row groups to decide together: all, unless their records would not fit and the
  /// ranges of a key column let them be decided one part after the other.
  arrow::Result<std::vector<std::vector<RowGroupRef>>> Batches(KeyForm form) const;
  arrow::Status SearchBatch(KeyForm form, const std::vector<RowGroupRef>& batch,
                            KeepPolicy keep, RowBitmap* candidates,
                            const DecidePartition& decide);
  /// One pass: scan the rows in `only` (all, if null) of a batch, decide each partition.
  arrow::Status Pass(KeyForm form, const std::vector<RowGroupRef>& batch, KeepPolicy keep,
                     const RowBitmap* only, const DecidePartition& decide);
  arrow::Result<RowBitmap> NewBitmap();

  Run* const run_;
  const std::shared_ptr<const Inventory> inventory_;
  const WinnerQuestion question_;
  SkippedChunks* const skipped_;
  bool is_void_ = false;
  TextPacking packing_ = TextPacking::kNone;
  /// Of the longest sample; unset where nothing could be sampled.
  std::optional<int64_t> sampled_row_bytes_;
  std::atomic<bool> packing_failed_{false};
  std::vector<int> scanned_columns_;
  MemoryReservation bitmaps_;
  EngineReport engine_;
  ChunkTally chunks_;
  int64_t bytes_read_ = 0;
};

}  // namespace planish
