// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/record_batch.h"
#include "keys/key_encoder.h"

namespace planish {

/// A batch of columns c0, c1, ...
inline std::shared_ptr<arrow::RecordBatch> BatchOf(const arrow::ArrayVector& columns) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), columns[i]->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), columns[0]->length(), columns);
}

/// A spec with all of the batch's columns as the key.
inline KeySpec AllColumns(const arrow::RecordBatch& batch) {
  KeySpec spec;
  for (int i = 0; i < batch.num_columns(); ++i) spec.key_columns.push_back(i);
  spec.never_null.assign(spec.key_columns.size(), false);
  return spec;
}

inline arrow::Result<KeyBatch> Encoded(const arrow::RecordBatch& batch,
                                       const KeySpec& spec, KeyForm form) {
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<KeyEncoder> encoder,
      KeyEncoder::Make(batch.schema(), spec, form, arrow::default_memory_pool()));
  KeyBatch out;
  ARROW_RETURN_NOT_OK(encoder->Encode(batch, &out));
  return out;
}

inline bool SameWords(const KeyBatch& a, int64_t i, const KeyBatch& b, int64_t j) {
  return a.words[i].low == b.words[j].low && a.words[i].high == b.words[j].high;
}

inline std::string_view Payload(const KeyBatch& batch, int64_t row) {
  const uint64_t begin = batch.payload_offsets[row];
  return {reinterpret_cast<const char*>(batch.payload.data()) + begin,
          batch.payload_offsets[row + 1] - begin};
}
inline std::string_view KeyBytes(const KeyBatch& batch, int64_t row) {
  return Payload(batch, row).substr(0, batch.key_lengths[row]);
}
inline std::string_view OrderBytesOf(const KeyBatch& batch, int64_t row) {
  return Payload(batch, row).substr(batch.key_lengths[row]);
}

}  // namespace planish
