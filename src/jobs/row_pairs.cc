// SPDX-License-Identifier: Apache-2.0
#include "jobs/row_pairs.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/buffer.h"
#include "arrow/record_batch.h"
#include "base/error_builder.h"

namespace planish {

namespace {

/// Of the limit, what pairs take before they go to scratch.
constexpr int64_t kShareOfLimit = 8;
constexpr size_t kFewestPairs = 1024;
constexpr size_t kBatchPairs = 16 * 1024;

bool BySource(const RowPair& a, const RowPair& b) {
  return a.source != b.source ? a.source < b.source : a.target < b.target;
}

std::shared_ptr<arrow::Schema> PairSchema() {
  return arrow::schema({arrow::field("target", arrow::int64(), false),
                        arrow::field("source", arrow::int64(), false)});
}

}  // namespace

RowPairs::RowPairs(Run* run) : run_(run), reservation_(run->budget()) {}

arrow::Status RowPairs::Add(std::span<const RowPair> pairs) {
  std::lock_guard<std::mutex> lock(mutex_);
  num_pairs_ += static_cast<int64_t>(pairs.size());
  for (const RowPair& pair : pairs) {
    if (pairs_.size() == pairs_.capacity()) {
      // Growing holds both copies for a moment.
      const size_t capacity = std::max(kFewestPairs, 2 * pairs_.capacity());
      const auto bytes = static_cast<int64_t>(capacity * sizeof(RowPair));
      if (bytes > run_->budget()->limit() / kShareOfLimit ||
          !reservation_.TryGrow(bytes - reservation_.bytes())) {
        if (pairs_.size() >= kFewestPairs) ARROW_RETURN_NOT_OK(Spill());
      }
      if (pairs_.size() == pairs_.capacity()) pairs_.reserve(capacity);
    }
    pairs_.push_back(pair);
  }
  return arrow::Status::OK();
}

arrow::Status RowPairs::Spill() {
  if (run_->scratch() == nullptr) {
    return Error(ErrorKind::kMemoryLimit, "matching rows do not fit in memory")
        .Hint("set `temp_dir`, or raise `memory_limit`");
  }
  std::sort(pairs_.begin(), pairs_.end(), BySource);
  SortedRun run;
  ARROW_ASSIGN_OR_RAISE(run.batches, SpooledBatches::Make(run_, PairSchema()));
  for (size_t begin = 0; begin < pairs_.size(); begin += kBatchPairs) {
    const size_t size = std::min(kBatchPairs, pairs_.size() - begin);
    std::vector<int64_t> targets, sources;
    for (size_t i = begin; i < begin + size; ++i) {
      targets.push_back(pairs_[i].target);
      sources.push_back(pairs_[i].source);
    }
    const auto length = static_cast<int64_t>(size);
    ARROW_RETURN_NOT_OK(run.batches->Append(*arrow::RecordBatch::Make(
        PairSchema(), length,
        {std::make_shared<arrow::Int64Array>(length, arrow::Buffer::Wrap(targets)),
         std::make_shared<arrow::Int64Array>(length, arrow::Buffer::Wrap(sources))})));
  }
  run_->CountSpill(static_cast<int64_t>(pairs_.size() * sizeof(RowPair)), 1);
  pairs_.clear();
  runs_.push_back(std::move(run));
  return arrow::Status::OK();
}

arrow::Status RowPairs::Finish() {
  if (!runs_.empty()) {
    ARROW_RETURN_NOT_OK(Spill());
    pairs_ = std::vector<RowPair>();
    reservation_.Reset();
  }
  std::sort(pairs_.begin(), pairs_.end(), BySource);
  for (SortedRun& run : runs_) ARROW_RETURN_NOT_OK(run.batches->Rewind());
  return arrow::Status::OK();
}

arrow::Status RowPairs::Refill(SortedRun* run) {
  run->read.clear();
  run->next = 0;
  ARROW_ASSIGN_OR_RAISE(const auto batch, run->batches->Next());
  run->at_end = batch == nullptr;
  if (run->at_end) return arrow::Status::OK();
  const auto& targets = static_cast<const arrow::Int64Array&>(*batch->column(0));
  const auto& sources = static_cast<const arrow::Int64Array&>(*batch->column(1));
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    run->read.push_back({targets.Value(i), sources.Value(i)});
  }
  return arrow::Status::OK();
}

arrow::Status RowPairs::TakeBelow(int64_t end, std::vector<RowPair>* pairs) {
  pairs->clear();
  for (; next_ < pairs_.size() && pairs_[next_].source < end; ++next_) {
    pairs->push_back(pairs_[next_]);
  }
  for (SortedRun& run : runs_) {
    while (!run.at_end) {
      if (run.next == run.read.size()) {
        ARROW_RETURN_NOT_OK(Refill(&run));
        continue;
      }
      if (run.read[run.next].source >= end) break;
      pairs->push_back(run.read[run.next++]);
    }
  }
  if (!runs_.empty()) std::sort(pairs->begin(), pairs->end(), BySource);
  return arrow::Status::OK();
}

}  // namespace planish
