// SPDX-License-Identifier: Apache-2.0
#include "support/random_column.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "arrow/builder.h"
#include "arrow/scalar.h"
#include "arrow/util/decimal.h"

namespace planish {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

/// Values below this index are each type's awkward ones.
constexpr int kAwkwardValues = 8;

TypePtr RandomLeaf(RandomSource* random, bool top_level) {
  // Arrow cannot write slices of nested views, nor read nested dictionaries in pieces.
  if (top_level && random->OneIn(8)) {
    return random->Pick<TypePtr>({arrow::utf8_view(), arrow::binary_view(),
                                  arrow::dictionary(arrow::int32(), arrow::utf8())});
  }
  using arrow::TimeUnit;
  const auto unit = random->Pick({TimeUnit::MILLI, TimeUnit::MICRO, TimeUnit::NANO});
  const auto zone = random->Pick<std::string>({"", "UTC", "Europe/Berlin"});
  const int width = random->Pick({1, 3, 8, 16, 20});
  return random->Pick<TypePtr>({arrow::boolean(),
                                arrow::int8(),
                                arrow::int16(),
                                arrow::int32(),
                                arrow::int64(),
                                arrow::uint8(),
                                arrow::uint16(),
                                arrow::uint32(),
                                arrow::uint64(),
                                arrow::float16(),
                                arrow::float32(),
                                arrow::float64(),
                                arrow::decimal128(random->Between(3, 38), 2),
                                arrow::decimal256(random->Between(39, 76), 3),
                                arrow::utf8(),
                                arrow::large_utf8(),

                                arrow::binary(),
                                arrow::large_binary(),

                                arrow::fixed_size_binary(width),
                                arrow::date32(),
                                arrow::date64(),
                                arrow::time32(TimeUnit::MILLI),
                                arrow::time64(TimeUnit::MICRO),
                                arrow::time64(TimeUnit::NANO),
                                arrow::timestamp(unit, zone),
                                arrow::duration(unit),

                                arrow::null()});
}

TypePtr RandomNested(RandomSource* random, int depth, bool top_level) {
  if (depth == 0 || !random->OneIn(4)) return RandomLeaf(random, top_level);
  const auto child = RandomNested(random, depth - 1, false);
  const bool nullable = child->id() == arrow::Type::NA || random->OneIn(2);
  const auto item = arrow::field("item", child, nullable);
  // Arrow writes lists of fixed size with nulls, but cannot read them.
  switch (random->Below(top_level ? 5 : 4)) {
    case 0:
      return arrow::list(item);
    case 1:
      return arrow::large_list(item);
    case 2:
      return arrow::map(random->Pick<TypePtr>({arrow::utf8(), arrow::int32()}),
                        arrow::field("value", child));
    case 3:
      return arrow::struct_({arrow::field("a", child, nullable),
                             arrow::field("b", RandomNested(random, depth - 1, false))});
    default:
      return arrow::fixed_size_list(item, 2);
  }
}

int64_t Integer(int index, int64_t lowest, int64_t highest) {
  switch (index) {
    case 0:
    case 1:
    case 2:
      return index;
    case 3:
      return 100;
    case 4:
      return highest;
    case 5:
      return lowest;
    case 6:
      return highest - 1;
    default:
      return index % highest;
  }
}

double Double(int index) {
  static const std::vector<double> kValues = {
      0.0,
      -0.0,
      std::bit_cast<double>(uint64_t{0x7ff8000000000000}),
      std::bit_cast<double>(uint64_t{0xfff8000000000123}),
      1.5,
      std::numeric_limits<double>::infinity(),
      -std::numeric_limits<double>::infinity(),
      -1.5};
  return index < kAwkwardValues ? kValues[index] : index / 4.0;
}

uint16_t Half(int index) {
  static const std::vector<uint16_t> kBits = {0,      0x8000, 0x7e00, 0xfe01,
                                              0x3e00, 0x7c00, 0xfc00, 0xbe00};
  return index < kAwkwardValues ? kBits[index]
                                : static_cast<uint16_t>(0x3000 + index % 0x1000);
}

std::string Text(int index) {
  static const std::vector<std::string> kValues = {"",
                                                   "a",
                                                   "A",
                                                   std::string("a\0", 2),
                                                   "\xc3\xa9",
                                                   "a text longer than sixteen bytes, 1",
                                                   "a text longer than sixteen bytes, 2",
                                                   "ab"};
  return index < kAwkwardValues ? kValues[index] : "value " + std::to_string(index);
}

std::string Bytes(int index, size_t width) {
  std::string bytes(width, static_cast<char>(index % 3 == 0 ? 0 : 0xff));
  for (size_t i = 0; i < width && index > 0; ++i, index /= 256) {
    bytes[width - 1 - i] = static_cast<char>(index % 256);
  }
  return bytes;
}

arrow::Decimal256 UnscaledDecimal(int index, int precision) {
  const auto highest = arrow::Decimal256::GetMaxValue(precision);
  if (index == 4) return highest;
  if (index == 5) return -highest;
  return arrow::Decimal256(index == 6 ? -1 : index % 1000);
}

template <typename CType>
arrow::Result<std::shared_ptr<arrow::Scalar>> IntegerScalar(const TypePtr& type,
                                                            int index) {
  using Limits = std::numeric_limits<CType>;
  const auto highest = static_cast<uint64_t>(Limits::max()) > INT64_MAX
                           ? INT64_MAX
                           : static_cast<int64_t>(Limits::max());
  auto value =
      static_cast<CType>(Integer(index, static_cast<int64_t>(Limits::min()), highest));
  if (sizeof(CType) == 8 && index == 4) value = Limits::max();
  return arrow::MakeScalar(type, value);
}

/// Times of day, instants and spans all lie within this many units.
arrow::Result<std::shared_ptr<arrow::Scalar>> TemporalScalar(const TypePtr& type,
                                                             int index) {
  switch (type->id()) {
    case arrow::Type::DATE32:
      return arrow::MakeScalar(type,
                               static_cast<int32_t>(Integer(index, -700000, 2900000)));
    case arrow::Type::DATE64:
      return arrow::MakeScalar(type, Integer(index, -700000, 2900000) * 86'400'000);
    case arrow::Type::TIME32:
      return arrow::MakeScalar(type, static_cast<int32_t>(Integer(index, 0, 86'399'999)));
    case arrow::Type::TIME64:
      return arrow::MakeScalar(type, Integer(index, 0, 86'399'999'999));
    default: {
      // In whole milliseconds, so that the same index is the same instant in every unit.
      const auto unit = type->id() == arrow::Type::DURATION
                            ? static_cast<const arrow::DurationType&>(*type).unit()
                            : static_cast<const arrow::TimestampType&>(*type).unit();
      const int64_t scale = unit == arrow::TimeUnit::NANO    ? 1'000'000
                            : unit == arrow::TimeUnit::MICRO ? 1'000
                                                             : 1;
      const int64_t finest = index == 7 ? scale - 1 : 0;
      return arrow::MakeScalar(
          type, Integer(index, -2'000'000'000, 1'900'000'000'000) * scale + finest);
    }
  }
}

arrow::Result<std::shared_ptr<arrow::Scalar>> LeafScalar(const TypePtr& type, int index) {
  switch (type->id()) {
    case arrow::Type::BOOL:
      return arrow::MakeScalar(type, index % 2 == 1);
    case arrow::Type::INT8:
      return IntegerScalar<int8_t>(type, index);
    case arrow::Type::INT16:
      return IntegerScalar<int16_t>(type, index);
    case arrow::Type::INT32:
      return IntegerScalar<int32_t>(type, index);
    case arrow::Type::INT64:
      return IntegerScalar<int64_t>(type, index);
    case arrow::Type::UINT8:
      return IntegerScalar<uint8_t>(type, index);
    case arrow::Type::UINT16:
      return IntegerScalar<uint16_t>(type, index);
    case arrow::Type::UINT32:
      return IntegerScalar<uint32_t>(type, index);
    case arrow::Type::UINT64:
      return IntegerScalar<uint64_t>(type, index);
    case arrow::Type::HALF_FLOAT:
      return std::make_shared<arrow::HalfFloatScalar>(Half(index));
    case arrow::Type::FLOAT:
      return std::make_shared<arrow::FloatScalar>(static_cast<float>(Double(index)));
    case arrow::Type::DOUBLE:
      return std::make_shared<arrow::DoubleScalar>(Double(index));
    case arrow::Type::DECIMAL128: {
      const int precision = static_cast<const arrow::DecimalType&>(*type).precision();
      const auto wide = UnscaledDecimal(index, precision);
      return std::make_shared<arrow::Decimal128Scalar>(
          arrow::Decimal128(static_cast<int64_t>(wide.little_endian_array()[1]),
                            wide.little_endian_array()[0]),
          type);
    }
    case arrow::Type::DECIMAL256: {
      const int precision = static_cast<const arrow::DecimalType&>(*type).precision();
      return std::make_shared<arrow::Decimal256Scalar>(UnscaledDecimal(index, precision),
                                                       type);
    }
    case arrow::Type::FIXED_SIZE_BINARY: {
      const auto width = static_cast<size_t>(type->byte_width());
      return arrow::MakeScalar(type, arrow::Buffer::FromString(Bytes(index, width)));
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return arrow::MakeScalar(type, arrow::Buffer::FromString(Text(index)));
    default:
      return TemporalScalar(type, index);
  }
}

arrow::Status AppendValue(arrow::ArrayBuilder* builder, const TypePtr& type, int index);

/// Every fourth child is null, where the type lets it be.
arrow::Status AppendChild(arrow::ArrayBuilder* builder, const arrow::Field& field,
                          int index) {
  if (field.nullable() && index % 4 == 3) return builder->AppendNull();
  return AppendValue(builder, field.type(), index);
}

arrow::Status AppendList(arrow::ArrayBuilder* builder, const TypePtr& type, int index) {
  const auto& item = *type->field(0);
  int length = index % 3;
  arrow::ArrayBuilder* children = nullptr;
  if (type->id() == arrow::Type::LARGE_LIST) {
    auto* list = static_cast<arrow::LargeListBuilder*>(builder);
    ARROW_RETURN_NOT_OK(list->Append());
    children = list->value_builder();
  } else if (type->id() == arrow::Type::FIXED_SIZE_LIST) {
    auto* list = static_cast<arrow::FixedSizeListBuilder*>(builder);
    ARROW_RETURN_NOT_OK(list->Append());
    children = list->value_builder();
    length = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
  } else {
    auto* list = static_cast<arrow::ListBuilder*>(builder);
    ARROW_RETURN_NOT_OK(list->Append());
    children = list->value_builder();
  }
  for (int i = 0; i < length; ++i) {
    ARROW_RETURN_NOT_OK(AppendChild(children, item, index / 3 + i));
  }
  return arrow::Status::OK();
}

arrow::Status AppendMap(arrow::ArrayBuilder* builder, const TypePtr& type, int index) {
  const auto& map_type = static_cast<const arrow::MapType&>(*type);
  auto* map = static_cast<arrow::MapBuilder*>(builder);
  ARROW_RETURN_NOT_OK(map->Append());
  for (int i = 0; i < index % 3; ++i) {
    ARROW_RETURN_NOT_OK(
        AppendValue(map->key_builder(), map_type.key_type(), i + index / 3));
    ARROW_RETURN_NOT_OK(
        AppendChild(map->item_builder(), *map_type.item_field(), index + i));
  }
  return arrow::Status::OK();
}

arrow::Status AppendValue(arrow::ArrayBuilder* builder, const TypePtr& type, int index) {
  switch (type->id()) {
    case arrow::Type::NA:
      return builder->AppendNull();
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      return AppendList(builder, type, index);
    case arrow::Type::MAP:
      return AppendMap(builder, type, index);
    case arrow::Type::STRUCT: {
      auto* structure = static_cast<arrow::StructBuilder*>(builder);
      ARROW_RETURN_NOT_OK(structure->Append());
      for (int i = 0; i < type->num_fields(); ++i) {
        ARROW_RETURN_NOT_OK(
            AppendChild(structure->field_builder(i), *type->field(i), (index >> i) + i));
      }
      return arrow::Status::OK();
    }
    case arrow::Type::DICTIONARY:
      return static_cast<arrow::DictionaryBuilder<arrow::StringType>*>(builder)->Append(
          Text(index));
    default: {
      ARROW_ASSIGN_OR_RAISE(auto scalar, LeafScalar(type, index));
      return builder->AppendScalar(*scalar);
    }
  }
}

}  // namespace

TypePtr RandomType(RandomSource* random) {
  return RandomNested(random, 2, true);
}

TypePtr RandomRelatedType(RandomSource* random, const TypePtr& type) {
  switch (type->id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      return random->Pick<TypePtr>({arrow::int8(), arrow::int16(), arrow::int32(),
                                    arrow::int64(), arrow::uint32()});
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return random->Pick<TypePtr>({arrow::float32(), arrow::float64()});
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::DICTIONARY:
      return random->Pick<TypePtr>({arrow::utf8(), arrow::large_utf8(),
                                    arrow::utf8_view(),
                                    arrow::dictionary(arrow::int32(), arrow::utf8())});
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return random->Pick<TypePtr>(
          {arrow::binary(), arrow::large_binary(), arrow::binary_view()});
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return random->Pick<TypePtr>({arrow::date32(), arrow::date64()});
    case arrow::Type::DECIMAL128:
      return arrow::decimal128(random->Between(4, 38), random->Between(0, 3));
    case arrow::Type::TIMESTAMP: {
      const auto& zone = static_cast<const arrow::TimestampType&>(*type).timezone();
      return arrow::timestamp(
          random->Pick(
              {arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}),
          zone);
    }
    default:
      return type;
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> ColumnOfValues(
    const TypePtr& type, const std::vector<int>& indexes) {
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
  for (const int index : indexes) {
    ARROW_RETURN_NOT_OK(index == kNullIndex ? builder->AppendNull()
                                            : AppendValue(builder.get(), type, index));
  }
  return builder->Finish();
}

}  // namespace planish
