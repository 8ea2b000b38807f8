// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/io/interfaces.h"
#include "arrow/ipc/writer.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "io/scratch_directory.h"
#include "jobs/run.h"

namespace planish {

/// Record batches on their way through a scratch file, written front to back and then
/// read the same way, once. They come out as they went in, whatever their types: as
/// Arrow's own stream format, compressed by LZ4. One thread.
class SpooledBatches {
 public:
  /// `run`, which has scratch, must outlive it, and its pool the batches read. While it
  /// is written it holds a buffer of up to `most_buffer_bytes`, and no more than a small
  /// share of the limit.
  static arrow::Result<std::unique_ptr<SpooledBatches>> Make(
      Run* run, const std::shared_ptr<arrow::Schema>& schema,
      int64_t most_buffer_bytes = int64_t{1} << 20);

  ~SpooledBatches();

  arrow::Status Append(const arrow::RecordBatch& batch);
  /// Ends the writing; from here on Next hands out what was appended.
  arrow::Status Rewind();
  /// Null behind the last.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next();

  int64_t spooled_bytes() const { return file_->size(); }

 private:
  SpooledBatches(Run* run, std::unique_ptr<ScratchFile> file)
      : run_(run), file_(std::move(file)) {}

  Run* const run_;
  const std::unique_ptr<ScratchFile> file_;
  std::shared_ptr<arrow::io::OutputStream> sink_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

}  // namespace planish
