// SPDX-License-Identifier: Apache-2.0
#include "keys/binary_values.h"

#include "arrow/util/binary_view_util.h"

namespace planish {

bool BinaryValues::IsBinary(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return true;
    default:
      return false;
  }
}

BinaryValues::BinaryValues(const arrow::ArrayData& data) : data_(&data) {
  switch (data.type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      layout_ = Layout::kOffsets32;
      entries_ = data.GetValues<int32_t>(1);
      break;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      layout_ = Layout::kOffsets64;
      entries_ = data.GetValues<int64_t>(1);
      break;
    default:
      layout_ = Layout::kViews;
      entries_ = data.GetValues<arrow::BinaryViewType::c_type>(1);
      return;
  }
  if (data.buffers[2] != nullptr) {
    bytes_ = reinterpret_cast<const char*>(data.buffers[2]->data());
  }
}

template <BinaryValues::Layout layout>
std::string_view BinaryValues::ValueAt(int64_t row) const {
  if constexpr (layout == Layout::kViews) {
    return arrow::util::FromBinaryView(
        static_cast<const arrow::BinaryViewType::c_type*>(entries_)[row],
        data_->buffers.data() + 2);
  } else if constexpr (layout == Layout::kOffsets32) {
    const int32_t* offsets = static_cast<const int32_t*>(entries_);
    return {bytes_ + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  } else {
    const int64_t* offsets = static_cast<const int64_t*>(entries_);
    return {bytes_ + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }
}

template <BinaryValues::Layout layout>
void BinaryValues::GetAll(int64_t begin, int64_t count, const uint8_t* valid,
                          std::string_view null_value, std::string_view* out) const {
  if (valid == nullptr) {
    for (int64_t i = 0; i < count; ++i) out[i] = ValueAt<layout>(begin + i);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    out[i] = valid[i] != 0 ? ValueAt<layout>(begin + i) : null_value;
  }
}

std::string_view BinaryValues::At(int64_t row) const {
  switch (layout_) {
    case Layout::kOffsets32:
      return ValueAt<Layout::kOffsets32>(row);
    case Layout::kOffsets64:
      return ValueAt<Layout::kOffsets64>(row);
    default:
      return ValueAt<Layout::kViews>(row);
  }
}

void BinaryValues::Get(int64_t begin, int64_t count, const uint8_t* valid,
                       std::string_view null_value, std::string_view* out) const {
  switch (layout_) {
    case Layout::kOffsets32:
      return GetAll<Layout::kOffsets32>(begin, count, valid, null_value, out);
    case Layout::kOffsets64:
      return GetAll<Layout::kOffsets64>(begin, count, valid, null_value, out);
    default:
      return GetAll<Layout::kViews>(begin, count, valid, null_value, out);
  }
}

}  // namespace planish
