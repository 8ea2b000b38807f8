// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "format/batch_writer.h"
#include "jobs/run.h"
#include "jobs/winner_search.h"
#include "keys/key_batch.h"

namespace planish {

/// What SpooledKeys holds of each row besides its key.
struct SpooledKeyForm {
  KeyForm form = KeyForm::kInline;  ///< kInline or kBytes
  int key_bytes = 0;                ///< of inline keys
  bool has_order = false;
  bool has_unmatchable = false;  ///< some rows may match none
};

/// Encoded keys and order values of rows, written to a file that the ordinary search for
/// winners can read: canonical bytes are equal where keys are, and order bytes compare as
/// order values do, so that as columns of numbers and binaries they ask the same
/// question, whatever the types were. One thread.
class SpooledKeys {
 public:
  static arrow::Result<std::unique_ptr<SpooledKeys>> Make(Run* run, std::string path,
                                                          const SpooledKeyForm& form);

  /// Adds rows. A batch of keys alone, without order bytes, is fine if there is no order.
  arrow::Status Append(const KeyBatch& batch);
  int64_t num_rows() const { return num_rows_; }

  /// Ends the writing and decides which rows lose. Call once.
  arrow::Result<RowBitmap> FindLosers(KeepPolicy keep, const Optimizations& optimizations,
                                      EngineReport* engine);

 private:
  SpooledKeys(Run* run, std::string path, const SpooledKeyForm& form);
  void AddWords(const KeyBatch& batch, arrow::ArrayVector* columns);
  arrow::Status AddPayloads(const KeyBatch& batch, arrow::ArrayVector* columns);

  Run* const run_;
  const std::string path_;
  const SpooledKeyForm form_;
  std::shared_ptr<arrow::Schema> schema_;
  int num_key_columns_ = 0;
  std::unique_ptr<BatchWriter> writer_;
  int64_t num_rows_ = 0;
  std::vector<uint64_t> low_, high_, alone_;
};

}  // namespace planish
