// SPDX-License-Identifier: Apache-2.0
#include "keys/canonical_keys.h"

#include <cstring>
#include <utility>

#include "base/error_builder.h"
#include "keys/decoded_array.h"

namespace planish {
namespace {

constexpr uint64_t kLengthBytes = 4;
constexpr std::string_view kNullMarker = "\xff\xfeplanish null\xff\xfe";

}  // namespace

arrow::Status CanonicalKeys::AddColumn(const arrow::Schema& schema, int index,
                                       bool never_null) {
  const arrow::Field& field = *schema.field(index);
  Column column{.index = index,
                .name = field.name(),
                .type = field.type(),
                .never_null = never_null,
                .flag = -1,
                .data = nullptr,
                .validity = {}};
  const std::shared_ptr<arrow::DataType> decoded = DecodedType(field.type());
  const bool flagged = !never_null && decoded->id() != arrow::Type::NA;
  if (std::optional<FixedWidthColumn> values = FixedWidthColumn::ForKey(*decoded)) {
    if (flagged) column.flag = num_flags_++;
    may_hold_nan_ |= values->is_floating();
    fixed_.push_back({std::move(column), *std::move(values), flags_at_});
    flags_at_ += fixed_.back().values.width();
    return arrow::Status::OK();
  }
  VariableComponent component;
  if (BinaryValues::IsBinary(*decoded)) {
    if (flagged) column.flag = num_flags_++;
  } else {
    component.nested = NestedValues::Make(*decoded);
    if (component.nested == nullptr) {
      return Error(ErrorKind::kUnsupported,
                   "no rule says when values of this type are equal: " +
                       field.type()->ToString())
          .Column(field.name())
          .Hint("leave the column out of the key");
    }
    may_hold_nan_ |= component.nested->MayHoldNaN();
  }
  component.column = std::move(column);
  variable_.push_back(std::move(component));
  return arrow::Status::OK();
}

arrow::Result<CanonicalKeys> CanonicalKeys::Make(const arrow::Schema& schema,
                                                 const KeySpec& spec) {
  if (!spec.never_null.empty() && spec.never_null.size() != spec.key_columns.size()) {
    return arrow::Status::Invalid("never_null is not parallel to key_columns");
  }
  CanonicalKeys keys;
  for (size_t i = 0; i < spec.key_columns.size(); ++i) {
    const int index = spec.key_columns[i];
    if (index < 0 || index >= schema.num_fields()) {
      return arrow::Status::Invalid("key column out of range: ", index);
    }
    const bool never_null = !spec.never_null.empty() && spec.never_null[i];
    ARROW_RETURN_NOT_OK(keys.AddColumn(schema, index, never_null));
  }
  if (!keys.variable_.empty()) keys.variable_.back().has_length = false;
  keys.is_lone_binary_ = keys.fixed_.empty() && keys.variable_.size() == 1 &&
                         keys.variable_[0].nested == nullptr;
  return keys;
}

arrow::Status CanonicalKeys::BindColumn(const arrow::RecordBatch& batch, Column* column,
                                        arrow::MemoryPool* pool) {
  if (column->index >= batch.num_columns() ||
      !batch.column_data(column->index)->type->Equals(*column->type)) {
    return arrow::Status::Invalid("batch lacks the column as it was declared: ",
                                  column->name);
  }
  ARROW_ASSIGN_OR_RAISE(column->data, Decode(batch.column_data(column->index), pool));
  column->validity = Validity(*column->data);
  if (column->never_null && !column->validity.never_null() && column->data->length > 0 &&
      column->data->type->id() != arrow::Type::NA) {
    return Error(ErrorKind::kCorrupt, "nulls in a column whose statistics deny them")
        .Column(column->name);
  }
  return arrow::Status::OK();
}

arrow::Status CanonicalKeys::Bind(const arrow::RecordBatch& batch,
                                  arrow::MemoryPool* pool) {
  for (FixedWidthComponent& component : fixed_) {
    ARROW_RETURN_NOT_OK(BindColumn(batch, &component.column, pool));
    component.values.Bind(*component.column.data);
  }
  for (VariableComponent& component : variable_) {
    ARROW_RETURN_NOT_OK(BindColumn(batch, &component.column, pool));
    if (component.nested != nullptr) {
      component.nested->Bind(*component.column.data);
    } else {
      component.binary = BinaryValues(*component.column.data);
    }
  }
  return arrow::Status::OK();
}

void CanonicalKeys::WriteFlags(const Column& column, const uint8_t* valid, int64_t count,
                               uint8_t* out, size_t stride) const {
  if (column.flag < 0 || valid == nullptr) return;
  out += flags_at_ + column.flag / 8;
  const int shift = column.flag % 8;
  for (int64_t i = 0; i < count; ++i) {
    out[i * stride] |= static_cast<uint8_t>((valid[i] ^ 1) << shift);
  }
}

void CanonicalKeys::WriteFixedPart(int64_t begin, int64_t count, uint8_t* out,
                                   size_t stride, uint8_t* nan) const {
  RowFlags scratch{};
  for (const FixedWidthComponent& component : fixed_) {
    const uint8_t* valid = component.column.validity.Flags(begin, count, &scratch);
    component.values.Write(begin, count, valid, out + component.at, stride);
    WriteFlags(component.column, valid, count, out, stride);
    if (nan != nullptr && component.values.is_floating()) {
      component.values.MarkNaN(begin, count, valid, nan);
    }
  }
  for (const VariableComponent& component : variable_) {
    if (component.column.flag < 0) continue;
    const uint8_t* valid = component.column.validity.Flags(begin, count, &scratch);
    WriteFlags(component.column, valid, count, out, stride);
  }
}

void CanonicalKeys::AddVariableLengths(int64_t begin, int64_t count,
                                       uint64_t* lengths) const {
  RowFlags scratch{};
  std::array<std::string_view, kBlockRows> values;
  for (const VariableComponent& component : variable_) {
    if (component.nested != nullptr) {
      for (int64_t i = 0; i < count; ++i) {
        lengths[i] += component.nested->Length(begin + i, 1);
      }
      continue;
    }
    const uint8_t* valid = component.column.validity.Flags(begin, count, &scratch);
    component.binary.Get(begin, count, valid, {}, values.data());
    const uint64_t prefix = component.has_length ? kLengthBytes : 0;
    for (int64_t i = 0; i < count; ++i) {
      lengths[i] += values[i].size() + (valid == nullptr || valid[i] != 0 ? prefix : 0);
    }
  }
}

void CanonicalKeys::WriteVariablePart(int64_t begin, int64_t count, uint8_t** places,
                                      uint8_t* nan) const {
  RowFlags scratch{};
  std::array<std::string_view, kBlockRows> values;
  for (const VariableComponent& component : variable_) {
    if (component.nested != nullptr) {
      for (int64_t i = 0; i < count; ++i) {
        bool saw_nan = false;
        places[i] = component.nested->Write(begin + i, 1, places[i],
                                            nan == nullptr ? nullptr : &saw_nan);
        if (saw_nan) nan[i] = 1;
      }
      continue;
    }
    const uint8_t* valid = component.column.validity.Flags(begin, count, &scratch);
    component.binary.Get(begin, count, valid, {}, values.data());
    for (int64_t i = 0; i < count; ++i) {
      if (component.has_length && (valid == nullptr || valid[i] != 0)) {
        const uint32_t length = static_cast<uint32_t>(values[i].size());
        std::memcpy(places[i], &length, kLengthBytes);
        places[i] += kLengthBytes;
      }
      places[i] = CopyBytes(values[i], places[i]);
    }
  }
}

std::string_view CanonicalKeys::null_marker() {
  return kNullMarker;
}

void CanonicalKeys::LoneValues(int64_t begin, int64_t count,
                               std::string_view* out) const {
  RowFlags scratch{};
  const VariableComponent& lone = variable_[0];
  const uint8_t* valid = lone.column.validity.Flags(begin, count, &scratch);
  lone.binary.Get(begin, count, valid, kNullMarker, out);
}

}  // namespace planish
