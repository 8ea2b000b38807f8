// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/array/data.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"

/// \file
/// Decoded arrays hold values and nothing around them: extension types are their storage,
/// and dictionaries and run-ends are decoded, at every depth.

namespace planish {

/// The type that Decode gives; `type` itself where nothing needs decoding. Strings and
/// binaries that do then have 64-bit offsets, as decoding may make any number of bytes of
/// a few.
std::shared_ptr<arrow::DataType> DecodedType(
    const std::shared_ptr<arrow::DataType>& type);

/// `data` as an array of DecodedType(data->type): the same rows, nulls of dictionary
/// values and of runs being nulls in the validity bitmap. Returns `data` itself where
/// nothing needs decoding. What is decoded comes from `pool`, which must outlive it.
arrow::Result<std::shared_ptr<arrow::ArrayData>> Decode(
    const std::shared_ptr<arrow::ArrayData>& data, arrow::MemoryPool* pool);

}  // namespace planish
