// SPDX-License-Identifier: Apache-2.0
#include "keys/nested_values.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "keys/binary_values.h"
#include "keys/fixed_width_column.h"
#include "keys/row_block.h"

namespace planish {
namespace {

constexpr uint64_t kFlagBytes = 1;
constexpr uint64_t kCountBytes = 4;

// The encoder refuses keys whose lengths do not fit 32 bits before it writes them.
uint8_t* WriteCount(uint64_t value, uint8_t* out) {
  const uint32_t narrow = static_cast<uint32_t>(value);
  std::memcpy(out, &narrow, kCountBytes);
  return out + kCountBytes;
}

uint8_t* WriteFlag(bool valid, uint8_t* out) {
  *out = valid ? 0 : 1;
  return out + kFlagBytes;
}

class FixedWidthNode final : public NestedValues {
 public:
  explicit FixedWidthNode(FixedWidthColumn column) : column_(std::move(column)) {}

  void Bind(const arrow::ArrayData& data) override {
    column_.Bind(data);
    validity_ = Validity(data);
  }
  uint64_t Length(int64_t, int64_t count) const override { return count * stride(); }
  uint8_t* Write(int64_t begin, int64_t count, uint8_t* out,
                 bool* saw_nan) const override {
    for (int64_t done = 0; done < count; done += kBlockRows) {
      const int64_t rows = std::min<int64_t>(kBlockRows, count - done);
      WriteBlock(begin + done, rows, out, saw_nan);
      out += rows * stride();
    }
    return out;
  }
  bool MayHoldNaN() const override { return column_.is_floating(); }

 private:
  uint64_t stride() const { return kFlagBytes + column_.width(); }

  void WriteBlock(int64_t begin, int64_t count, uint8_t* out, bool* saw_nan) const {
    RowFlags scratch;
    const uint8_t* valid = validity_.Flags(begin, count, &scratch);
    for (int64_t i = 0; i < count; ++i) {
      WriteFlag(valid == nullptr || valid[i] != 0, out + i * stride());
    }
    column_.Write(begin, count, valid, out + kFlagBytes, stride());
    if (saw_nan == nullptr || !column_.is_floating()) return;
    RowFlags nan;
    std::fill_n(nan.data(), count, uint8_t{0});
    column_.MarkNaN(begin, count, valid, nan.data());
    *saw_nan |=
        std::any_of(nan.data(), nan.data() + count, [](uint8_t is) { return is; });
  }

  FixedWidthColumn column_;
  Validity validity_;
};

class BinaryNode final : public NestedValues {
 public:
  void Bind(const arrow::ArrayData& data) override {
    values_ = BinaryValues(data);
    validity_ = Validity(data);
  }
  uint64_t Length(int64_t begin, int64_t count) const override {
    uint64_t length = count * kFlagBytes;
    for (int64_t row = begin; row < begin + count; ++row) {
      if (validity_.IsValid(row)) length += kCountBytes + values_.At(row).size();
    }
    return length;
  }
  uint8_t* Write(int64_t begin, int64_t count, uint8_t* out, bool*) const override {
    for (int64_t row = begin; row < begin + count; ++row) {
      const bool valid = validity_.IsValid(row);
      out = WriteFlag(valid, out);
      if (!valid) continue;
      const std::string_view value = values_.At(row);
      out = WriteCount(value.size(), out);
      out = CopyBytes(value, out);
    }
    return out;
  }
  bool MayHoldNaN() const override { return false; }

 private:
  BinaryValues values_;
  Validity validity_;
};

class StructNode final : public NestedValues {
 public:
  explicit StructNode(std::vector<std::unique_ptr<NestedValues>> children)
      : children_(std::move(children)) {}

  void Bind(const arrow::ArrayData& data) override {
    validity_ = Validity(data);
    offset_ = data.offset;
    for (size_t i = 0; i < children_.size(); ++i) children_[i]->Bind(*data.child_data[i]);
  }
  uint64_t Length(int64_t begin, int64_t count) const override {
    uint64_t length = count * kFlagBytes;
    if (validity_.never_null()) {
      for (const auto& child : children_) length += child->Length(offset_ + begin, count);
      return length;
    }
    for (int64_t row = begin; row < begin + count; ++row) {
      if (!validity_.IsValid(row)) continue;
      for (const auto& child : children_) length += child->Length(offset_ + row, 1);
    }
    return length;
  }
  uint8_t* Write(int64_t begin, int64_t count, uint8_t* out,
                 bool* saw_nan) const override {
    for (int64_t row = begin; row < begin + count; ++row) {
      const bool valid = validity_.IsValid(row);
      out = WriteFlag(valid, out);
      if (!valid) continue;
      for (const auto& child : children_) {
        out = child->Write(offset_ + row, 1, out, saw_nan);
      }
    }
    return out;
  }
  bool MayHoldNaN() const override {
    return std::any_of(children_.begin(), children_.end(),
                       [](const auto& child) { return child->MayHoldNaN(); });
  }

 private:
  std::vector<std::unique_ptr<NestedValues>> children_;
  Validity validity_;
  int64_t offset_ = 0;
};

// Lists of every layout, and maps.
class ListNode final : public NestedValues {
 public:
  ListNode(const arrow::DataType& type, std::unique_ptr<NestedValues> elements)
      : layout_(type.id()), elements_(std::move(elements)) {
    if (layout_ == arrow::Type::FIXED_SIZE_LIST) {
      list_size_ = static_cast<const arrow::FixedSizeListType&>(type).list_size();
    }
  }

  void Bind(const arrow::ArrayData& data) override {
    data_ = &data;
    validity_ = Validity(data);
    elements_->Bind(*data.child_data[0]);
  }
  uint64_t Length(int64_t begin, int64_t count) const override {
    uint64_t length = count * kFlagBytes;
    for (int64_t row = begin; row < begin + count; ++row) {
      if (!validity_.IsValid(row)) continue;
      const Span span = SpanOf(row);
      length += kCountBytes + elements_->Length(span.begin, span.count);
    }
    return length;
  }
  uint8_t* Write(int64_t begin, int64_t count, uint8_t* out,
                 bool* saw_nan) const override {
    for (int64_t row = begin; row < begin + count; ++row) {
      const bool valid = validity_.IsValid(row);
      out = WriteFlag(valid, out);
      if (!valid) continue;
      const Span span = SpanOf(row);
      out = WriteCount(span.count, out);
      out = elements_->Write(span.begin, span.count, out, saw_nan);
    }
    return out;
  }
  bool MayHoldNaN() const override { return elements_->MayHoldNaN(); }

 private:
  struct Span {
    int64_t begin;
    int64_t count;
  };
  template <typename Offset>
  Span BetweenOffsets(int64_t row) const {
    const Offset* offsets = data_->GetValues<Offset>(1);
    return {offsets[row], offsets[row + 1] - offsets[row]};
  }
  template <typename Offset>
  Span OfView(int64_t row) const {
    return {data_->GetValues<Offset>(1)[row], data_->GetValues<Offset>(2)[row]};
  }
  Span SpanOf(int64_t row) const {
    switch (layout_) {
      case arrow::Type::LARGE_LIST:
        return BetweenOffsets<int64_t>(row);
      case arrow::Type::LIST_VIEW:
        return OfView<int32_t>(row);
      case arrow::Type::LARGE_LIST_VIEW:
        return OfView<int64_t>(row);
      case arrow::Type::FIXED_SIZE_LIST:
        return {(data_->offset + row) * list_size_, list_size_};
      default:
        return BetweenOffsets<int32_t>(row);
    }
  }

  const arrow::Type::type layout_;
  int64_t list_size_ = 0;
  std::unique_ptr<NestedValues> elements_;
  const arrow::ArrayData* data_ = nullptr;
  Validity validity_;
};

std::unique_ptr<NestedValues> MakeStruct(const arrow::DataType& type) {
  std::vector<std::unique_ptr<NestedValues>> children;
  for (const std::shared_ptr<arrow::Field>& field : type.fields()) {
    children.push_back(NestedValues::Make(*field->type()));
    if (children.back() == nullptr) return nullptr;
  }
  return std::make_unique<StructNode>(std::move(children));
}

}  // namespace

std::unique_ptr<NestedValues> NestedValues::Make(const arrow::DataType& type) {
  if (std::optional<FixedWidthColumn> column = FixedWidthColumn::ForKey(type)) {
    return std::make_unique<FixedWidthNode>(*std::move(column));
  }
  if (BinaryValues::IsBinary(type)) return std::make_unique<BinaryNode>();
  switch (type.id()) {
    case arrow::Type::STRUCT:
      return MakeStruct(type);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP: {
      std::unique_ptr<NestedValues> elements = Make(*type.field(0)->type());
      if (elements == nullptr) return nullptr;
      return std::make_unique<ListNode>(type, std::move(elements));
    }
    default:
      return nullptr;
  }
}

}  // namespace planish
