// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "keys/binary_values.h"
#include "keys/fixed_width_column.h"
#include "keys/key_encoder.h"
#include "keys/row_block.h"

namespace planish {

/// Order columns as bytes that memcmp compares as the rows compare. Each column is a
/// marker byte (0 value, 1 NaN, 2 null: last in both directions; 2 value, 1 NaN, 0 null
/// where nulls come first) and then
///   fixed width  the value big endian, zeros for NaN and null; all bits inverted if
///   descending binary       the bytes, 0x00 written as 0x00 0xff, and 0x00 0x00 at the
///   end, so that a prefix
///                precedes what it is a prefix of; all bits inverted if descending;
///                nothing for a null
class OrderBytes {
 public:
  /// Fails (kUnsupported) on a column whose type has no order.
  static arrow::Result<OrderBytes> Make(const arrow::Schema& schema, const KeySpec& spec);

  bool empty() const { return columns_.empty(); }

  /// Takes the order columns of `batch`, which must stay alive until the next Bind.
  /// What has to be decoded comes from `pool`.
  arrow::Status Bind(const arrow::RecordBatch& batch, arrow::MemoryPool* pool);
  /// Adds the lengths of rows [begin, begin + count), count at most kBlockRows.
  void AddLengths(int64_t begin, int64_t count, uint64_t* lengths) const;
  /// Writes each of these rows' bytes to its place and moves that to their end.
  void Write(int64_t begin, int64_t count, uint8_t** places);

 private:
  struct Column {
    int index = 0;  // in the schema
    std::string name;
    std::shared_ptr<arrow::DataType> type;
    bool descending = false;
    bool nulls_first = false;
    std::optional<FixedWidthColumn> fixed;  // or else binary
    BinaryValues binary;
    std::shared_ptr<arrow::ArrayData> data;
    Validity validity;
  };

  void WriteFixed(const Column& column, int64_t begin, int64_t count, uint8_t** places);
  static void WriteBinary(const Column& column, int64_t begin, int64_t count,
                          uint8_t** places);

  std::vector<Column> columns_;
  std::vector<uint8_t> scratch_;
};

}  // namespace planish
