// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "arrow/scalar.h"

namespace planish {

/// The smallest and largest of many values, which may be of types that promote to each
/// other without loss. Orders as column statistics do: numbers and points in time by
/// value, text and binary by their bytes. Unknown, for good, once a value cannot be
/// compared.
class ValueRange {
 public:
  /// Widens the range to hold both.
  void Add(const std::shared_ptr<arrow::Scalar>& min,
           const std::shared_ptr<arrow::Scalar>& max);
  void SetUnknown() { unknown_ = true; }

  /// As text; unset if unknown, or if nothing was added.
  std::optional<std::string> min_text() const { return Text(min_); }
  std::optional<std::string> max_text() const { return Text(max_); }

 private:
  /// Sets `*bound` to `value` if there is none, or if `value` lies beyond it: below for a
  /// lower bound, above for an upper one.
  void Widen(std::shared_ptr<arrow::Scalar> value, bool lower,
             std::shared_ptr<arrow::Scalar>* bound);
  std::optional<std::string> Text(const std::shared_ptr<arrow::Scalar>& value) const;

  std::shared_ptr<arrow::Scalar> min_, max_;
  bool unknown_ = false;
};

}  // namespace planish
