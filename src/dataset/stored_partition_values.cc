// SPDX-License-Identifier: Apache-2.0
#include "dataset/stored_partition_values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "arrow/array/array_binary.h"
#include "arrow/array/util.h"
#include "arrow/compute/cast.h"
#include "arrow/type_traits.h"
#include "base/arrow_casts.h"
#include "base/error_builder.h"
#include "dataset/schema_agreement.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 64 * 1024;

using ScalarPtr = std::shared_ptr<arrow::Scalar>;

arrow::Status NotAValue(const std::string& text, const arrow::DataType& type) {
  return arrow::Status::Invalid("not a value of type ", type.ToString(), ": ", text);
}

arrow::Result<ScalarPtr> Parse(const std::string& text,
                               const std::shared_ptr<arrow::DataType>& type) {
  static const arrow::Status casts_registered = RegisterCasts();
  ARROW_RETURN_NOT_OK(casts_registered);
  ARROW_ASSIGN_OR_RAISE(const auto array,
                        arrow::MakeArrayFromScalar(arrow::StringScalar(text), 1));
  ARROW_ASSIGN_OR_RAISE(const auto parsed, arrow::compute::Cast(*array, type));
  return parsed->GetScalar(0);
}

/// Nanoseconds since the epoch as a decimal, which is how INT96 is read.
arrow::Result<ScalarPtr> ParseInt96(const std::string& text, const arrow::Field& field) {
  // Microseconds reach as far as INT96 does; nanoseconds are finer.
  constexpr int64_t kNanosecondsPer[] = {1, 1000};
  constexpr arrow::TimeUnit::type kUnits[] = {arrow::TimeUnit::NANO,
                                              arrow::TimeUnit::MICRO};
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    const auto parsed = Parse(text, arrow::timestamp(kUnits[i]));
    if (!parsed.ok()) continue;
    const auto& timestamp = static_cast<const arrow::TimestampScalar&>(**parsed);
    return std::make_shared<arrow::Decimal128Scalar>(
        arrow::Decimal128(timestamp.value) * arrow::Decimal128(kNanosecondsPer[i]),
        field.type());
  }
  return NotAValue(text, *arrow::timestamp(arrow::TimeUnit::NANO));
}

bool ReadsAsInteger(const std::string& text) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  return text.size() > first && std::ranges::all_of(text.substr(first), [](char c) {
           return c >= '0' && c <= '9';
         });
}

/// Looks at one column of a file.
class StoredColumn {
 public:
  StoredColumn(const std::string& path, const ParquetFile& file, int column,
               const PartitionText& text, Trust trust, arrow::MemoryPool* pool)
      : path_(path),
        file_(file),
        column_(column),
        field_(*file.schema()->field(column)),
        text_(text),
        trust_(trust),
        pool_(pool) {}

  arrow::Status Check() {
    const std::vector<int> leaves = file_.LeavesOf(column_);
    if (leaves.size() != 1 || arrow::is_nested(field_.type()->id())) {
      return Disagreement().Fact("type in the file", TypeText(field_));
    }
    // Nothing equals a value that the directory does not name.
    expected_ = PartitionValue(text_, field_).ValueOr(nullptr);
    int64_t first_row = 0;
    for (int i = 0; i < file_.footer().num_row_groups(); ++i) {
      const int64_t num_rows = file_.footer().row_group_num_rows(i);
      if (num_rows > 0 && !IsProven(file_.Statistics(i, leaves.front()), num_rows)) {
        const arrow::Status read = ReadRowGroup(i, first_row);
        if (!IsUnreadable(read)) ARROW_RETURN_NOT_OK(read);
      }
      first_row += num_rows;
    }
    return arrow::Status::OK();
  }

 private:
  Error Disagreement() const {
    return Error(ErrorKind::kSchemaMismatch,
                 "a file disagrees with its directory on a partition column: " +
                     field_.name())
        .File(path_)
        .Column(field_.name())
        .Hint(
            "correct the file, move it to the directory of its values, or give each "
            "partition directory as an input of its own, so that its name says nothing");
  }

  static bool IsUnreadable(const arrow::Status& status) {
    const ErrorDetail* detail = GetErrorDetail(status);
    return detail != nullptr && (detail->kind == ErrorKind::kCorrupt ||
                                 detail->kind == ErrorKind::kUnsupported);
  }

  bool IsProven(const ColumnChunkStatistics& statistics, int64_t num_rows) const {
    if (trust_ == Trust::kNothing) return false;
    if (expected_ == nullptr || !statistics.null_count) return false;
    if (!expected_->is_valid) return *statistics.null_count == num_rows;
    // Bounds of floating-point numbers leave NaN out.
    return !arrow::is_floating(expected_->type->id()) && *statistics.null_count == 0 &&
           statistics.min && statistics.max && statistics.min->Equals(*expected_) &&
           statistics.max->Equals(*expected_);
  }

  arrow::Status ReadRowGroup(int row_group, int64_t first_row) {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          file_.ReadRowGroup(row_group, {column_}, kBatchRows));
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (batch == nullptr) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(Compare(*batch->column(0), row_group, first_row));
      first_row += batch->num_rows();
    }
  }

  arrow::Status Compare(const arrow::Array& values, int row_group, int64_t first_row) {
    int64_t row = 0;
    if (expected_ != nullptr) {
      if (constants_ == nullptr || constants_->length() < values.length()) {
        ARROW_ASSIGN_OR_RAISE(
            constants_, arrow::MakeArrayFromScalar(*expected_, values.length(), pool_));
      }
      const auto equal = [&](int64_t begin, int64_t end) {
        return values.RangeEquals(*constants_, begin, end, begin,
                                  arrow::EqualOptions::Defaults().nans_equal(true));
      };
      if (equal(0, values.length())) return arrow::Status::OK();
      while (equal(row, row + 1)) ++row;
    }
    if (row == values.length()) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto value, values.GetScalar(row));
    return Disagreement()
        .RowGroup(row_group)
        .Fact("row", std::to_string(first_row + row))
        .Fact("value of the directory", text_.value_or("null"))
        .Fact("value in the file", ValueText(field_, *value));
  }

  const std::string& path_;
  const ParquetFile& file_;
  const int column_;
  const arrow::Field& field_;
  const PartitionText& text_;
  const Trust trust_;
  arrow::MemoryPool* const pool_;
  ScalarPtr expected_;  ///< null if the directory's text is no value of the column
  std::shared_ptr<arrow::Array> constants_;
};

}  // namespace

arrow::Result<ScalarPtr> PartitionValue(const PartitionText& text,
                                        const arrow::Field& field) {
  const auto& type = field.type();
  if (!text) return arrow::MakeNullScalar(type);
  const arrow::Type::type id = type->id();
  if (id == arrow::Type::NA || (arrow::is_integer(id) && !ReadsAsInteger(*text))) {
    return NotAValue(*text, *type);
  }
  if (IsInt96(field)) return ParseInt96(*text, field);
  if (id != arrow::Type::TIMESTAMP) return Parse(*text, type);
  const auto unit = static_cast<const arrow::TimestampType&>(*type).unit();
  ARROW_ASSIGN_OR_RAISE(const auto parsed, Parse(*text, arrow::timestamp(unit)));
  return std::make_shared<arrow::TimestampScalar>(
      static_cast<const arrow::TimestampScalar&>(*parsed).value, type);
}

arrow::Result<std::shared_ptr<arrow::Array>> PartitionColumn(const PartitionText& text,
                                                             const arrow::Field& field,
                                                             int64_t length,
                                                             arrow::MemoryPool* pool) {
  const auto value = PartitionValue(text, field);
  if (!value.ok()) {
    return Error(
               ErrorKind::kSchemaMismatch,
               "the files' partition column cannot hold the value of a new partition: " +
                   field.name())
        .Column(field.name())
        .Fact("directory", text.value_or("null"))
        .Fact("type in the files", TypeText(field))
        .Hint("correct the value in the source");
  }
  return arrow::MakeArrayFromScalar(**value, length, pool);
}

arrow::Status CheckStoredPartition(const std::string& path, const ParquetFile& file,
                                   int column, const PartitionText& text, Trust trust,
                                   arrow::MemoryPool* pool) {
  return StoredColumn(path, file, column, text, trust, pool).Check();
}

arrow::Result<std::vector<ScalarPtr>> PartitionValuesAs(
    const arrow::Field& stored, const std::vector<Partition>& partitions, size_t k) {
  const arrow::Type::type id = stored.type()->id();
  const bool is_text = arrow::is_string(id) || id == arrow::Type::STRING_VIEW;
  if (!is_text && !arrow::is_integer(id) && id != arrow::Type::DATE32 &&
      id != arrow::Type::BOOL) {
    return std::vector<ScalarPtr>();
  }
  const auto field = stored.WithType(is_text ? arrow::utf8() : stored.type());
  std::vector<ScalarPtr> values;
  for (const Partition& partition : partitions) {
    const PartitionText text = TextOfHiveValue(*partition.values[k]);
    const auto value = PartitionValue(text, *field);
    if (!value.ok() || TextOfHiveValue(**value) != text) return std::vector<ScalarPtr>();
    values.push_back(*value);
  }
  return values;
}

}  // namespace planish
