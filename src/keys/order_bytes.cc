// SPDX-License-Identifier: Apache-2.0
#include "keys/order_bytes.h"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "keys/decoded_array.h"

namespace planish {
namespace {

constexpr uint8_t kValue = 0, kNaN = 1, kNull = 2;
/// With nulls first the markers are these less.
constexpr uint8_t kGreatestMarker = kNull;
constexpr uint64_t kMarkerBytes = 1;
constexpr uint64_t kTerminatorBytes = 2;

uint64_t CountZeros(std::string_view value) {
  uint64_t zeros = 0;
  // Zeros are rare: find is memchr, which passes over the rest by the vector.
  for (size_t at = value.find('\0'); at != std::string_view::npos;
       at = value.find('\0', at + 1)) {
    ++zeros;
  }
  return zeros;
}

uint8_t* WriteEscaped(std::string_view value, uint8_t* out) {
  for (;;) {
    const size_t zero = value.find('\0');
    if (zero == std::string_view::npos) break;
    out = CopyBytes(value.substr(0, zero), out);
    *out++ = 0x00;
    *out++ = 0xff;
    value.remove_prefix(zero + 1);
  }
  out = CopyBytes(value, out);
  *out++ = 0x00;
  *out++ = 0x00;
  return out;
}

void Invert(uint8_t* begin, const uint8_t* end) {
  for (uint8_t* at = begin; at != end; ++at) *at = static_cast<uint8_t>(~*at);
}

}  // namespace

arrow::Result<OrderBytes> OrderBytes::Make(const arrow::Schema& schema,
                                           const KeySpec& spec) {
  OrderBytes order;
  for (const OrderColumn& wanted : spec.order_columns) {
    if (wanted.column < 0 || wanted.column >= schema.num_fields()) {
      return arrow::Status::Invalid("order column out of range: ", wanted.column);
    }
    const arrow::Field& field = *schema.field(wanted.column);
    const std::shared_ptr<arrow::DataType> decoded = DecodedType(field.type());
    Column column;
    column.index = wanted.column;
    column.name = field.name();
    column.type = field.type();
    column.descending = wanted.descending;
    column.nulls_first = wanted.nulls_first;
    column.fixed = FixedWidthColumn::ForOrder(*decoded, wanted.descending);
    if (!column.fixed && !BinaryValues::IsBinary(*decoded)) {
      return Error(ErrorKind::kUnsupported,
                   "values of this type have no order: " + field.type()->ToString())
          .Column(field.name())
          .Hint("order by another column");
    }
    order.columns_.push_back(std::move(column));
  }
  return order;
}

arrow::Status OrderBytes::Bind(const arrow::RecordBatch& batch, arrow::MemoryPool* pool) {
  for (Column& column : columns_) {
    if (column.index >= batch.num_columns() ||
        !batch.column_data(column.index)->type->Equals(*column.type)) {
      return arrow::Status::Invalid("batch lacks the column as it was declared: ",
                                    column.name);
    }
    ARROW_ASSIGN_OR_RAISE(column.data, Decode(batch.column_data(column.index), pool));
    column.validity = Validity(*column.data);
    if (column.fixed) {
      column.fixed->Bind(*column.data);
    } else {
      column.binary = BinaryValues(*column.data);
    }
  }
  return arrow::Status::OK();
}

void OrderBytes::AddLengths(int64_t begin, int64_t count, uint64_t* lengths) const {
  RowFlags flags{};
  std::array<std::string_view, kBlockRows> values;
  for (const Column& column : columns_) {
    if (column.fixed) {
      const uint64_t length = kMarkerBytes + column.fixed->width();
      for (int64_t i = 0; i < count; ++i) lengths[i] += length;
      continue;
    }
    const uint8_t* valid = column.validity.Flags(begin, count, &flags);
    column.binary.Get(begin, count, valid, {}, values.data());
    for (int64_t i = 0; i < count; ++i) {
      lengths[i] += kMarkerBytes;
      if (valid != nullptr && valid[i] == 0) continue;
      lengths[i] += values[i].size() + CountZeros(values[i]) + kTerminatorBytes;
    }
  }
}

void OrderBytes::Write(int64_t begin, int64_t count, uint8_t** places) {
  for (const Column& column : columns_) {
    if (column.fixed) {
      WriteFixed(column, begin, count, places);
    } else {
      WriteBinary(column, begin, count, places);
    }
  }
}

void OrderBytes::WriteFixed(const Column& column, int64_t begin, int64_t count,
                            uint8_t** places) {
  RowFlags flags{}, markers;
  const uint8_t* valid = column.validity.Flags(begin, count, &flags);
  markers.fill(kValue);
  if (column.fixed->is_floating()) {
    static_assert(kNaN == 1, "MarkNaN sets ones");
    column.fixed->MarkNaN(begin, count, valid, markers.data());
  }
  if (valid != nullptr) {
    for (int64_t i = 0; i < count; ++i) markers[i] |= (valid[i] ^ 1) * kNull;
  }
  if (column.nulls_first) {
    for (int64_t i = 0; i < count; ++i) markers[i] = kGreatestMarker - markers[i];
  }
  const size_t width = column.fixed->width();
  scratch_.resize(count * width);
  column.fixed->Write(begin, count, valid, scratch_.data(), width);
  const uint8_t* value = scratch_.data();
  for (int64_t i = 0; i < count; ++i, value += width) {
    uint8_t* out = places[i];
    *out++ = markers[i];
    if (width == 8) {  // by far the most common width: worth a copy without a call
      std::memcpy(out, value, 8);
    } else if (width > 0) {
      std::memcpy(out, value, width);
    }
    places[i] = out + width;
  }
}

void OrderBytes::WriteBinary(const Column& column, int64_t begin, int64_t count,
                             uint8_t** places) {
  RowFlags flags{};
  std::array<std::string_view, kBlockRows> values;
  const uint8_t* valid = column.validity.Flags(begin, count, &flags);
  column.binary.Get(begin, count, valid, {}, values.data());
  for (int64_t i = 0; i < count; ++i) {
    const bool is_null = valid != nullptr && valid[i] == 0;
    const uint8_t marker = is_null ? kNull : kValue;
    *places[i]++ = column.nulls_first ? kGreatestMarker - marker : marker;
    if (is_null) continue;
    uint8_t* start = places[i];
    places[i] = WriteEscaped(values[i], start);
    if (column.descending) Invert(start, places[i]);
  }
}

}  // namespace planish
