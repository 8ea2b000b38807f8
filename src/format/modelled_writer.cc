// SPDX-License-Identifier: Apache-2.0
#include "format/modelled_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "format/arrow_changed_columns.h"
#include "format/parquet_boundary.h"
#include "format/writable_form.h"
#include "parquet/column_writer.h"
#include "parquet/file_writer.h"

namespace planish {

namespace {

constexpr int64_t kFewBytes = 4 * 1024;

}  // namespace

arrow::Status ModelledWriter::Open(const ArrowParquetFile& model,
                                   const SchemaChange& change) {
  ArrowChangedColumns columns(model, change, nullptr, options_.writer, pool_);
  if (!change.empty()) ARROW_RETURN_NOT_OK(columns.Translate());
  const int row_group = model.footer().num_row_groups() > 0 ? 0 : -1;
  for (int column = 0; column < columns.num_columns(); ++column) {
    if (column < model.schema()->num_fields() && change.FieldOf(column) == nullptr) {
      const arrow::Status writable = CheckWritable(model, column);
      if (!writable.ok()) {
        return AddContext(writable, ErrorKind::kUnsupported, model.path(), -1,
                          model.schema()->field(column)->name());
      }
    }
    ARROW_ASSIGN_OR_RAISE(forms_.emplace_back(),
                          columns.FormOf(column, row_group, options_.row_group_rows));
  }
  ARROW_RETURN_NOT_OK(MakeFrame(model, change.empty()
                                           ? model.metadata().key_value_metadata()
                                           : columns.KeyValues()));
  ARROW_ASSIGN_OR_RAISE(FileSplicer splicer, FileSplicer::Make(out_, /*source=*/nullptr,
                                                               &*frame_, nullptr, pool_));
  splicer_.emplace(std::move(splicer));
  return arrow::Status::OK();
}

arrow::Status ModelledWriter::MakeFrame(
    const ArrowParquetFile& model,
    const std::shared_ptr<const arrow::KeyValueMetadata>& entries) {
  parquet::schema::NodeVector nodes;
  for (const ColumnForm& form : forms_) nodes.push_back(CopyNode(*form.schema->field(0)));
  const auto root =
      parquet::schema::GroupNode::Make(model.metadata().schema()->group_node()->name(),
                                       parquet::Repetition::REQUIRED, nodes);
  ARROW_ASSIGN_OR_RAISE(auto sink,
                        arrow::io::BufferOutputStream::Create(kFewBytes, pool_));
  auto writer = parquet::ParquetFileWriter::Open(
      sink, std::static_pointer_cast<parquet::schema::GroupNode>(root),
      parquet::WriterProperties::Builder().disable_dictionary()->build(), entries);
  parquet::RowGroupWriter* const row_group = writer->AppendRowGroup();
  for (int i = 0; i < writer->num_columns(); ++i) row_group->NextColumn()->Close();
  writer->Close();
  ARROW_ASSIGN_OR_RAISE(const auto bytes, sink->Finish());
  ARROW_ASSIGN_OR_RAISE(Footer frame, FooterOf(std::string_view(*bytes)));
  frame_.emplace(std::move(frame));
  return arrow::Status::OK();
}

arrow::Status ModelledWriter::Write(const arrow::RecordBatch& batch) {
  return Guard([&]() -> arrow::Status {
    for (int64_t begin = 0; begin < batch.num_rows();) {
      if (encoders_.empty()) ARROW_RETURN_NOT_OK(BeginRowGroup());
      const int64_t count =
          std::min(batch.num_rows() - begin, options_.row_group_rows - num_rows_);
      ARROW_RETURN_NOT_OK(WriteRows(*batch.Slice(begin, count)));
      begin += count;
      if (num_rows_ == options_.row_group_rows) ARROW_RETURN_NOT_OK(EndRowGroup());
    }
    return arrow::Status::OK();
  });
}

arrow::Status ModelledWriter::WriteRows(const arrow::RecordBatch& batch) {
  for (size_t i = 0; i < encoders_.size(); ++i) {
    const arrow::Status written = encoders_[i]->Write(batch.column(static_cast<int>(i)));
    if (!written.ok()) {
      return AddContext(written, ErrorKind::kIo, out_->path(), -1,
                        forms_[i].field->name());
    }
  }
  num_rows_ += batch.num_rows();
  return arrow::Status::OK();
}

arrow::Status ModelledWriter::BeginRowGroup() {
  for (const ColumnForm& form : forms_) {
    encoders_.push_back(std::make_unique<ColumnEncoder>(form, out_->path(), pool_));
    ARROW_RETURN_NOT_OK(encoders_.back()->Open(kFewBytes));
  }
  return arrow::Status::OK();
}

arrow::Status ModelledWriter::EndRowGroup() {
  ARROW_RETURN_NOT_OK(splicer_->BeginRowGroup(0, num_rows_));
  for (auto& encoder : encoders_) {
    ARROW_ASSIGN_OR_RAISE(const auto chunks, encoder->Finish(nullptr));
    encoder.reset();
    for (const EncodedChunk& chunk : chunks) {
      ARROW_RETURN_NOT_OK(splicer_->AppendChunk(chunk));
    }
  }
  encoders_.clear();
  num_rows_ = 0;
  return splicer_->EndRowGroup();
}

arrow::Status ModelledWriter::CutRowGroup() {
  return Guard([&] { return encoders_.empty() ? arrow::Status::OK() : EndRowGroup(); });
}

arrow::Status ModelledWriter::Complete() {
  ARROW_RETURN_NOT_OK(CutRowGroup());
  return Guard([&] { return splicer_->Finish().status(); });
}

arrow::Status ModelledWriter::Finish() {
  ARROW_RETURN_NOT_OK(Complete());
  if (options_.sync) ARROW_RETURN_NOT_OK(out_->Sync());
  return out_->Close();
}

template <typename Body>
arrow::Status ModelledWriter::Guard(Body&& body) const {
  const arrow::Status status = CatchParquet(std::forward<Body>(body));
  if (status.ok()) return status;
  const ErrorKind kind = status.IsOutOfMemory()      ? ErrorKind::kMemoryLimit
                         : status.IsNotImplemented() ? ErrorKind::kUnsupported
                                                     : ErrorKind::kIo;
  return AddContext(status, kind, out_->path());
}

}  // namespace planish
