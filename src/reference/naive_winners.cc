// SPDX-License-Identifier: Apache-2.0
#include "reference/naive_winners.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "arrow/array.h"
#include "base/error_builder.h"
#include "base/memory_budget.h"
#include "base/raised_limit.h"
#include "planish/quantities.h"
#include "reference/plain_value.h"
#include "scan/key_scanner.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 1024;

using PlainValues = std::vector<PlainValue>;

/// A row that is the winner of its key as far as has been read.
struct Incumbent {
  PlainValues order;
  int64_t row = 0;
};

/// -1, 0 or 1 as `a` comes before, with or after `b`: nulls last and NaN just before
/// them, ascending or descending.
int Compare(const PlainValue& a, const PlainValue& b, bool descending) {
  if (a == b) return 0;
  const bool reversible = !a.IsNull() && !a.IsNaN() && !b.IsNull() && !b.IsNaN();
  const bool before = reversible && descending ? b < a : a < b;
  return before ? -1 : 1;
}

/// Whether a row read later comes before the incumbent. Ties go to the earlier row.
bool ComesBefore(const PlainValues& challenger, const PlainValues& incumbent,
                 const std::vector<bool>& descending) {
  for (size_t i = 0; i < challenger.size(); ++i) {
    const int order = Compare(challenger[i], incumbent[i], descending[i]);
    if (order != 0) return order < 0;
  }
  return false;
}

/// What a value takes: allocators round up and keep a word for each block.
int64_t BytesOf(const PlainValue& value) {
  constexpr int64_t kBlock = 16;
  int64_t bytes = sizeof(PlainValue);
  if (const auto* text = std::get_if<std::string>(&value.value)) {
    if (text->size() >= sizeof(std::string) / 2) {
      bytes += kBlock + static_cast<int64_t>(text->capacity());
    }
  } else if (const auto* children = std::get_if<PlainValue::Children>(&value.value)) {
    bytes += kBlock;
    for (const PlainValue& child : *children) bytes += BytesOf(child);
  }
  return bytes;
}

int64_t BytesOf(const PlainValues& values) {
  int64_t bytes = 0;
  for (const PlainValue& value : values) bytes += BytesOf(value);
  return bytes;
}

class NaiveWinners {
 public:
  NaiveWinners(const NaiveQuestion& question, int64_t num_rows)
      : question_(question), losers_(num_rows) {}

  void Meet(PlainValues key, PlainValues order, int64_t row) {
    const bool incomparable =
        !question_.nan_equal &&
        std::any_of(key.begin(), key.end(),
                    [](const PlainValue& value) { return value.ContainsNaN(); });
    if (incomparable) return;
    const auto [found, is_new] = incumbents_.try_emplace(std::move(key));
    Incumbent& incumbent = found->second;
    if (is_new) {
      constexpr int64_t kNode = 64 + sizeof(PlainValues) + sizeof(Incumbent);
      bytes_ += kNode + BytesOf(found->first) + BytesOf(order);
      incumbent = {std::move(order), row};
      return;
    }
    const bool before = ComesBefore(order, incumbent.order, question_.descending);
    switch (question_.keep) {
      case Keep::kNone:
        losers_.Add(incumbent.row);
        losers_.Add(row);
        break;
      case Keep::kFirst:
      case Keep::kLast:
        if (before == (question_.keep == Keep::kFirst)) {
          losers_.Add(incumbent.row);
          incumbent = {std::move(order), row};
        } else {
          losers_.Add(row);
        }
        break;
    }
  }

  /// About what the incumbents take.
  int64_t bytes() const { return bytes_; }

  RowBitmap TakeLosers() && { return std::move(losers_); }

 private:
  const NaiveQuestion& question_;
  RowBitmap losers_;
  int64_t bytes_ = 0;
  std::map<PlainValues, Incumbent> incumbents_;
};

/// The values of one row, of the columns [begin, end) of a batch.
arrow::Result<PlainValues> RowValues(const arrow::RecordBatch& batch, int begin, int end,
                                     int64_t row) {
  PlainValues values;
  for (int i = begin; i < end; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto scalar, batch.column(i)->GetScalar(row));
    auto value = MakePlainValue(*scalar);
    if (!value.ok()) {
      return AddContext(value.status(), ErrorKind::kUnsupported, "", -1,
                        batch.schema()->field(i)->name());
    }
    values.push_back(std::move(value).ValueUnsafe());
  }
  return values;
}

arrow::Result<PlainValues> PartitionValues(const Partition& partition) {
  PlainValues values;
  for (const auto& scalar : partition.values) {
    ARROW_ASSIGN_OR_RAISE(auto value, MakePlainValue(*scalar));
    values.push_back(std::move(value));
  }
  return values;
}

/// Fails where the rows held do not fit; the number in the error is for rows to come like
/// those met.
arrow::Status Charge(const NaiveWinners& winners, int64_t rows_met, int64_t num_rows,
                     const MemoryBudget* budget, MemoryReservation* held) {
  const int64_t more = winners.bytes() - held->bytes();
  if (budget == nullptr || more == 0 || held->TryGrow(more)) return arrow::Status::OK();
  constexpr int64_t kBesides = int64_t{64} << 20;
  const auto all =
      static_cast<int64_t>(static_cast<double>(winners.bytes()) /
                           static_cast<double>(rows_met) * static_cast<double>(num_rows));
  const int64_t enough = std::max(budget->limit() + more, all + all / 4 + kBesides);
  return Error(ErrorKind::kMemoryLimit,
               "memory limit reached: keys that the reference engine holds")
      .Fact("stage", "winners")
      .Fact("held", FormatByteSize(held->bytes()) + " for " + FormatCount(rows_met) +
                        " of " + FormatCount(num_rows) + " rows")
      .Fact("limit", FormatByteSize(budget->limit()))
      .Hint("raise `memory_limit` to " + RaisedLimit(budget->limit(), enough) +
            " or more, or leave out `engine=reference`");
}

arrow::Status CheckOrderColumns(const arrow::Schema& schema,
                                const std::vector<int>& columns) {
  for (const int column : columns) {
    const auto& field = *schema.field(column);
    if (field.type()->num_fields() > 0) {
      return Error(ErrorKind::kUnsupported,
                   "cannot order by a nested column: " + field.name())
          .Column(field.name())
          .Fact("type", field.type()->ToString());
    }
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<RowBitmap> FindLosersNaively(
    FileSystem* fs, const std::shared_ptr<const Inventory>& inventory,
    const NaiveQuestion& question, arrow::MemoryPool* pool, MemoryBudget* budget) {
  ARROW_RETURN_NOT_OK(CheckOrderColumns(*inventory->schema(), question.order_columns));
  std::vector<int> columns = question.key_columns;
  if (columns.empty()) {
    columns.resize(inventory->schema()->num_fields());
    std::iota(columns.begin(), columns.end(), 0);
  }
  const int num_keys = static_cast<int>(columns.size());
  columns.insert(columns.end(), question.order_columns.begin(),
                 question.order_columns.end());
  const int num_columns = static_cast<int>(columns.size());

  MemoryReservation held(budget);
  int64_t rows_met = 0;
  NaiveWinners winners(question, inventory->num_rows());
  KeyScanner scanner(fs, inventory, columns, pool);
  for (const RowGroupRef& row_group : inventory->RowGroups()) {
    if (row_group.num_rows == 0) continue;
    PlainValues scope;
    if (question.scope == Scope::kPartition) {
      const DataFile& file = inventory->files()[row_group.file];
      ARROW_ASSIGN_OR_RAISE(scope,
                            PartitionValues(inventory->partitions()[file.partition]));
    }
    auto visit = [&](const arrow::RecordBatch& batch,
                     int64_t first_row) -> arrow::Status {
      for (int64_t row = 0; row < batch.num_rows(); ++row) {
        ARROW_ASSIGN_OR_RAISE(auto key, RowValues(batch, 0, num_keys, row));
        ARROW_ASSIGN_OR_RAISE(auto order, RowValues(batch, num_keys, num_columns, row));
        key.insert(key.end(), scope.begin(), scope.end());
        winners.Meet(std::move(key), std::move(order), first_row + row);
      }
      rows_met += batch.num_rows();
      return Charge(winners, rows_met, inventory->num_rows(), budget, &held);
    };
    ARROW_RETURN_NOT_OK(scanner.Scan(row_group, kBatchRows, visit));
  }
  return std::move(winners).TakeLosers();
}

}  // namespace planish
