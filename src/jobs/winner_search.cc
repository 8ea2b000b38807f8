// SPDX-License-Identifier: Apache-2.0
#include "jobs/winner_search.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "arrow/record_batch.h"
#include "arrow/util/byte_size.h"
#include "jobs/key_ranges.h"
#include "jobs/pipeline.h"
#include "scan/key_scanner.h"
#include "winners/record_store.h"

namespace planish {

namespace {

constexpr int kInlineKeyBytes = 16;

/// Rows that tell which form the text of a key has.
constexpr int64_t kSampleRows = 1024;

/// Row groups that a sample is taken from, spread over the dataset.
constexpr size_t kSampledGroups = 3;

constexpr int64_t kRecordBytes = 64;

/// Bytes of memory for each row that is to be decided without spilling: a record of 24,
/// blocks that are not full, tables.
constexpr int64_t kRecordShare = 36;

/// What one worker needs to turn batches into records.
struct ScanWorker {
  std::unique_ptr<KeyEncoder> encoder;
  std::unique_ptr<RecordStore::Appender> appender;
  KeyBatch keys;
};

int IndexOf(const std::vector<int>& columns, int column) {
  return static_cast<int>(std::find(columns.begin(), columns.end(), column) -
                          columns.begin());
}

/// Those of `groups` that have rows, and rows in `only` if that is given.
std::vector<RowGroupRef> RowGroupsIn(std::vector<RowGroupRef> groups,
                                     const RowBitmap* only) {
  std::erase_if(groups, [&](const RowGroupRef& group) {
    if (group.num_rows == 0) return true;
    return only != nullptr &&
           only->Count(group.first_row, group.first_row + group.num_rows) == 0;
  });
  return groups;
}

}  // namespace

WinnerSearch::WinnerSearch(Run* run, std::shared_ptr<const Inventory> inventory,
                           WinnerQuestion question, SkippedChunks* skipped)
    : run_(run),
      inventory_(std::move(inventory)),
      question_(std::move(question)),
      skipped_(skipped),
      scanned_columns_(question_.key_columns),
      bitmaps_(run->budget()) {
  for (const OrderColumn& order : question_.order_columns) {
    scanned_columns_.push_back(order.column);
  }
  std::sort(scanned_columns_.begin(), scanned_columns_.end());
  scanned_columns_.erase(std::unique(scanned_columns_.begin(), scanned_columns_.end()),
                         scanned_columns_.end());
}

KeySpec WinnerSearch::Spec(bool with_order) const {
  KeySpec spec;
  for (int column : question_.key_columns) {
    spec.key_columns.push_back(IndexOf(scanned_columns_, column));
    spec.never_null.push_back(inventory_->never_null()[static_cast<size_t>(column)]);
  }
  if (with_order) {
    for (OrderColumn order : question_.order_columns) {
      order.column = IndexOf(scanned_columns_, order.column);
      spec.order_columns.push_back(order);
    }
  }
  spec.nan_equal = question_.nan_equal;
  spec.packing = packing_;
  return spec;
}

arrow::Status WinnerSearch::SampleKeys(const arrow::Schema& scanned) {
  packing_ = TextPacking::kNone;
  sampled_row_bytes_.reset();
  const std::vector<RowGroupRef> groups = RowGroupsIn(inventory_->RowGroups(), nullptr);
  if (groups.empty()) return arrow::Status::OK();
  const bool packs =
      question_.optimizations.inline_keys && FixedKeyWidth(scanned, Spec(false)) < 0;
  KeyScanner scanner(run_->fs(), inventory_, scanned_columns_, run_->pool(),
                     run_->scratch());
  const KeySpec spec = Spec(false);
  int64_t most_row_bytes = 0;
  const size_t taken = std::min(kSampledGroups, groups.size());
  for (size_t i = 0; i < taken; ++i) {
    const size_t at = taken == 1 ? 0 : i * (groups.size() - 1) / (taken - 1);
    const arrow::Status sampled = scanner.ScanWhile(
        groups[at], kSampleRows,
        [&](const arrow::RecordBatch& batch, int64_t) -> arrow::Result<bool> {
          if (i == 0 && packs) {
            ARROW_ASSIGN_OR_RAISE(packing_, ChoosePacking(batch, spec, run_->pool()));
          }
          const int64_t rows = std::max<int64_t>(batch.num_rows(), 1);
          ARROW_ASSIGN_OR_RAISE(const int64_t bytes,
                                arrow::util::ReferencedBufferSize(batch));
          most_row_bytes = std::max(most_row_bytes, (bytes + rows - 1) / rows);
          return false;
        });
    if (sampled.IsCancelled()) return sampled;
    // What cannot be read is the scan's to report.
    if (!sampled.ok()) return arrow::Status::OK();
  }
  sampled_row_bytes_ = most_row_bytes;
  return arrow::Status::OK();
}

KeyForm WinnerSearch::ChooseForm(const arrow::Schema& scanned) const {
  const int width = FixedKeyWidth(scanned, Spec(false));
  if (question_.optimizations.inline_keys && width >= 0 && width <= kInlineKeyBytes) {
    return KeyForm::kInline;
  }
  if (!question_.optimizations.key_digests) return KeyForm::kBytes;
  if (!sampled_row_bytes_) return KeyForm::kDigest;
  // By what keys are once decoded: a dictionary or a codec can make of a gigabyte of them
  // a file of a megabyte.
  const int64_t room = run_->budget()->available() / 2;
  const int64_t row_bytes = *sampled_row_bytes_ + kRecordBytes;
  const bool fits = inventory_->num_rows() < room / row_bytes;
  return fits ? KeyForm::kBytes : KeyForm::kDigest;
}

Workload WinnerSearch::workload() const {
  Workload load = WorkloadOf(*inventory_);
  load.scanned_columns = static_cast<int64_t>(scanned_columns_.size());
  load.inline_keys = ChooseForm(ScannedSchema()) == KeyForm::kInline;
  load.threads = run_->threads();
  load.memory_limit = run_->budget()->limit();
  return load;
}

arrow::Schema WinnerSearch::ScannedSchema() const {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (int column : scanned_columns_)
    fields.push_back(inventory_->schema()->field(column));
  return arrow::Schema(std::move(fields));
}

ChunkRules WinnerSearch::Rules() const {
  const RunContext& context = run_->context();
  return {context.chunk, context.chunk_rows, context.chunk_bytes, run_->threads(),
          run_->budget()->available()};
}

arrow::Result<RowBitmap> WinnerSearch::NewBitmap() {
  ARROW_RETURN_NOT_OK(
      bitmaps_.Grow(RowBitmap::BytesFor(inventory_->num_rows()), "row selection"));
  return RowBitmap(inventory_->num_rows());
}

arrow::Result<RowBitmap> WinnerSearch::FindLosers() {
  ARROW_ASSIGN_OR_RAISE(RowBitmap losers, NewBitmap());
  ARROW_RETURN_NOT_OK(Search(question_.keep, [&](WinnerFinder* finder, int partition) {
    return finder->Decide(partition, &losers);
  }));
  return losers;
}

arrow::Result<std::vector<KeyGroup>> WinnerSearch::FindGroups() {
  std::mutex mutex;
  std::vector<KeyGroup> groups;
  ARROW_RETURN_NOT_OK(
      Search(KeepPolicy::kFirst, [&](WinnerFinder* finder, int partition) {
        std::vector<KeyGroup> found;
        ARROW_RETURN_NOT_OK(finder->CollectGroups(partition, &found));
        std::lock_guard<std::mutex> lock(mutex);
        groups.insert(groups.end(), found.begin(), found.end());
        return arrow::Status::OK();
      }));
  std::sort(groups.begin(), groups.end(), [](const KeyGroup& a, const KeyGroup& b) {
    return a.first_row < b.first_row;
  });
  return groups;
}

arrow::Status WinnerSearch::Search(KeepPolicy keep, const DecidePartition& decide) {
  engine_ = EngineReport{};
  engine_.name = "auto";
  const arrow::Schema scanned = ScannedSchema();
  if (ChooseForm(scanned) != KeyForm::kInline) {
    ARROW_RETURN_NOT_OK(SampleKeys(scanned));
  }
  const arrow::Status searched = SearchBy(ChooseForm(scanned), scanned, keep, decide);
  if (!packing_failed_) return searched;
  // A later row looks different: nothing was decided, start over without packing.
  packing_ = TextPacking::kNone;
  packing_failed_ = false;
  return SearchBy(ChooseForm(scanned), scanned, keep, decide);
}

arrow::Status WinnerSearch::SearchBy(KeyForm form, const arrow::Schema& scanned,
                                     KeepPolicy keep, const DecidePartition& decide) {
  chunks_ = ChunkTally();
  engine_.records = 0;
  engine_.candidates = 0;
  engine_.key_form = form == KeyForm::kInline   ? "inline"
                     : form == KeyForm::kDigest ? "digest"
                                                : "bytes";
  if (form == KeyForm::kInline) engine_.key_bytes = FixedKeyWidth(scanned, Spec(false));
  ARROW_ASSIGN_OR_RAISE(const auto batches, Batches(form));
  engine_.batches = static_cast<int64_t>(batches.size());
  RowBitmap candidates;
  if (form == KeyForm::kDigest) {
    ARROW_ASSIGN_OR_RAISE(candidates, NewBitmap());
  }
  for (const std::vector<RowGroupRef>& batch : batches) {
    ARROW_RETURN_NOT_OK(SearchBatch(form, batch, keep, &candidates, decide));
  }
  return arrow::Status::OK();
}

arrow::Result<std::vector<std::vector<RowGroupRef>>> WinnerSearch::Batches(
    KeyForm form) const {
  const std::vector<RowGroupRef> groups = RowGroupsIn(inventory_->RowGroups(), nullptr);
  const bool small_records =
      form == KeyForm::kDigest ||
      (form == KeyForm::kInline && question_.order_columns.empty());
  const int64_t most_rows = run_->budget()->available() / kRecordShare;
  if (!question_.optimizations.key_ranges || !small_records ||
      inventory_->trust() == Trust::kNothing || inventory_->num_rows() <= most_rows) {
    return std::vector<std::vector<RowGroupRef>>{groups};
  }
  std::vector<std::vector<size_t>> best;
  for (const int column : question_.key_columns) {
    if (column >= inventory_->num_data_columns()) continue;
    // Statistics that cannot be read let nothing be split; the scan says what is wrong.
    const auto ranges =
        KeyRangesOf(run_->fs(), *inventory_, groups, column, run_->pool());
    if (!ranges.ok()) continue;
    auto split = SplitByRange(*ranges, groups, most_rows);
    if (split.size() > best.size()) best = std::move(split);
  }
  if (best.empty()) return std::vector<std::vector<RowGroupRef>>{groups};
  std::vector<std::vector<RowGroupRef>> batches;
  for (const std::vector<size_t>& batch : best) {
    batches.emplace_back();
    for (const size_t i : batch) batches.back().push_back(groups[i]);
  }
  return batches;
}

arrow::Status WinnerSearch::SearchBatch(KeyForm form,
                                        const std::vector<RowGroupRef>& batch,
                                        KeepPolicy keep, RowBitmap* candidates,
                                        const DecidePartition& decide) {
  if (form != KeyForm::kDigest) return Pass(form, batch, keep, nullptr, decide);

  // Rows whose digest no other row has are winners. To find the others is the same
  // question as keeping none of a duplicated "key", asked of digests.
  ARROW_RETURN_NOT_OK(Pass(KeyForm::kDigest, batch, KeepPolicy::kNone, nullptr,
                           [&](WinnerFinder* finder, int partition) {
                             return finder->Decide(partition, candidates);
                           }));
  const int64_t records = engine_.records;
  int64_t num_candidates = 0;
  for (const RowGroupRef& group : batch) {
    num_candidates +=
        candidates->Count(group.first_row, group.first_row + group.num_rows);
  }
  engine_.candidates += num_candidates;
  if (num_candidates == 0) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(Pass(KeyForm::kBytes, batch, keep, candidates, decide));
  engine_.records = records;
  return arrow::Status::OK();
}

arrow::Status WinnerSearch::Pass(KeyForm form, const std::vector<RowGroupRef>& row_groups,
                                 KeepPolicy keep, const RowBitmap* only,
                                 const DecidePartition& decide) {
  const std::vector<RowGroupRef> groups = RowGroupsIn(row_groups, only);
  int64_t num_rows = 0;
  for (const RowGroupRef& group : groups) num_rows += group.num_rows;
  ARROW_RETURN_NOT_OK(
      run_->EnterStage(question_.stage.empty() ? "scan" : question_.stage, num_rows, 0));

  const bool with_order = form != KeyForm::kDigest;
  const KeySpec spec = Spec(with_order);
  const bool has_payload = form == KeyForm::kBytes || !spec.order_columns.empty();
  int64_t expected = num_rows;
  if (only != nullptr) {
    expected = 0;
    for (const RowGroupRef& group : groups) {
      expected += only->Count(group.first_row, group.first_row + group.num_rows);
    }
  }
  engine_.partitions = ChoosePartitionCount(expected, run_->budget()->limit());
  ARROW_ASSIGN_OR_RAISE(
      auto store,
      RecordStore::Make(static_cast<int>(engine_.partitions), has_payload, run_->budget(),
                        expected,
                        question_.optimizations.spill ? run_->scratch() : nullptr));
  KeyScanner scanner(run_->fs(), inventory_, scanned_columns_, run_->pool(),
                     run_->scratch());
  std::vector<ScanWorker> workers(static_cast<size_t>(run_->threads()));
  for (ScanWorker& worker : workers) {
    ARROW_ASSIGN_OR_RAISE(worker.encoder,
                          KeyEncoder::Make(scanner.schema(), spec, form, run_->pool()));
    worker.appender = store->NewAppender();
  }

  const ChunkPlan plan = PlanChunks(inventory_->files(), groups, Rules());
  chunks_.Add(plan.tally);
  std::atomic<bool> half_scanned{false};
  const auto scan = [&](const RowGroupRef& group, int64_t batch_rows,
                        ScanWorker* worker) -> arrow::Status {
    bool mixed_in = false;
    const arrow::Status scanned = scanner.Scan(
        group, batch_rows, [&](const arrow::RecordBatch& batch, int64_t first_row) {
          mixed_in = true;
          const arrow::Status encoded = worker->encoder->Encode(batch, &worker->keys);
          if (worker->encoder->packing_failed()) packing_failed_ = true;
          ARROW_RETURN_NOT_OK(encoded);
          ARROW_RETURN_NOT_OK(worker->appender->Append(worker->keys, first_row, only));
          return run_->Advance(batch.num_rows(), 0);
        });
    if (scanned.ok() || skipped_ == nullptr || packing_failed_) return scanned;
    if (mixed_in) half_scanned = true;
    return skipped_->SkipRowGroup(*inventory_, group.file, group.row_group, scanned);
  };
  const arrow::Status all_scanned = RunParallel(
      run_->threads(), static_cast<int64_t>(plan.turns.size()),
      [&](int64_t index, int id) {
        const ScanTurn& turn = plan.turns[static_cast<size_t>(index)];
        for (size_t i = 0; i < turn.num_groups; ++i) {
          ARROW_RETURN_NOT_OK(scan(groups[turn.first_group + i], turn.batch_rows,
                                   &workers[static_cast<size_t>(id)]));
        }
        return arrow::Status::OK();
      });
  // What spilling met is the cause of memory running out.
  ARROW_RETURN_NOT_OK(store->spill_status());
  ARROW_RETURN_NOT_OK(all_scanned);
  is_void_ = half_scanned;
  if (is_void_) return arrow::Status::Invalid("rows of unreadable chunks were scanned");
  for (ScanWorker& worker : workers) ARROW_RETURN_NOT_OK(worker.appender->Finish());
  workers.clear();
  bytes_read_ += scanner.bytes_read();
  engine_.records += store->num_records();
  run_->CountSpill(store->spilled_bytes(), store->spilled_extents());
  const int64_t spilled_bytes = store->spilled_bytes();
  const int64_t spilled_extents = store->spilled_extents();

  ARROW_RETURN_NOT_OK(run_->EnterStage(
      question_.stage.empty() ? "winners" : question_.stage, store->num_records(), 0));
  WinnerFinder finder(store.get(), form, keep, run_->budget());
  // Whether two partitions need their memory at the same time is chance. One that is
  // refused is decided again, alone.
  std::shared_mutex deciding;
  const auto decide_one = [&](int partition) -> arrow::Status {
    {
      std::shared_lock beside_others(deciding);
      const arrow::Status decided = decide(&finder, partition);
      if (!decided.IsOutOfMemory()) return decided;
    }
    std::unique_lock alone(deciding);
    return decide(&finder, partition);
  };
  ARROW_RETURN_NOT_OK(
      RunParallel(run_->threads(), store->num_partitions(), [&](int64_t partition, int) {
        ARROW_RETURN_NOT_OK(decide_one(static_cast<int>(partition)));
        return run_->Advance(store->num_records() / store->num_partitions(), 0);
      }));
  run_->CountSpill(store->spilled_bytes() - spilled_bytes,
                   store->spilled_extents() - spilled_extents);
  return store->spill_status();
}

}  // namespace planish
