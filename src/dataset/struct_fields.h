// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/type.h"

/// \file
/// Fields of structs that one type has and another lacks, however deep: structs go by the
/// names of their fields, lists by their elements.

namespace planish {

/// The fields that `type` has and `model` lacks, where both have a struct: dotted paths,
/// with "[]" for the elements of a list.
std::vector<std::string> FieldsBesides(const arrow::DataType& type,
                                       const arrow::DataType& model);

/// `type` without these.
std::shared_ptr<arrow::DataType> WithoutFieldsBesides(
    const std::shared_ptr<arrow::DataType>& type, const arrow::DataType& model);

}  // namespace planish
