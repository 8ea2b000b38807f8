// SPDX-License-Identifier: Apache-2.0
#include "rewrite/patched_file.h"

#include <algorithm>
#include <utility>

#include "base/error_builder.h"
#include "base/row_bitmap.h"
#include "scan/column_conversion.h"

namespace planish {

PatchedFile::PatchedFile(FileSystem* fs, const DataFile* source, Prepare prepare,
                         SchemaChange change, const WriterOptions* writer, bool sync,
                         arrow::MemoryPool* pool)
    : fs_(fs),
      source_(source),
      prepare_(std::move(prepare)),
      change_(std::move(change)),
      writer_(writer),
      sync_(sync),
      pool_(pool) {}

arrow::Result<std::shared_ptr<ParquetFile>> PatchedFile::OpenInput() {
  if (!input_) {
    ARROW_ASSIGN_OR_RAISE(input_, OpenDataFile(fs_, *source_, pool_));
  }
  return input_;
}

arrow::Result<std::shared_ptr<ParquetFile>> PatchedFile::Input() {
  std::lock_guard<std::mutex> lock(input_mutex_);
  return OpenInput();
}

arrow::Result<const ChangedColumns*> PatchedFile::Changed() {
  if (change_.empty()) return nullptr;
  std::lock_guard<std::mutex> lock(input_mutex_);
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenInput());
  if (!changed_columns_) {
    ARROW_ASSIGN_OR_RAISE(
        changed_columns_,
        ChangedColumns::Make(*input, change_, ConvertColumn, *writer_, pool_));
  }
  return changed_columns_.get();
}

arrow::Status PatchedFile::Append(const PatchedRowGroup& row_group) {
  rows_kept_ += row_group.rows_kept;
  const int index = next_++;
  // Dropped row groups alone are no reason to write: nothing may be left at the end.
  if (!splicer_) {
    held_back_.push_back(row_group.fate);
    changed_ = changed_ || row_group.fate != Fate::kCopy;
    if (!changed_ || rows_kept_ == 0) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    for (int i = 0; i < index; ++i) {
      if (held_back_[static_cast<size_t>(i)] == Fate::kCopy) {
        ARROW_RETURN_NOT_OK(Write(i, {Fate::kCopy, 0, {}}));
      }
    }
    held_back_.clear();
  }
  return row_group.fate == Fate::kDrop ? arrow::Status::OK() : Write(index, row_group);
}

arrow::Status PatchedFile::Start() {
  ARROW_ASSIGN_OR_RAISE(const auto input, Input());
  ARROW_ASSIGN_OR_RAISE(const ChangedColumns* changed, Changed());
  ARROW_ASSIGN_OR_RAISE(const std::string path, prepare_());
  ARROW_ASSIGN_OR_RAISE(output_, fs_->CreateOutput(path, sync_));
  ARROW_ASSIGN_OR_RAISE(
      FileSplicer splicer,
      FileSplicer::Make(output_.get(), &input->input(), &input->footer(),
                        changed == nullptr ? nullptr : &changed->footer(), pool_));
  splicer_.emplace(std::move(splicer));
  return arrow::Status::OK();
}

arrow::Status PatchedFile::Write(int index, const PatchedRowGroup& row_group) {
  last_written_ = index;
  if (row_group.fate == Fate::kCopy) {
    if (changed_columns_) return CopyWithChange(index);
    copied_chunks_ += source_->num_leaf_columns;
    return splicer_->CopyRowGroup(index);
  }
  ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(index, row_group.rows_kept));
  for (const auto& chunk : row_group.chunks) {
    ARROW_RETURN_NOT_OK(chunk ? splicer_->AppendChunk(*chunk) : splicer_->CopyChunk());
    if (!chunk) ++copied_chunks_;
  }
  return splicer_->EndRowGroup();
}

/// A row group that stays as it is, but for columns that change.
arrow::Status PatchedFile::CopyWithChange(int index) {
  const int64_t num_rows = source_->row_group_rows[static_cast<size_t>(index)];
  const auto append = [&](const std::vector<EncodedChunk>& chunks) -> arrow::Status {
    for (const EncodedChunk& chunk : chunks) {
      ARROW_RETURN_NOT_OK(splicer_->AppendChunk(chunk));
    }
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(index, num_rows));
  size_t next = 0;
  for (int column = 0; column < input_->schema()->num_fields(); ++column) {
    if (next < change_.retyped.size() && change_.retyped[next].column == column) {
      const RowBitmap none(num_rows);
      ARROW_ASSIGN_OR_RAISE(
          const auto chunks,
          changed_columns_->EncodeRetyped(index, next++, {}, {&none, 0, num_rows}));
      ARROW_RETURN_NOT_OK(append(chunks));
      continue;
    }
    const size_t leaves = input_->LeavesOf(column).size();
    for (size_t i = 0; i < leaves; ++i) ARROW_RETURN_NOT_OK(splicer_->CopyChunk());
    copied_chunks_ += static_cast<int64_t>(leaves);
  }
  for (size_t i = 0; i < change_.added.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto chunks,
                          changed_columns_->EncodeAdded(index, i, num_rows, {}));
    ARROW_RETURN_NOT_OK(append(chunks));
  }
  return splicer_->EndRowGroup();
}

arrow::Status PatchedFile::Finish(bool even_if_empty) {
  const bool empties = changed_ && rows_kept_ == 0;
  if (empties && even_if_empty) ARROW_RETURN_NOT_OK(Start());
  if (splicer_) {
    fate_ = Fate::kTranscode;
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, splicer_->Finish());
    if (rows != rows_kept_) {
      return Error(ErrorKind::kVerification, "rewritten file has a wrong number of rows")
          .File(source_->path)
          .Fact("expected", std::to_string(rows_kept_))
          .Fact("written", std::to_string(rows))
          .Hint("this is a defect of planish; nothing was published");
    }
    bytes_copied_ = splicer_->bytes_copied();
    bytes_written_ = output_->position();
    if (sync_) ARROW_RETURN_NOT_OK(output_->SyncIfLarge());
    ARROW_RETURN_NOT_OK(output_->Close());
  } else if (empties) {
    fate_ = Fate::kDrop;
  }
  if (input_) bytes_read_ = input_->input().bytes_read();
  splicer_.reset();
  output_.reset();
  changed_columns_.reset();
  input_.reset();
  return arrow::Status::OK();
}

}  // namespace planish
