// SPDX-License-Identifier: Apache-2.0
#include "rewrite/patched_file.h"

#include <algorithm>
#include <utility>

#include "base/error_builder.h"

namespace planish {

PatchedFile::PatchedFile(FileSystem* fs, const DataFile* source, Prepare prepare,
                         arrow::FieldVector added, const WriterOptions* writer, bool sync,
                         arrow::MemoryPool* pool)
    : fs_(fs),
      source_(source),
      prepare_(std::move(prepare)),
      added_fields_(std::move(added)),
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

arrow::Result<const AddedColumns*> PatchedFile::Added() {
  if (added_fields_.empty()) return nullptr;
  std::lock_guard<std::mutex> lock(input_mutex_);
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenInput());
  if (!added_) {
    ARROW_ASSIGN_OR_RAISE(added_,
                          AddedColumns::Make(*input, added_fields_, *writer_, pool_));
  }
  return added_.get();
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
  ARROW_ASSIGN_OR_RAISE(const AddedColumns* added, Added());
  ARROW_ASSIGN_OR_RAISE(const std::string path, prepare_());
  ARROW_ASSIGN_OR_RAISE(output_, fs_->CreateOutput(path, sync_));
  ARROW_ASSIGN_OR_RAISE(
      FileSplicer splicer,
      FileSplicer::Make(output_.get(), &input->input(), &input->footer(),
                        added == nullptr ? nullptr : &added->footer()));
  splicer_.emplace(std::move(splicer));
  return arrow::Status::OK();
}

arrow::Status PatchedFile::Write(int index, const PatchedRowGroup& row_group) {
  last_written_ = index;
  if (row_group.fate == Fate::kCopy) {
    copied_chunks_ += source_->num_leaf_columns;
    return added_ ? CopyWithNulls(index) : splicer_->CopyRowGroup(index);
  }
  ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(index, row_group.rows_kept));
  for (const auto& chunk : row_group.chunks) {
    ARROW_RETURN_NOT_OK(chunk ? splicer_->AppendChunk(*chunk) : splicer_->CopyChunk());
    if (!chunk) ++copied_chunks_;
  }
  return splicer_->EndRowGroup();
}

/// A row group that stays as it is, but for columns that it has no values for.
arrow::Status PatchedFile::CopyWithNulls(int index) {
  const int64_t num_rows = source_->row_group_rows[static_cast<size_t>(index)];
  ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(index, num_rows));
  for (int leaf = 0; leaf < source_->num_leaf_columns; ++leaf) {
    ARROW_RETURN_NOT_OK(splicer_->CopyChunk());
  }
  for (size_t i = 0; i < added_fields_.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto chunks, added_->Encode(index, i, num_rows, {}));
    for (const EncodedChunk& chunk : chunks) {
      ARROW_RETURN_NOT_OK(splicer_->AppendChunk(chunk));
    }
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
  added_.reset();
  input_.reset();
  return arrow::Status::OK();
}

}  // namespace planish
