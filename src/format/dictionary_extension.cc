// SPDX-License-Identifier: Apache-2.0
#include "format/dictionary_extension.h"

#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "format/physical_type.h"

namespace planish {
namespace {

constexpr uint32_t kMissing = std::numeric_limits<uint32_t>::max();

/// Bytes of a value of one width, or -1.
int64_t WidthOf(const parquet::ColumnDescriptor* column) {
  return VisitPhysicalType(column->physical_type(), [&](auto type) -> int64_t {
    using DType = decltype(type);
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) return -1;
    if constexpr (std::is_same_v<DType, parquet::FLBAType>) return column->type_length();
    return static_cast<int64_t>(sizeof(typename DType::c_type));
  });
}

/// Takes the first entry off `bytes`; `width` as WidthOf has it.
arrow::Result<std::string_view> TakeEntry(int64_t width, std::string_view* bytes) {
  if (width < 0 && bytes->size() >= sizeof(uint32_t)) {
    uint32_t length;
    std::memcpy(&length, bytes->data(), sizeof(length));
    width = length;
    bytes->remove_prefix(sizeof(length));
  }
  if (width < 0 || static_cast<uint64_t>(width) > bytes->size()) {
    return arrow::Status::Invalid("dictionary page holds fewer entries than it says");
  }
  const std::string_view entry = bytes->substr(0, static_cast<size_t>(width));
  bytes->remove_prefix(static_cast<size_t>(width));
  return entry;
}

arrow::Status AppendEntry(int64_t width, std::string_view value,
                          arrow::BufferBuilder* out) {
  if (width < 0) {
    const auto length = static_cast<uint32_t>(value.size());
    ARROW_RETURN_NOT_OK(out->Append(&length, sizeof(length)));
  }
  return AppendBytes(value, out);
}

}  // namespace

arrow::Result<ExtendedDictionary> ExtendDictionary(
    const parquet::ColumnDescriptor* column, const DictionaryContent& dictionary,
    const StoredValues& values, arrow::MemoryPool* pool) {
  ExtendedDictionary result(pool);
  result.entries.assign(values.size(), 0);
  std::unordered_map<std::string_view, uint32_t> index;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i]) index.emplace(*values[i], kMissing);
  }
  const int64_t width = WidthOf(column);
  std::string_view bytes = dictionary.bytes;
  for (int32_t entry = 0; entry < dictionary.num_entries; ++entry) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view value, TakeEntry(width, &bytes));
    const auto place = index.find(value);
    if (place != index.end()) place->second = static_cast<uint32_t>(entry);
  }
  // In the order of the values, so that the result depends on nothing else.
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    uint32_t& place = index[*values[i]];
    if (place == kMissing) {
      place = static_cast<uint32_t>(dictionary.num_entries + result.num_added++);
      ARROW_RETURN_NOT_OK(AppendEntry(width, *values[i], &result.added));
    }
    result.entries[i] = place;
  }
  return result;
}

}  // namespace planish
