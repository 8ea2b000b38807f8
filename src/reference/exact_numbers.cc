// SPDX-License-Identifier: Apache-2.0
#include "reference/exact_numbers.h"

#include <cmath>
#include <limits>

namespace planish {

PlainValue AsExactNumber(const PlainValue& value) {
  // Powers of two, which are doubles.
  constexpr double kBeyondSigned = 9223372036854775808.0;
  constexpr double kBeyondUnsigned = 2 * kBeyondSigned;
  if (const auto* natural = std::get_if<uint64_t>(&value.value)) {
    if (*natural > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return value;
    }
    return {static_cast<int64_t>(*natural)};
  }
  const auto* number = std::get_if<double>(&value.value);
  if (number == nullptr || std::floor(*number) != *number) return value;
  if (*number >= -kBeyondSigned && *number < kBeyondSigned) {
    return {static_cast<int64_t>(*number)};
  }
  if (*number >= kBeyondSigned && *number < kBeyondUnsigned) {
    return {static_cast<uint64_t>(*number)};
  }
  return value;
}

bool IsLess(const PlainValue& a, const PlainValue& b) {
  const auto* const left = std::get_if<double>(&a.value);
  const auto* const right = std::get_if<double>(&b.value);
  if ((left == nullptr) == (right == nullptr)) return a < b;
  // Of an integer and a number that is none, or is beyond them all.
  const double fraction = left != nullptr ? *left : *right;
  const PlainValue below = AsExactNumber({std::floor(fraction)});
  if (std::holds_alternative<double>(below.value)) {
    return (left != nullptr) == (fraction < 0);
  }
  return left != nullptr ? below < b : !(below < a);
}

}  // namespace planish
