// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_pieces.h"

#include <algorithm>

#include "arrow/array.h"
#include "arrow/extension_type.h"
#include "arrow/util/byte_size.h"

namespace planish {
namespace {

/// For types whose size Arrow does not tell.
constexpr int64_t kUnknownBytesPerRow = 64;

int64_t BytesOf(const std::shared_ptr<arrow::ArrayData>& column) {
  auto counted = column->Copy();
  while (counted->type->id() == arrow::Type::EXTENSION) {
    counted->type =
        static_cast<const arrow::ExtensionType&>(*counted->type).storage_type();
  }
  if (counted->type->id() == arrow::Type::DICTIONARY) {
    counted->type =
        static_cast<const arrow::DictionaryType&>(*counted->type).index_type();
    counted->dictionary = nullptr;
  }
  const auto bytes = arrow::util::ReferencedBufferSize(*arrow::MakeArray(counted));
  return bytes.ok() ? *bytes : kUnknownBytesPerRow * column->length;
}

}  // namespace

int64_t BytesPerRow(const arrow::RecordBatch& batch) {
  int64_t bytes = 0;
  for (const auto& column : batch.column_data()) bytes += BytesOf(column);
  return std::max<int64_t>(bytes / std::max<int64_t>(batch.num_rows(), 1), 1);
}

BatchPieces::BatchPieces(std::shared_ptr<arrow::RecordBatch> batch, int64_t most_bytes,
                         int64_t most_rows)
    : batch_(std::move(batch)),
      rows_(std::clamp<int64_t>(most_bytes / BytesPerRow(*batch_), 1, most_rows)) {}

std::shared_ptr<arrow::RecordBatch> BatchPieces::Next(int64_t* begin) {
  if (batch_ == nullptr) return nullptr;
  *begin = std::exchange(next_, next_ + rows_);
  if (next_ < batch_->num_rows()) return batch_->Slice(*begin, rows_);
  const auto last = std::exchange(batch_, nullptr);
  if (*begin == 0) return last;
  return last->Slice(*begin);
}

}  // namespace planish
