// SPDX-License-Identifier: Apache-2.0
#include "jobs/duplicate_mask.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/buffer_builder.h"
#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "jobs/batch_conformance.h"
#include "jobs/dedup_question.h"
#include "jobs/seen_keys.h"
#include "jobs/spooled_keys.h"
#include "jobs/stream_keys.h"

namespace planish {
namespace {

/// As of streams: the other half is for the batches, and for giving the keys over to
/// scratch if there are more.
constexpr int64_t kSeenShare = 2;
constexpr int64_t kHeadroomShare = 8;

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

class DuplicateMask {
 public:
  DuplicateMask(Run* run, std::shared_ptr<arrow::RecordBatchReader> source,
                const StreamDedupOptions& options)
      : run_(run),
        source_(std::move(source)),
        options_(options),
        mask_memory_(run->budget()),
        headroom_(run->budget()) {}

  arrow::Result<std::shared_ptr<arrow::BooleanArray>> Find(int64_t most_seen_bytes) {
    const auto schema = source_->schema();
    ARROW_ASSIGN_OR_RAISE(
        keys_, StreamKeys::Make(schema, options_, run_->budget()->limit(), run_->pool()));
    if (options_.keep == Keep::kFirst && !keys_->form().has_order) {
      seen_.emplace(keys_->form().form, most_seen_bytes, run_->pool());
      headroom_.TryGrow(run_->budget()->limit() / kHeadroomShare);
      ARROW_RETURN_NOT_OK(run_->EnterStage("stream", 0, 0));
    } else {
      ARROW_RETURN_NOT_OK(BeginSpool(Error(
          ErrorKind::kInvalidOption,
          "duplicates are told by way of scratch unless it is the first row of each "
          "key in the stream's own order that is none")));
    }
    for (int64_t number = 0;; ++number) {
      BatchPtr batch;
      ARROW_RETURN_NOT_OK(source_->ReadNext(&batch));
      if (batch == nullptr) break;
      ARROW_ASSIGN_OR_RAISE(batch,
                            ConformBatch(batch, schema, MissingColumns::kError,
                                         {options_.source_name, number}, run_->pool()));
      ARROW_RETURN_NOT_OK(mask_memory_.Grow(batch->num_rows() / 8 + 1, "row selection"));
      ARROW_RETURN_NOT_OK(mask_.Reserve(batch->num_rows()));
      ARROW_RETURN_NOT_OK(Take(batch));
      ARROW_RETURN_NOT_OK(keys_->LetGo());
      ARROW_RETURN_NOT_OK(run_->Advance(batch->num_rows(), 0));
    }
    if (spooled_ != nullptr) ARROW_RETURN_NOT_OK(DecideSpooled());
    const int64_t num_rows = mask_.length();
    ARROW_ASSIGN_OR_RAISE(auto bits, mask_.Finish());
    return std::make_shared<arrow::BooleanArray>(num_rows, std::move(bits));
  }

 private:
  arrow::Status Take(const BatchPtr& batch) {
    std::vector<uint8_t> fresh;
    return keys_->Visit(batch, [&](const KeyBatch& keys, int64_t) -> arrow::Result<bool> {
      int64_t taken = 0;
      if (seen_) {
        fresh.resize(static_cast<size_t>(keys.num_rows));
        taken = seen_->Insert(keys, fresh.data());
        for (int64_t row = 0; row < taken; ++row) {
          mask_.UnsafeAppend(fresh[static_cast<size_t>(row)] == 0);
        }
        if (taken == keys.num_rows) return true;
        ARROW_RETURN_NOT_OK(Overflow());
      }
      ARROW_RETURN_NOT_OK(spooled_->Append(taken == 0 ? keys : RowsFrom(keys, taken)));
      return true;
    });
  }

  /// Goes over to scratch, with the keys that there are.
  arrow::Status Overflow() {
    headroom_.Reset();
    ARROW_RETURN_NOT_OK(BeginSpool(
        Error(ErrorKind::kMemoryLimit, "the keys of the stream do not fit in memory")
            .Fact("keys so far", std::to_string(seen_->num_keys()))));
    ARROW_RETURN_NOT_OK(
        seen_->Visit([&](const KeyBatch& keys) { return spooled_->Append(keys); }));
    num_seen_ = seen_->num_keys();
    seen_.reset();
    return arrow::Status::OK();
  }

  /// `error`, if there is no place for scratch.
  arrow::Status BeginSpool(Error error) {
    if (run_->scratch() == nullptr) {
      return error.Hint("set `temp_dir` to a directory with room for the keys");
    }
    ARROW_RETURN_NOT_OK(run_->EnterStage("spool", 0, 0));
    ARROW_ASSIGN_OR_RAISE(std::string path, run_->scratch()->NewPath("keys"));
    ARROW_ASSIGN_OR_RAISE(spooled_,
                          SpooledKeys::Make(run_, std::move(path), keys_->form()));
    return arrow::Status::OK();
  }

  /// A batch without its first rows.
  static KeyBatch RowsFrom(const KeyBatch& keys, int64_t begin) {
    KeyBatch rest;
    rest.num_rows = keys.num_rows - begin;
    rest.words.assign(keys.words.begin() + begin, keys.words.end());
    rest.has_payload = keys.has_payload;
    if (!keys.unmatchable.empty()) {
      rest.unmatchable.assign(keys.unmatchable.begin() + begin, keys.unmatchable.end());
    }
    if (!keys.has_payload) return rest;
    const uint64_t first = keys.payload_offsets[static_cast<size_t>(begin)];
    rest.payload.assign(keys.payload.begin() + static_cast<std::ptrdiff_t>(first),
                        keys.payload.end());
    for (auto offset = keys.payload_offsets.begin() + begin;
         offset != keys.payload_offsets.end(); ++offset) {
      rest.payload_offsets.push_back(*offset - first);
    }
    rest.key_lengths.assign(keys.key_lengths.begin() + begin, keys.key_lengths.end());
    return rest;
  }

  arrow::Status DecideSpooled() {
    keys_.reset();
    const int64_t num_rows = spooled_->num_rows();
    EngineReport engine;
    ARROW_ASSIGN_OR_RAISE(
        const RowBitmap losers,
        spooled_->FindLosers(PolicyOf(options_.keep), options_.optimizations, &engine));
    ARROW_RETURN_NOT_OK(mask_.Reserve(num_rows - num_seen_));
    for (int64_t row = num_seen_; row < num_rows; ++row) {
      mask_.UnsafeAppend(losers.Contains(row));
    }
    return arrow::Status::OK();
  }

  Run* const run_;
  const std::shared_ptr<arrow::RecordBatchReader> source_;
  const StreamDedupOptions options_;
  MemoryReservation mask_memory_, headroom_;
  // Not from the run's pool, which it outlives.
  arrow::TypedBufferBuilder<bool> mask_{arrow::system_memory_pool()};
  std::unique_ptr<StreamKeys> keys_;
  std::optional<SeenKeys> seen_;
  std::unique_ptr<SpooledKeys> spooled_;
  int64_t num_seen_ = 0;  ///< first rows of `spooled_`, which are not of the source
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::BooleanArray>> FindDuplicates(
    Run* run, std::shared_ptr<arrow::RecordBatchReader> source,
    const StreamDedupOptions& options, int64_t most_seen_bytes) {
  DuplicateMask mask(run, std::move(source), options);
  return mask.Find(most_seen_bytes);
}

arrow::Result<std::shared_ptr<arrow::BooleanArray>> FindDuplicates(
    std::shared_ptr<arrow::RecordBatchReader> source, const StreamDedupOptions& options,
    const RunContext& context) {
  using Mask = arrow::Result<std::shared_ptr<arrow::BooleanArray>>;
  return WithoutExceptions([&]() -> Mask {
    ARROW_RETURN_NOT_OK(options.Validate());
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Run> run, Run::Make(context));
    return FindDuplicates(run.get(), std::move(source), options,
                          run->budget()->limit() / kSeenShare);
  });
}

}  // namespace planish
