// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "arrow/array/data.h"
#include "arrow/record_batch.h"

namespace planish {

/// Hands batches to callers, who may keep them longer than what their memory belongs to.
class BatchLender {
 public:
  /// `owner` is what has to live as long as any buffer of the batches, such as their
  /// pool.
  explicit BatchLender(std::shared_ptr<const void> owner) : owner_(std::move(owner)) {}

  /// `batch` with every buffer keeping the owner alive. Batches that share a dictionary
  /// share it still, so that it can be told by its address that it has not changed.
  std::shared_ptr<arrow::RecordBatch> Lend(
      const std::shared_ptr<arrow::RecordBatch>& batch);

 private:
  using Data = std::shared_ptr<arrow::ArrayData>;

  Data Lend(const Data& data);
  Data LendDictionary(const Data& dictionary);

  const std::shared_ptr<const void> owner_;
  /// The dictionaries lent of late: as they came, and as they went.
  std::unordered_map<const arrow::ArrayData*, std::pair<Data, Data>> dictionaries_;
};

}  // namespace planish
