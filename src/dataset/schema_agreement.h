// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/result.h"
#include "arrow/type.h"

namespace planish {

/// The type that holds every value of both without loss, or an error (TypeError) if there is none:
/// int32 with int64, uint32 with int64, float with double, int32 with double, string with
/// large_string and string_view, timestamp[ms] with [us] (same zone), decimals by precision and
/// scale, dictionary as its value type, lists, structs and maps by their children. null with
/// anything.
arrow::Result<std::shared_ptr<arrow::DataType>> PromoteWithoutLoss(
    const std::shared_ptr<arrow::DataType>& a, const std::shared_ptr<arrow::DataType>& b);

}  // namespace planish
