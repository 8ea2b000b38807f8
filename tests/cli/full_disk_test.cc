// SPDX-License-Identifier: Apache-2.0
// On file systems that really are full or read-only: small ones in memory, which only a
// privileged user may mount.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class FullDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    stdfs::create_directories(Disk());
    if (mount("tmpfs", Disk().c_str(), "tmpfs", 0, "size=4m") != 0) {
      GTEST_SKIP() << "cannot mount a file system";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) {
      EXPECT_EQ(umount(Disk().c_str()), 0);
    }
  }

  std::string Disk() const { return directory_ / "disk"; }

  /// A quarter of the rows are duplicates by `id`.
  static void WriteRows(const std::string& path, int64_t num_rows,
                        bool compressible = false) {
    arrow::Int64Builder ids, constants;
    for (int64_t i = 0; i < num_rows; ++i) {
      const auto key = static_cast<uint64_t>(i % 4 == 3 ? i - 3 : i);
      const uint64_t factor = compressible ? 1 : 0x9E3779B97F4A7C15;
      ASSERT_OK(ids.Append(static_cast<int64_t>(key * factor)));
      ASSERT_OK(constants.Append(7));
    }
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64()),
                                          arrow::field("constant", arrow::int64())}),
                           {ids.Finish().ValueOrDie(), constants.Finish().ValueOrDie()});
    WriteSpec spec;
    spec.dictionary = false;
    spec.row_group_rows = num_rows / 4;
    ASSERT_OK(WriteParquet(*table, path, spec));
  }

  std::string Run(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"dedup", "--key", "id", "--progress", "none"};
    all.insert(all.end(), words.begin(), words.end());
    static const std::regex kNames(R"(\d+-[0-9a-v]{8}|planish-scratch-\S+)");
    return std::regex_replace(Transcript(directory_.path(), all), kNames, "<name>");
  }

  static std::vector<std::string> Names(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : stdfs::directory_iterator(directory)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TempDir directory_;
  bool mounted_ = false;
};

TEST_F(FullDiskTest, TooLittleSpaceIsAnErrorBeforeAnythingIsWritten) {
  WriteRows(Disk() + "/data/a.parquet", 350'000);
  ASSERT_OK_AND_ASSIGN(const auto before, ReadFileBytes(Disk() + "/data/a.parquet"));
  ExpectGolden("no_space", Run({"disk/data", "--in-place"}));
  ASSERT_OK_AND_ASSIGN(const auto after, ReadFileBytes(Disk() + "/data/a.parquet"));
  EXPECT_TRUE(after == before);
  EXPECT_EQ(Names(Disk() + "/data"), std::vector<std::string>{"a.parquet"});
}

TEST_F(FullDiskTest, ADiskThatFillsWhileFilesAreStagedChangesNothing) {
  // Small as it is, large without compression.
  WriteRows(Disk() + "/data/a.parquet", 300'000, /*compressible=*/true);
  ASSERT_OK_AND_ASSIGN(const auto before, ReadFileBytes(Disk() + "/data/a.parquet"));
  ExpectGolden("disk_full_in_place",
               Run({"disk/data", "--in-place", "--compression", "none"}));
  ASSERT_OK_AND_ASSIGN(const auto after, ReadFileBytes(Disk() + "/data/a.parquet"));
  EXPECT_TRUE(after == before);
  EXPECT_EQ(Names(Disk() + "/data"), std::vector<std::string>{"a.parquet"});
}

TEST_F(FullDiskTest, ADiskFullOfOutputLeavesNoOutput) {
  WriteRows(directory_ / "in/a.parquet", 700'000);
  ExpectGolden("disk_full_output", Run({"in", "--output", "disk/out"}));
  EXPECT_TRUE(Names(Disk()).empty());
}

TEST_F(FullDiskTest, ADiskFullOfScratchLeavesNothing) {
  WriteRows(directory_ / "in/a.parquet", 2'000'000);
  const std::string text = Run(
      {"in", "--output", "out", "--memory-limit", "16MB", "--temp-dir", "disk/scratch"});
  ExpectGolden("disk_full_scratch", text);
  EXPECT_FALSE(Exists(directory_ / "out"));
  EXPECT_TRUE(Names(Disk() + "/scratch").empty());
}

TEST_F(FullDiskTest, AReadOnlyDatasetIsAnErrorThatNamesIt) {
  WriteRows(Disk() + "/data/a.parquet", 1000);
  ASSERT_EQ(mount("", Disk().c_str(), "", MS_REMOUNT | MS_RDONLY, ""), 0);
  std::string text = Run({"disk/data", "--in-place"}) + "\n";
  text += Run({"disk/data", "--in-place", "--publish", "swap"});
  ExpectGolden("read_only", text);
}

}  // namespace
}  // namespace planish
