// SPDX-License-Identifier: Apache-2.0
#include "support/int96_files.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

#include "arrow/io/file.h"
#include "parquet/column_reader.h"
#include "parquet/column_writer.h"
#include "parquet/exception.h"
#include "parquet/file_reader.h"
#include "parquet/file_writer.h"
#include "parquet/schema.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::PrimitiveNode;

constexpr int64_t kDay = int64_t{86'400} * 1'000'000'000;
constexpr int64_t kJulianDayOfUnixEpoch = 2'440'588;

std::shared_ptr<GroupNode> Schema() {
  using parquet::Repetition;
  return std::static_pointer_cast<GroupNode>(GroupNode::Make(
      "schema", Repetition::REQUIRED,
      {PrimitiveNode::Make("id", Repetition::REQUIRED, parquet::Type::INT64),
       PrimitiveNode::Make("t", Repetition::OPTIONAL, parquet::Type::INT96),
       PrimitiveNode::Make("v", Repetition::REQUIRED, parquet::Type::INT32)}));
}

parquet::Int96 ToInt96(const arrow::Decimal128& instant) {
  auto [day, rest] = instant.Divide(arrow::Decimal128(kDay)).ValueOrDie();
  if (rest < 0) {
    day -= 1;
    rest += arrow::Decimal128(kDay);
  }
  const auto nanoseconds = static_cast<int64_t>(rest.low_bits());
  const auto julian_day =
      static_cast<int32_t>(static_cast<int64_t>(day.low_bits()) + kJulianDayOfUnixEpoch);
  parquet::Int96 value;
  std::memcpy(&value.value[0], &nanoseconds, sizeof(nanoseconds));
  std::memcpy(&value.value[2], &julian_day, sizeof(julian_day));
  return value;
}

arrow::Decimal128 FromInt96(const parquet::Int96& value) {
  int64_t nanoseconds;
  int32_t julian_day;
  std::memcpy(&nanoseconds, &value.value[0], sizeof(nanoseconds));
  std::memcpy(&julian_day, &value.value[2], sizeof(julian_day));
  return Midnight(julian_day - kJulianDayOfUnixEpoch) + arrow::Decimal128(nanoseconds);
}

void WriteRowGroup(const std::vector<Int96Row>& rows, size_t begin, size_t end,
                   parquet::ParquetFileWriter* writer) {
  std::vector<int64_t> ids;
  std::vector<int32_t> values;
  std::vector<parquet::Int96> times;
  std::vector<int16_t> levels;
  for (size_t i = begin; i < end; ++i) {
    ids.push_back(rows[i].id);
    values.push_back(rows[i].v);
    levels.push_back(rows[i].t ? 1 : 0);
    if (rows[i].t) times.push_back(ToInt96(*rows[i].t));
  }
  const auto count = static_cast<int64_t>(ids.size());
  parquet::RowGroupWriter* const group = writer->AppendRowGroup();
  static_cast<parquet::Int64Writer*>(group->NextColumn())
      ->WriteBatch(count, nullptr, nullptr, ids.data());
  static_cast<parquet::Int96Writer*>(group->NextColumn())
      ->WriteBatch(count, levels.data(), nullptr, times.data());
  static_cast<parquet::Int32Writer*>(group->NextColumn())
      ->WriteBatch(count, nullptr, nullptr, values.data());
}

template <typename Reader, typename T>
void ReadAll(parquet::RowGroupReader& group, const std::string& name, int64_t num_rows,
             std::vector<T>* values, std::vector<int16_t>* levels) {
  const int column = group.metadata()->schema()->ColumnIndex(name);
  auto reader = group.Column(column);
  values->resize(static_cast<size_t>(num_rows));
  levels->assign(static_cast<size_t>(num_rows), 1);
  int64_t rows = 0, found = 0;
  while (rows < num_rows) {
    int64_t read = 0;
    const int64_t seen = static_cast<Reader*>(reader.get())
                             ->ReadBatch(num_rows - rows, levels->data() + rows, nullptr,
                                         values->data() + found, &read);
    rows += std::max(seen, read);
    found += read;
  }
}

void ReadFile(const std::string& path, std::vector<Int96Row>* rows) {
  const auto reader = parquet::ParquetFileReader::OpenFile(path);
  for (int i = 0; i < reader->metadata()->num_row_groups(); ++i) {
    const auto group = reader->RowGroup(i);
    const int64_t num_rows = group->metadata()->num_rows();
    std::vector<int64_t> ids;
    std::vector<int32_t> values;
    std::vector<parquet::Int96> times;
    std::vector<int16_t> levels, required;
    ReadAll<parquet::Int64Reader>(*group, "id", num_rows, &ids, &required);
    ReadAll<parquet::Int32Reader>(*group, "v", num_rows, &values, &required);
    ReadAll<parquet::Int96Reader>(*group, "t", num_rows, &times, &levels);
    size_t next = 0;
    for (size_t row = 0; row < ids.size(); ++row) {
      Int96Row& made = rows->emplace_back();
      made.id = ids[row];
      made.v = values[row];
      if (levels[row] == 1) made.t = FromInt96(times[next++]);
    }
  }
}

}  // namespace

arrow::Status WriteInt96Rows(const std::vector<Int96Row>& rows, const std::string& path,
                             int64_t row_group_rows) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::FileOutputStream::Open(path));
  try {
    const auto writer = parquet::ParquetFileWriter::Open(out, Schema());
    for (size_t begin = 0; begin < rows.size();) {
      const size_t end =
          std::min(rows.size(), begin + static_cast<size_t>(row_group_rows));
      WriteRowGroup(rows, begin, end, writer.get());
      begin = end;
    }
    writer->Close();
  } catch (const parquet::ParquetException& exception) {
    return arrow::Status::Invalid(path, ": ", exception.what());
  }
  return out->Close();
}

arrow::Result<std::vector<Int96Row>> ReadInt96Rows(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(const auto files, ListDataset(directory));
  std::vector<Int96Row> rows;
  try {
    for (const FoundFile& file : files) ReadFile(file.path, &rows);
  } catch (const parquet::ParquetException& exception) {
    return arrow::Status::Invalid(directory, ": ", exception.what());
  }
  return rows;
}

arrow::Decimal128 Midnight(int64_t days) {
  return arrow::Decimal128(days) * arrow::Decimal128(kDay);
}

}  // namespace planish
