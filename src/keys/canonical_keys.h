// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "keys/binary_values.h"
#include "keys/fixed_width_column.h"
#include "keys/key_encoder.h"
#include "keys/nested_values.h"
#include "keys/row_block.h"

namespace planish {

/// The canonical byte string of keys: two keys have the same bytes if and only if they
/// are equal.
///
///   values of the fixed-width columns, in key order; zeros for a null
///   one bit for each flat column that may have nulls: set for a null; zeros up to a full
///   byte each binary column, in key order: length (32 bits; the last variable component
///   of a key
///     needs none, since the end of the key ends it) and bytes; nothing for a null
///   each nested column, as NestedValues has it, in order with the binary ones
///
/// The first two, the fixed part, begin at the same offsets in every key. What follows
/// them is self-delimiting given the flags, so components cannot run into each other.
class CanonicalKeys {
 public:
  /// Fails (kUnsupported) on a column whose type has no rule for equality.
  static arrow::Result<CanonicalKeys> Make(const arrow::Schema& schema,
                                           const KeySpec& spec);

  /// Bytes of the fixed part.
  int64_t fixed_width() const { return flags_at_ + (num_flags_ + 7) / 8; }
  bool has_variable_part() const { return !variable_.empty(); }
  bool may_hold_nan() const { return may_hold_nan_; }

  /// Takes the key columns of `batch`, which must stay alive until the next Bind. Fails
  /// if a column that is never null has a null. What has to be decoded comes from `pool`.
  arrow::Status Bind(const arrow::RecordBatch& batch, arrow::MemoryPool* pool);

  // Below, rows are [begin, begin + count), count at most kBlockRows, and nan[i] is set
  // to 1 where a value of row begin + i is NaN, unless `nan` is null.

  /// Writes the fixed parts into zeroed bytes, `stride` apart.
  void WriteFixedPart(int64_t begin, int64_t count, uint8_t* out, size_t stride,
                      uint8_t* nan) const;
  /// Adds the lengths of the variable parts to `lengths`.
  void AddVariableLengths(int64_t begin, int64_t count, uint64_t* lengths) const;
  /// Writes each row's variable part to its place and moves that to its end.
  void WriteVariablePart(int64_t begin, int64_t count, uint8_t** places,
                         uint8_t* nan) const;

  /// Whether the key is one binary column. Its digest is that of the value alone, so that
  /// it can be taken where the value lies; LoneValues gives what to digest, a marker for
  /// a null. (A value that equals the marker is told apart by its key bytes, as any
  /// collision.)
  bool is_lone_binary() const { return is_lone_binary_; }
  void LoneValues(int64_t begin, int64_t count, std::string_view* out) const;
  /// Told from a value of the same bytes by where it lies.
  static std::string_view null_marker();

 private:
  struct Column {
    int index = 0;  // in the schema
    std::string name;
    std::shared_ptr<arrow::DataType> type;
    bool never_null = false;
    int flag = -1;  // its bit among the flags, or -1
    std::shared_ptr<arrow::ArrayData> data;
    Validity validity;
  };
  struct FixedWidthComponent {
    Column column;
    FixedWidthColumn values;
    int64_t at = 0;  // offset of its bytes
  };
  struct VariableComponent {
    Column column;
    BinaryValues binary;
    std::unique_ptr<NestedValues> nested;  // instead of `binary`, if set
    bool has_length = true;
  };

  arrow::Status AddColumn(const arrow::Schema& schema, int index, bool never_null);
  static arrow::Status BindColumn(const arrow::RecordBatch& batch, Column* column,
                                  arrow::MemoryPool* pool);
  void WriteFlags(const Column& column, const uint8_t* valid, int64_t count, uint8_t* out,
                  size_t stride) const;

  std::vector<FixedWidthComponent> fixed_;
  std::vector<VariableComponent> variable_;
  int64_t flags_at_ = 0;
  int num_flags_ = 0;
  bool may_hold_nan_ = false;
  bool is_lone_binary_ = false;
};

}  // namespace planish
