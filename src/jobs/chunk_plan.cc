// SPDX-License-Identifier: Apache-2.0
#include "jobs/chunk_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace planish {
namespace {

constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

/// A batch of a few columns stays in the cache.
constexpr int64_t kMaxBatchRows = 8 * 1024;

/// What is decoded is seldom more than this many times its bytes in the file.
constexpr double kExpansion = 8;

/// Part of the memory left that batches of all workers may take together.
constexpr double kBatchShare = 0.25;

/// So that the last worker is not waited for long.
constexpr int64_t kChunksPerThread = 8;

/// Inputs that one thread has scanned before a second one has warmed up.
constexpr int64_t kSmallRows = 64 * 1024, kSmallBytes = 8 << 20, kSmallGroups = 8;

/// One row group, as far as its size matters.
struct Extent {
  int file = 0;
  int64_t rows = 0;
  int64_t bytes = 0;

  double row_bytes() const {
    return std::max(1.0, static_cast<double>(bytes) / static_cast<double>(rows));
  }
};

/// At least 1, so that a row larger than the amount is still taken.
int64_t RowsIn(double amount, double row_bytes) {
  return std::max<int64_t>(1, static_cast<int64_t>(std::min(amount / row_bytes, 1e18)));
}

class Planner {
 public:
  Planner(const std::vector<DataFile>& files, const std::vector<RowGroupRef>& groups,
          const ChunkRules& rules)
      : rules_(rules) {
    extents_.reserve(groups.size());
    for (const RowGroupRef& group : groups) {
      const DataFile& file = files[static_cast<size_t>(group.file)];
      const auto index = static_cast<size_t>(group.row_group);
      extents_.push_back({group.file, group.num_rows, file.row_group_bytes[index]});
      total_rows_ += group.num_rows;
      total_bytes_ += file.row_group_bytes[index];
    }
  }

  ChunkPlan Plan() {
    const bool is_one =
        rules_.mode == ChunkMode::kOff || (rules_.mode == ChunkMode::kAuto && IsSmall());
    size_t begin = 0;
    while (begin < extents_.size()) {
      const size_t end = is_one ? extents_.size() : EndOfTurn(begin);
      AddTurn(begin, end, is_one ? kUnbounded : MostRows(extents_[begin]));
      begin = end;
    }
    return std::move(plan_);
  }

 private:
  bool IsSmall() const {
    return total_rows_ <= std::min(kSmallRows, rules_.rows.value_or(kUnbounded)) &&
           total_bytes_ <= std::min(kSmallBytes, rules_.bytes.value_or(kUnbounded)) &&
           extents_.size() <= kSmallGroups;
  }

  double BatchBytes() const {
    return static_cast<double>(rules_.available_bytes) * kBatchShare / rules_.threads;
  }

  int64_t BatchRows(const Extent& extent) const {
    return std::min(kMaxBatchRows, RowsIn(BatchBytes(), extent.row_bytes() * kExpansion));
  }

  /// Most rows that a chunk beginning with this row group may have; only kRows, kBytes
  /// and kAuto bound them.
  int64_t MostRows(const Extent& extent) const {
    const bool is_auto = rules_.mode == ChunkMode::kAuto;
    int64_t most = kUnbounded;
    if (rules_.mode == ChunkMode::kRows) most = RunContext::kDefaultChunkRows;
    if (is_auto) {
      const int64_t even = total_rows_ / (int64_t{rules_.threads} * kChunksPerThread);
      most = std::clamp(even, kMaxBatchRows, RunContext::kDefaultChunkRows);
    }
    if (rules_.rows) most = is_auto ? std::min(most, *rules_.rows) : *rules_.rows;
    if (rules_.bytes) {
      most =
          std::min(most, RowsIn(static_cast<double>(*rules_.bytes), extent.row_bytes()));
    }
    return most;
  }

  size_t EndOfTurn(size_t begin) const {
    const int64_t most_rows = MostRows(extents_[begin]);
    const int64_t most_bytes = rules_.bytes.value_or(kUnbounded);
    int64_t rows = extents_[begin].rows, bytes = extents_[begin].bytes;
    size_t end = begin + 1;
    if (rules_.mode == ChunkMode::kRowGroup) return end;
    for (; end < extents_.size() && extents_[end].file == extents_[begin].file; ++end) {
      rows += extents_[end].rows;
      bytes += extents_[end].bytes;
      if (rows > most_rows || bytes > most_bytes) break;
    }
    return end;
  }

  void AddTurn(size_t begin, size_t end, int64_t most_rows) {
    ScanTurn turn{begin, end - begin, 0, kMaxBatchRows};
    int64_t bytes = 0;
    for (size_t i = begin; i < end; ++i) {
      turn.chunk_rows += extents_[i].rows;
      bytes += extents_[i].bytes;
      turn.batch_rows = std::min(turn.batch_rows, BatchRows(extents_[i]));
    }
    const int64_t rows = turn.chunk_rows;
    if (rows > most_rows) {
      turn.batch_rows = std::min(turn.batch_rows, most_rows);
      turn.chunk_rows = most_rows / turn.batch_rows * turn.batch_rows;
    }
    const double row_bytes = static_cast<double>(bytes) / static_cast<double>(rows);
    Tally(turn.chunk_rows, row_bytes, rows / turn.chunk_rows);
    Tally(rows % turn.chunk_rows, row_bytes, 1);
    plan_.turns.push_back(turn);
  }

  void Tally(int64_t rows, double row_bytes, int64_t times) {
    if (rows > 0) plan_.tally.Add(rows, static_cast<double>(rows) * row_bytes, times);
  }

  const ChunkRules rules_;
  std::vector<Extent> extents_;
  int64_t total_rows_ = 0, total_bytes_ = 0;
  ChunkPlan plan_;
};

}  // namespace

void ChunkTally::Add(int64_t rows, double bytes, int64_t times) {
  if (times == 0) return;
  min_rows_ = count_ == 0 ? rows : std::min(min_rows_, rows);
  min_bytes_ = count_ == 0 ? bytes : std::min(min_bytes_, bytes);
  max_rows_ = std::max(max_rows_, rows);
  max_bytes_ = std::max(max_bytes_, bytes);
  count_ += times;
  rows_ += static_cast<double>(rows) * static_cast<double>(times);
  bytes_ += bytes * static_cast<double>(times);
}

void ChunkTally::Add(const ChunkTally& other) {
  if (other.count_ == 0) return;
  min_rows_ = count_ == 0 ? other.min_rows_ : std::min(min_rows_, other.min_rows_);
  min_bytes_ = count_ == 0 ? other.min_bytes_ : std::min(min_bytes_, other.min_bytes_);
  max_rows_ = std::max(max_rows_, other.max_rows_);
  max_bytes_ = std::max(max_bytes_, other.max_bytes_);
  count_ += other.count_;
  rows_ += other.rows_;
  bytes_ += other.bytes_;
}

ChunkSizes ChunkTally::sizes() const {
  ChunkSizes sizes;
  if (count_ == 0) return sizes;
  sizes.min_rows = min_rows_;
  sizes.max_rows = max_rows_;
  sizes.min_bytes = std::llround(min_bytes_);
  sizes.max_bytes = std::llround(max_bytes_);
  sizes.mean_rows = rows_ / static_cast<double>(count_);
  sizes.mean_bytes = bytes_ / static_cast<double>(count_);
  return sizes;
}

ChunkPlan PlanChunks(const std::vector<DataFile>& files,
                     const std::vector<RowGroupRef>& groups, const ChunkRules& rules) {
  return Planner(files, groups, rules).Plan();
}

}  // namespace planish
