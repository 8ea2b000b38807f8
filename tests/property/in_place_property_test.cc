// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "planish/dedup.h"
#include "planish/recover.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

/// Inode and time of modification.
using Marks = std::map<std::string, std::tuple<ino_t, int64_t, int64_t>>;

Marks MarksOf(const std::string& directory) {
  Marks marks;
  for (const auto& entry : stdfs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    struct stat status = {};
    EXPECT_EQ(stat(entry.path().c_str(), &status), 0);
    marks[entry.path().lexically_relative(directory).string()] = {
        status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  return marks;
}

class InPlaceProperty : public testing::TestWithParam<int> {};

/// In place gives what a new directory gives, and touches nothing else.
TEST_P(InPlaceProperty, GivesWhatANewDirectoryGivesAndLeavesOtherFiles) {
  int untouched = 0, replaced = 0, removed = 0;
  const int iterations = PropertyIterations(60);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    ASSERT_OK_AND_ASSIGN(const auto made, DedupCase::Make(PropertySeed(GetParam(), i)));
    SCOPED_TRACE(made->ToString());
    const RunContext context = made->RandomContext();
    const auto beside = Dedup(made->WithOutput("out"), context);
    const std::string place = made->OutputPath("place");
    stdfs::copy(made->source(), place, stdfs::copy_options::recursive);
    const Marks before = MarksOf(place);
    ASSERT_OK_AND_ASSIGN(const BytesByPath bytes_before, ReadBytes(place));

    DedupOptions options = made->options();
    options.dataset.inputs = {place};
    options.output.clear();
    options.in_place = true;
    options.verify = made->random()->OneIn(3);
    if (made->random()->OneIn(3)) {
      options.in_place_options.publish = PublishMode::kSwap;
    }
    const auto report = Dedup(options, context);
    ASSERT_EQ(report.ok(), beside.ok()) << report.status() << "\n" << beside.status();
    ASSERT_OK_AND_ASSIGN(const BytesByPath bytes_after, ReadBytes(place));
    if (!report.ok()) {
      EXPECT_TRUE(bytes_after == bytes_before) << "changed by a run that failed";
      continue;
    }
    ASSERT_OK_AND_ASSIGN(const TablesByPath expected,
                         ReadTables(made->OutputPath("out")));
    ASSERT_OK_AND_ASSIGN(const TablesByPath actual, ReadTables(place));
    EXPECT_TRUE(SameTables(expected, actual));
    int64_t same = 0;
    for (const auto& [path, mark] : MarksOf(place)) {
      if (before.at(path) != mark) continue;
      EXPECT_TRUE(bytes_after.at(path) == bytes_before.at(path)) << path;
      ++same;
    }
    EXPECT_EQ(same, report->files.untouched);
    EXPECT_EQ(report->publish.files_replaced,
              static_cast<int64_t>(actual.size()) - report->files.untouched);
    RecoverOptions recover;
    recover.dataset = place;
    ASSERT_OK_AND_ASSIGN(const Recovery recovery, Recover(recover));
    EXPECT_EQ(recovery.outcome, Recovery::Outcome::kNothingToDo);
    untouched += static_cast<int>(report->files.untouched);
    replaced += static_cast<int>(report->publish.files_replaced);
    removed += static_cast<int>(report->publish.files_removed);
  }
  if (iterations >= 20) {
    EXPECT_GT(untouched, 0);
    EXPECT_GT(replaced, 0);
    EXPECT_GT(removed, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, InPlaceProperty, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
