// SPDX-License-Identifier: Apache-2.0
#include "jobs/patch_rows.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "arrow/table.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "scan/key_scanner.h"
#include "scan/partition_change.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;
/// Decoded rows are seldom more than this many times their Parquet files, and each has
/// its places besides.
constexpr int64_t kExpansion = 4;
constexpr int64_t kPlacesBytes = 32;
/// Of the memory that is left, what a stretch's rows may take: they are held twice while
/// they are brought into order.
constexpr int64_t kShareOfStretch = 8;
constexpr int64_t kMostStretchBytes = int64_t{512} << 20;
/// Of that memory, what the buffers of all stretches take while they are written.
constexpr int64_t kShareOfBuffers = 16;
constexpr int64_t kLeastBufferBytes = int64_t{16} << 10;
constexpr int64_t kMostBufferBytes = int64_t{1} << 20;

template <typename ArrayType>
std::shared_ptr<arrow::Array> Numbers(
    std::vector<typename ArrayType::value_type> values) {
  const auto length = static_cast<int64_t>(values.size());
  return std::make_shared<ArrayType>(length,
                                     arrow::Buffer::FromVector(std::move(values)));
}

/// Text at `row` of an array that PartitionTexts made.
PartitionText TextAt(const arrow::Array& texts, int64_t row) {
  if (texts.IsNull(row)) return std::nullopt;
  return std::string(static_cast<const arrow::LargeStringArray&>(texts).GetView(row));
}

}  // namespace

PatchRows::PatchRows(Run* run, std::shared_ptr<const Inventory> target,
                     std::shared_ptr<const Inventory> source,
                     const MergeQuestion* question, bool may_move,
                     const RowBitmap& matched)
    : run_(run),
      target_(std::move(target)),
      source_(std::move(source)),
      question_(question),
      may_move_(may_move) {
  const auto add = [](int column, std::vector<int>* columns) {
    if (column >= 0 && std::ranges::find(*columns, column) == columns->end()) {
      columns->push_back(column);
    }
  };
  for (const SharedColumn& update : question->updates) add(update.source, &columns_);
  if (question->newer.target >= 0) add(question->newer.source, &columns_);
  scanned_ = columns_;
  for (const int column : question->hive_source_of) add(column, &scanned_);
  add(question->delete_when, &scanned_);
  for (const Partition& partition : target_->partitions()) {
    auto& texts = partitions_.emplace_back();
    for (const auto& value : partition.values) texts.push_back(TextOfHiveValue(*value));
  }
  arrow::FieldVector fields = {arrow::field("target", arrow::int64(), false),
                               arrow::field("source", arrow::int64(), false),
                               arrow::field("action", arrow::uint8(), false)};
  for (const int column : columns_) fields.push_back(source_->schema()->field(column));
  schema_ = arrow::schema(std::move(fields));

  const int64_t row_bytes = kPlacesBytes + kExpansion * source_->num_bytes() /
                                               std::max<int64_t>(source_->num_rows(), 1);
  const int64_t most_pairs = std::max<int64_t>(
      1, std::min(run->budget()->available() / kShareOfStretch, kMostStretchBytes) /
             row_bytes);
  const std::vector<RowGroupRef> groups = target_->RowGroups();
  for (size_t i = 0; i < groups.size(); ++i) {
    const int64_t end = groups[i].first_row + groups[i].num_rows;
    const int64_t pairs = matched.Count(groups[i].first_row, end);
    if (stretches_.empty() || stretches_.back().num_pairs + pairs > most_pairs) {
      stretches_.push_back({i, 0, groups[i].first_row, end, 0});
    }
    PatchStretch& stretch = stretches_.back();
    ++stretch.num_groups;
    stretch.end_row = end;
    stretch.num_pairs += pairs;
  }
  held_.resize(stretches_.size());
  spooled_.resize(stretches_.size());
  const auto num_stretches = static_cast<int64_t>(stretches_.size());
  buffer_bytes_ = std::clamp(
      run->budget()->available() / kShareOfBuffers / std::max<int64_t>(num_stretches, 1),
      kLeastBufferBytes, kMostBufferBytes);
}

int PatchRows::PlaceOf(int source_column) const {
  const auto found = std::ranges::find(columns_, source_column);
  return kFirstValue + static_cast<int>(found - columns_.begin());
}

const DataFile& PatchRows::FileOf(int64_t target_row) const {
  const auto after =
      std::ranges::upper_bound(target_->files(), target_row, {}, &DataFile::first_row);
  return *(after - 1);
}

arrow::Status PatchRows::Refuse(int64_t target_row, int64_t source_row) const {
  PartitionChangingRow row{target_row, source_row, {}, question_->hive_source_of};
  for (const SharedColumn& column : question_->key) row.key.push_back(column.source);
  return RefusePartitionChange(run_->fs(), *target_, source_, row, run_->pool());
}

arrow::Status PatchRows::Load(RowPairs* pairs) {
  ARROW_RETURN_NOT_OK(run_->EnterStage("fetch", source_->num_rows(), 0));
  KeyScanner scanner(run_->fs(), source_, scanned_, run_->pool());
  std::vector<RowPair> in_batch;
  for (const RowGroupRef& group : source_->RowGroups()) {
    if (group.num_rows == 0) continue;
    ARROW_RETURN_NOT_OK(scanner.Scan(
        group, kBatchRows,
        [&](const arrow::RecordBatch& batch, int64_t first_row) -> arrow::Status {
          ARROW_RETURN_NOT_OK(pairs->TakeBelow(first_row + batch.num_rows(), &in_batch));
          if (!in_batch.empty()) {
            ARROW_RETURN_NOT_OK(LoadBatch(batch, first_row, in_batch));
          }
          return run_->Advance(batch.num_rows(), 0);
        }));
  }
  bytes_read_ = scanner.bytes_read();
  return arrow::Status::OK();
}

arrow::Result<std::vector<PatchAction>> PatchRows::Actions(
    const arrow::RecordBatch& batch, int64_t first_row,
    const std::vector<RowPair>& pairs) {
  const auto scanned = [&](int column) {
    return batch.column(
        static_cast<int>(std::ranges::find(scanned_, column) - scanned_.begin()));
  };
  std::vector<PatchAction> actions(pairs.size(), PatchAction::kUpdate);
  arrow::ArrayVector texts;
  for (const int column : question_->hive_source_of) {
    texts.push_back(nullptr);
    if (column < 0) continue;
    ARROW_ASSIGN_OR_RAISE(texts.back(), PartitionTexts(scanned(column), run_->pool()));
  }
  std::shared_ptr<arrow::BooleanArray> deletes;
  if (question_->delete_when >= 0) {
    deletes =
        std::static_pointer_cast<arrow::BooleanArray>(scanned(question_->delete_when));
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const int64_t row = pairs[i].source - first_row;
    if (deletes != nullptr && deletes->IsValid(row) && deletes->Value(row)) {
      actions[i] = PatchAction::kDelete;
      continue;
    }
    const auto& home =
        partitions_[static_cast<size_t>(FileOf(pairs[i].target).partition)];
    for (size_t k = 0; k < texts.size(); ++k) {
      if (texts[k] == nullptr || TextAt(*texts[k], row) == home[k]) continue;
      actions[i] = PatchAction::kMove;
      if (!may_move_ && question_->newer.target < 0) {
        return Refuse(pairs[i].target, pairs[i].source);
      }
    }
  }
  return actions;
}

arrow::Status PatchRows::LoadBatch(const arrow::RecordBatch& batch, int64_t first_row,
                                   const std::vector<RowPair>& pairs) {
  ARROW_ASSIGN_OR_RAISE(const auto actions, Actions(batch, first_row, pairs));
  std::vector<int64_t> targets, sources, rows;
  std::vector<uint8_t> codes;
  for (size_t i = 0; i < pairs.size(); ++i) {
    targets.push_back(pairs[i].target);
    sources.push_back(pairs[i].source);
    rows.push_back(pairs[i].source - first_row);
    codes.push_back(static_cast<uint8_t>(actions[i]));
  }
  const auto length = static_cast<int64_t>(pairs.size());
  arrow::ArrayVector values = batch.columns();
  values.resize(columns_.size());
  arrow::FieldVector fields(schema_->fields().begin() + kFirstValue,
                            schema_->fields().end());
  const auto payload = arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                batch.num_rows(), std::move(values));
  ARROW_ASSIGN_OR_RAISE(const auto taken, Gather(*payload, rows, run_->pool()));
  arrow::ArrayVector columns = {Numbers<arrow::Int64Array>(std::move(targets)),
                                Numbers<arrow::Int64Array>(std::move(sources)),
                                Numbers<arrow::UInt8Array>(std::move(codes))};
  for (const auto& column : taken->columns()) columns.push_back(column);
  return Route(*arrow::RecordBatch::Make(schema_, length, std::move(columns)));
}

arrow::Status PatchRows::Route(const arrow::RecordBatch& rows) {
  if (stretches_.size() == 1) {
    held_[0].push_back(rows.Slice(0));
    return arrow::Status::OK();
  }
  if (run_->scratch() == nullptr) {
    return Error(ErrorKind::kMemoryLimit, "rows to update do not fit in memory")
        .Hint("set `temp_dir`, or raise `memory_limit`");
  }
  const auto& targets = static_cast<const arrow::Int64Array&>(*rows.column(kTarget));
  std::vector<std::vector<int64_t>> by_stretch(stretches_.size());
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    const auto stretch = std::ranges::upper_bound(stretches_, targets.Value(i), {},
                                                  &PatchStretch::first_row) -
                         1 - stretches_.begin();
    by_stretch[static_cast<size_t>(stretch)].push_back(i);
  }
  for (size_t i = 0; i < by_stretch.size(); ++i) {
    if (by_stretch[i].empty()) continue;
    ARROW_ASSIGN_OR_RAISE(const auto part, Gather(rows, by_stretch[i], run_->pool()));
    if (spooled_[i] == nullptr) {
      ARROW_ASSIGN_OR_RAISE(spooled_[i],
                            SpooledBatches::Make(run_, schema_, buffer_bytes_));
    }
    const int64_t before = spooled_[i]->spooled_bytes();
    ARROW_RETURN_NOT_OK(spooled_[i]->Append(*part));
    run_->CountSpill(spooled_[i]->spooled_bytes() - before, 1);
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> PatchRows::Take(size_t stretch) {
  arrow::RecordBatchVector batches = std::move(held_[stretch]);
  held_[stretch].clear();
  if (spooled_[stretch] != nullptr) {
    ARROW_RETURN_NOT_OK(spooled_[stretch]->Rewind());
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto batch, spooled_[stretch]->Next());
      if (batch == nullptr) break;
      batches.push_back(std::move(batch));
    }
    spooled_[stretch].reset();
  }
  if (batches.empty()) return nullptr;
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(schema_, batches));
  batches.clear();
  ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch(run_->pool()));
  table.reset();
  const auto& targets = static_cast<const arrow::Int64Array&>(*rows->column(kTarget));
  std::vector<int64_t> order(static_cast<size_t>(rows->num_rows()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::sort(order, {}, [&](int64_t row) { return targets.Value(row); });
  return Gather(*rows, order, run_->pool());
}

}  // namespace planish
