// SPDX-License-Identifier: Apache-2.0
#include "property/merge_case.h"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"

namespace planish {
namespace {

constexpr char kGone[] = "gone";

arrow::Result<std::shared_ptr<arrow::Table>> WithDeletions(
    const std::shared_ptr<arrow::Table>& table, RandomSource* random) {
  arrow::BooleanBuilder flags;
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    ARROW_RETURN_NOT_OK(random->OneIn(6) ? flags.AppendNull()
                                         : flags.Append(random->OneIn(3)));
  }
  ARROW_ASSIGN_OR_RAISE(auto array, flags.Finish());
  return table->AddColumn(table->num_columns(), arrow::field(kGone, arrow::boolean()),
                          std::make_shared<arrow::ChunkedArray>(array));
}

arrow::Result<std::shared_ptr<arrow::Table>> WithoutColumn(
    const std::shared_ptr<arrow::Table>& table, const std::string& name) {
  const int column = table->schema()->GetFieldIndex(name);
  if (column < 0 || table->num_columns() < 2) return table;
  return table->RemoveColumn(column);
}

/// Arrow writes nulls of fixed-size lists, but does not read them.
bool MayGetNullLists(const RandomDataset& dataset) {
  const auto& fields = dataset.files[0].table->schema()->fields();
  return std::ranges::any_of(fields, [](const auto& field) {
    return field->type()->id() == arrow::Type::FIXED_SIZE_LIST;
  });
}

std::string Join(const std::vector<std::string>& items) {
  std::string joined;
  for (const auto& item : items) joined += (joined.empty() ? "" : ", ") + item;
  return joined;
}

}  // namespace

arrow::Result<std::unique_ptr<MergeCase>> MergeCase::Make(uint64_t seed) {
  std::unique_ptr<MergeCase> made(new MergeCase(seed));
  RandomDataset dataset;
  do {
    ARROW_ASSIGN_OR_RAISE(dataset, MakeRandomDataset(&made->random_));
  } while (dataset.files.size() < 2 || MayGetNullLists(dataset));
  ARROW_RETURN_NOT_OK(made->DealOut(std::move(dataset)));
  made->Ask();
  made->AskAboutColumns();
  return made;
}

arrow::Status MergeCase::DealOut(RandomDataset dataset) {
  target_ = source_ = dataset;
  target_.files.clear();
  source_.files.clear();
  const auto num_files = static_cast<int>(dataset.files.size());
  const int num_target = random_.Between(1, num_files - 1);
  has_deletions_ = random_.OneIn(3);
  const std::string lost_by_source =
      random_.OneIn(4) ? random_.Pick(dataset.data_columns) : "";
  // Where the source has a column that files disagree on, there is little to agree on.
  const bool loses_odd = !dataset.odd_column.empty() && !random_.OneIn(4);
  std::vector<std::string> lost_by_target;
  while (random_.OneIn(3)) lost_by_target.push_back(random_.Pick(dataset.data_columns));
  for (int i = 0; i < num_files; ++i) {
    RandomFile file = dataset.files[static_cast<size_t>(i)];
    // Encodings may name the columns that go.
    file.spec.encodings.clear();
    const bool target = i < num_target;
    if (!target) {
      ARROW_ASSIGN_OR_RAISE(file.table, WithoutColumn(file.table, lost_by_source));
      if (loses_odd) {
        ARROW_ASSIGN_OR_RAISE(file.table, WithoutColumn(file.table, dataset.odd_column));
      }
    }
    for (const std::string& column : lost_by_target) {
      // Most lack it everywhere, some here and there.
      if (!target || random_.OneIn(8)) continue;
      ARROW_ASSIGN_OR_RAISE(file.table, WithoutColumn(file.table, column));
    }
    std::erase_if(file.spec.bloom_filter_columns, [&](const std::string& name) {
      return file.table->schema()->GetFieldIndex(name) < 0;
    });
    if (!target && has_deletions_) {
      ARROW_ASSIGN_OR_RAISE(file.table, WithDeletions(file.table, &random_));
    }
    (target ? target_ : source_).files.push_back(std::move(file));
  }
  ARROW_RETURN_NOT_OK(WriteDataset(target_, target()));
  return WriteDataset(source_, source());
}

void MergeCase::Ask() {
  MergeOptions& options = options_;
  options.target = target();
  options.source.inputs = {source()};
  options.source.missing_columns = MissingColumns::kNull;
  std::vector<std::string> columns = target_.data_columns;
  columns.insert(columns.end(), target_.hive_columns.begin(), target_.hive_columns.end());
  random_.Shuffle(&columns);
  const int num_keys =
      random_.Between(1, std::min<int>(3, static_cast<int>(columns.size())));
  options.key.assign(columns.begin(), columns.begin() + num_keys);
  options.strategy = random_.Pick({MergeStrategy::kInsert, MergeStrategy::kUpdate,
                                   MergeStrategy::kUpsert, MergeStrategy::kUpsert,
                                   MergeStrategy::kDelete, MergeStrategy::kSync});
  options.allow_empty_source = options.strategy == MergeStrategy::kSync;
  options.source_duplicates =
      random_.Pick({SourceDuplicates::kLast, SourceDuplicates::kLast,
                    SourceDuplicates::kFirst, SourceDuplicates::kError});
  const bool ordered = !target_.flat_columns.empty() && random_.OneIn(2);
  if (ordered && options.source_duplicates == SourceDuplicates::kLast) {
    const std::string column = random_.Pick(target_.flat_columns);
    options.source_order_by = {random_.OneIn(2) ? column : "-" + column};
  }
  options.prune = !random_.OneIn(4);
  options.verify = random_.OneIn(2);
}

void MergeCase::AskAboutColumns() {
  MergeOptions& options = options_;
  const bool updates = options.strategy == MergeStrategy::kUpdate ||
                       options.strategy == MergeStrategy::kUpsert ||
                       options.strategy == MergeStrategy::kSync;
  if (updates && !target_.flat_columns.empty() && random_.OneIn(3)) {
    options.newer_by = random_.Pick(target_.flat_columns);
  }
  if (has_deletions_ && options.strategy == MergeStrategy::kUpsert && random_.OneIn(2)) {
    options.delete_when = kGone;
  }
  options.missing_columns =
      random_.Pick({MissingSourceColumns::kError, MissingSourceColumns::kKeep,
                    MissingSourceColumns::kNull, MissingSourceColumns::kKeep});
  options.extra_columns =
      random_.Pick({ExtraSourceColumns::kError, ExtraSourceColumns::kIgnore,
                    ExtraSourceColumns::kIgnore, ExtraSourceColumns::kAdd,
                    ExtraSourceColumns::kAdd, ExtraSourceColumns::kAdd});
  if (options.strategy == MergeStrategy::kDelete) {
    options.extra_columns = ExtraSourceColumns::kIgnore;
  }
  if (updates && !random_.OneIn(3)) {
    options.on_partition_change = PartitionChange::kMove;
  }
}

MergeOptions MergeCase::WithOutput(const std::string& name) const {
  MergeOptions options = options_;
  options.output = OutputPath(name);
  return options;
}

std::string MergeCase::ToString() const {
  static const char* const kStrategies[] = {"insert", "update", "upsert", "delete",
                                            "sync"};
  std::ostringstream text;
  text << "PLANISH_PROPERTY_SEED=" << seed_
       << " reproduces this: " << kStrategies[static_cast<int>(options_.strategy)]
       << " by " << Join(options_.key) << "; duplicates "
       << static_cast<int>(options_.source_duplicates) << "; order by "
       << Join(options_.source_order_by) << "; newer by " << options_.newer_by
       << "; delete when " << options_.delete_when << "; missing "
       << static_cast<int>(options_.missing_columns) << "; extra "
       << static_cast<int>(options_.extra_columns) << "; partition change "
       << static_cast<int>(options_.on_partition_change)
       << (options_.prune ? "" : "; no pruning") << "\ntarget\n"
       << target_.ToString() << "source\n"
       << source_.ToString();
  return text.str();
}

}  // namespace planish
