// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/merge.h"
#include "property/dedup_case.h"
#include "property/foreign_files.h"
#include "property/merge_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

void Copy(const std::string& from, const std::string& to) {
  stdfs::copy(from, to, stdfs::copy_options::recursive);
}

RunContext Context() {
  RunContext context;
  context.threads = 2;
  context.sync = false;
  return context;
}

/// What a run did to a dataset that it changed in place, and what the same did without
/// files that are not data.
void ExpectSame(const arrow::Result<Report>& clean, const std::string& output,
                const arrow::Result<Report>& report, const std::string& place,
                const ForeignFiles& foreign) {
  ASSERT_EQ(report.ok(), clean.ok()) << report.status() << "\n" << clean.status();
  EXPECT_TRUE(foreign.TakeBack());
  if (!report.ok()) return;
  EXPECT_EQ(report->other_files, foreign.num_visible());
  EXPECT_EQ(report->rows_kept, clean->rows_kept);
  ASSERT_OK_AND_ASSIGN(const TablesByPath expected, ReadTables(output));
  ASSERT_OK_AND_ASSIGN(const TablesByPath actual, ReadTables(place));
  EXPECT_TRUE(SameTables(expected, actual));
}

class ForeignFilesProperty : public testing::TestWithParam<int> {
 protected:
  void TryDedup(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(const auto made, DedupCase::Make(seed));
    SCOPED_TRACE(made->ToString());
    RandomSource* const random = made->random();
    const auto clean = Dedup(made->WithOutput("clean"), Context());
    const std::string place = made->OutputPath("place");
    Copy(made->source(), place);
    ASSERT_OK_AND_ASSIGN(auto foreign, ForeignFiles::Sprinkle(place, random));
    DedupOptions options = made->options();
    options.dataset.inputs = {place};
    if (random->OneIn(2)) options.engine = Engine::kReference;
    if (random->OneIn(4)) {
      ASSERT_OK(foreign.AddTableLog(random));
      options.in_place = true;
      options.output.clear();
      EXPECT_ERROR_KIND(Dedup(options, Context()), ErrorKind::kUnsupported);
      EXPECT_ERROR_KIND(Inspect(options.dataset), ErrorKind::kUnsupported);
      options.dataset.ignore_table_log = true;
    }
    // What is not data is not copied.
    options.in_place = false;
    options.output = made->OutputPath("beside");
    const auto beside = Dedup(options, Context());
    ASSERT_EQ(beside.ok(), clean.ok()) << beside.status();
    if (clean.ok()) {
      ASSERT_OK_AND_ASSIGN(const BytesByPath bytes, ReadBytes(options.output));
      EXPECT_EQ(static_cast<int64_t>(bytes.size()), clean->files_out);
    }
    options.output.clear();
    options.in_place = true;
    if (random->OneIn(3)) options.in_place_options.publish = PublishMode::kSwap;
    ExpectSame(clean, made->OutputPath("clean"), Dedup(options, Context()), place,
               foreign);
  }

  void TryMerge(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(const auto made, MergeCase::Make(seed));
    SCOPED_TRACE(made->ToString());
    RandomSource* const random = made->random();
    MergeOptions options = made->WithOutput("clean");
    options.verify = random->OneIn(2);
    const auto clean = Merge(options, Context());
    const std::string place = made->OutputPath("place");
    Copy(made->target(), place);
    ASSERT_OK_AND_ASSIGN(auto foreign, ForeignFiles::Sprinkle(place, random));
    options.target = place;
    options.output.clear();
    options.in_place = true;
    if (random->OneIn(2)) options.engine = Engine::kReference;
    if (random->OneIn(3)) options.in_place_options.publish = PublishMode::kSwap;
    if (random->OneIn(4)) {
      ASSERT_OK(foreign.AddTableLog(random));
      EXPECT_ERROR_KIND(Merge(options, Context()), ErrorKind::kUnsupported);
      options.ignore_table_log = true;
    }
    ExpectSame(clean, made->OutputPath("clean"), Merge(options, Context()), place,
               foreign);
  }
};

TEST_P(ForeignFilesProperty, DedupGivesWhatItGivesWithoutThemAndLeavesThem) {
  const int iterations = PropertyIterations(40);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryDedup(PropertySeed(GetParam(), i));
  }
}

TEST_P(ForeignFilesProperty, MergeGivesWhatItGivesWithoutThemAndLeavesThem) {
  const int iterations = PropertyIterations(40);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryMerge(PropertySeed(GetParam(), i));
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, ForeignFilesProperty, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
