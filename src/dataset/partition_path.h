// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/type.h"

/// \file
/// Values as the names of hive directories, the way back from hive_partitions.h.

namespace planish {

/// The text of a partition value; nothing for null.
using PartitionText = std::optional<std::string>;

/// Whether values of `type` have one text each that a directory can be named by:
/// integers, booleans, text, dates and timestamps.
bool HasPartitionText(const arrow::DataType& type);

/// The values of an array of such a type as text: integers in decimal, dates as
/// 2024-03-07, timestamps as 2024-03-07 09:30:00 with as many digits behind as their unit
/// has, booleans as true and false.
arrow::Result<std::shared_ptr<arrow::Array>> PartitionTexts(
    const std::shared_ptr<arrow::Array>& values, arrow::MemoryPool* pool);

/// The text of a hive column's value: of a string, an integer, a boolean or a date32, as
/// PartitionTexts has it.
PartitionText TextOfHiveValue(const arrow::Scalar& value);

/// "column=value", percent-encoded so that it reads as that again: also a value that is
/// called as the directory for null.
std::string HiveDirectoryName(const std::string& column, const PartitionText& value);

}  // namespace planish
