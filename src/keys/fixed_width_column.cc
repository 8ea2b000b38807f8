// SPDX-License-Identifier: Apache-2.0
#include "keys/fixed_width_column.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "arrow/type_traits.h"
#include "arrow/util/endian.h"
#include "keys/row_block.h"

namespace planish {
namespace {

using Pass = FixedWidthColumn::Pass;
using Treatment = FixedWidthColumn::Treatment;

// IEEE 754 layout of the float that is as wide as the unsigned T.
template <typename T>
struct FloatBits {
  static constexpr int kMantissaBits = sizeof(T) == 2 ? 10 : sizeof(T) == 4 ? 23 : 52;
  static constexpr T kSign = static_cast<T>(T{1} << (8 * sizeof(T) - 1));
  static constexpr T kMagnitude = static_cast<T>(~kSign);
  static constexpr T kMantissa = static_cast<T>((T{1} << kMantissaBits) - 1);
  static constexpr T kInfinity = static_cast<T>(kMagnitude & ~kMantissa);
  static constexpr T kNaN = static_cast<T>(kInfinity | (T{1} << (kMantissaBits - 1)));

  static bool IsNaN(T bits) { return static_cast<T>(bits & kMagnitude) > kInfinity; }
  static T Canonical(T bits) {
    if (IsNaN(bits)) return kNaN;
    return (bits & kMagnitude) == 0 ? T{0} : bits;
  }
  static T Ordered(T bits) {
    bits = Canonical(bits);
    return static_cast<T>((bits & kSign) != 0 ? ~bits : bits | kSign);
  }
};

template <typename T>
T BigEndian(T value) {
  return arrow::bit_util::ToBigEndian(value);
}

struct Rows {
  const uint8_t* source;
  size_t source_stride;
  int64_t count;
  const uint8_t* valid;
  uint8_t* out;
  size_t out_stride;
};

template <typename T, typename Treat>
void ForEachRow(const Rows& rows, Treat treat) {
  const uint8_t* source = rows.source;
  uint8_t* out = rows.out;
  for (int64_t i = 0; i < rows.count; ++i) {
    T value;
    std::memcpy(&value, source, sizeof(T));
    value = treat(value, i);
    std::memcpy(out, &value, sizeof(T));
    source += rows.source_stride;
    out += rows.out_stride;
  }
}

template <typename T, typename Treat>
void TreatRows(const Rows& rows, Treat treat) {
  if (rows.valid == nullptr) {
    ForEachRow<T>(rows, [&](T value, int64_t) { return treat(value); });
    return;
  }
  const uint8_t* valid = rows.valid;
  ForEachRow<T>(rows, [&](T value, int64_t i) {
    const T mask = static_cast<T>(T{0} - T{valid[i]});
    return static_cast<T>(treat(value) & mask);
  });
}

template <typename T>
void RunPass(Treatment treatment, bool inverted, const Rows& rows) {
  const T inversion = inverted ? std::numeric_limits<T>::max() : T{0};
  switch (treatment) {
    case Treatment::kCopy:
      return TreatRows<T>(rows, [](T value) { return value; });
    case Treatment::kOrderBytes:
      return TreatRows<T>(rows, [=](T value) { return T(value ^ inversion); });
    case Treatment::kOrderUnsigned:
      return TreatRows<T>(rows, [=](T value) { return T(BigEndian(value) ^ inversion); });
    case Treatment::kOrderSigned:
      return TreatRows<T>(rows, [=](T value) {
        return T(BigEndian(T(value ^ FloatBits<T>::kSign)) ^ inversion);
      });
    default:
      break;
  }
  if constexpr (sizeof(T) > 1) {
    using Bits = FloatBits<T>;
    if (treatment == Treatment::kCanonicalFloat) {
      return TreatRows<T>(rows, [](T value) { return Bits::Canonical(value); });
    }
    TreatRows<T>(rows, [=](T value) {
      return Bits::IsNaN(value) ? T{0} : T(BigEndian(Bits::Ordered(value)) ^ inversion);
    });
  }
}

void RunLongPass(int64_t size, bool inverted, const Rows& rows) {
  const uint8_t* source = rows.source;
  uint8_t* out = rows.out;
  for (int64_t i = 0; i < rows.count; ++i) {
    if (rows.valid != nullptr && rows.valid[i] == 0) {
      std::memset(out, 0, static_cast<size_t>(size));
    } else if (inverted) {
      std::transform(source, source + size, out,
                     [](uint8_t byte) { return static_cast<uint8_t>(~byte); });
    } else {
      std::memcpy(out, source, static_cast<size_t>(size));
    }
    source += rows.source_stride;
    out += rows.out_stride;
  }
}

void RunPass(const Pass& pass, bool inverted, Rows rows) {
  rows.source += pass.from;
  rows.out += pass.to;
  switch (pass.size) {
    case 1:
      return RunPass<uint8_t>(pass.treatment, inverted, rows);
    case 2:
      return RunPass<uint16_t>(pass.treatment, inverted, rows);
    case 4:
      return RunPass<uint32_t>(pass.treatment, inverted, rows);
    case 8:
      return RunPass<uint64_t>(pass.treatment, inverted, rows);
    default:
      return RunLongPass(pass.size, inverted, rows);
  }
}

template <typename T>
void MarkNaNRows(const arrow::ArrayData& data, int64_t begin, int64_t count,
                 const uint8_t* valid, uint8_t* nan) {
  const T* values = data.GetValues<T>(1);
  if (values == nullptr) return;
  for (int64_t i = 0; i < count; ++i) {
    const bool is_nan = FloatBits<T>::IsNaN(values[begin + i]);
    nan[i] |= static_cast<uint8_t>(is_nan & (valid == nullptr || valid[i] != 0));
  }
}

bool IsUnsigned(arrow::Type::type id) {
  return arrow::is_unsigned_integer(id);
}

bool IsSignedWord(arrow::Type::type id) {
  if (arrow::is_signed_integer(id)) return true;
  switch (id) {
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
      return true;
    default:
      return false;
  }
}

}  // namespace

void FixedWidthColumn::AddPasses(int64_t begin, int64_t end, Treatment treatment) {
  const bool as_it_is =
      treatment == Treatment::kCopy || treatment == Treatment::kOrderBytes;
  if (as_it_is && end - begin > kMaxSplitBytes) {
    passes_.push_back({begin, begin, end - begin, treatment});
    return;
  }
  for (int64_t at = begin; at < end;) {
    int64_t size = 8;
    while (size > end - at) size /= 2;
    passes_.push_back({at, at, size, treatment});
    at += size;
  }
}

std::optional<FixedWidthColumn> FixedWidthColumn::OfType(const arrow::DataType& type) {
  FixedWidthColumn column;
  if (type.id() == arrow::Type::NA) return column;
  if (type.id() == arrow::Type::DICTIONARY || !arrow::is_fixed_width(type.id())) {
    return std::nullopt;
  }
  column.is_bool_ = type.id() == arrow::Type::BOOL;
  column.is_floating_ = arrow::is_floating(type.id());
  column.width_ = column.is_bool_ ? 1 : type.byte_width();
  return column;
}

std::optional<FixedWidthColumn> FixedWidthColumn::ForKey(const arrow::DataType& type) {
  std::optional<FixedWidthColumn> column = OfType(type);
  if (column) {
    column->AddPasses(
        0, column->width_,
        column->is_floating_ ? Treatment::kCanonicalFloat : Treatment::kCopy);
  }
  return column;
}

std::optional<FixedWidthColumn> FixedWidthColumn::ForOrder(const arrow::DataType& type,
                                                           bool descending) {
  std::optional<FixedWidthColumn> column = OfType(type);
  if (!column) return std::nullopt;
  column->inverted_ = descending;
  const int64_t width = column->width_;
  const arrow::Type::type id = type.id();
  if (column->is_floating_) {
    column->AddPasses(0, width, Treatment::kOrderFloat);
  } else if (column->is_bool_ || id == arrow::Type::FIXED_SIZE_BINARY) {
    column->AddPasses(0, width, Treatment::kOrderBytes);
  } else if (IsUnsigned(id)) {
    column->AddPasses(0, width, Treatment::kOrderUnsigned);
  } else if (IsSignedWord(id)) {
    column->AddPasses(0, width, Treatment::kOrderSigned);
  } else if (id == arrow::Type::INTERVAL_DAY_TIME) {
    column->AddPasses(0, 4, Treatment::kOrderSigned);
    column->AddPasses(4, 8, Treatment::kOrderSigned);
  } else if (id == arrow::Type::DECIMAL128 || id == arrow::Type::DECIMAL256) {
    // Arrow keeps the least significant word first, whatever the order of bytes in it.
    for (int64_t to = 0; to < width; to += 8) {
      const Treatment treatment =
          to == 0 ? Treatment::kOrderSigned : Treatment::kOrderUnsigned;
      column->passes_.push_back({width - 8 - to, to, 8, treatment});
    }
  } else if (id != arrow::Type::NA) {
    return std::nullopt;
  }
  return column;
}

void FixedWidthColumn::Write(int64_t begin, int64_t count, const uint8_t* valid,
                             uint8_t* out, size_t stride) const {
  if (width_ == 0) return;
  const std::shared_ptr<arrow::Buffer>& values = data_->buffers[1];
  const int64_t first = data_->offset + begin;
  if (values == nullptr || values->data() == nullptr) {
    // An array of nulls only need not have values.
    for (int64_t i = 0; i < count; ++i) std::memset(out + i * stride, 0, width_);
    return;
  }
  RowFlags bytes;
  Rows rows{values->data() + first * width_,
            static_cast<size_t>(width_),
            count,
            valid,
            out,
            stride};
  if (is_bool_) {
    ExpandBits(values->data(), first, count, bytes.data());
    rows.source = bytes.data();
  }
  for (const Pass& pass : passes_) RunPass(pass, inverted_, rows);
}

void FixedWidthColumn::MarkNaN(int64_t begin, int64_t count, const uint8_t* valid,
                               uint8_t* nan) const {
  switch (width_) {
    case 2:
      return MarkNaNRows<uint16_t>(*data_, begin, count, valid, nan);
    case 4:
      return MarkNaNRows<uint32_t>(*data_, begin, count, valid, nan);
    default:
      return MarkNaNRows<uint64_t>(*data_, begin, count, valid, nan);
  }
}

}  // namespace planish
