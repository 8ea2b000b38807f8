// SPDX-License-Identifier: Apache-2.0
#include "rewrite/file_rewriter.h"

#include <utility>

#include "base/error_builder.h"

namespace planish {

FileRewriter::FileRewriter(FileSystem* fs, const DataFile* source,
                           std::string output_path, bool sync,
                           const WriterOptions* options, WaitingRoom* room,
                           arrow::MemoryPool* pool)
    : fs_(fs),
      source_(source),
      output_path_(std::move(output_path)),
      sync_(sync),
      options_(options),
      room_(room),
      pool_(pool) {}

arrow::Result<std::shared_ptr<ParquetFile>> FileRewriter::Input() {
  std::lock_guard<std::mutex> lock(input_mutex_);
  if (!input_) {
    ARROW_ASSIGN_OR_RAISE(input_, OpenDataFile(fs_, *source_, pool_));
  }
  return input_;
}

arrow::Status FileRewriter::StartOutput() {
  if (splicer_) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<ParquetFile> input, Input());
  ARROW_ASSIGN_OR_RAISE(output_, fs_->CreateOutput(output_path_, sync_));
  ARROW_ASSIGN_OR_RAISE(
      FileSplicer splicer,
      FileSplicer::Make(output_.get(), &input->input(), &input->footer()));
  splicer_.emplace(std::move(splicer));
  return arrow::Status::OK();
}

arrow::Result<EncodedChunk> FileRewriter::Encode(const RowGroupPlan& group, int leaf,
                                                 const RowBitmap& losers) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<ParquetFile> input, Input());
  const RowBitmapSlice dropped{&losers, group.first_row, group.num_rows};
  return TranscodeColumnChunk(*input, group.row_group, leaf, dropped, *options_, pool_,
                              room_);
}

arrow::Status FileRewriter::CopyRowGroup(const RowGroupPlan& group) {
  ARROW_RETURN_NOT_OK(StartOutput());
  return splicer_->CopyRowGroup(group.row_group);
}

arrow::Status FileRewriter::AppendChunk(const RowGroupPlan& group, int leaf,
                                        const EncodedChunk& chunk) {
  ARROW_RETURN_NOT_OK(StartOutput());
  if (leaf == 0) {
    ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(group.row_group, group.rows_kept));
  }
  ARROW_RETURN_NOT_OK(splicer_->AppendChunk(chunk));
  return leaf + 1 == source_->num_leaf_columns ? splicer_->EndRowGroup()
                                               : arrow::Status::OK();
}

arrow::Status FileRewriter::Finish(int64_t expected_rows) {
  ARROW_RETURN_NOT_OK(StartOutput());
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, splicer_->Finish());
  if (rows != expected_rows) {
    return Error(ErrorKind::kVerification, "rewritten file has a wrong number of rows")
        .File(source_->path)
        .Fact("expected", std::to_string(expected_rows))
        .Fact("written", std::to_string(rows))
        .Hint("this is a defect of planish; nothing was published");
  }
  bytes_written_ = output_->position();
  if (sync_) ARROW_RETURN_NOT_OK(output_->SyncIfLarge());
  ARROW_RETURN_NOT_OK(output_->Close());
  bytes_read_ = input_->input().bytes_read();
  input_.reset();
  return arrow::Status::OK();
}

}  // namespace planish
