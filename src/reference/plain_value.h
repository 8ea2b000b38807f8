// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/util/decimal.h"

namespace planish {

/// One value of one column, as a plain C++ value that `==` and `<` compare as
/// docs/semantics.md says. Only values of one type (a column's) are ever compared.
struct PlainValue {
  struct NotANumber {
    auto operator<=>(const NotANumber&) const = default;
  };
  struct Null {
    auto operator<=>(const Null&) const = default;
  };
  /// A list's elements, a struct's fields, or a map's entries (each a struct of key and
  /// value).
  using Children = std::vector<PlainValue>;

  /// A variant compares its alternatives' places first: so every value comes before NaN,
  /// and NaN before null.
  std::variant<bool, int64_t, uint64_t, double, arrow::Decimal256, std::string, Children,
               NotANumber, Null>
      value;

  bool operator==(const PlainValue& other) const { return value == other.value; }
  bool operator<(const PlainValue& other) const { return value < other.value; }

  bool IsNull() const { return std::holds_alternative<Null>(value); }
  bool IsNaN() const { return std::holds_alternative<NotANumber>(value); }
  /// Whether this is NaN or holds one anywhere inside.
  bool ContainsNaN() const;
};

/// Fails (kUnsupported) on types that Parquet cannot hold.
arrow::Result<PlainValue> MakePlainValue(const arrow::Scalar& scalar);

}  // namespace planish
