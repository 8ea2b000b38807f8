// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/array/util.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "arrow/util/binary_view_util.h"
#include "arrow/util/bit_util.h"

/// \file
/// Arrays of any type, drawn from few values so that equal ones are common, laid out as
/// unkindly as Arrow allows: nulls with values under them, lists that do not follow each
/// other, slices.

namespace planish {

class RandomArrays {
 public:
  explicit RandomArrays(uint64_t seed) : random_(seed) {}

  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(random_() % static_cast<uint64_t>(bound));
  }

  /// A slice out of the middle of a longer array, whose nulls are about `null_percent` of
  /// it.
  std::shared_ptr<arrow::Array> Draw(const std::shared_ptr<arrow::DataType>& type,
                                     int64_t length, int null_percent = 20) {
    const int64_t before = Below(20);
    std::shared_ptr<arrow::ArrayData> data =
        DrawWhole(type, before + length + Below(3), null_percent);
    return arrow::MakeArray(data)->Slice(before, length);
  }

 private:
  using Data = std::shared_ptr<arrow::ArrayData>;
  using Type = std::shared_ptr<arrow::DataType>;
  using BufferPtr = std::shared_ptr<arrow::Buffer>;

  template <typename T>
  static BufferPtr Own(const std::vector<T>& values) {
    return arrow::Buffer::FromString(std::string(
        reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
  }

  BufferPtr DrawValidity(int64_t length, int null_percent) {
    if (null_percent == 0) return nullptr;
    std::string bits(arrow::bit_util::BytesForBits(length), '\0');
    for (int64_t i = 0; i < length; ++i) {
      arrow::bit_util::SetBitTo(reinterpret_cast<uint8_t*>(bits.data()), i,
                                Below(100) >= null_percent);
    }
    return arrow::Buffer::FromString(std::move(bits));
  }

  std::string DrawBytes() {
    static const std::vector<std::string> kPool = {
        "",
        std::string(1, '\0'),
        std::string(2, '\0'),
        std::string("\0\xff", 2),
        "\xff",
        "\xff\xff",
        "a",
        "ab",
        "abc",
        "b",
        "bc",
        "c",
        std::string("a\0", 2),
        std::string("a\0b", 3),
        "more than twelve bytes",
        "more than twelve bytes!",
        std::string("\1\0\0\0a", 5),
    };
    return kPool[Below(static_cast<int64_t>(kPool.size()))];
  }

  template <typename Bits>
  std::string DrawFloat(std::vector<Bits> pool) {
    const Bits bits = pool[Below(static_cast<int64_t>(pool.size()))];
    return {reinterpret_cast<const char*>(&bits), sizeof(bits)};
  }

  // Bytes of one value.
  std::string DrawFixed(const arrow::DataType& type) {
    switch (type.id()) {
      case arrow::Type::HALF_FLOAT:
        return DrawFloat<uint16_t>({0, 0x8000, 1, 0x8001, 0x3c00, 0xbc00, 0x7c00, 0xfc00,
                                    0x7c01, 0x7e00, 0xfe00, 0xffff, 0x3c01});
      case arrow::Type::FLOAT:
        return DrawFloat<uint32_t>({0, 0x80000000, 1, 0x80000001, 0x3f800000, 0xbf800000,
                                    0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000,
                                    0xffc00000, 0xffffffff, 0x40490fdb});
      case arrow::Type::DOUBLE:
        return DrawFloat<uint64_t>({0, 0x8000000000000000, 1, 0x8000000000000001,
                                    0x3ff0000000000000, 0xbff0000000000000,
                                    0x7ff0000000000000, 0xfff0000000000000,
                                    0x7ff0000000000001, 0x7ff8000000000000,
                                    0xfff8000000000000, 0xffffffffffffffff});
      default:
        break;
    }
    // Zeros, ones, or differing in one byte only, which may hold the sign.
    std::string value(type.byte_width(), Below(2) == 0 ? '\0' : '\xff');
    if (!value.empty() && Below(3) != 0) {
      static const std::string kBytes("\0\1\x7f\x80\xff", 5);
      value[Below(static_cast<int64_t>(value.size()))] = kBytes[Below(5)];
    }
    return value;
  }

  Data DrawFixedWidth(const Type& type, int64_t length, BufferPtr validity) {
    std::string values;
    if (type->id() == arrow::Type::BOOL) {
      for (int64_t i = 0; i <= length / 8; ++i) {
        values.push_back(static_cast<char>(Below(256)));
      }
    } else {
      for (int64_t i = 0; i < length; ++i) values += DrawFixed(*type);
    }
    return arrow::ArrayData::Make(
        type, length, {validity, arrow::Buffer::FromString(std::move(values))});
  }

  template <typename Offset>
  Data DrawBinary(const Type& type, int64_t length, BufferPtr validity) {
    std::string bytes = "xyz";
    std::vector<Offset> offsets = {3};
    for (int64_t i = 0; i < length; ++i) {
      bytes += DrawBytes();
      offsets.push_back(static_cast<Offset>(bytes.size()));
    }
    return arrow::ArrayData::Make(
        type, length, {validity, Own(offsets), arrow::Buffer::FromString(bytes)});
  }

  Data DrawViews(const Type& type, int64_t length, BufferPtr validity) {
    std::string bytes[2];
    std::vector<arrow::BinaryViewType::c_type> views;
    for (int64_t i = 0; i < length; ++i) {
      const std::string value = DrawBytes();
      const int buffer = static_cast<int>(Below(2));
      views.push_back(arrow::util::ToBinaryView(
          value, buffer, static_cast<int32_t>(bytes[buffer].size())));
      bytes[buffer] += value;
    }
    return arrow::ArrayData::Make(
        type, length,
        {validity, Own(views), arrow::Buffer::FromString(std::move(bytes[0])),
         arrow::Buffer::FromString(std::move(bytes[1]))});
  }

  template <typename Offset>
  Data DrawList(const Type& type, int64_t length, BufferPtr validity, int null_percent) {
    std::vector<Offset> offsets = {static_cast<Offset>(Below(3))};
    for (int64_t i = 0; i < length; ++i) {
      offsets.push_back(static_cast<Offset>(offsets.back() + Below(4)));
    }
    // A map's entries are never null, nor are its keys.
    const bool is_map = type->id() == arrow::Type::MAP;
    Data elements =
        DrawWhole(type->field(0)->type(), offsets.back() + 1, is_map ? 0 : null_percent);
    return arrow::ArrayData::Make(type, length, {validity, Own(offsets)}, {elements});
  }

  template <typename Offset>
  Data DrawListViews(const Type& type, int64_t length, BufferPtr validity,
                     int null_percent) {
    std::vector<Offset> offsets, sizes;
    for (int64_t i = 0; i < length; ++i) {
      offsets.push_back(static_cast<Offset>(Below(length)));
      sizes.push_back(static_cast<Offset>(Below(4)));
    }
    Data elements = DrawWhole(type->field(0)->type(), length + 4, null_percent);
    return arrow::ArrayData::Make(type, length, {validity, Own(offsets), Own(sizes)},
                                  {elements});
  }

  Data DrawRuns(const Type& type, int64_t length, int null_percent) {
    const auto& runs = static_cast<const arrow::RunEndEncodedType&>(*type);
    std::vector<int32_t> ends;
    int64_t end = 0;
    while (end < length) {
      end += 1 + Below(3);
      ends.push_back(static_cast<int32_t>(end));
    }
    const int64_t num_runs = static_cast<int64_t>(ends.size());
    Data end_data =
        arrow::ArrayData::Make(runs.run_end_type(), num_runs, {nullptr, Own(ends)}, 0);
    Data values = DrawWhole(runs.value_type(), num_runs, null_percent);
    return arrow::ArrayData::Make(type, length, {nullptr}, {end_data, values}, 0);
  }

  Data DrawDictionary(const Type& type, int64_t length, BufferPtr validity) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
    std::vector<int32_t> codes;
    for (int64_t i = 0; i < length; ++i) codes.push_back(static_cast<int32_t>(Below(9)));
    Data data = arrow::ArrayData::Make(type, length, {validity, Own(codes)});
    data->dictionary = DrawWhole(dictionary.value_type(), 9, 20);
    return data;
  }

  Data DrawWhole(const Type& type, int64_t length, int null_percent) {
    BufferPtr validity = DrawValidity(length, null_percent);
    switch (type->id()) {
      case arrow::Type::NA:
        return arrow::ArrayData::Make(type, length, {nullptr}, length);
      case arrow::Type::STRING:
      case arrow::Type::BINARY:
        return DrawBinary<int32_t>(type, length, validity);
      case arrow::Type::LARGE_STRING:
      case arrow::Type::LARGE_BINARY:
        return DrawBinary<int64_t>(type, length, validity);
      case arrow::Type::STRING_VIEW:
      case arrow::Type::BINARY_VIEW:
        return DrawViews(type, length, validity);
      case arrow::Type::LIST:
      case arrow::Type::MAP:
        return DrawList<int32_t>(type, length, validity, null_percent);
      case arrow::Type::LARGE_LIST:
        return DrawList<int64_t>(type, length, validity, null_percent);
      case arrow::Type::LIST_VIEW:
        return DrawListViews<int32_t>(type, length, validity, null_percent);
      case arrow::Type::LARGE_LIST_VIEW:
        return DrawListViews<int64_t>(type, length, validity, null_percent);
      case arrow::Type::RUN_END_ENCODED:
        return DrawRuns(type, length, null_percent);
      case arrow::Type::DICTIONARY:
        return DrawDictionary(type, length, validity);
      case arrow::Type::FIXED_SIZE_LIST: {
        const auto& list = static_cast<const arrow::FixedSizeListType&>(*type);
        return arrow::ArrayData::Make(
            type, length, {validity},
            {DrawWhole(list.value_type(), length * list.list_size(), null_percent)});
      }
      case arrow::Type::STRUCT: {
        std::vector<Data> children;
        for (const auto& field : type->fields()) {
          const int percent = field->nullable() ? null_percent : 0;
          // A child may be a slice of its own.
          children.push_back(Draw(field->type(), length, percent)->data());
        }
        return arrow::ArrayData::Make(type, length, {validity}, children);
      }
      case arrow::Type::EXTENSION: {
        const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
        Data data = DrawWhole(extension.storage_type(), length, null_percent)->Copy();
        data->type = type;
        return data;
      }
      default:
        return DrawFixedWidth(type, length, validity);
    }
  }

  std::mt19937_64 random_;
};

}  // namespace planish
