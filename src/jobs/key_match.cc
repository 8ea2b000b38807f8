// SPDX-License-Identifier: Apache-2.0
#include "jobs/key_match.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "arrow/record_batch.h"
#include "base/error_builder.h"
#include "jobs/common_values.h"
#include "jobs/pipeline.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

constexpr int kInlineKeyBytes = 16;
/// Memory for a key in the lookup, its table included; what longer keys take besides.
constexpr int64_t kBytesPerKey = 72;
constexpr int64_t kBytesPerLongKey = 48;
/// Of the memory that is left, what the keys of one pass may take.
constexpr int64_t kShareOfKeys = 2;
constexpr uint32_t kMostSlices = 65536;

std::vector<RowGroupRef> WithRows(std::vector<RowGroupRef> groups) {
  std::erase_if(groups, [](const RowGroupRef& group) { return group.num_rows == 0; });
  return groups;
}

KeySpec SpecOf(const MergeQuestion& question) {
  KeySpec spec;
  for (size_t i = 0; i < question.key.size(); ++i) {
    spec.key_columns.push_back(static_cast<int>(i));
    spec.never_null.push_back(question.never_null[i]);
  }
  return spec;
}

}  // namespace

KeyMatch::KeyMatch(Run* run, std::shared_ptr<const Inventory> target,
                   std::vector<RowGroupRef> target_groups,
                   std::shared_ptr<const Inventory> source, const RowBitmap* losers,
                   const MergeQuestion* question, SkippedChunks* skipped)
    : run_(run),
      target_(std::move(target)),
      source_(std::move(source)),
      target_groups_(WithRows(std::move(target_groups))),
      losers_(losers),
      question_(question),
      skipped_(skipped) {
  arrow::FieldVector fields;
  for (const SharedColumn& key : question->key) fields.push_back(key.common);
  common_ = arrow::schema(std::move(fields));
}

int64_t KeyMatch::RoomForKeys() const {
  return run_->budget()->available() / kShareOfKeys;
}

arrow::Status KeyMatch::Execute(const Found& found) {
  const int width = FixedKeyWidth(*common_, SpecOf(*question_));
  form_ = width >= 0 && width <= kInlineKeyBytes ? KeyForm::kInline : KeyForm::kBytes;
  const int64_t per_key =
      kBytesPerKey + (form_ == KeyForm::kBytes ? kBytesPerLongKey : 0);
  uint32_t slices = 1;
  while (slices < kMostSlices &&
         source_->num_rows() / slices * per_key > std::max<int64_t>(RoomForKeys(), 1)) {
    slices *= 2;
  }
  for (uint32_t index = 0; index < slices; ++index) {
    ARROW_RETURN_NOT_OK(Match({slices, index}, found));
  }
  return arrow::Status::OK();
}

arrow::Status KeyMatch::Match(const HashSlice& slice, const Found& found) {
  {
    KeyLookup lookup(form_, RoomForKeys(), run_->budget());
    ARROW_ASSIGN_OR_RAISE(const bool fits, Build(slice, &lookup));
    if (fits) {
      ++passes_;
      records_ += lookup.num_rows();
      return lookup.num_rows() > 0 ? Probe(lookup, found) : arrow::Status::OK();
    }
  }
  if (slice.count >= kMostSlices) {
    return Error(ErrorKind::kMemoryLimit,
                 "source keys do not fit in memory, nor do slices of them")
        .Fact("memory limit", std::to_string(run_->budget()->limit()) + " bytes")
        .Hint("raise `memory_limit`");
  }
  ARROW_RETURN_NOT_OK(Match({2 * slice.count, slice.index}, found));
  return Match({2 * slice.count, slice.index + slice.count}, found);
}

arrow::Result<bool> KeyMatch::Build(const HashSlice& slice, KeyLookup* lookup) {
  std::mutex mutex;
  bool fits = true;
  const arrow::Status scanned =
      Scan(source_, false, WithRows(source_->RowGroups()),
           [&](const KeyBatch& keys, int64_t first_row) {
             std::lock_guard<std::mutex> lock(mutex);
             fits = fits && lookup->Add(keys, first_row, *losers_, slice);
             return fits;
           });
  // A lookup that is full leaves no memory for others to read in.
  if (!fits && scanned.IsOutOfMemory()) return false;
  ARROW_RETURN_NOT_OK(scanned);
  if (fits) lookup->BuildFilter();
  return fits;
}

arrow::Status KeyMatch::Probe(const KeyLookup& lookup, const Found& found) {
  return Scan(target_, true, target_groups_,
              [&](const KeyBatch& keys, int64_t first_row) -> arrow::Result<bool> {
                std::vector<int64_t> rows(static_cast<size_t>(keys.num_rows));
                lookup.Find(keys, rows.data());
                std::vector<RowPair> pairs;
                for (size_t i = 0; i < rows.size(); ++i) {
                  if (rows[i] < 0) continue;
                  pairs.push_back({first_row + static_cast<int64_t>(i), rows[i]});
                }
                if (!pairs.empty()) ARROW_RETURN_NOT_OK(found(pairs));
                return true;
              });
}

arrow::Status KeyMatch::Encode(const arrow::RecordBatch& batch, bool target,
                               KeyEncoder* encoder, KeyBatch* keys) const {
  SourceKeys common;
  if (target) {
    for (int k = 0; k < batch.num_columns(); ++k) {
      ARROW_ASSIGN_OR_RAISE(common.columns.emplace_back(),
                            ToCommon(question_->key[static_cast<size_t>(k)],
                                     batch.column(k), run_->pool()));
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(common, ToCommonKeys(*question_, batch, run_->pool()));
  }
  ARROW_RETURN_NOT_OK(encoder->Encode(
      *arrow::RecordBatch::Make(common_, batch.num_rows(), std::move(common.columns)),
      keys));
  if (common.misfits.empty()) return arrow::Status::OK();
  keys->unmatchable.resize(static_cast<size_t>(batch.num_rows()));
  for (const int64_t row : common.misfits)
    keys->unmatchable[static_cast<size_t>(row)] = 1;
  return arrow::Status::OK();
}

arrow::Status KeyMatch::Scan(const std::shared_ptr<const Inventory>& inventory,
                             bool target, const std::vector<RowGroupRef>& groups,
                             const Take& take) {
  int64_t num_rows = 0;
  for (const RowGroupRef& group : groups) num_rows += group.num_rows;
  ARROW_RETURN_NOT_OK(run_->EnterStage(target ? "match" : "scan", num_rows, 0));
  std::vector<int> columns;
  for (const SharedColumn& key : question_->key) {
    columns.push_back(target ? key.target : key.source);
  }
  KeyScanner scanner(run_->fs(), inventory, columns, run_->pool());
  struct Worker {
    std::unique_ptr<KeyEncoder> encoder;
    KeyBatch keys;
  };
  std::vector<Worker> workers(static_cast<size_t>(run_->threads()));
  for (Worker& worker : workers) {
    ARROW_ASSIGN_OR_RAISE(worker.encoder, KeyEncoder::Make(common_, SpecOf(*question_),
                                                           form_, run_->pool()));
  }
  const RunContext& context = run_->context();
  const ChunkPlan plan =
      PlanChunks(inventory->files(), groups,
                 {context.chunk, context.chunk_rows, context.chunk_bytes, run_->threads(),
                  run_->budget()->available()});
  if (target && passes_ == 1) chunks_.Add(plan.tally);
  std::atomic<bool> goes_on{true};
  ARROW_RETURN_NOT_OK(RunParallel(
      run_->threads(), static_cast<int64_t>(plan.turns.size()),
      [&](int64_t index, int id) {
        const ScanTurn& turn = plan.turns[static_cast<size_t>(index)];
        Worker& worker = workers[static_cast<size_t>(id)];
        for (size_t i = 0; i < turn.num_groups && goes_on; ++i) {
          const RowGroupRef& group = groups[turn.first_group + i];
          const arrow::Status scanned = scanner.ScanWhile(
              group, turn.batch_rows,
              [&](const arrow::RecordBatch& batch,
                  int64_t first_row) -> arrow::Result<bool> {
                const arrow::Status encoded =
                    Encode(batch, target, worker.encoder.get(), &worker.keys);
                if (!encoded.ok()) {
                  const auto file = static_cast<size_t>(group.file);
                  return AddContext(encoded, ErrorKind::kSchemaMismatch,
                                    inventory->files()[file].path, group.row_group);
                }
                ARROW_ASSIGN_OR_RAISE(const bool more, take(worker.keys, first_row));
                if (!more) goes_on = false;
                ARROW_RETURN_NOT_OK(run_->Advance(batch.num_rows(), 0));
                return more;
              });
          ARROW_RETURN_NOT_OK(target ? skipped_->SkipRowGroup(*inventory, group.file,
                                                              group.row_group, scanned)
                                     : scanned);
        }
        return arrow::Status::OK();
      }));
  bytes_read_ += scanner.bytes_read();
  return arrow::Status::OK();
}

}  // namespace planish
