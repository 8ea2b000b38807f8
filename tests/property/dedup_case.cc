// SPDX-License-Identifier: Apache-2.0
#include "property/dedup_case.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>
#include <vector>

#include "dataset/order_by.h"
#include "io/file_system.h"
#include "reference/naive_winners.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

const char* Name(Keep keep) {
  return keep == Keep::kFirst ? "first" : keep == Keep::kLast ? "last" : "none";
}

std::string Join(const std::vector<std::string>& items) {
  std::string joined;
  for (const auto& item : items) joined += (joined.empty() ? "" : ", ") + item;
  return joined.empty() ? "(none)" : joined;
}

/// The rows of `table` that are not among the losers, as slices: no kernel of Arrow's is
/// trusted.
arrow::Result<std::shared_ptr<arrow::Table>> WithoutLosers(
    const std::shared_ptr<arrow::Table>& table, const RowBitmap& losers,
    int64_t first_row) {
  std::vector<std::shared_ptr<arrow::Table>> runs = {table->Slice(0, 0)};
  for (int64_t begin = 0; begin < table->num_rows();) {
    int64_t end = begin;
    while (end < table->num_rows() && !losers.Contains(first_row + end)) ++end;
    if (end > begin) runs.push_back(table->Slice(begin, end - begin));
    begin = end + 1;
  }
  return arrow::ConcatenateTables(runs);
}

}  // namespace

int PropertyIterations(int default_count) {
  if (std::getenv("PLANISH_PROPERTY_SEED") != nullptr) return 1;
  const char* count = std::getenv("PLANISH_PROPERTY_ITERATIONS");
  const int total = count == nullptr ? default_count : std::atoi(count);
  return (total + kPropertyShards - 1) / kPropertyShards;
}

uint64_t PropertySeed(int shard, int iteration) {
  if (const char* seed = std::getenv("PLANISH_PROPERTY_SEED")) {
    return std::strtoull(seed, nullptr, 10);
  }
  return static_cast<uint64_t>(iteration) * kPropertyShards +
         static_cast<uint64_t>(shard) + 1;
}

arrow::Result<TablesByPath> ReadTables(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(auto files, ListDataset(directory));
  TablesByPath tables;
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(auto table, ReadParquet(file.path));
    ARROW_ASSIGN_OR_RAISE(tables[file.relative_path], DecodeDictionaries(table));
  }
  return tables;
}

arrow::Result<BytesByPath> ReadBytes(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(auto files, ListDataset(directory));
  BytesByPath bytes;
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(bytes[file.relative_path], ReadFileBytes(file.path));
  }
  return bytes;
}

testing::AssertionResult SameTables(const TablesByPath& expected,
                                    const TablesByPath& actual) {
  for (const auto& [path, table] : expected) {
    const auto found = actual.find(path);
    if (found == actual.end())
      return testing::AssertionFailure() << path << " is missing";
    const auto equal = TablesEqual(*table, *found->second);
    if (!equal) return testing::AssertionFailure() << path << ": " << equal.message();
  }
  for (const auto& [path, table] : actual) {
    if (expected.count(path) == 0) {
      return testing::AssertionFailure()
             << path << " must not be there, with " << table->num_rows() << " rows";
    }
  }
  return testing::AssertionSuccess();
}

arrow::Result<std::unique_ptr<DedupCase>> DedupCase::Make(uint64_t seed) {
  std::unique_ptr<DedupCase> made(new DedupCase(seed));
  ARROW_ASSIGN_OR_RAISE(made->dataset_, MakeRandomDataset(&made->random_));
  ARROW_RETURN_NOT_OK(WriteDataset(made->dataset_, made->source()));
  made->options_ = made->RandomQuestion();
  return made;
}

DedupOptions DedupCase::RandomQuestion() {
  DedupOptions options;
  options.dataset.inputs = {source()};
  if (dataset_.columns_missing) options.dataset.missing_columns = MissingColumns::kNull;
  std::vector<std::string> columns = dataset_.data_columns;
  columns.insert(columns.end(), dataset_.hive_columns.begin(),
                 dataset_.hive_columns.end());
  random_.Shuffle(&columns);
  int num_keys = random_.Below(std::min<int>(4, static_cast<int>(columns.size()) + 1));
  // No key is all columns.
  if (num_keys == 0 && !dataset_.odd_column.empty()) num_keys = 1;
  options.key.assign(columns.begin(), columns.begin() + num_keys);
  options.keep = random_.Pick({Keep::kFirst, Keep::kLast, Keep::kNone});
  std::vector<std::string> order = dataset_.flat_columns;
  random_.Shuffle(&order);
  order.resize(std::min<size_t>(order.size(), static_cast<size_t>(random_.Below(3))));
  if (options.keep == Keep::kNone) order.clear();  // refused: it would have no effect
  for (const auto& column : order) {
    const int form = random_.Below(3);
    options.order_by.push_back(form == 0   ? column
                               : form == 1 ? "-" + column
                                           : column + " desc");
  }
  options.scope = random_.Pick({Scope::kDataset, Scope::kPartition});
  options.nan_equal = random_.OneIn(2);
  options.verify = random_.OneIn(4);
  options.optimizations.copy_row_groups = !random_.OneIn(4);
  // Copying a file is copying its row groups.
  options.optimizations.copy_files =
      options.optimizations.copy_row_groups && !random_.OneIn(4);
  options.optimizations.inline_keys = !random_.OneIn(4);
  options.optimizations.key_digests = !random_.OneIn(4);
  return options;
}

DedupOptions DedupCase::WithOutput(const std::string& name) const {
  DedupOptions options = options_;
  options.output = OutputPath(name);
  return options;
}

RunContext DedupCase::PlainContext() {
  RunContext context;
  context.threads = 1;
  context.sync = false;
  return context;
}

RunContext DedupCase::RandomContext() {
  RunContext context = PlainContext();
  context.threads = random_.Between(1, 4);
  context.chunk = random_.Pick({ChunkMode::kAuto, ChunkMode::kRows, ChunkMode::kBytes,
                                ChunkMode::kRowGroup, ChunkMode::kFile, ChunkMode::kOff});
  const bool is_auto = context.chunk == ChunkMode::kAuto;
  if (context.chunk == ChunkMode::kRows || (is_auto && random_.OneIn(2))) {
    context.chunk_rows = random_.Between(1, 10);
  }
  if (context.chunk == ChunkMode::kBytes || (is_auto && random_.OneIn(2))) {
    context.chunk_bytes = random_.Between(1, 400);
  }
  if (random_.OneIn(3)) context.memory_limit = int64_t{16} << 20;
  return context;
}

arrow::Result<std::shared_ptr<const Inventory>> DedupCase::TakeInventory() const {
  return Inventory::Make(LocalFileSystem(), options_.dataset, /*hive=*/true,
                         /*by_size=*/false, arrow::default_memory_pool());
}

arrow::Result<RowBitmap> DedupCase::NaiveLosers(
    const std::shared_ptr<const Inventory>& inventory) const {
  NaiveQuestion question;
  question.keep = options_.keep;
  question.scope = options_.scope;
  question.nan_equal = options_.nan_equal;
  for (const auto& name : options_.key) {
    question.key_columns.push_back(inventory->schema()->GetFieldIndex(name));
  }
  for (const auto& item : options_.order_by) {
    ARROW_ASSIGN_OR_RAISE(const auto column, ResolveOrderBy(*inventory->schema(), item));
    question.order_columns.push_back(column.column);
    question.descending.push_back(column.descending);
  }
  return FindLosersNaively(LocalFileSystem(), inventory, question,
                           arrow::default_memory_pool());
}

arrow::Result<TablesByPath> DedupCase::Without(const RowBitmap& losers,
                                               const std::set<int>& skipped_files) const {
  // The order of files is found here anew: it is half of what "first" means.
  ARROW_ASSIGN_OR_RAISE(auto files, ListDataset(source()));
  TablesByPath expected;
  std::string first_path;
  std::shared_ptr<arrow::Table> empty_first;
  int64_t first_row = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto coded, ReadParquet(files[i].path));
    ARROW_ASSIGN_OR_RAISE(auto table, DecodeDictionaries(coded));
    ARROW_ASSIGN_OR_RAISE(auto kept, WithoutLosers(table, losers, first_row));
    first_row += table->num_rows();
    if (skipped_files.contains(static_cast<int>(i))) continue;
    if (empty_first == nullptr) {
      empty_first = table->Slice(0, 0);
      first_path = files[i].relative_path;
    }
    if (kept->num_rows() > 0 || table->num_rows() == 0) {
      expected[files[i].relative_path] = kept;
    }
  }
  if (expected.empty() && empty_first != nullptr) expected[first_path] = empty_first;
  return expected;
}

arrow::Result<TablesByPath> DedupCase::Expected() const {
  ARROW_ASSIGN_OR_RAISE(auto inventory, TakeInventory());
  ARROW_ASSIGN_OR_RAISE(const RowBitmap losers, NaiveLosers(inventory));
  return Without(losers, {});
}

int64_t DedupCase::num_rows() const {
  int64_t rows = 0;
  for (const auto& file : dataset_.files) rows += file.table->num_rows();
  return rows;
}

std::string DedupCase::ToString() const {
  std::ostringstream text;
  text << "PLANISH_PROPERTY_SEED=" << seed_ << " reproduces this: key "
       << Join(options_.key) << "; keep " << Name(options_.keep) << "; order by "
       << Join(options_.order_by)
       << (options_.scope == Scope::kPartition ? "; within partitions" : "")
       << (options_.nan_equal ? "" : "; NaN distinct")
       << (options_.optimizations.copy_row_groups ? "" : "; no row group copied")
       << (options_.optimizations.copy_files ? "" : "; no file copied")
       << (options_.optimizations.inline_keys ? "" : "; no inline keys")
       << (options_.optimizations.key_digests ? "" : "; no digests") << "\n"
       << dataset_.ToString();
  return text.str();
}

}  // namespace planish
