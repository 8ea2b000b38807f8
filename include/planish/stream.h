// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/array/array_primitive.h"
#include "arrow/io/interfaces.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "planish/dedup.h"
#include "planish/report.h"
#include "planish/run_context.h"

/// \file
/// Streams of Arrow record batches without duplicate rows. docs/semantics.md says when
/// keys are equal and which row is first.

namespace planish {

struct StreamDedupOptions {
  // What; each as in DedupOptions. The order of the input is that of the stream.
  std::vector<std::string> key;
  Keep keep = Keep::kFirst;
  std::vector<std::string> order_by;
  bool nan_equal = true;
  /// What errors call the source.
  std::string source_name = "stream";

  // How.
  Optimizations optimizations;

  /// An error if a field, or a combination, is not allowed.
  arrow::Status Validate() const;
};

/// The kept rows of a source, in its order and with its schema, pulled lazily: ReadNext
/// reads as much of the source as it takes to return a batch. A batch of the source gives
/// one batch, none, or several if it is larger than 8 MiB or has more than 2^20 rows.
/// Used by one thread at a time.
///
/// Batches may outlive the reader. After an error every further ReadNext returns it
/// again. A reader may be dropped at any time; what it has in scratch goes with it.
class StreamDedupReader : public arrow::RecordBatchReader {
 public:
  /// Rows of the source that went through scratch before it was known which of them stay.
  virtual int64_t spooled_rows() const = 0;
  /// What was done so far; times and memory are there once ReadNext has returned null.
  virtual Report report() const = 0;
};

/// Removes duplicate rows from a stream.
///
/// With Keep::kFirst and no order a row is known to stay as soon as it comes: batches
/// come out as they come in, and only keys are held, in up to half of the memory limit.
/// Beyond that, and in all other cases from the start, the rest of the source is read to
/// its end into scratch (RunContext::temp_dir, which must be set then) before the next
/// batch comes out. Which way was taken changes neither rows nor batches.
///
/// Columns of every Arrow type come out as they went in. Batches have the schema of the
/// source, or are brought to it: columns are matched by name, and values come in a type
/// that holds more, as far as that type is the schema's. A batch that cannot be brought
/// to it is an error (kSchemaMismatch) that names the batch, counted from 0, and the
/// column. Errors besides: kMissingColumn,
/// kUnsupported for a key or order column whose type has no rule; later those of the
/// source as it gave them, kMemoryLimit, kDiskFull, kCancelled. Callbacks of `context`
/// are called during ReadNext and must outlive the reader; one that calls ReadNext itself
/// gets an error (kInvalidOption).
arrow::Result<std::shared_ptr<StreamDedupReader>> DedupStream(
    std::shared_ptr<arrow::RecordBatchReader> source, const StreamDedupOptions& options,
    const RunContext& context = {});

/// The same for a source in Arrow's IPC stream or file format, read front to back; its
/// batches are within the memory limit too, and validated. Damage, truncation and bytes
/// behind the end are kCorrupt, naming the source and the batch, counted from 0.
arrow::Result<std::shared_ptr<StreamDedupReader>> DedupIpcStream(
    std::shared_ptr<arrow::io::InputStream> source, const StreamDedupOptions& options,
    const RunContext& context = {});

/// The kept rows of a dataset as a stream instead of files, in the order of the files:
/// their columns as the dataset promotes them, dictionary and extension types as their
/// values, INT96 as timestamps in nanoseconds, hive columns last. Winners are decided
/// before this returns, rows are read as they are pulled. `options` must not name an
/// output, nor ask for a dry run or to verify. Errors are those of Dedup; a chunk that
/// cannot be read is always one.
arrow::Result<std::shared_ptr<StreamDedupReader>> DedupToStream(
    const DedupOptions& options, const RunContext& context = {});

/// Says of each row of a source whether DedupStream with the same options would drop it:
/// one value a row, none of them null. Reads the source to its end, and holds keys and
/// one bit a row only. Scratch is needed in the same cases as there, and takes keys.
/// Errors are those of DedupStream and of its reader.
arrow::Result<std::shared_ptr<arrow::BooleanArray>> FindDuplicates(
    std::shared_ptr<arrow::RecordBatchReader> source, const StreamDedupOptions& options,
    const RunContext& context = {});

}  // namespace planish
