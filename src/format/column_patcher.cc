// SPDX-License-Identifier: Apache-2.0
#include "format/column_patcher.h"

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "arrow/array/concatenate.h"
#include "arrow/io/memory.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "format/arrow_parquet_file.h"
#include "format/chunk_relocation.h"
#include "format/footer.h"
#include "format/parquet_boundary.h"
#include "format/parquet_fields.h"
#include "format/writable_form.h"
#include "parquet/arrow/writer.h"
#include "parquet/file_writer.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 64 * 1024;

/// A column on its way into a file of its own, in memory.
class ColumnEncoder {
 public:
  ColumnEncoder(const ArrowParquetFile& file, int row_group, int column,
                const WriterOptions& options, arrow::MemoryPool* pool)
      : file_(file),
        row_group_(row_group),
        column_(column),
        options_(options),
        pool_(pool),
        field_(file.schema()->field(column)) {}

  arrow::Status Open() {
    ARROW_RETURN_NOT_OK(CheckWritable(file_, column_));
    // About as much as there was.
    ARROW_ASSIGN_OR_RAISE(const auto chunks, file_.ColumnChunks(row_group_));
    int64_t bytes = 0;
    for (const int leaf : file_.LeavesOf(column_)) {
      bytes += chunks->layouts[static_cast<size_t>(leaf)].total_compressed_size;
    }
    ARROW_ASSIGN_OR_RAISE(
        sink_, arrow::io::BufferOutputStream::Create(bytes + bytes / 8, pool_));
    ARROW_ASSIGN_OR_RAISE(auto properties,
                          PropertiesLike(file_, row_group_, {column_}, options_,
                                         std::numeric_limits<int64_t>::max(), pool_));
    auto parquet_writer = parquet::ParquetFileWriter::Open(
        sink_, CopySchema(*file_.metadata().schema(), {column_}), std::move(properties));
    schema_ = arrow::schema({WritableField(field_)});
    ARROW_RETURN_NOT_OK(parquet::arrow::FileWriter::Make(
        pool_, std::move(parquet_writer), schema_, ArrowPropertiesLike(file_, {column_}),
        &writer_));
    return writer_->NewBufferedRowGroup();
  }

  arrow::Status Write(const std::shared_ptr<arrow::Array>& array) {
    ARROW_ASSIGN_OR_RAISE(auto writable, ToWritable(array, *field_, pool_));
    const int64_t length = writable->length();
    const arrow::Status written = writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(schema_, length, {std::move(writable)}));
    // What the column's own values never are: null inside of something that is required.
    return written.IsIOError() || written.IsInvalid()
               ? AddContext(written, ErrorKind::kSchemaMismatch, file_.path())
               : written;
  }

  arrow::Result<std::vector<EncodedChunk>> Finish(WaitingRoom* room) {
    ARROW_RETURN_NOT_OK(writer_->Close());
    writer_.reset();
    ARROW_ASSIGN_OR_RAISE(const auto bytes, sink_->Finish());
    return TakeApart(std::string_view(*bytes), room);
  }

 private:
  arrow::Result<std::vector<EncodedChunk>> TakeApart(std::string_view bytes,
                                                     WaitingRoom* room) {
    constexpr size_t kTail = 8;
    uint32_t length = 0;
    for (size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<uint8_t>(bytes[bytes.size() - kTail + i]);
      length |= static_cast<uint32_t>(byte) << (8 * i);
    }
    ARROW_ASSIGN_OR_RAISE(
        const Footer footer,
        Footer::Parse(std::string(bytes.substr(bytes.size() - kTail - length, length)),
                      static_cast<int64_t>(bytes.size())));
    ARROW_ASSIGN_OR_RAISE(const auto layouts, footer.ColumnChunks(0));
    ARROW_ASSIGN_OR_RAISE(const auto own, file_.ColumnChunks(row_group_));
    const std::vector<int> leaves = file_.LeavesOf(column_);
    std::vector<EncodedChunk> chunks;
    ARROW_RETURN_NOT_OK(
        VisitFields(footer.row_group_bytes(0), [&](const ThriftField& field) {
          if (field.key() != row_group_field::kColumns) return arrow::Status::OK();
          return VisitStructs(field, [&](std::string_view structure) -> arrow::Status {
            const size_t i = chunks.size();
            EncodedChunk& chunk = chunks.emplace_back();
            chunk.has_new_values = true;
            chunk.decoded_bytes =
                own->layouts[static_cast<size_t>(leaves[i])].total_compressed_size;
            return TakeChunk(bytes, structure, layouts[i], room, &chunk);
          });
        }));
    return chunks;
  }

  arrow::Status TakeChunk(std::string_view bytes, std::string_view structure,
                          const ColumnChunkLayout& layout, WaitingRoom* room,
                          EncodedChunk* chunk) {
    ChunkPlacement placement;
    placement.data_shift = -layout.data_offset;
    ARROW_RETURN_NOT_OK(
        RelocateChunk(structure, layout, placement, &chunk->column_chunk));
    const auto piece = [&](int64_t offset, int64_t length) {
      return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
    };
    if (layout.offset_index_offset >= 0) {
      ARROW_ASSIGN_OR_RAISE(
          auto index, RelocateOffsetIndex(
                          piece(layout.offset_index_offset, layout.offset_index_length),
                          layout.data_offset, layout.data_length, -layout.data_offset));
      chunk->offset_index = std::move(index.bytes);
    }
    if (layout.column_index_offset >= 0) {
      chunk->column_index = piece(layout.column_index_offset, layout.column_index_length);
    }
    ChunkSink sink(room, pool_);
    ARROW_RETURN_NOT_OK(sink.Append(piece(layout.data_offset, layout.data_length)));
    return sink.Finish(nullptr).Value(&chunk->data);
  }

  const ArrowParquetFile& file_;
  const int row_group_, column_;
  const WriterOptions& options_;
  arrow::MemoryPool* const pool_;
  const std::shared_ptr<arrow::Field> field_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::BufferOutputStream> sink_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

arrow::Status CheckRequired(const arrow::Field& field, const arrow::Array& values) {
  if (field.nullable() || values.null_count() == 0) return arrow::Status::OK();
  return Error(ErrorKind::kSchemaMismatch,
               "null for a column that is required: " + field.name())
      .Column(field.name())
      .Hint("leave the rows out of the source, or give the column a value");
}

arrow::Result<std::vector<EncodedChunk>> Patch(
    const ArrowParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room) {
  ARROW_RETURN_NOT_OK(CheckRequired(*file.schema()->field(column), *patch.values));
  ColumnEncoder encoder(file, row_group, column, options, pool);
  ARROW_RETURN_NOT_OK(encoder.Open());
  ARROW_ASSIGN_OR_RAISE(auto reader, file.ReadRowGroup(row_group, {column}, kBatchRows));
  size_t next_patch = 0;
  std::vector<int64_t> choice;
  for (int64_t first = 0; first < dropped.num_rows;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr || batch->num_rows() > dropped.num_rows - first) {
      return arrow::Status::Invalid("row group has another number of rows than it says");
    }
    const int64_t num_rows = batch->num_rows();
    const size_t begin_patch = next_patch;
    choice.clear();
    for (int64_t row = 0; row < num_rows; ++row) {
      const bool patched =
          next_patch < patch.rows.size() && patch.rows[next_patch] == first + row;
      if (patched) {
        choice.push_back(num_rows + static_cast<int64_t>(next_patch++ - begin_patch));
      } else if (!dropped.Contains(first + row)) {
        choice.push_back(row);
      }
    }
    std::shared_ptr<arrow::Array> values = batch->column(0);
    if (next_patch > begin_patch || static_cast<int64_t>(choice.size()) < num_rows) {
      ARROW_ASSIGN_OR_RAISE(
          values, ChooseValues(
                      values,
                      patch.values->Slice(static_cast<int64_t>(begin_patch),
                                          static_cast<int64_t>(next_patch - begin_patch)),
                      choice, pool));
    }
    if (values->length() > 0) ARROW_RETURN_NOT_OK(encoder.Write(values));
    first += num_rows;
  }
  return encoder.Finish(room);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> ChooseValues(
    const std::shared_ptr<arrow::Array>& array,
    const std::shared_ptr<arrow::Array>& others, const std::vector<int64_t>& choice,
    arrow::MemoryPool* pool) {
  // Copying runs beats picking values one by one, unless runs are short.
  constexpr size_t kFewestRowsARun = 16;
  const int64_t length = array->length();
  arrow::ArrayVector runs = {array->Slice(0, 0)};
  const size_t most_runs = choice.size() / kFewestRowsARun + 1;
  for (size_t begin = 0; begin < choice.size() && runs.size() <= most_runs;) {
    const bool own = choice[begin] < length;
    size_t end = begin + 1;
    while (end < choice.size() && choice[end] == choice[end - 1] + 1 &&
           (choice[end] < length) == own) {
      ++end;
    }
    const auto count = static_cast<int64_t>(end - begin);
    runs.push_back(own ? array->Slice(choice[begin], count)
                       : others->Slice(choice[begin] - length, count));
    begin = end;
  }
  if (runs.size() <= most_runs) return arrow::Concatenate(runs, pool);
  std::shared_ptr<arrow::Array> all = array;
  if (others->length() > 0) {
    ARROW_ASSIGN_OR_RAISE(all, arrow::Concatenate({array, others}, pool));
  }
  return Gather(*all, choice, pool);
}

arrow::Result<std::vector<EncodedChunk>> PatchColumn(
    const ParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room) {
  std::vector<EncodedChunk> chunks;
  const arrow::Status status = CatchParquet([&] {
    return Patch(static_cast<const ArrowParquetFile&>(file), row_group, column, patch,
                 dropped, options, pool, room)
        .Value(&chunks);
  });
  if (status.ok()) return chunks;
  return AddContext(status, KindOfReadError(status), file.path(), row_group,
                    file.schema()->field(column)->name());
}

}  // namespace planish
