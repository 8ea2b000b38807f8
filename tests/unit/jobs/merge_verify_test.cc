// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "unit/jobs/merge_cases.h"

// Results of merges that are read again before they are published.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Rows() {
  return arrow::schema({field("id", arrow::int64()), field("v", arrow::utf8())});
}

class MergeVerify : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_OK(room_.Target(Rows(), R"([[1, "a"], [2, "b"], [2, "c"]])", "a.parquet"));
    ASSERT_OK(room_.Target(Rows(), R"([[11, "k"], [12, "l"]])", "b.parquet"));
    ASSERT_OK(room_.Source(Rows(), R"([[2, "B"], [12, "l"], [21, "n"], [22, "m"]])"));
  }

  MergeOptions Options(MergeStrategy strategy) {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.verify = true;
    options.in_place = GetParam();
    if (options.in_place) options.output.clear();
    return options;
  }

  /// What is staged under a name when the stage "verify" begins is replaced by `rows`.
  arrow::Result<Report> MergeAndSpoil(const MergeOptions& options,
                                      const std::string& name, const std::string& rows) {
    bool done = false;
    RunContext context = MergeRoom::Context();
    context.on_progress = [&](const Progress& progress) -> arrow::Status {
      if (done || progress.stage != "verify") return arrow::Status::OK();
      done = true;
      ARROW_ASSIGN_OR_RAISE(const auto table, TableFromJson(Rows(), rows));
      for (const std::string& path : Staged(name)) {
        ARROW_RETURN_NOT_OK(WriteParquet(table, path));
      }
      return arrow::Status::OK();
    };
    auto report = Merge(options, context);
    EXPECT_TRUE(done);
    return report;
  }

  std::vector<std::string> Staged(const std::string& name) {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(room_ / "")) {
      const std::string path = entry.path().string();
      const std::string relative = path.substr((room_ / "").size());
      const bool data = relative == "target/" + name || relative.starts_with("source/");
      if (!data && entry.path().filename().string().starts_with(name)) {
        paths.push_back(path);
      }
    }
    EXPECT_EQ(paths.size(), 1U) << name;
    return paths;
  }

  void ExpectUnchanged() {
    ASSERT_OK_AND_ASSIGN(const auto target, ReadDataset(room_.target()));
    ASSERT_OK_AND_ASSIGN(
        const auto expected,
        TableFromJson(Rows(), R"([[1, "a"], [2, "b"], [2, "c"], [11, "k"], [12, "l"]])"));
    EXPECT_TRUE(TablesEqual(*expected, *target));
    EXPECT_FALSE(std::filesystem::exists(room_.result()));
  }

  MergeRoom room_;
};

TEST_P(MergeVerify, AcceptsWhatEveryStrategyGives) {
  for (const MergeStrategy strategy :
       {MergeStrategy::kInsert, MergeStrategy::kUpdate, MergeStrategy::kUpsert,
        MergeStrategy::kSync, MergeStrategy::kDelete}) {
    SCOPED_TRACE(static_cast<int>(strategy));
    SetUp();
    MergeOptions options = Options(strategy);
    if (!options.in_place) {
      options.output = room_ / ("out" + std::to_string(static_cast<int>(strategy)));
    }
    ASSERT_OK_AND_ASSIGN(const Report report, Merge(options, MergeRoom::Context()));
    EXPECT_TRUE(report.verified);
    EXPECT_EQ(std::ranges::count(report.stages, "verify", &StageReport::name), 1);
    std::filesystem::remove_all(room_.target());
  }
}

TEST_P(MergeVerify, AValueThatIsNotTheSourcesPublishesNothing) {
  EXPECT_ERROR_KIND(MergeAndSpoil(Options(MergeStrategy::kUpsert), "a.parquet",
                                  R"([[1, "a"], [2, "B"], [2, "x"]])"),
                    ErrorKind::kVerification);
  ExpectUnchanged();
}

TEST_P(MergeVerify, AKeyThatIsMissingPublishesNothing) {
  EXPECT_ERROR_KIND(
      MergeAndSpoil(Options(MergeStrategy::kInsert), "merge-000001-00000.parquet",
                    R"([[21, "n"], [23, "m"]])"),
      ErrorKind::kVerification);
  ExpectUnchanged();
}

TEST_P(MergeVerify, AKeyThatCameInTwicePublishesNothing) {
  EXPECT_ERROR_KIND(MergeAndSpoil(Options(MergeStrategy::kUpsert), "a.parquet",
                                  R"([[21, "n"], [2, "B"], [2, "B"]])"),
                    ErrorKind::kVerification);
  ExpectUnchanged();
}

TEST_P(MergeVerify, ARowThatShouldBeGonePublishesNothing) {
  EXPECT_ERROR_KIND(
      MergeAndSpoil(Options(MergeStrategy::kDelete), "b.parquet", R"([[12, "l"]])"),
      ErrorKind::kVerification);
  ExpectUnchanged();
}

TEST_P(MergeVerify, ARowThatSyncMustNotLeavePublishesNothing) {
  EXPECT_ERROR_KIND(
      MergeAndSpoil(Options(MergeStrategy::kSync), "b.parquet", R"([[11, "l"]])"),
      ErrorKind::kVerification);
  ExpectUnchanged();
}

TEST_P(MergeVerify, AMissingRowPublishesNothing) {
  EXPECT_ERROR_KIND(MergeAndSpoil(Options(MergeStrategy::kUpsert), "a.parquet",
                                  R"([[2, "B"], [2, "B"]])"),
                    ErrorKind::kVerification);
  ExpectUnchanged();
}

INSTANTIATE_TEST_SUITE_P(InPlace, MergeVerify, testing::Bool());

TEST(MergeVerifyNewTarget, IsReadBeforeItIsThere) {
  MergeRoom room;
  ASSERT_OK(room.Source(Rows(), R"([[1, "a"], [null, "b"]])", "p=1/s.parquet"));
  ASSERT_OK(room.Source(Rows(), R"([[2, "c"]])", "p=x%2Fy/s.parquet"));
  for (const bool in_place : {false, true}) {
    MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id", "p"});
    options.target = room / (in_place ? "here" : "nowhere");
    options.create = true;
    options.verify = true;
    options.in_place = in_place;
    if (in_place) options.output.clear();
    ASSERT_OK_AND_ASSIGN(const Report report, Merge(options, MergeRoom::Context()));
    EXPECT_TRUE(report.verified);
    EXPECT_EQ(report.merge->inserted, 3);
  }
}

TEST(MergeVerifyNewTarget, MayHaveNoRows) {
  MergeRoom room;
  ASSERT_OK(room.Source(Rows(), "[]"));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  options.target = room / "nowhere";
  options.create = true;
  options.verify = true;
  ASSERT_OK(Merge(options, MergeRoom::Context()));
}

TEST(MergeVerifyOptions, ADryRunHasNothingToVerify) {
  MergeRoom room;
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  options.output.clear();
  options.dry_run = options.verify = true;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
}

TEST(MergeVerifyOptions, StaleAndMovedRowsAndKeyColumnsThatGoAreNoFault) {
  MergeRoom room;
  const auto target =
      arrow::schema({field("id", arrow::int64()), field("at", arrow::int32())});
  const auto source =
      arrow::schema({field("id", arrow::int64()), field("at", arrow::int32()),
                     field("day", arrow::utf8()), field("n", arrow::int8()),
                     field("gone", arrow::boolean())});
  ASSERT_OK(room.Target(target, "[[1, 5], [2, 5], [3, 5]]", "day=x/a.parquet"));
  ASSERT_OK(room.Target(target, "[[4, 5], [4, 4]]", "day=y/a.parquet"));
  ASSERT_OK(room.Source(source, R"([[1, 4, "x", 1, true], [2, 6, "x", 2, true],
                                    [3, 6, "y", 3, false], [4, 6, "z", 4, null],
                                    [5, 1, null, null, null]])"));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  options.verify = true;
  options.newer_by = "at";
  options.delete_when = "gone";
  options.on_partition_change = PartitionChange::kMove;
  options.extra_columns = ExtraSourceColumns::kAdd;
  ASSERT_OK(room.Run(options));
  EXPECT_TRUE(room.report().verified);
  EXPECT_EQ(room.counts().stale, 1);
  EXPECT_EQ(room.counts().moved, 3);
  EXPECT_EQ(room.counts().deleted, 1);
  EXPECT_EQ(room.counts().inserted, 1);
}

}  // namespace
}  // namespace planish
