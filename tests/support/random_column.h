// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "support/random_source.h"

namespace planish {

/// Any type that Arrow can write to Parquet and read again. A fixed_size_list must not be
/// null.
std::shared_ptr<arrow::DataType> RandomType(RandomSource* random);

/// `type`, or another that every value of small index of `type` fits into without loss,
/// and back.
std::shared_ptr<arrow::DataType> RandomRelatedType(
    RandomSource* random, const std::shared_ptr<arrow::DataType>& type);

/// Index of a null in ColumnOfValues.
inline constexpr int kNullIndex = -1;

/// A column of values named by index: each type has its own list of values, awkward ones
/// (zeros of both signs, NaNs of several payloads, empty strings and lists, extremes,
/// nested nulls) first, then ever new ones where the type has them. Related types have
/// the same first values.
arrow::Result<std::shared_ptr<arrow::Array>> ColumnOfValues(
    const std::shared_ptr<arrow::DataType>& type, const std::vector<int>& indexes);

}  // namespace planish
