// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "arrow/buffer_builder.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/stored_values.h"
#include "format/value_filter.h"
#include "parquet/schema.h"

namespace planish {

/// A dictionary with what it lacks of some values behind its entries.
struct ExtendedDictionary {
  explicit ExtendedDictionary(arrow::MemoryPool* pool) : added(pool) {}

  arrow::BufferBuilder added;  ///< entries as a dictionary page holds them
  int32_t num_added = 0;
  /// Of every value: its entry, if it is not null.
  std::vector<uint32_t> entries;
};

/// Looks for `values` in `dictionary`. Invalid if that is damaged.
arrow::Result<ExtendedDictionary> ExtendDictionary(
    const parquet::ColumnDescriptor* column, const DictionaryContent& dictionary,
    const StoredValues& values, arrow::MemoryPool* pool);

}  // namespace planish
