// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "arrow/result.h"
#include "format/thrift_compact.h"

namespace planish {

/// Levels of groups that a schema may nest. Readers of schemas call themselves once a
/// level; a file of 100 kB could nest deeper than a thread's stack is.
inline constexpr size_t kMaxSchemaDepth = 100;

/// What a footer's list of schema elements says of the tree that they are.
struct SchemaShape {
  /// One entry for each leaf column, in schema order: bytes of a value where its physical
  /// type is FIXED_LEN_BYTE_ARRAY, else 0.
  std::vector<int32_t> fixed_lengths;
  int num_leaf_columns() const { return static_cast<int>(fixed_lengths.size()); }
};

/// From the field `schema` of a FileMetaData. Errors: what is no list of structures, and
/// kUnsupported for a schema nested more than kMaxSchemaDepth levels deep.
arrow::Result<SchemaShape> ReadSchemaShape(const ThriftField& schema);

}  // namespace planish
