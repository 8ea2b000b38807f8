// SPDX-License-Identifier: Apache-2.0
#include "format/column_patcher.h"

#include <limits>
#include <numeric>
#include <utility>

#include "arrow/array/concatenate.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "format/arrow_parquet_file.h"
#include "format/column_encoder.h"
#include "format/parquet_boundary.h"
#include "format/patched_encoding.h"
#include "format/stored_form.h"
#include "format/stored_values.h"
#include "format/writable_form.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 64 * 1024;

/// The form that the column has in the file, however it is encoded.
ColumnForm FormOf(const ArrowParquetFile& file, int column) {
  ColumnForm form;
  form.schema = CopySchema(*file.metadata().schema(), {column});
  form.field = file.schema()->field(column);
  form.arrow_properties = ArrowPropertiesLike(file, {column});
  return form;
}

/// Compressed sizes of the column's chunks.
arrow::Result<std::vector<int64_t>> ChunkSizes(const ArrowParquetFile& file,
                                               int row_group, int column) {
  ARROW_ASSIGN_OR_RAISE(const auto chunks, file.ColumnChunks(row_group));
  std::vector<int64_t> sizes;
  for (const int leaf : file.LeavesOf(column)) {
    sizes.push_back(chunks->layouts[static_cast<size_t>(leaf)].total_compressed_size);
  }
  return sizes;
}

arrow::Status CheckRequired(const arrow::Field& field, const arrow::Array& values) {
  if (field.nullable() || values.null_count() == 0) return arrow::Status::OK();
  return Error(ErrorKind::kSchemaMismatch,
               "null for a column that is required: " + field.name())
      .Column(field.name())
      .Hint("leave the rows out of the source, or give the column a value");
}

/// The leaf of a column whose pages can be patched, or -1: one value a row, and the same
/// values have the same bytes, NaN and -0.0 of FLOAT and DOUBLE aside.
int PatchableLeaf(const ArrowParquetFile& file, int column) {
  const auto& node = *file.metadata().schema()->group_node()->field(column);
  if (!node.is_primitive() || node.is_repeated()) return -1;
  const auto& primitive = static_cast<const parquet::schema::PrimitiveNode&>(node);
  const auto& type = node.logical_type();
  if (primitive.physical_type() == parquet::Type::INT96 ||
      (type != nullptr && type->is_float16()) || !CheckWritable(file, column).ok()) {
    return -1;
  }
  return file.LeavesOf(column).front();
}

arrow::Result<PatchedChunk> PatchPages(const ArrowParquetFile& file, int row_group,
                                       int column, int leaf, const ColumnPatch& patch,
                                       const RowBitmapSlice& dropped,
                                       const WriterOptions& options,
                                       arrow::MemoryPool* pool, WaitingRoom* room) {
  ARROW_RETURN_NOT_OK(CheckRequired(*file.schema()->field(column), *patch.values));
  ARROW_ASSIGN_OR_RAISE(
      const StoredValues values,
      StoredValues::Make(FormOf(file, column), patch.values, file.path(), pool));
  ARROW_ASSIGN_OR_RAISE(PatchedChunk patched,
                        PatchColumnChunk(file, row_group, leaf, {&patch.rows, &values},
                                         dropped, options, pool, room));
  ARROW_ASSIGN_OR_RAISE(const auto chunks, file.ColumnChunks(row_group));
  const ColumnChunkLayout& layout = chunks->layouts[static_cast<size_t>(leaf)];
  if (!patched.chunk || !patched.chunk->has_new_values ||
      layout.bloom_filter_offset < 0) {
    return patched;
  }
  auto& hashes = patched.chunk->new_value_hashes.emplace();
  for (size_t i = 0; i < values.size(); ++i) {
    if (patched.differs[i] && values[i]) hashes.push_back(FilterHashOf(*values[i]));
  }
  return patched;
}

}  // namespace

arrow::Result<std::optional<PatchedChunk>> PatchFlatColumn(
    const ParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room) {
  const auto& arrow_file = static_cast<const ArrowParquetFile&>(file);
  std::optional<PatchedChunk> patched;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    const int leaf = PatchableLeaf(arrow_file, column);
    if (leaf < 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(patched, PatchPages(arrow_file, row_group, column, leaf, patch,
                                              dropped, options, pool, room));
    if (patched->dictionary_too_large) patched.reset();
    return arrow::Status::OK();
  });
  if (status.ok()) return patched;
  return AddContext(status, KindOfReadError(status), file.path(), row_group,
                    file.schema()->field(column)->name());
}

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

arrow::Result<std::vector<EncodedChunk>> EncodePatched(
    const ArrowParquetFile& file, int row_group, int column, ColumnForm form,
    const ConvertValues& convert, const ColumnPatch& patch, const RowBitmapSlice& dropped,
    arrow::MemoryPool* pool, WaitingRoom* room) {
  const std::shared_ptr<arrow::Field> field = form.field;
  if (patch.values != nullptr) ARROW_RETURN_NOT_OK(CheckRequired(*field, *patch.values));
  ARROW_ASSIGN_OR_RAISE(const auto sizes, ChunkSizes(file, row_group, column));
  ColumnEncoder encoder(std::move(form), file.path(), pool);
  // About as much as there was.
  const int64_t bytes = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  ARROW_RETURN_NOT_OK(encoder.Open(bytes + bytes / 8));
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
    if (convert) {
      auto converted = convert(values, *field, pool);
      if (!converted.ok() && !converted.status().IsOutOfMemory()) {
        // Not damage: the row can be read, so nobody may pass it over.
        return Error(
                   ErrorKind::kSchemaMismatch,
                   "a value of the file does not fit the type that its column is to get")
            .Fact("type", field->type()->ToString())
            .Cause(converted.status())
            .Hint(
                "rewrite the file with that type, or give the source a value that the "
                "file's own type holds");
      }
      ARROW_ASSIGN_OR_RAISE(values, std::move(converted));
    }
    auto others = values->Slice(0, 0);
    if (next_patch > begin_patch) {
      others = patch.values->Slice(static_cast<int64_t>(begin_patch),
                                   static_cast<int64_t>(next_patch - begin_patch));
    }
    if (next_patch > begin_patch || static_cast<int64_t>(choice.size()) < num_rows) {
      ARROW_ASSIGN_OR_RAISE(values, ChooseValues(values, others, choice, pool));
    }
    if (values->length() > 0) ARROW_RETURN_NOT_OK(encoder.Write(values));
    first += num_rows;
  }
  ARROW_ASSIGN_OR_RAISE(auto chunks, encoder.Finish(room));
  // Leaves need not be as many as they were.
  chunks.front().decoded_bytes = bytes;
  return chunks;
}

arrow::Result<std::vector<EncodedChunk>> PatchColumn(
    const ParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room) {
  std::vector<EncodedChunk> chunks;
  const auto& arrow_file = static_cast<const ArrowParquetFile&>(file);
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckWritable(arrow_file, column));
    ColumnForm form = FormOf(arrow_file, column);
    ARROW_ASSIGN_OR_RAISE(form.properties,
                          PropertiesLike(arrow_file, row_group, {column}, options,
                                         std::numeric_limits<int64_t>::max(), pool));
    return EncodePatched(arrow_file, row_group, column, std::move(form), nullptr, patch,
                         dropped, pool, room)
        .Value(&chunks);
  });
  if (status.ok()) return chunks;
  return AddContext(status, KindOfReadError(status), file.path(), row_group,
                    file.schema()->field(column)->name());
}

}  // namespace planish
