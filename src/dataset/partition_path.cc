// SPDX-License-Identifier: Apache-2.0
#include "dataset/partition_path.h"

#include <string_view>

#include "arrow/compute/cast.h"
#include "arrow/compute/exec.h"
#include "arrow/type_traits.h"

namespace planish {
namespace {

constexpr std::string_view kDefaultPartition = "__HIVE_DEFAULT_PARTITION__";
/// What readers or file systems understand as something else.
constexpr std::string_view kReserved = "\"#%'*/:=?\\{}[]^<>|";

void AppendEncoded(std::string_view text, std::string* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && kReserved.find(c) == std::string_view::npos) {
      out->push_back(c);
      continue;
    }
    out->push_back('%');
    out->push_back(kDigits[byte >> 4]);
    out->push_back(kDigits[byte & 15]);
  }
}

}  // namespace

bool HasPartitionText(const arrow::DataType& type) {
  const arrow::Type::type id = type.id();
  return arrow::is_integer(id) || arrow::is_string(id) ||
         id == arrow::Type::STRING_VIEW || id == arrow::Type::BOOL ||
         id == arrow::Type::DATE32 || id == arrow::Type::TIMESTAMP ||
         id == arrow::Type::NA;
}

arrow::Result<std::shared_ptr<arrow::Array>> PartitionTexts(
    const std::shared_ptr<arrow::Array>& values, arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  std::shared_ptr<arrow::Array> plain = values;
  if (values->type_id() == arrow::Type::TIMESTAMP) {
    // Without zone: a directory names the instant in UTC, as it is stored.
    const auto& type = static_cast<const arrow::TimestampType&>(*values->type());
    ARROW_ASSIGN_OR_RAISE(plain, values->View(arrow::timestamp(type.unit())));
  }
  return arrow::compute::Cast(*plain, arrow::large_utf8(),
                              arrow::compute::CastOptions::Safe(), &context);
}

PartitionText TextOfHiveValue(const arrow::Scalar& value) {
  if (!value.is_valid) return std::nullopt;
  if (arrow::is_string(value.type->id())) {
    return std::string(static_cast<const arrow::BaseBinaryScalar&>(value).view());
  }
  return value.ToString();
}

std::string HiveDirectoryName(const std::string& column, const PartitionText& value) {
  std::string name;
  AppendEncoded(column, &name);
  name += '=';
  if (!value) return name + std::string(kDefaultPartition);
  if (*value == kDefaultPartition) {
    name += "%5F";
    AppendEncoded(std::string_view(*value).substr(1), &name);
  } else {
    AppendEncoded(*value, &name);
  }
  return name;
}

}  // namespace planish
