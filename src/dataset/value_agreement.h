// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/type.h"
#include "planish/dataset_options.h"

namespace planish {

/// Whether values of the one type may be values of the other, though no type holds all
/// values of both (see PromoteFields): integers and floating-point numbers, at any depth.
/// Each value decides then. With `missing` kNull, structs may lack each other's fields.
bool AgreeByValue(const arrow::Field& a, const arrow::Field& b,
                  MissingColumns missing = MissingColumns::kError);

/// `type` with time zone UTC for the timestamps without one that have one in `model`, at
/// any depth where both are of one kind.
std::shared_ptr<arrow::DataType> WithTimezoneUtc(
    const std::shared_ptr<arrow::DataType>& type, const arrow::DataType& model);

}  // namespace planish
