// SPDX-License-Identifier: Apache-2.0
#include "io/scratch_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "support/arrow_assertions.h"
#include "support/second_user.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class ScratchDirectoryTest : public testing::Test {
 protected:
  std::vector<std::string> Entries() const {
    std::vector<std::string> names;
    for (const auto& entry : stdfs::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  /// Runs in a child that is killed with everything it has open.
  template <typename Work>
  static void InKilledProcess(Work work) {
    const pid_t child = fork();
    if (child == 0) {
      work();
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

  TempDir dir_;
  FileSystem* const files_ = LocalFileSystem();
};

TEST_F(ScratchDirectoryTest, MakesNothingBeforeItsFirstFile) {
  ScratchDirectory scratch(files_, dir_ / "not/there/yet", 0);
  EXPECT_TRUE(Entries().empty());
  ASSERT_OK(scratch.NewFile("records"));
  EXPECT_TRUE(stdfs::exists(dir_ / "not/there/yet"));
}

TEST_F(ScratchDirectoryTest, ReadsBackWhatWasAppended) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
  const std::string bytes = PatternBytes(3'000'000);
  ASSERT_OK_AND_ASSIGN(int64_t first, file->Append(bytes.data(), 1'000'000));
  ASSERT_OK_AND_ASSIGN(int64_t second, file->Append(bytes.data() + 1'000'000, 2'000'000));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1'000'000);
  EXPECT_EQ(file->size(), 3'000'000);
  std::string read(2'500'000, '\0');
  ASSERT_OK(file->ReadAt(500'000, 2'500'000, read.data()));
  EXPECT_TRUE(read == bytes.substr(500'000));
  EXPECT_ERROR_KIND(file->ReadAt(2'999'999, 2, read.data()), ErrorKind::kDrift);
}

TEST_F(ScratchDirectoryTest, AppendsOfManyThreadsDoNotMix) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&file, thread] {
      const std::string bytes(1000, static_cast<char>('a' + thread));
      for (int i = 0; i < 200; ++i) EXPECT_OK(file->Append(bytes.data(), 1000));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(file->size(), 800'000);
  std::string block(1000, '\0');
  std::vector<int> blocks(4);
  for (int i = 0; i < 800; ++i) {
    ASSERT_OK(file->ReadAt(i * 1000, 1000, block.data()));
    ASSERT_EQ(block, std::string(1000, block[0]));
    ++blocks[static_cast<size_t>(block[0] - 'a')];
  }
  EXPECT_EQ(blocks, std::vector<int>(4, 200));
}

TEST_F(ScratchDirectoryTest, NobodyElseMayLookInside) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK(scratch.NewFile("records"));
  ASSERT_OK_AND_ASSIGN(const std::string path, scratch.NewPath("batches"));
  struct stat status = {};
  ASSERT_EQ(stat(stdfs::path(path).parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_OK_AND_ASSIGN(auto file, files_->CreateUpdate(path));
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(ScratchDirectoryTest, IsGoneAfterwardsWithAllThatItHeld) {
  {
    ScratchDirectory scratch(files_, dir_.path(), 0);
    ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
    ASSERT_OK(file->Append("x", 1));
    ASSERT_OK_AND_ASSIGN(const std::string path, scratch.NewPath("batches"));
    WriteBytes(path, "of somebody's own format");
    ASSERT_EQ(Entries().size(), 1U);
    EXPECT_EQ(Entries()[0][0], '.');
  }
  EXPECT_TRUE(Entries().empty());
}

TEST_F(ScratchDirectoryTest, CountsWhatFilesTakeNowAtMostAndEver) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
    ASSERT_OK(file->Append("12345", 5));
    EXPECT_EQ(scratch.used_bytes(), 5);
  }
  EXPECT_EQ(scratch.used_bytes(), 0);
  EXPECT_EQ(scratch.peak_bytes(), 5);
  EXPECT_EQ(scratch.written_bytes(), 15);
}

TEST_F(ScratchDirectoryTest, AllFilesTogetherKeepToTheLimit) {
  ScratchDirectory scratch(files_, dir_.path(), 1000);
  ASSERT_OK_AND_ASSIGN(auto one, scratch.NewFile("records"));
  ASSERT_OK_AND_ASSIGN(auto other, scratch.NewFile("chunks"));
  const std::string bytes(600, 'x');
  ASSERT_OK(one->Append(bytes.data(), 600));
  const arrow::Status refused = other->Append(bytes.data(), 401).status();
  EXPECT_ERROR_KIND(refused, ErrorKind::kDiskFull);
  EXPECT_THAT(FormatError(refused), testing::HasSubstr("limit: 1.00 kB"));
  EXPECT_THAT(FormatError(refused), testing::HasSubstr("hint: raise `temp_limit`"));
  EXPECT_EQ(other->size(), 0);
  ASSERT_OK(other->Append(bytes.data(), 400));
  one.reset();
  EXPECT_OK(other->Append(bytes.data(), 600));
}

TEST_F(ScratchDirectoryTest, FilesOfOtherFormatsKeepToTheLimitToo) {
  ScratchDirectory scratch(files_, dir_.path(), 1000);
  ASSERT_OK_AND_ASSIGN(const std::string path, scratch.NewPath("rows.parquet"));
  ASSERT_OK_AND_ASSIGN(auto output, scratch.files()->CreateOutput(path));
  const std::string bytes = PatternBytes(700);
  ASSERT_OK(output->Append(bytes.data(), 700));
  const arrow::Status refused = output->Append(bytes.data(), 301);
  ASSERT_ERROR_KIND(refused, ErrorKind::kDiskFull);
  EXPECT_EQ(GetErrorDetail(refused)->file, path);
  ASSERT_OK(output->Close());
  EXPECT_EQ(scratch.used_bytes(), 700);
  EXPECT_EQ(scratch.peak_bytes(), 700);
  EXPECT_EQ(scratch.written_bytes(), 700);
  ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
  EXPECT_ERROR_KIND(file->Append(bytes.data(), 301), ErrorKind::kDiskFull);
  EXPECT_OK(file->Append(bytes.data(), 300));
}

TEST_F(ScratchDirectoryTest, AWriteThatFailsNamesTheFile) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
  const FileSizeLimit limit(5000);
  const std::string bytes(6000, 'x');
  const arrow::Status failed = file->Append(bytes.data(), 6000).status();
  ASSERT_ERROR_KIND(failed, ErrorKind::kIo);
  EXPECT_EQ(GetErrorDetail(failed)->file, file->path());
}

TEST_F(ScratchDirectoryTest, RemovesWhatADeadProcessLeft) {
  InKilledProcess([&] {
    auto* scratch = new ScratchDirectory(files_, dir_.path(), 0);
    auto* file = new arrow::Result<std::unique_ptr<ScratchFile>>(scratch->NewFile("a"));
    (void)(**file)->Append("x", 1);
    WriteBytes(scratch->NewPath("b").ValueOrDie(), "left");
  });
  ASSERT_EQ(Entries().size(), 1U);
  ASSERT_OK_AND_ASSIGN(int removed, ScratchDirectory::RemoveStale(files_, dir_.path()));
  EXPECT_EQ(removed, 1);
  EXPECT_TRUE(Entries().empty());
}

TEST_F(ScratchDirectoryTest, RemovesWhatWasBeingMadeOrRemovedWhenItsProcessDied) {
  stdfs::create_directory(dir_ / ".planish-scratch-unlocked");
  stdfs::create_directory(dir_ / ".planish-scratch-half.removed");
  for (const char* name :
       {".planish-scratch-unlocked", ".planish-scratch-half.removed"}) {
    stdfs::permissions(dir_ / name, stdfs::perms(0700));
  }
  EXPECT_EQ(*ScratchDirectory::RemoveStale(files_, dir_.path()), 2);
  EXPECT_TRUE(Entries().empty());
}

TEST_F(ScratchDirectoryTest, SparesTheScratchOfTheLivingAndWhatIsNotScratch) {
  stdfs::create_directory(dir_ / "planish-scratch-mine");
  stdfs::create_directory(dir_ / ".other");
  WriteBytes(dir_ / ".planish-scratch-file", "");
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK_AND_ASSIGN(auto file, scratch.NewFile("records"));
  EXPECT_EQ(*ScratchDirectory::RemoveStale(files_, dir_.path()), 0);
  EXPECT_EQ(Entries().size(), 4U);
  EXPECT_OK(file->Append("x", 1));
}

TEST_F(ScratchDirectoryTest, WhatAnotherUserPutThereIsLeftAloneAndLeadsNowhere) {
  SKIP_WITHOUT_A_SECOND_USER();
  TempDir kept;
  stdfs::permissions(dir_.path(), stdfs::perms(01777));
  ASSERT_TRUE(AsSecondUser([&] {
    const std::string own = dir_ / ".planish-scratch-own";
    stdfs::create_directory(own);
    stdfs::create_symlink(kept / "made", own + "/lock");
    stdfs::create_directory_symlink(kept.path(), dir_ / ".planish-scratch-link");
    stdfs::create_directory(dir_ / ".planish-scratch-other");
    return true;
  }));
  WriteBytes(kept / "file", "");
  EXPECT_EQ(*ScratchDirectory::RemoveStale(files_, dir_.path()), 0);
  EXPECT_EQ(Entries().size(), 3U);
  EXPECT_FALSE(stdfs::exists(kept / "made"));
  EXPECT_FALSE(stdfs::exists(kept / "lock"));
  EXPECT_TRUE(stdfs::exists(kept / "file"));
}

TEST_F(ScratchDirectoryTest, ALockThatIsALinkMakesNoFile) {
  const std::string own = dir_ / ".planish-scratch-own";
  stdfs::create_directory(own);
  stdfs::permissions(own, stdfs::perms(0700));
  stdfs::create_symlink(dir_ / "made", own + "/lock");
  EXPECT_OK(ScratchDirectory::RemoveStale(files_, dir_.path()));
  EXPECT_FALSE(stdfs::exists(dir_ / "made"));
}

TEST_F(ScratchDirectoryTest, StaysWhereItIsWhenItsNameIsTakenAway) {
  ScratchDirectory scratch(files_, dir_.path(), 0);
  ASSERT_OK(scratch.NewFile("records"));
  TempDir kept;
  const std::string own = dir_ / Entries()[0];
  stdfs::rename(own, dir_ / "aside");
  stdfs::create_directory_symlink(kept.path(), own);
  ASSERT_OK_AND_ASSIGN(const std::string path, scratch.NewPath("rows"));
  ASSERT_OK_AND_ASSIGN(auto output, scratch.files()->CreateOutput(path));
  ASSERT_OK(output->Close());
  EXPECT_TRUE(stdfs::is_empty(kept.path()));
}

TEST_F(ScratchDirectoryTest, ThereIsNothingStaleWhereThereIsNothing) {
  EXPECT_EQ(*ScratchDirectory::RemoveStale(files_, dir_ / "nothing"), 0);
}

TEST_F(ScratchDirectoryTest, NothingIsFoundWhereNothingCanBeListed) {
  stdfs::permissions(dir_.path(), stdfs::perms(0711));
  const OrdinaryUser nobody;
  ASSERT_OK_AND_ASSIGN(const int removed,
                       ScratchDirectory::RemoveStale(files_, dir_.path()));
  EXPECT_EQ(removed, 0);
}

TEST_F(ScratchDirectoryTest, BeingMadeWhileOthersCleanUpLosesNoDirectory) {
  std::atomic<bool> done{false};
  std::thread cleaner([&] {
    while (!done) EXPECT_OK(ScratchDirectory::RemoveStale(files_, dir_.path()));
  });
  for (int i = 0; i < 300; ++i) {
    ScratchDirectory scratch(files_, dir_.path(), 0);
    auto file = scratch.NewFile("first");
    EXPECT_OK(file);
    EXPECT_OK(scratch.NewFile("second"));
    if (HasFailure()) break;
  }
  done = true;
  cleaner.join();
  EXPECT_TRUE(Entries().empty());
}

}  // namespace
}  // namespace planish
