// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "keys/key_batch.h"
#include "keys/packed_text.h"

namespace planish {

struct OrderColumn {
  int column = 0;  ///< index into the scanned schema
  bool descending = false;
  /// Nulls come before all else, and NaN behind them, in either direction.
  bool nulls_first = false;
};

/// What the encoder is to make of a scanned batch.
struct KeySpec {
  std::vector<int> key_columns;  ///< indexes into the scanned schema
  /// Parallel to key_columns, or empty: the column is known to have no null anywhere.
  /// Keys are comparable only between encoders that agree on it.
  std::vector<bool> never_null;
  std::vector<OrderColumn> order_columns;
  bool nan_equal = true;
  /// For kInline where the key is one column of text: all of it has this form.
  TextPacking packing = TextPacking::kNone;
};

/// Bytes a key of this spec takes if all its columns are of fixed width (null flags
/// included), or it is packed, or -1 if it varies. At most 16 allows KeyForm::kInline.
int FixedKeyWidth(const arrow::Schema& schema, const KeySpec& spec);

/// The packing for a key of one text column whose first rows are those of `batch`; kNone
/// for other keys.
arrow::Result<TextPacking> ChoosePacking(const arrow::RecordBatch& batch,
                                         const KeySpec& spec, arrow::MemoryPool* pool);

/// Turns columns into keys by the rules of docs/semantics.md: null equals null; -0.0
/// equals 0.0; NaN equals NaN (or nothing); everything else by value, nested values
/// element by element; components never run into each other. One thread each.
class KeyEncoder {
 public:
  /// Fails (kUnsupported, naming the column) on a key type that has no rule (unions, at
  /// any depth) and on an order type that has none (nested types, month-day-nano
  /// intervals). Fails (Invalid) on kInline where FixedKeyWidth does not allow it.
  ///
  /// With kDigest order columns are checked but not encoded: it finds candidates, which
  /// are ordered only once their keys are known to be equal.
  ///
  /// Values that have to be decoded, such as those of dictionaries, are so in memory from
  /// `pool`, which must outlive the encoder.
  static arrow::Result<std::unique_ptr<KeyEncoder>> Make(
      std::shared_ptr<arrow::Schema> schema, KeySpec spec, KeyForm form,
      arrow::MemoryPool* pool);
  virtual ~KeyEncoder() = default;
  /// Encodes all rows of `batch`, which has the schema's types, replacing what `out`
  /// holds. Fails on nulls in a column that is never null (kCorrupt) and on a key of 4
  /// GiB (kUnsupported).
  virtual arrow::Status Encode(const arrow::RecordBatch& batch, KeyBatch* out) = 0;
  /// Whether Encode failed (Invalid) because a value does not have the spec's packing:
  /// the keys have to be encoded in another way.
  virtual bool packing_failed() const = 0;
};

}  // namespace planish
