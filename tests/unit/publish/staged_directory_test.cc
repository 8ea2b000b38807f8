// SPDX-License-Identifier: Apache-2.0
#include "publish/staged_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class StagedDirectoryTest : public testing::Test {
 protected:
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  size_t EntriesOfParent() const {
    return static_cast<size_t>(std::distance(stdfs::directory_iterator(parent_.path()),
                                             stdfs::directory_iterator{}));
  }
  std::string Target() const { return stdfs::path(parent_.path()) / "out"; }

  TempDir parent_;
};

TEST_F(StagedDirectoryTest, ShowsNothingBeforeItIsPublishedAndEverythingAfter) {
  for (const bool sync : {false, true}) {
    const std::string target = Target() + (sync ? "-synced" : "");
    ASSERT_OK_AND_ASSIGN(auto staged,
                         StagedDirectory::Make(LocalFileSystem(), target, sync));
    ASSERT_OK_AND_ASSIGN(const std::string path,
                         staged.files()->Prepare("a=1/b=2/x.parquet"));
    Write(path, "data");
    EXPECT_FALSE(stdfs::exists(target));
    ASSERT_OK(staged.Publish());
    EXPECT_TRUE(stdfs::exists(target + "/a=1/b=2/x.parquet"));
  }
  EXPECT_EQ(EntriesOfParent(), 2U);
}

TEST_F(StagedDirectoryTest, LeavesNothingBehindWhenItIsNotPublished) {
  {
    ASSERT_OK_AND_ASSIGN(auto staged,
                         StagedDirectory::Make(LocalFileSystem(), Target(), true));
    ASSERT_OK_AND_ASSIGN(const std::string path, staged.files()->Prepare("d/x.parquet"));
    Write(path, "data");
    EXPECT_EQ(EntriesOfParent(), 1U);
  }
  EXPECT_EQ(EntriesOfParent(), 0U);
}

TEST_F(StagedDirectoryTest, RemovesWhatProcessesThatAreGoneLeftBehind) {
  stdfs::create_directories(parent_ / ".out.planish-new-1-abcdefgh/day=1");
  stdfs::create_directories(parent_ / ".out.planish-new-2-abcdefgh.removed");
  stdfs::create_directories(parent_ / ".other.planish-new-3-abcdefgh");
  stdfs::create_directories(parent_ / ".out.planish-swap-4-abcdefgh");
  Write(parent_ / ".out.planish-new-5-abcdefgh", "no directory");
  EXPECT_EQ(StagedDirectory::RemoveStale(LocalFileSystem(), Target()), 2);
  EXPECT_EQ(EntriesOfParent(), 3U);
}

TEST_F(StagedDirectoryTest, LeavesAloneWhatIsBeingWorkedOn) {
  ASSERT_OK_AND_ASSIGN(auto one,
                       StagedDirectory::Make(LocalFileSystem(), Target(), true));
  ASSERT_OK_AND_ASSIGN(auto other,
                       StagedDirectory::Make(LocalFileSystem(), Target(), true));
  EXPECT_EQ(EntriesOfParent(), 2U);
  ASSERT_OK_AND_ASSIGN(const std::string path, one.files()->Prepare("x.parquet"));
  Write(path, "data");
  ASSERT_OK(one.Publish());
  EXPECT_FALSE(other.Publish().ok());
}

TEST_F(StagedDirectoryTest, PublishesOnlyWhatWasWrittenSinceItStartedOver) {
  ASSERT_OK_AND_ASSIGN(auto staged,
                       StagedDirectory::Make(LocalFileSystem(), Target(), true));
  ASSERT_OK_AND_ASSIGN(const std::string first, staged.files()->Prepare("a=1/x.parquet"));
  Write(first, "data");
  ASSERT_OK(staged.files()->Clear());
  ASSERT_OK_AND_ASSIGN(const std::string second,
                       staged.files()->Prepare("b=2/y.parquet"));
  Write(second, "data");
  ASSERT_OK(staged.Publish());
  EXPECT_FALSE(stdfs::exists(Target() + "/a=1"));
  EXPECT_TRUE(stdfs::exists(Target() + "/b=2/y.parquet"));
  EXPECT_EQ(EntriesOfParent(), 1U);
}

TEST_F(StagedDirectoryTest, StagesInAHiddenSibling) {
  ASSERT_OK_AND_ASSIGN(auto staged,
                       StagedDirectory::Make(LocalFileSystem(), Target(), false));
  EXPECT_EQ(stdfs::path(staged.files()->directory()).parent_path(),
            stdfs::path(parent_.path()));
  EXPECT_EQ(stdfs::path(staged.files()->directory()).filename().string().front(), '.');
}

TEST_F(StagedDirectoryTest, TakesAnEmptyDirectoryButNoFullOne) {
  stdfs::create_directory(Target());
  {
    ASSERT_OK_AND_ASSIGN(auto staged,
                         StagedDirectory::Make(LocalFileSystem(), Target(), false));
    ASSERT_OK_AND_ASSIGN(const std::string path, staged.files()->Prepare("x"));
    Write(path, "data");
    ASSERT_OK(staged.Publish());
  }
  const auto refused = StagedDirectory::Make(LocalFileSystem(), Target(), false);
  ASSERT_FALSE(refused.ok());
  ASSERT_NE(GetErrorDetail(refused.status()), nullptr);
  EXPECT_EQ(GetErrorDetail(refused.status())->kind, ErrorKind::kOutputExists);
}

TEST_F(StagedDirectoryTest, RefusesAFileInTheWay) {
  Write(Target(), "a file");
  EXPECT_FALSE(StagedDirectory::Make(LocalFileSystem(), Target(), false).ok());
}

TEST_F(StagedDirectoryTest, MakesMissingParents) {
  const std::string deep = Target() + "/more/levels/";
  ASSERT_OK_AND_ASSIGN(auto staged, StagedDirectory::Make(LocalFileSystem(), deep, true));
  ASSERT_OK(staged.Publish());
  EXPECT_TRUE(stdfs::is_directory(deep));
}

TEST_F(StagedDirectoryTest, RefusesATargetWithoutAName) {
  for (const char* target : {"/", ".", "..", "a/.."}) {
    EXPECT_FALSE(StagedDirectory::Make(LocalFileSystem(), target, false).ok()) << target;
  }
}

}  // namespace
}  // namespace planish
