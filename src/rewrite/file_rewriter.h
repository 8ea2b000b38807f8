// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "format/chunk_transcoder.h"
#include "format/file_splicer.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// Writes the new version of one file out of what is left of the old one.
///
/// Encode may run in several threads at once, in any order. The other calls come from one
/// thread at a time, in the file's order: CopyRowGroup for a copied row group,
/// AppendChunk for every leaf column of a transcoded one, Finish at the end. The output
/// file is created by the first of them.
class FileRewriter {
 public:
  /// Everything must outlive it. `sync`: bytes are on their way to the disk while they
  /// are written. `room` is for chunks between Encode and AppendChunk.
  FileRewriter(FileSystem* fs, const DataFile* source, std::string output_path, bool sync,
               const WriterOptions* options, WaitingRoom* room, arrow::MemoryPool* pool);

  /// Column chunk `leaf` of `group` without the rows in `losers` (global ordinals).
  arrow::Result<EncodedChunk> Encode(const RowGroupPlan& group, int leaf,
                                     const RowBitmap& losers);

  arrow::Status CopyRowGroup(const RowGroupPlan& group);
  /// Leaf 0 begins the row group, the last leaf ends it.
  arrow::Status AppendChunk(const RowGroupPlan& group, int leaf,
                            const EncodedChunk& chunk);

  /// Completes the file, syncs it if asked, and closes both files. Fails with
  /// kVerification if it does not hold `expected_rows`.
  arrow::Status Finish(int64_t expected_rows);

  int64_t bytes_copied() const { return splicer_ ? splicer_->bytes_copied() : 0; }
  /// After Finish.
  int64_t bytes_written() const { return bytes_written_; }
  /// Bytes of the source that were read.
  int64_t bytes_read() const { return bytes_read_; }

 private:
  arrow::Result<std::shared_ptr<ParquetFile>> Input();
  arrow::Status StartOutput();

  FileSystem* fs_;
  const DataFile* source_;
  const std::string output_path_;
  const bool sync_;
  const WriterOptions* options_;
  WaitingRoom* room_;
  arrow::MemoryPool* pool_;

  std::mutex input_mutex_;
  std::shared_ptr<ParquetFile> input_;
  std::unique_ptr<OutputFile> output_;
  std::optional<FileSplicer> splicer_;
  int64_t bytes_written_ = 0;
  int64_t bytes_read_ = 0;
};

}  // namespace planish
