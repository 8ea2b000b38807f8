// SPDX-License-Identifier: Apache-2.0
#include "jobs/kept_values.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "arrow/table.h"
#include "base/gather.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;
/// Of the memory that is left, what the values held may take: they are there three times
/// while they are put in order.
constexpr int64_t kShareOfValues = 16;
constexpr int64_t kExpansion = 4;

}  // namespace

KeptValues::KeptValues(Run* run, std::shared_ptr<const Inventory> target,
                       std::vector<int> columns, const std::vector<RowPair>* moved)
    : run_(run),
      target_(std::move(target)),
      columns_(moved->empty() ? std::vector<int>() : std::move(columns)),
      moved_(moved) {
  const int64_t row_bytes =
      1 + kExpansion * target_->num_bytes() / std::max<int64_t>(target_->num_rows(), 1);
  most_held_ = static_cast<size_t>(
      std::max<int64_t>(1, run->budget()->available() / kShareOfValues / row_bytes));
}

bool KeptValues::Has(int column) const {
  return std::ranges::find(columns_, column) != columns_.end();
}

arrow::Result<std::shared_ptr<arrow::Array>> KeptValues::Get(
    int column, const std::vector<size_t>& moves) {
  if (moves.front() < begin_ || moves.back() >= end_) {
    const size_t end = std::max(moves.back() + 1, moves.front() + most_held_);
    ARROW_RETURN_NOT_OK(Load(moves.front(), std::min(end, moved_->size())));
  }
  std::vector<int64_t> rows;
  for (const size_t move : moves) rows.push_back(static_cast<int64_t>(move - begin_));
  const auto place = std::ranges::find(columns_, column) - columns_.begin();
  return Gather(*held_->column(static_cast<int>(place)), rows, run_->pool());
}

arrow::Status KeptValues::Load(size_t begin, size_t end) {
  held_.reset();
  begin_ = end_ = 0;
  // Moves in the order of the target.
  std::vector<size_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  const auto target_of = [&](size_t move) { return (*moved_)[move].target; };
  std::ranges::sort(order, {}, target_of);
  KeyScanner scanner(run_->fs(), target_, columns_, run_->pool());
  arrow::RecordBatchVector pieces;
  size_t next = 0;
  for (const RowGroupRef& group : target_->RowGroups()) {
    const int64_t behind = group.first_row + group.num_rows;
    if (next == order.size() || target_of(order[next]) >= behind) continue;
    ARROW_RETURN_NOT_OK(scanner.ScanWhile(
        group, kBatchRows,
        [&](const arrow::RecordBatch& batch, int64_t first_row) -> arrow::Result<bool> {
          std::vector<int64_t> rows;
          const int64_t batch_end = first_row + batch.num_rows();
          for (; next < order.size() && target_of(order[next]) < batch_end; ++next) {
            rows.push_back(target_of(order[next]) - first_row);
          }
          if (!rows.empty()) {
            ARROW_ASSIGN_OR_RAISE(pieces.emplace_back(),
                                  Gather(batch, rows, run_->pool()));
          }
          return next < order.size() && target_of(order[next]) < behind;
        }));
  }
  bytes_read_ += scanner.bytes_read();
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        arrow::Table::FromRecordBatches(scanner.schema(), pieces));
  pieces.clear();
  ARROW_ASSIGN_OR_RAISE(const auto read, table->CombineChunksToBatch(run_->pool()));
  std::vector<int64_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i] - begin] = static_cast<int64_t>(i);
  }
  ARROW_ASSIGN_OR_RAISE(held_, Gather(*read, place, run_->pool()));
  begin_ = begin;
  end_ = end;
  return arrow::Status::OK();
}

}  // namespace planish
