// SPDX-License-Identifier: Apache-2.0
#include "scan/columnwise_reader.h"

#include <algorithm>
#include <utility>

#include "arrow/io/memory.h"
#include "arrow/ipc/dictionary.h"
#include "arrow/ipc/reader.h"
#include "arrow/ipc/writer.h"

namespace planish {
namespace {

/// All at once is known to be too many.
constexpr size_t kFirstGroups = 8;

}  // namespace

std::shared_ptr<arrow::Schema> SelectFields(const arrow::Schema& schema,
                                            const std::vector<int>& columns) {
  arrow::FieldVector fields;
  for (int column : columns) fields.push_back(schema.field(column));
  return arrow::schema(std::move(fields));
}

ColumnwiseReader::ColumnwiseReader(std::shared_ptr<const ParquetFile> file, int row_group,
                                   std::vector<int> columns, int64_t skipped_rows,
                                   int64_t batch_rows, std::atomic<int>* at_once,
                                   ScratchDirectory* scratch, arrow::MemoryPool* pool)
    : file_(std::move(file)),
      row_group_(row_group),
      columns_(std::move(columns)),
      skipped_rows_(skipped_rows),
      batch_rows_(file_->BatchRows(row_group, columns_, batch_rows)),
      at_once_(at_once),
      scratch_(scratch),
      pool_(pool),
      schema_(SelectFields(*file_->schema(), columns_)) {
  const size_t groups = std::min(kFirstGroups, columns_.size());
  const auto first = static_cast<int>(columns_.size() / std::max<size_t>(1, groups));
  if (at_once_->load() > first) at_once_->store(first);
}

arrow::Status ColumnwiseReader::SpoolAll() {
  if (spool_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(spool_, scratch_->NewFile("columns"));
  }
  while (spooled_columns_ < columns_.size()) {
    const int at_once = at_once_->load();
    const size_t count =
        std::min<size_t>(std::max(1, at_once), columns_.size() - spooled_columns_);
    auto group = Spool(spooled_columns_, count);
    if (group.status().IsOutOfMemory() && count > 1) {
      // What was written of the group stays unused.
      at_once_->store(static_cast<int>(count / 2));
      continue;
    }
    ARROW_RETURN_NOT_OK(group.status());
    groups_.push_back(*std::move(group));
    spooled_columns_ += count;
  }
  return arrow::Status::OK();
}

arrow::Result<ColumnwiseReader::Group> ColumnwiseReader::Spool(size_t first,
                                                               size_t count) {
  Group group;
  const auto begin = columns_.begin() + static_cast<ptrdiff_t>(first);
  group.columns.assign(begin, begin + static_cast<ptrdiff_t>(count));
  group.schema = SelectFields(*file_->schema(), group.columns);
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        file_->ReadRowGroup(row_group_, group.columns, batch_rows_));
  int64_t to_skip = skipped_rows_;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) return group;
    const int64_t skipped = std::min(to_skip, batch->num_rows());
    to_skip -= skipped;
    if (skipped == batch->num_rows()) continue;
    ARROW_ASSIGN_OR_RAISE(const Piece piece, Write(*batch->Slice(skipped)));
    group.pieces.push_back(piece);
  }
}

arrow::Result<ColumnwiseReader::Piece> ColumnwiseReader::Write(
    const arrow::RecordBatch& batch) {
  arrow::ipc::IpcWriteOptions options;
  options.memory_pool = pool_;
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(const auto bytes,
                        arrow::ipc::SerializeRecordBatch(batch, options));
  ARROW_ASSIGN_OR_RAISE(const int64_t offset,
                        spool_->Append(bytes->data(), bytes->size()));
  return Piece{offset, bytes->size()};
}

arrow::Result<bool> ColumnwiseReader::Load(Group* group) {
  if (group->rows != nullptr && group->rows->num_rows() > 0) return true;
  group->rows.reset();
  if (group->next_piece == group->pieces.size()) return false;
  const Piece& piece = group->pieces[group->next_piece];
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bytes,
                        arrow::AllocateBuffer(piece.length, pool_));
  ARROW_RETURN_NOT_OK(spool_->ReadAt(piece.offset, piece.length, bytes->mutable_data()));
  arrow::io::BufferReader stream(std::move(bytes));
  arrow::ipc::IpcReadOptions options;
  options.memory_pool = pool_;
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(
      group->rows, arrow::ipc::ReadRecordBatch(group->schema, nullptr, options, &stream));
  ++group->next_piece;
  return true;
}

arrow::Status ColumnwiseReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  *batch = nullptr;
  ARROW_RETURN_NOT_OK(SpoolAll());
  int64_t num_rows = batch_rows_;
  for (Group& group : groups_) {
    ARROW_ASSIGN_OR_RAISE(const bool more, Load(&group));
    if (!more) return arrow::Status::OK();
    num_rows = std::min(num_rows, group.rows->num_rows());
  }
  arrow::ArrayVector arrays;
  for (Group& group : groups_) {
    const auto head = group.rows->Slice(0, num_rows);
    arrays.insert(arrays.end(), head->columns().begin(), head->columns().end());
    group.rows = group.rows->Slice(num_rows);
  }
  *batch = arrow::RecordBatch::Make(schema_, num_rows, std::move(arrays));
  return arrow::Status::OK();
}

}  // namespace planish
