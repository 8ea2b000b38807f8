// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/chunk_plan.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "winners/key_lookup.h"

namespace planish {

/// A target row and the source row with its key, by global ordinals.
struct RowPair {
  int64_t target = 0, source = 0;
  auto operator<=>(const RowPair&) const = default;
};

/// Finds the target rows whose keys are in the source.
///
/// The source's keys are held in memory, and the target's are looked up as they are
/// scanned: nothing of the target is held. Where the source's keys do not fit, both sides
/// are scanned several times, each time for one slice of the keys by hash.
class KeyMatch {
 public:
  /// Source rows in `losers` have no say. Of the target `target_groups` are looked at.
  /// Row groups of it whose keys cannot be read go to `skipped`, and what is found then
  /// is void. All must outlive it.
  KeyMatch(Run* run, std::shared_ptr<const Inventory> target,
           std::vector<RowGroupRef> target_groups,
           std::shared_ptr<const Inventory> source, const RowBitmap* losers,
           const MergeQuestion* question, SkippedChunks* skipped);

  /// Told pairs, each once, in no order, by any thread.
  using Found = std::function<arrow::Status(std::span<const RowPair>)>;
  arrow::Status Execute(const Found& found);

  KeyForm form() const { return form_; }
  int64_t passes() const { return passes_; }
  int64_t records() const { return records_; }
  const ChunkTally& chunks() const { return chunks_; }
  int64_t bytes_read() const { return bytes_read_; }

 private:
  int64_t RoomForKeys() const;
  arrow::Status Match(const HashSlice& slice, const Found& found);
  /// False if the keys of the slice do not fit.
  arrow::Result<bool> Build(const HashSlice& slice, KeyLookup* lookup);
  arrow::Status Probe(const KeyLookup& lookup, const Found& found);
  /// Keys of some rows; those that no row of the other side can have are unmatchable.
  arrow::Status Encode(const arrow::RecordBatch& batch, bool target, KeyEncoder* encoder,
                       KeyBatch* keys) const;
  /// Calls `take(keys, first_row)` for batches of the groups' rows, by any thread, until
  /// it says false.
  using Take = std::function<arrow::Result<bool>(const KeyBatch&, int64_t)>;
  arrow::Status Scan(const std::shared_ptr<const Inventory>& inventory, bool target,
                     const std::vector<RowGroupRef>& groups, const Take& take);

  Run* const run_;
  const std::shared_ptr<const Inventory> target_, source_;
  const std::vector<RowGroupRef> target_groups_;
  const RowBitmap* const losers_;
  const MergeQuestion* const question_;
  SkippedChunks* const skipped_;
  std::shared_ptr<arrow::Schema> common_;
  KeyForm form_ = KeyForm::kBytes;
  int64_t passes_ = 0;
  int64_t records_ = 0;
  ChunkTally chunks_;
  int64_t bytes_read_ = 0;
};

}  // namespace planish
