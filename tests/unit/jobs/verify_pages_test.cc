// SPDX-License-Identifier: Apache-2.0
// Results whose pages are read again before they are published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "arrow/table.h"
#include "parquet/file_reader.h"
#include "planish/dedup.h"
#include "planish/merge.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

std::shared_ptr<arrow::Schema> Rows() {
  return arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("v", arrow::utf8())});
}

/// Row groups of two rows, with checksums.
WriteSpec SmallGroups() {
  WriteSpec spec;
  spec.row_group_rows = 2;
  spec.page_checksums = true;
  return spec;
}

/// Puts zeros in the place of every column chunk.
arrow::Status ZeroPages(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFileBytes(path));
  const auto metadata = parquet::ParquetFileReader::OpenFile(path, false)->metadata();
  int64_t size = 0;
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    size += metadata->RowGroup(group)->total_compressed_size();
  }
  std::fill_n(bytes.begin() + 4, size, '\0');
  return WriteFileBytes(path, bytes);
}

constexpr char kSixRows[] =
    R"([[1, "a"], [2, "b"], [3, "c"], [4, "d"], [5, "e"], [5, "f"]])";
constexpr char kFourRows[] = R"([[11, "k"], [12, "l"], [13, "m"], [14, "n"]])";

class VerifyPagesOfDedup : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    Write("a.parquet", kSixRows);
    Write("b.parquet", kFourRows);
  }
  void Write(const std::string& name, const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(Rows(), rows));
    ASSERT_OK(WriteParquet(*table, directory_ / ("in/" + name), SmallGroups()));
  }
  DedupOptions Options(bool verify) const {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"id"};
    options.on_error = OnError::kFail;
    options.verify = verify;
    options.in_place = GetParam();
    if (!options.in_place) options.output = directory_ / "out";
    return options;
  }
  std::string Result() const { return directory_ / (GetParam() ? "in" : "out"); }

  TempDir directory_;
};

INSTANTIATE_TEST_SUITE_P(Places, VerifyPagesOfDedup, testing::Bool(), [](const auto& in) {
  return in.param ? "InPlace" : "NewDirectory";
});

TEST_P(VerifyPagesOfDedup, DamageInACopiedRowGroupIsTheSources) {
  // Row group 1 of this file keeps all its rows, row group 2 loses one.
  const std::string path = directory_ / "in/a.parquet";
  ASSERT_OK(DamageColumnChunk(path, 1, 1));
  const arrow::Status status = Dedup(Options(true)).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->file, path);
  EXPECT_EQ(detail->row_group, 1);
  EXPECT_EQ(detail->column, "v");
  EXPECT_THAT(FormatError(status), testing::HasSubstr("copied from this file"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
}

TEST_P(VerifyPagesOfDedup, WithoutItDamageIsCopied) {
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 1, 1));
  ASSERT_OK(Dedup(Options(false)));
  DedupOptions again = Options(true);
  again.dataset.inputs = {Result()};
  again.in_place = false;
  again.output = directory_ / "again";
  const arrow::Status status = Dedup(again).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(status)->file, Result() + "/a.parquet");
}

TEST_P(VerifyPagesOfDedup, OnErrorSkipLeavesTheDamagedRowGroupOut) {
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 1, 1));
  DedupOptions options = Options(true);
  options.on_error = OnError::kSkip;
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options));
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].row_group, 1);
  EXPECT_EQ(report.skipped[0].column, "v");
  EXPECT_THAT(report.skipped[0].cause, testing::HasSubstr("found by: verify"));
  if (GetParam()) return;  // the file stays as it is, as a whole
  ASSERT_OK_AND_ASSIGN(const auto kept, ReadParquet(Result() + "/a.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(Rows(), R"([[1, "a"], [2, "b"], [5, "e"]])"));
  EXPECT_TRUE(TablesEqual(*expected, *kept));
}

TEST_P(VerifyPagesOfDedup, FilesCopiedAsFilesAreRead) {
  // No row of this file goes: in place it stays, and is not part of what is verified.
  const std::string path = directory_ / "in/b.parquet";
  ASSERT_OK(DamageColumnChunk(path, 0, 1));
  const auto report = Dedup(Options(true));
  if (GetParam()) {
    ASSERT_OK(report.status());
    EXPECT_TRUE(report->verified);
    return;
  }
  EXPECT_ERROR_KIND(report.status(), ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(report.status())->file, path);
  DedupOptions options = Options(true);
  options.on_error = OnError::kSkip;
  ASSERT_OK_AND_ASSIGN(const Report skipped, Dedup(options));
  EXPECT_EQ(skipped.skipped.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto kept, ReadParquet(Result() + "/b.parquet"));
  EXPECT_EQ(kept->num_rows(), 2);
}

TEST_P(VerifyPagesOfDedup, DamageInWhatIsWrittenIsADefect) {
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    DedupOptions options = Options(true);
    options.engine = engine;
    bool done = false;
    RunContext context;
    context.on_progress = [&](const Progress& progress) -> arrow::Status {
      if (done || progress.stage != "verify") return arrow::Status::OK();
      done = true;
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(directory_.path())) {
        const std::string path = entry.path().string();
        const bool staged = path != directory_ / "in/a.parquet" &&
                            entry.path().filename().string().starts_with("a.parquet");
        if (staged) ARROW_RETURN_NOT_OK(ZeroPages(path));
      }
      return arrow::Status::OK();
    };
    EXPECT_ERROR_KIND(Dedup(options, context).status(), ErrorKind::kVerification);
    EXPECT_TRUE(done);
    ASSERT_OK_AND_ASSIGN(const auto source, ReadParquet(directory_ / "in/a.parquet"));
    EXPECT_EQ(source->num_rows(), 6);
  }
}

class VerifyPagesOfMerge : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_OK(room_.Target(Rows(), kSixRows, "a.parquet", SmallGroups()));
    ASSERT_OK(room_.Target(Rows(), kFourRows, "b.parquet", SmallGroups()));
    ASSERT_OK(room_.Source(Rows(), R"([[2, "B"], [21, "n"]])"));
  }
  MergeOptions Options() const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.verify = true;
    options.in_place = GetParam();
    if (options.in_place) options.output.clear();
    return options;
  }
  arrow::Status Run(const MergeOptions& options) {
    return Merge(options, MergeRoom::Context()).status();
  }

  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Places, VerifyPagesOfMerge, testing::Bool(), [](const auto& in) {
  return in.param ? "InPlace" : "NewDirectory";
});

TEST_P(VerifyPagesOfMerge, DamageInACopiedRowGroupIsTheTargets) {
  const std::string path = room_ / "target/a.parquet";
  ASSERT_OK(DamageColumnChunk(path, 2, 1));
  const arrow::Status status = Run(Options());
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->file, path);
  EXPECT_EQ(detail->row_group, 2);
  EXPECT_EQ(detail->column, "v");
  MergeOptions unverified = Options();
  unverified.verify = false;
  EXPECT_OK(Run(unverified));
}

TEST_P(VerifyPagesOfMerge, FilesThatStayInPlaceAreNotRead) {
  ASSERT_OK(DamageColumnChunk(room_ / "target/b.parquet", 1, 1));
  const arrow::Status status = Run(Options());
  if (GetParam()) {
    EXPECT_OK(status);
  } else {
    EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
    EXPECT_EQ(GetErrorDetail(status)->file, room_ / "target/b.parquet");
  }
}

TEST_P(VerifyPagesOfMerge, ColumnChunksCopiedBesideChangedOnesAreRead) {
  // The merge changes `v` of this row group, and copies `w`, which it does not compare.
  const auto wide =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("v", arrow::utf8()),
                     arrow::field("w", arrow::utf8())});
  ASSERT_OK(room_.Target(wide, R"([[1, "a", "x"], [2, "b", "y"]])", "a.parquet",
                         SmallGroups()));
  ASSERT_OK(room_.Target(wide, R"([[11, "k", "z"]])", "b.parquet", SmallGroups()));
  ASSERT_OK(DamageColumnChunk(room_ / "target/a.parquet", 0, 2));
  MergeOptions options = Options();
  options.missing_columns = MissingSourceColumns::kKeep;
  const arrow::Status status = Run(options);
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(status)->file, room_ / "target/a.parquet");
  EXPECT_EQ(GetErrorDetail(status)->column, "w");
}

}  // namespace
}  // namespace planish
