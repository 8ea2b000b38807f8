// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_lender.h"

#include <vector>

#include "arrow/buffer.h"

namespace planish {
namespace {

/// More than a schema has dictionaries, usually; they stay in memory while they are
/// known.
constexpr size_t kMostDictionaries = 64;

class LentBuffer : public arrow::Buffer {
 public:
  LentBuffer(std::shared_ptr<arrow::Buffer> bytes, std::shared_ptr<const void> owner)
      : Buffer(bytes->data(), bytes->size()),
        owner_(std::move(owner)),
        bytes_(std::move(bytes)) {}

 private:
  // In this order, so that the bytes go first.
  const std::shared_ptr<const void> owner_;
  const std::shared_ptr<arrow::Buffer> bytes_;
};

}  // namespace

BatchLender::Data BatchLender::LendDictionary(const Data& dictionary) {
  const auto known = dictionaries_.find(dictionary.get());
  if (known != dictionaries_.end()) return known->second.second;
  if (dictionaries_.size() == kMostDictionaries) dictionaries_.clear();
  Data lent = Lend(dictionary);
  dictionaries_.emplace(dictionary.get(), std::pair(dictionary, lent));
  return lent;
}

BatchLender::Data BatchLender::Lend(const Data& data) {
  auto lent = data->Copy();
  for (auto& buffer : lent->buffers) {
    if (buffer != nullptr) buffer = std::make_shared<LentBuffer>(buffer, owner_);
  }
  for (auto& child : lent->child_data) child = Lend(child);
  if (lent->dictionary != nullptr) lent->dictionary = LendDictionary(lent->dictionary);
  return lent;
}

std::shared_ptr<arrow::RecordBatch> BatchLender::Lend(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  std::vector<Data> columns;
  for (const Data& column : batch->column_data()) columns.push_back(Lend(column));
  return arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
}

}  // namespace planish
