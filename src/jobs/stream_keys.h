// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "jobs/spooled_keys.h"
#include "keys/key_encoder.h"
#include "planish/report.h"
#include "planish/stream.h"

namespace planish {

/// The keys of a stream's rows, some thousand rows at a time. One thread.
class StreamKeys {
 public:
  /// What has to be decoded comes from `pool`. Errors: kMissingColumn, kUnsupported.
  static arrow::Result<std::unique_ptr<StreamKeys>> Make(
      const std::shared_ptr<arrow::Schema>& schema, const StreamDedupOptions& options,
      int64_t memory_limit, arrow::MemoryPool* pool);

  /// How keys are represented, here and in scratch.
  const SpooledKeyForm& form() const { return form_; }

  /// Hands out the keys of all rows in order, and the first row that they are of. Ends
  /// early once `visitor` returns false.
  using Visitor = std::function<arrow::Result<bool>(const KeyBatch& keys, int64_t begin)>;
  arrow::Status Visit(const std::shared_ptr<arrow::RecordBatch>& rows,
                      const Visitor& visitor);

  /// Lets go of the rows visited last, which it holds on to otherwise.
  arrow::Status LetGo();

 private:
  std::unique_ptr<KeyEncoder> encoder_;
  SpooledKeyForm form_;
  int64_t most_bytes_ = 0;
  std::shared_ptr<arrow::RecordBatch> nothing_;  ///< a batch without rows
  KeyBatch keys_;
};

/// Says how keys are represented.
void DescribeKeys(const SpooledKeyForm& form, EngineReport* engine);

}  // namespace planish
