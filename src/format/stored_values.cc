// SPDX-License-Identifier: Apache-2.0
#include "format/stored_values.h"

#include <limits>
#include <string>
#include <utility>

#include "arrow/io/memory.h"
#include "format/physical_type.h"
#include "parquet/column_reader.h"
#include "parquet/file_reader.h"

namespace planish {
namespace {

/// Plain values in one row group, whatever their number.
std::shared_ptr<parquet::WriterProperties> PlainProperties(arrow::MemoryPool* pool) {
  return parquet::WriterProperties::Builder()
      .memory_pool(pool)
      ->disable_dictionary()
      ->disable_statistics()
      ->disable_write_page_index()
      ->compression(arrow::Compression::UNCOMPRESSED)
      ->max_row_group_length(std::numeric_limits<int64_t>::max())
      ->build();
}

}  // namespace

arrow::Result<StoredValues> StoredValues::Make(
    const ColumnForm& form, const std::shared_ptr<arrow::Array>& values,
    const std::string& path, arrow::MemoryPool* pool) {
  ColumnForm plain = form;
  plain.properties = PlainProperties(pool);
  ColumnEncoder encoder(std::move(plain), path, pool);
  constexpr int64_t kFewBytes = 4 * 1024;
  ARROW_RETURN_NOT_OK(encoder.Open(kFewBytes));
  if (values->length() > 0) ARROW_RETURN_NOT_OK(encoder.Write(values));
  ARROW_ASSIGN_OR_RAISE(const auto file, encoder.FinishFile());
  StoredValues stored;
  const auto& column =
      static_cast<const parquet::schema::PrimitiveNode&>(*form.schema->field(0));
  ARROW_RETURN_NOT_OK(VisitPhysicalType(column.physical_type(), [&](auto type) {
    return stored.Read<decltype(type)>(file, values->length(), pool);
  }));
  return stored;
}

template <typename DType>
arrow::Status StoredValues::Read(const std::shared_ptr<arrow::Buffer>& file,
                                 int64_t count, arrow::MemoryPool* pool) {
  using T = typename DType::c_type;
  const auto reader = parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(file), parquet::ReaderProperties(pool));
  const auto chunk = reader->RowGroup(0)->Column(0);
  auto* const column = static_cast<parquet::TypedColumnReader<DType>*>(chunk.get());
  ARROW_ASSIGN_OR_RAISE(auto read,
                        arrow::AllocateBuffer(count * int64_t{sizeof(T)}, pool));
  T* const stored = reinterpret_cast<T*>(read->mutable_data());
  std::vector<int16_t> levels(static_cast<size_t>(count), 1);
  values_.reserve(static_cast<size_t>(count));
  const int type_length = column->descr()->type_length();
  int64_t num_stored = 0;
  while (static_cast<int64_t>(values_.size()) < count) {
    const size_t begin = values_.size();
    int64_t num_read = 0;
    const int64_t num_levels =
        column->ReadBatch(count - static_cast<int64_t>(begin), levels.data() + begin,
                          /*rep_levels=*/nullptr, stored + num_stored, &num_read);
    if (num_levels == 0) return arrow::Status::Invalid("fewer values than were written");
    const T* next = stored + num_stored;
    for (int64_t i = 0; i < num_levels; ++i) {
      auto& value = values_.emplace_back();
      if (column->descr()->max_definition_level() > 0 && levels[begin + i] == 0) continue;
      value = BytesOf<DType>(*next, type_length);
      ++next;
    }
    num_stored += num_read;
  }
  // Values that have a length lie in the file, as it is not compressed.
  bytes_ = {std::move(read), file};
  return arrow::Status::OK();
}

}  // namespace planish
