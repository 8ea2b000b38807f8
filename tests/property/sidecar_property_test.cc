// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class SidecarProperty : public testing::TestWithParam<int> {
 protected:
  static std::string ChecksumOf(const std::string& path) {
    const stdfs::path file(path);
    return (file.parent_path() / ("." + file.filename().string() + ".crc")).string();
  }

  static std::vector<std::string> NamesIn(const std::string& directory) {
    std::vector<std::string> names;
    for (const FoundFile& file : ListDataset(directory).ValueOrDie()) {
      names.push_back(file.relative_path);
    }
    return names;
  }

  /// Checksums of some files, and a `_metadata` of all or, if `lies`, of all but one;
  /// false if Arrow cannot put their footers into one.
  static bool AddSidecars(const std::string& place, RandomSource* random, bool lies) {
    std::vector<std::string> names = NamesIn(place);
    for (const std::string& name : names) {
      if (random->OneIn(2)) WriteTextFile(place + "/" + ChecksumOf(name), name);
    }
    if (lies) names.pop_back();
    return !names.empty() && WriteMetadataFile(place, names).ok();
  }

  static arrow::Result<Report> DedupInPlace(const DedupCase& made, Engine engine,
                                            PublishMode mode, const RunContext& context,
                                            const std::string& place) {
    DedupOptions options = made.options();
    options.dataset.inputs = {place};
    options.output.clear();
    options.in_place = true;
    options.engine = engine;
    options.in_place_options.publish = mode;
    return Dedup(options, context);
  }

  /// Whether `_metadata`, if it is there, says what the files are.
  static void ExpectNoLie(const std::string& place) {
    if (!stdfs::exists(place + "/_metadata")) return;
    ASSERT_OK_AND_ASSIGN(const auto listed, ReadMetadataFile(place + "/_metadata"));
    ASSERT_OK_AND_ASSIGN(const auto files, RowGroupsOfFiles(place, NamesIn(place)));
    EXPECT_EQ(std::multiset<std::string>(listed.begin(), listed.end()),
              std::multiset<std::string>(files.begin(), files.end()));
  }
};

/// What describes the data is true afterwards or gone; where nothing changed it stays.
TEST_P(SidecarProperty, NothingSpeaksAgainstTheDataAfterARunInPlace) {
  int rebuilt = 0, removed = 0, checksums = 0;
  const int iterations = PropertyIterations(60);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    ASSERT_OK_AND_ASSIGN(const auto made, DedupCase::Make(PropertySeed(GetParam(), i)));
    SCOPED_TRACE(made->ToString());
    const std::string place = made->OutputPath("place");
    stdfs::copy(made->source(), place, stdfs::copy_options::recursive);
    const bool lies = made->random()->OneIn(4);
    const bool has_metadata = AddSidecars(place, made->random(), lies);
    const FileTree before = ReadTree(place);
    const std::string naive = made->OutputPath("naive");
    stdfs::copy(place, naive, stdfs::copy_options::recursive);
    const RunContext context = made->RandomContext();
    const auto mode = made->random()->OneIn(3) ? PublishMode::kSwap : PublishMode::kFiles;
    const auto report = DedupInPlace(*made, made->options().engine, mode, context, place);
    if (!report.ok()) {
      EXPECT_TRUE(ReadTree(place) == before) << "changed by a run that failed";
      continue;
    }
    const FileTree after = ReadTree(place);
    if (report->publish.mode.empty()) {
      EXPECT_TRUE(after == before);
      continue;
    }
    for (const auto& [path, bytes] : before) {
      const std::string checksum = ChecksumOf(path);
      if (path.back() == '/' || !before.contains(checksum)) continue;
      const bool stays = after.contains(path) && after.at(path) == bytes;
      EXPECT_EQ(after.contains(checksum), stays) << path;
    }
    if (has_metadata) {
      ASSERT_EQ(report->publish.metadata_files.size(), 1U);
      const std::string fate = report->publish.metadata_files[0].outcome;
      EXPECT_EQ(fate == "rebuilt", after.contains("_metadata"));
      EXPECT_TRUE(lies || fate == "rebuilt") << report->publish.metadata_files[0].reason;
      ExpectNoLie(place);
      (fate == "rebuilt" ? rebuilt : removed) += 1;
      ASSERT_OK_AND_ASSIGN(const Report other,
                           DedupInPlace(*made, Engine::kReference, mode,
                                        DedupCase::PlainContext(), naive));
      EXPECT_EQ(other.publish.metadata_files[0].outcome, fate);
      EXPECT_EQ(other.publish.checksums_removed, report->publish.checksums_removed);
      ExpectNoLie(naive);
    }
    checksums += static_cast<int>(report->publish.checksums_removed);
  }
  if (iterations >= 20) {
    EXPECT_GT(rebuilt, 0);
    EXPECT_GT(removed, 0);
    EXPECT_GT(checksums, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, SidecarProperty, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
