// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "parquet/file_reader.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "rewrite/rewrite_plan.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"

namespace planish {
namespace {

using Place = std::pair<int, int>;  ///< file and row group

/// A random dataset of which random column chunks do not match their checksums, and what
/// must become of it. The case's own source stays sound.
class DamagedCase {
 public:
  static arrow::Result<std::unique_ptr<DamagedCase>> Make(uint64_t seed, Engine engine) {
    ARROW_ASSIGN_OR_RAISE(auto sound, DedupCase::Make(seed));
    auto made = std::make_unique<DamagedCase>();
    made->sound_ = std::move(sound);
    made->engine_ = engine;
    ARROW_ASSIGN_OR_RAISE(made->inventory_, made->sound_->TakeInventory());
    RandomDataset dataset = made->sound_->dataset();
    for (RandomFile& file : dataset.files) file.spec.page_checksums = true;
    ARROW_RETURN_NOT_OK(WriteDataset(dataset, made->source()));
    for (size_t i = 0; i < made->inventory_->files().size(); ++i) {
      ARROW_RETURN_NOT_OK(made->DamageSome(static_cast<int>(i)));
    }
    ARROW_RETURN_NOT_OK(made->Model());
    return made;
  }

  DedupCase* sound() { return sound_.get(); }
  std::string source() const { return sound_->OutputPath("damaged"); }
  const std::set<Place>& skipped() const { return skipped_; }
  /// Whether some of it is found only when it is to be written.
  bool found_late() const { return found_late_; }
  /// Whether there is something to decide on at all.
  bool anything_left() const {
    return skipped_files_.size() < inventory_->files().size();
  }
  DedupOptions WithOutput(const std::string& name) const {
    DedupOptions options = sound_->WithOutput(name);
    options.dataset.inputs = {source()};
    options.engine = engine_;
    return options;
  }
  std::set<Place> Places(const Report& report) const {
    std::map<std::string, int> files;
    for (size_t i = 0; i < inventory_->files().size(); ++i) {
      files[source() + "/" + inventory_->files()[i].relative_path] = static_cast<int>(i);
    }
    std::set<Place> places;
    for (const SkippedChunk& chunk : report.skipped) {
      places.emplace(files.at(chunk.file), chunk.row_group);
    }
    return places;
  }

  /// The tables that the output must hold. Damage that was copied along is undone in
  /// `output`, so that everything in it can be read.
  arrow::Result<TablesByPath> Expected(const std::string& output) const {
    RowBitmap gone(inventory_->num_rows());
    for (const RowGroupRef& group : inventory_->RowGroups()) {
      const bool skipped = skipped_.contains({group.file, group.row_group});
      for (int64_t row = group.first_row; row < group.first_row + group.num_rows; ++row) {
        if (skipped || losers_.Contains(row)) gone.Add(row);
      }
    }
    for (const FilePlan& file : plan_.files) {
      int written = 0;
      for (const RowGroupPlan& group : file.row_groups) {
        if (!file.WritesFile() || group.fate == Fate::kSkip ||
            group.fate == Fate::kDrop) {
          continue;
        }
        const std::string& path =
            inventory_->files()[static_cast<size_t>(file.file)].relative_path;
        for (const int leaf : DamageOf({file.file, group.row_group})) {
          ARROW_RETURN_NOT_OK(DamageColumnChunk(output + "/" + path, written, leaf));
        }
        ++written;
      }
    }
    return sound_->Without(gone, skipped_files_);
  }

 private:
  std::set<int> DamageOf(const Place& place) const {
    const auto found = damage_.find(place);
    return found == damage_.end() ? std::set<int>{} : found->second;
  }

  arrow::Status DamageSome(int file) {
    const std::string path =
        source() + "/" + inventory_->files()[static_cast<size_t>(file)].relative_path;
    const auto metadata = parquet::ParquetFileReader::OpenFile(path, false)->metadata();
    for (int leaf = 0; leaf < metadata->num_columns(); ++leaf) {
      columns_[{file, leaf}] = metadata->schema()->Column(leaf)->path()->ToDotVector()[0];
    }
    const int rarity = sound_->random()->Pick({3, 10, 30});
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      for (int leaf = 0; leaf < metadata->num_columns(); ++leaf) {
        if (!sound_->random()->OneIn(rarity)) continue;
        if (metadata->RowGroup(group)->num_rows() == 0) continue;
        ARROW_RETURN_NOT_OK(DamageColumnChunk(path, group, leaf));
        damage_[{file, group}].insert(leaf);
      }
    }
    return arrow::Status::OK();
  }

  bool IsScanned(int file, int leaf) const {
    const DedupOptions& options = sound_->options();
    const std::string& column = columns_.at({file, leaf});
    // What files hold of hive columns is not read: directories count.
    const auto& hive = sound_->dataset().hive_columns;
    if (std::ranges::count(hive, column) > 0) return false;
    if (options.key.empty() || std::ranges::count(options.key, column) > 0) return true;
    return std::ranges::any_of(options.order_by, [&](const std::string& item) {
      return item == column || item == "-" + column || item == column + " desc";
    });
  }

  std::shared_ptr<const Inventory> Rest() {
    std::vector<RowGroupRef> gone;
    for (const RowGroupRef& group : inventory_->RowGroups()) {
      if (skipped_.contains({group.file, group.row_group})) gone.push_back(group);
    }
    return inventory_->Without(gone);
  }

  /// What is decoded to be written, and cannot be.
  std::set<Place> FailingInRewrite() const {
    std::set<Place> failing;
    for (const FilePlan& file : plan_.files) {
      if (!file.WritesFile()) continue;
      for (const RowGroupPlan& group : file.row_groups) {
        const Place place{file.file, group.row_group};
        const bool naive = engine_ == Engine::kReference;
        const bool decoded =
            group.fate == Fate::kTranscode || (naive && group.fate != Fate::kSkip);
        if (!decoded || DamageOf(place).empty()) continue;
        failing.insert(place);
        // The reference engine ends a file at its first error.
        if (naive) break;
      }
    }
    return failing;
  }

  /// What is copied as bytes, and cannot be read when the result is verified.
  std::set<Place> FailingInVerify() const {
    std::set<Place> failing;
    if (!sound_->options().verify) return failing;
    for (const FilePlan& file : plan_.files) {
      if (!file.WritesFile()) continue;
      for (const RowGroupPlan& group : file.row_groups) {
        const Place place{file.file, group.row_group};
        if (group.fate == Fate::kCopy && !DamageOf(place).empty()) failing.insert(place);
      }
    }
    return failing;
  }

  arrow::Status Model() {
    for (const auto& [place, leaves] : damage_) {
      if (std::ranges::any_of(leaves,
                              [&](int leaf) { return IsScanned(place.first, leaf); })) {
        skipped_.insert(place);
      }
    }
    const bool naive = engine_ == Engine::kReference;
    const Optimizations& on = sound_->options().optimizations;
    while (true) {
      const auto rest = Rest();
      skipped_files_.clear();
      for (size_t i = 0; i < rest->files().size(); ++i) {
        const DataFile& file = rest->files()[i];
        if (!file.skipped_row_groups.empty() &&
            file.skipped_row_groups.size() == file.row_group_rows.size()) {
          skipped_files_.insert(static_cast<int>(i));
        }
      }
      if (!anything_left()) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(losers_, sound_->NaiveLosers(rest));
      plan_ = MakeRewritePlan(rest->files(), losers_, on.copy_files && !naive,
                              on.copy_row_groups && !naive);
      std::set<Place> failing = FailingInRewrite();
      // Only what could be written is verified.
      if (failing.empty()) failing = FailingInVerify();
      if (failing.empty()) return arrow::Status::OK();
      found_late_ = true;
      skipped_.insert(failing.begin(), failing.end());
    }
  }

  std::unique_ptr<DedupCase> sound_;
  Engine engine_ = Engine::kAuto;
  std::shared_ptr<const Inventory> inventory_;
  std::map<Place, std::string> columns_;   ///< by file and leaf
  std::map<Place, std::set<int>> damage_;  ///< damaged leaves
  std::set<Place> skipped_;
  std::set<int> skipped_files_;
  bool found_late_ = false;
  RowBitmap losers_;
  RewritePlan plan_;
};

class SkipPropertyTest : public testing::TestWithParam<int> {
 protected:
  void Try(uint64_t seed, Engine engine) {
    ASSERT_OK_AND_ASSIGN(auto one, DamagedCase::Make(seed, engine));
    SCOPED_TRACE(one->sound()->ToString());
    const DedupOptions options = one->WithOutput("out");
    const auto report = Dedup(options, one->sound()->RandomContext());
    if (!one->anything_left()) {
      EXPECT_ERROR_KIND(report, ErrorKind::kCorrupt);
      return;
    }
    ASSERT_OK(report);
    late_ += one->found_late() ? 1 : 0;
    ASSERT_EQ(one->Places(*report), one->skipped());
    ASSERT_OK_AND_ASSIGN(const TablesByPath expected, one->Expected(options.output));
    ASSERT_OK_AND_ASSIGN(const TablesByPath actual, ReadTables(options.output));
    ASSERT_TRUE(SameTables(expected, actual));
    int64_t skipped_rows = 0;
    for (const SkippedChunk& chunk : report->skipped) skipped_rows += chunk.rows;
    EXPECT_EQ(report->rows_kept + report->rows_dropped + skipped_rows, report->rows_in);
  }

  int late_ = 0;  ///< cases in which something was decided twice
};

TEST_P(SkipPropertyTest, ResultIsThatOfTheChunksThatCanBeRead) {
  const int iterations = PropertyIterations(1000);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    Try(PropertySeed(GetParam(), i), i % 5 == 0 ? Engine::kReference : Engine::kAuto);
  }
  if (iterations >= 50) {
    EXPECT_GT(late_, iterations / 50);
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, SkipPropertyTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
