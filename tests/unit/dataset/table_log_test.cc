// SPDX-License-Identifier: Apache-2.0
#include "dataset/table_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "dataset/input_discovery.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

using testing::HasSubstr;

struct Format {
  const char* log;  ///< a file below the table's directory
  const char* name;
};

constexpr Format kFormats[] = {
    {"_delta_log/00000000000000000000.json", "Delta Lake"},
    {"metadata/v1.metadata.json", "Apache Iceberg"},
    {"metadata/00000-aa.gz.metadata.json", "Apache Iceberg"},
    {".hoodie/hoodie.properties", "Apache Hudi"},
    {".hoodie_partition_metadata", "Apache Hudi"},
    {"_symlink_format_manifest/manifest", "symlink manifest"},
    {"_spark_metadata/0", "Spark Structured Streaming"},
    {"_versions/1.manifest", "Lance"},
    {"snapshot/snapshot-1", "Apache Paimon"},
};

class TableLogTest : public testing::Test {
 protected:
  arrow::Status Discover(const std::string& input) {
    return FilesOfInputs(LocalFileSystem(), {directory_ / input}).status();
  }
  void ExpectRefused(const std::string& input, const std::string& format) {
    const arrow::Status status = Discover(input);
    ASSERT_ERROR_KIND(status, ErrorKind::kUnsupported);
    EXPECT_THAT(status.message(), HasSubstr(format)) << input;
    EXPECT_THAT(status.ToString(), HasSubstr("`ignore_table_log`")) << input;
  }

  TempDir directory_;
};

TEST_F(TableLogTest, EveryFormatIsRefusedByName) {
  int number = 0;
  for (const Format& format : kFormats) {
    const std::string table = "t" + std::to_string(number++);
    Touch(directory_ / (table + "/a.parquet"));
    Touch(directory_ / (table + "/" + format.log));
    ExpectRefused(table, format.name);
  }
  Touch(directory_ / "x.lance/data/a.parquet");
  ExpectRefused("x.lance", "Lance");
}

TEST_F(TableLogTest, IsFoundFromEveryPlaceInATable) {
  Touch(directory_ / "lake/t/_delta_log/0.json");
  Touch(directory_ / "lake/t/y=1/m=1/d=1/h=1/s=1/a.parquet");
  Touch(directory_ / "lake/t/1/2/3/4/5/b.parquet");
  for (const char* input :
       {"lake", "lake/t", "lake/*", "lake/t/y=1", "lake/t/y=1/m=1/d=1/h=1/s=1",
        "lake/t/y=1/m=1/d=1/h=1/s=1/a.parquet", "lake/t/y=*/**/a.parquet",
        "lake/*/y=1/m=1/d=1/h=1/s=1/a.parquet", "lake/t/1/2/3/4/5",
        "lake/t/1/2/3/4/5/b.parquet"}) {
    ExpectRefused(input, "Delta Lake");
  }
}

TEST_F(TableLogTest, IsFoundThroughASymbolicLinkIntoATable) {
  Touch(directory_ / "t/_delta_log/0.json");
  Touch(directory_ / "t/y=1/a.parquet");
  std::filesystem::create_directory_symlink("t/y=1", directory_ / "link");
  ExpectRefused("link", "Delta Lake");
}

TEST_F(TableLogTest, IsNotLookedForBeyondSomeDirectories) {
  Touch(directory_ / "t/_delta_log/0.json");
  Touch(directory_ / "t/1/2/3/4/5/6/a.parquet");
  EXPECT_OK(Discover("t/1/2/3/4/5/6"));
}

TEST_F(TableLogTest, IsNoneOfWhatOnlyLooksAlike) {
  Touch(directory_ / "d/a.parquet");
  Touch(directory_ / "d/metadata/schema.json");
  Touch(directory_ / "d/snapshot/2024.parquet");
  Touch(directory_ / "d/snapshot/snapshot-2024.parquet");
  Touch(directory_ / "d/snapshot/LATEST");
  Touch(directory_ / "d/snapshot/snapshot-7/b.parquet");
  Touch(directory_ / "d/_versions/v1.txt");
  Touch(directory_ / "d/delta_log/0.json");
  EXPECT_OK(Discover("d"));
}

TEST_F(TableLogTest, CanBeIgnored) {
  Touch(directory_ / "t/_delta_log/0.json");
  Touch(directory_ / "t/a.parquet");
  DatasetOptions options;
  options.inputs = {directory_ / "t"};
  options.ignore_table_log = true;
  ASSERT_OK_AND_ASSIGN(const auto found, DiscoverFiles(LocalFileSystem(), options,
                                                       DirectoryFiles::kParquet));
  EXPECT_EQ(found.files.size(), 1);
}

TEST_F(TableLogTest, IsFoundAboveWhatDoesNotExistYet) {
  Touch(directory_ / "t/_delta_log/0.json");
  ASSERT_OK_AND_ASSIGN(const auto log,
                       FindTableLogAbove(LocalFileSystem(), directory_ / "t/new/deep",
                                         /*or_is=*/true));
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->format, "Delta Lake");
  ASSERT_OK_AND_ASSIGN(const auto none,
                       FindTableLogAbove(LocalFileSystem(), directory_ / "u/new",
                                         /*or_is=*/true));
  EXPECT_FALSE(none.has_value());
}

}  // namespace
}  // namespace planish
