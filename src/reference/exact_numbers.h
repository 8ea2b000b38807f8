// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "reference/plain_value.h"

/// \file
/// Numbers of columns whose types have none in common: integers and floating-point
/// numbers.

namespace planish {

/// A number as it is, whatever type it came in: an integer if it is one.
PlainValue AsExactNumber(const PlainValue& value);

/// Whether a value, null and NaN excepted, is less than another one; numbers are those of
/// AsExactNumber.
bool IsLess(const PlainValue& a, const PlainValue& b);

}  // namespace planish
