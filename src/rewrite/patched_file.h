// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "format/changed_columns.h"
#include "format/chunk_transcoder.h"
#include "format/file_splicer.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// What a row group has become.
struct PatchedRowGroup {
  /// kCopy, kDrop, or kTranscode: some column chunks are new.
  Fate fate = Fate::kCopy;
  int64_t rows_kept = 0;
  /// With kTranscode, one for each leaf of the new version, nothing where the old chunk
  /// stays, which is no leaf of a column that changes.
  std::vector<std::optional<EncodedChunk>> chunks;
};

/// Writes the new version of a file whose row groups turn out to be changed, or not, one
/// after the other. Nothing is written before the first one that is.
class PatchedFile {
 public:
  /// Says where the new version is to be written.
  using Prepare = std::function<arrow::Result<std::string>()>;

  /// Everything must outlive it. `change`: other columns of the new version; in row
  /// groups that do not bring values added ones are null, and retyped ones have the old
  /// values. `sync`: bytes are on the disk when Finish returns.
  PatchedFile(FileSystem* fs, const DataFile* source, Prepare prepare,
              SchemaChange change, const WriterOptions* writer, bool sync,
              arrow::MemoryPool* pool);

  /// The old version; any thread.
  arrow::Result<std::shared_ptr<ParquetFile>> Input();
  const SchemaChange& change() const { return change_; }
  /// What encodes the columns that change; null if there are none. Any thread.
  arrow::Result<const ChangedColumns*> Changed();

  /// Writes the file even if nothing changes. Call first.
  void WriteInAnyCase() { changed_ = true; }
  /// The next row group. One thread.
  arrow::Status Append(const PatchedRowGroup& row_group);
  /// Row groups that have come.
  int num_row_groups() const { return next_; }
  /// The row group that was being written last, if Append failed.
  int last_written() const { return last_written_; }
  /// Completes the file. `even_if_empty`: a file without rows is written, not dropped.
  arrow::Status Finish(bool even_if_empty);

  /// After Finish. kCopy: nothing changed, and nothing was written. kDrop: no row is
  /// left, and nothing was written.
  Fate fate() const { return fate_; }
  int64_t rows_kept() const { return rows_kept_; }
  int64_t bytes_copied() const { return bytes_copied_; }
  int64_t bytes_written() const { return bytes_written_; }
  int64_t bytes_read() const { return bytes_read_; }
  int64_t copied_chunks() const { return copied_chunks_; }

 private:
  arrow::Status Start();
  arrow::Status Write(int index, const PatchedRowGroup& row_group);
  arrow::Status CopyWithChange(int index);
  arrow::Result<std::shared_ptr<ParquetFile>> OpenInput();

  FileSystem* const fs_;
  const DataFile* const source_;
  const Prepare prepare_;
  const SchemaChange change_;
  const WriterOptions* const writer_;
  const bool sync_;
  arrow::MemoryPool* const pool_;

  std::mutex input_mutex_;
  std::shared_ptr<ParquetFile> input_;
  std::shared_ptr<const ChangedColumns> changed_columns_;
  int next_ = 0;
  int last_written_ = 0;
  bool changed_ = false;
  /// Of row groups that have come before there was a reason to write.
  std::vector<Fate> held_back_;
  std::unique_ptr<OutputFile> output_;
  std::optional<FileSplicer> splicer_;
  Fate fate_ = Fate::kCopy;
  int64_t rows_kept_ = 0;
  int64_t bytes_copied_ = 0, bytes_written_ = 0, bytes_read_ = 0, copied_chunks_ = 0;
};

}  // namespace planish
