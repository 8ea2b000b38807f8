// SPDX-License-Identifier: Apache-2.0
// Merges of damaged files that skip what cannot be read, held against a model of a few
// lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "arrow/array/array_primitive.h"
#include "arrow/table.h"
#include "planish/merge.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Key = std::optional<int64_t>;
using Row = std::pair<Key, int64_t>;

struct Group {
  std::vector<Row> rows;
  std::set<int> damage;  ///< leaves
  bool unread = false;
};
struct File {
  std::string path;
  bool statistics = true;
  std::vector<Group> groups;
};

class DamagedMerge {
 public:
  explicit DamagedMerge(uint64_t seed) : random_(seed), seed_(seed) {}

  arrow::Status Write() {
    for (int i = random_.Between(1, 3); i > 0; --i) {
      ARROW_RETURN_NOT_OK(WriteFile("target/" + std::to_string(i), &target_));
    }
    for (int i = random_.Between(1, 2); i > 0; --i) {
      ARROW_RETURN_NOT_OK(WriteFile("source/" + std::to_string(i), &source_));
    }
    std::ranges::sort(target_, {}, &File::path);
    std::ranges::sort(source_, {}, &File::path);
    options_.target = directory_ / "target";
    options_.source.inputs = {directory_ / "source"};
    options_.key = {"k"};
    options_.strategy = random_.Pick({MergeStrategy::kInsert, MergeStrategy::kUpdate,
                                      MergeStrategy::kUpsert, MergeStrategy::kDelete,
                                      MergeStrategy::kSync});
    options_.on_error = OnError::kSkip;
    options_.engine = random_.OneIn(3) ? Engine::kReference : Engine::kAuto;
    options_.prune = random_.OneIn(2);
    options_.in_place = random_.OneIn(3);
    if (!options_.in_place) options_.output = directory_ / "out";
    return arrow::Status::OK();
  }

  const MergeOptions& options() const { return options_; }
  RandomSource* random() { return &random_; }
  std::string ToString() const {
    std::ostringstream text;
    text << "PLANISH_PROPERTY_SEED=" << seed_ << " reproduces this: strategy "
         << static_cast<int>(options_.strategy) << (options_.in_place ? " in place" : "")
         << (options_.prune ? " pruned" : "")
         << (options_.engine == Engine::kAuto ? "" : " naively") << "\n";
    for (const auto* side : {&target_, &source_}) {
      for (const File& file : *side) {
        text << file.path << (file.statistics ? "" : " without statistics");
        for (const Group& group : file.groups) {
          text << " |";
          for (const int leaf : group.damage) text << " damaged " << leaf;
          for (const auto& [key, value] : group.rows) {
            text << " " << (key ? std::to_string(*key) : "null") << ":" << value;
          }
        }
        text << "\n";
      }
    }
    return text.str();
  }

  /// Marks what a report says was skipped; a failure where that could be read.
  testing::AssertionResult TakeSkips(const Report& report) {
    for (const SkippedChunk& chunk : report.skipped) {
      File* file = Find(chunk.file);
      if (file == nullptr) return testing::AssertionFailure() << chunk.file;
      Group& group = file->groups[static_cast<size_t>(chunk.row_group)];
      if (group.damage.empty()) {
        return testing::AssertionFailure() << chunk.file << " can be read";
      }
      group.unread = true;
      const bool target = chunk.file.starts_with(options_.target);
      if (!target || !options_.in_place) continue;
      for (Group& other : file->groups) other.unread = true;
    }
    for (const auto* side : {&target_, &source_}) {
      if (side == &target_ && options_.prune) continue;
      for (const File& file : *side) {
        for (const Group& group : file.groups) {
          if (group.damage.contains(0) && !group.unread) {
            return testing::AssertionFailure() << file.path << " has keys unread";
          }
        }
      }
    }
    return testing::AssertionSuccess();
  }

  /// Whether there may be nothing to go on with.
  bool MayFail() const {
    const auto all_damaged = [&](const std::vector<File>& side, bool whole) {
      return std::ranges::all_of(side, [&](const File& file) {
        const auto damaged = [](const Group& group) { return !group.damage.empty(); };
        return whole ? std::ranges::any_of(file.groups, damaged)
                     : std::ranges::all_of(file.groups, damaged);
      });
    };
    const bool source_damaged = std::ranges::any_of(source_, [](const File& file) {
      return std::ranges::any_of(
          file.groups, [](const Group& group) { return !group.damage.empty(); });
    });
    return all_damaged(target_, options_.in_place) || all_damaged(source_, false) ||
           (options_.strategy == MergeStrategy::kSync && source_damaged);
  }

  /// The rows of the result, in no order, and those withheld.
  std::vector<Row> Expected(int64_t* withheld) const {
    std::map<Key, int64_t> changes;
    for (const File& file : source_) {
      for (const Group& group : file.groups) {
        if (group.unread) continue;
        for (const auto& [key, value] : group.rows) changes[key] = value;
      }
    }
    const MergeStrategy strategy = options_.strategy;
    const bool updates = strategy == MergeStrategy::kUpdate ||
                         strategy == MergeStrategy::kUpsert ||
                         strategy == MergeStrategy::kSync;
    const bool inserts = strategy == MergeStrategy::kInsert ||
                         strategy == MergeStrategy::kUpsert ||
                         strategy == MergeStrategy::kSync;
    std::vector<Row> rows;
    std::set<Key> met;
    for (const File& file : target_) {
      for (const Group& group : file.groups) {
        if (group.unread && !options_.in_place) continue;
        for (const auto& [key, value] : group.rows) {
          const auto change = changes.find(key);
          const bool matched = change != changes.end() && !group.unread;
          if (matched) met.insert(key);
          if (matched && strategy == MergeStrategy::kDelete) continue;
          if (!matched && !group.unread && strategy == MergeStrategy::kSync) continue;
          rows.emplace_back(key, matched && updates ? change->second : value);
        }
      }
    }
    *withheld = 0;
    for (const auto& [key, value] : changes) {
      if (!inserts || met.contains(key)) continue;
      if (MayBeUnread(key)) {
        ++*withheld;
      } else {
        rows.emplace_back(key, value);
      }
    }
    std::ranges::sort(rows);
    return rows;
  }

  /// As stored: damaged values as damage has made them.
  arrow::Result<std::vector<Row>> Result() const {
    ARROW_ASSIGN_OR_RAISE(
        const auto table,
        ReadDataset(options_.in_place ? options_.target : options_.output));
    std::vector<Row> rows = RowsOf(*table);
    std::ranges::sort(rows);
    return rows;
  }

 private:
  static std::vector<Row> RowsOf(const arrow::Table& table) {
    std::vector<Row> rows;
    const auto batch = table.CombineChunksToBatch().ValueOrDie();
    const auto& keys =
        static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("k"));
    const auto& values =
        static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("v"));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      rows.emplace_back(keys.IsNull(i) ? Key() : Key(keys.Value(i)), values.Value(i));
    }
    return rows;
  }

  arrow::Status WriteFile(const std::string& name, std::vector<File>* side) {
    File file;
    file.path = directory_ / (name + ".parquet");
    file.statistics = !random_.OneIn(4);
    WriteSpec spec;
    spec.row_group_rows = random_.Between(1, 4);
    spec.codec = arrow::Compression::UNCOMPRESSED;
    spec.dictionary = false;
    spec.page_checksums = true;
    spec.statistics = file.statistics;
    const int num_rows = random_.Between(1, 12);
    std::ostringstream rows;
    for (int i = 0; i < num_rows; ++i) {
      // Damage is in the last value, which has to be there.
      const bool last = (i + 1) % spec.row_group_rows == 0 || i + 1 == num_rows;
      rows << (i == 0 ? "[[" : ", [")
           << (!last && random_.OneIn(8) ? "null"
                                         : std::to_string(random_.Between(0, 30)))
           << ", " << random_.Between(0, 2) << "]";
    }
    const auto schema = arrow::schema(
        {arrow::field("k", arrow::int64()), arrow::field("v", arrow::int64())});
    ARROW_ASSIGN_OR_RAISE(const auto table, TableFromJson(schema, rows.str() + "]"));
    ARROW_RETURN_NOT_OK(WriteParquet(table, file.path, spec));
    const auto num_groups = (num_rows + spec.row_group_rows - 1) / spec.row_group_rows;
    const int rarity = random_.Pick({3, 8, 20});
    for (int group = 0; group < num_groups; ++group) {
      file.groups.emplace_back();
      for (const int leaf : {0, 1}) {
        if (!random_.OneIn(rarity)) continue;
        ARROW_RETURN_NOT_OK(DamageColumnChunk(file.path, group, leaf));
        file.groups.back().damage.insert(leaf);
      }
    }
    // What Arrow reads, which does not look at checksums.
    ARROW_ASSIGN_OR_RAISE(const auto stored, ReadParquet(file.path));
    const std::vector<Row> all = RowsOf(*stored);
    for (size_t i = 0; i < all.size(); ++i) {
      file.groups[i / static_cast<size_t>(spec.row_group_rows)].rows.push_back(all[i]);
    }
    // Statistics are of the rows as they were written.
    written_[file.path] = RowsOf(*table);
    rows_of_group_[file.path] = static_cast<size_t>(spec.row_group_rows);
    side->push_back(std::move(file));
    return arrow::Status::OK();
  }

  File* Find(const std::string& path) {
    for (auto* side : {&target_, &source_}) {
      const auto found = std::ranges::find(*side, path, &File::path);
      if (found != side->end()) return &*found;
    }
    return nullptr;
  }

  bool MayBeUnread(const Key& key) const {
    for (const File& file : target_) {
      for (size_t i = 0; i < file.groups.size(); ++i) {
        if (!file.groups[i].unread) continue;
        if (!file.statistics) return true;
        const std::vector<Row>& rows = written_.at(file.path);
        const size_t size = rows_of_group_.at(file.path);
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i * size);
        const auto end = rows.begin() + static_cast<std::ptrdiff_t>(
                                            std::min(rows.size(), (i + 1) * size));
        bool has_null = false;
        std::vector<int64_t> keys;
        for (auto row = begin; row != end; ++row) {
          has_null = has_null || !row->first;
          if (row->first) keys.push_back(*row->first);
        }
        const auto [min, max] = std::ranges::minmax(keys);
        if (key ? min <= *key && *key <= max : has_null) return true;
      }
    }
    return false;
  }

  RandomSource random_;
  const uint64_t seed_;
  TempDir directory_;
  std::vector<File> target_, source_;
  std::map<std::string, std::vector<Row>> written_;
  std::map<std::string, size_t> rows_of_group_;
  MergeOptions options_;
};

class MergeSkipTest : public testing::TestWithParam<int> {
 protected:
  void Try(uint64_t seed) {
    DamagedMerge one(seed);
    ASSERT_OK(one.Write());
    SCOPED_TRACE(one.ToString());
    RunContext context;
    context.sync = false;
    context.threads = one.random()->Between(1, 3);
    const auto report = Merge(one.options(), context);
    if (!report.ok() && one.MayFail()) {
      EXPECT_ERROR_KIND(report, ErrorKind::kCorrupt);
      return;
    }
    ASSERT_OK(report);
    ASSERT_TRUE(one.TakeSkips(*report));
    int64_t withheld = 0;
    const std::vector<Row> expected = one.Expected(&withheld);
    ASSERT_OK_AND_ASSIGN(const std::vector<Row> actual, one.Result());
    EXPECT_EQ(actual, expected);
    EXPECT_EQ(report->merge->withheld, withheld);
    EXPECT_EQ(report->merge->target_rows_after, static_cast<int64_t>(actual.size()));
    skips_ += report->skipped.empty() ? 0 : 1;
    withholds_ += withheld > 0 ? 1 : 0;
  }

  int skips_ = 0, withholds_ = 0;
};

TEST_P(MergeSkipTest, ResultIsThatOfWhatCanBeReadWithoutDoublingKeys) {
  const int iterations = PropertyIterations(1000);
  for (int i = 0; i < iterations && !HasFailure(); ++i) Try(PropertySeed(GetParam(), i));
  if (iterations < 100 || HasFailure()) return;
  EXPECT_GT(skips_, iterations / 10);
  EXPECT_GT(withholds_, iterations / 20);
}

INSTANTIATE_TEST_SUITE_P(Shard, MergeSkipTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
