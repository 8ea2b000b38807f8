// SPDX-License-Identifier: Apache-2.0
#include "io/guarded_file_system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/error_builder.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/faulty_file_system.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using std::chrono::milliseconds;

/// A guarded file of ten bytes; pauses are counted, not waited for.
class GuardedFileSystemTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(WriteFileBytes(path_, "0123456789")); }

  /// The first `failures` operations of a kind fail with `error_number`.
  GuardedFileSystem Files(FileOperation::Kind kind, int failures, int error_number,
                          int retries) {
    faults_ = std::make_unique<FaultyFileSystem>(
        LocalFileSystem(), [=, left = failures](const FileOperation& operation) mutable {
          Fault fault;
          if (operation.kind != kind || left == 0) return fault;
          --left;
          fault.kind = Fault::Kind::kFail;
          fault.error_number = error_number;
          return fault;
        });
    ReadGuard guard;
    guard.proceed = [this] { return go_on_; };
    guard.retries = retries;
    guard.wait = [this](const arrow::Status& failure, milliseconds delay) {
      EXPECT_FALSE(failure.ok());
      pauses_.push_back(delay);
      return pause_result_;
    };
    return GuardedFileSystem(faults_.get(), std::move(guard));
  }

  static arrow::Result<std::string> ReadAll(GuardedFileSystem* files,
                                            const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(auto file, files->OpenInput(path));
    std::string bytes(static_cast<size_t>(file->size()), '\0');
    ARROW_RETURN_NOT_OK(file->ReadAt(0, file->size(), bytes.data()));
    return bytes;
  }

  TempDir directory_;
  const std::string path_ = directory_ / "digits";
  std::unique_ptr<FaultyFileSystem> faults_;
  arrow::Status go_on_, pause_result_;
  std::vector<milliseconds> pauses_;
};

TEST_F(GuardedFileSystemTest, ReadsAgainWhatMayPass) {
  for (const int error_number : {EIO, EINTR, EAGAIN, ETIMEDOUT}) {
    auto files = Files(FileOperation::Kind::kRead, 2, error_number, 3);
    ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadAll(&files, path_));
    EXPECT_EQ(bytes, "0123456789");
  }
}

TEST_F(GuardedFileSystemTest, DoublesPausesUpToALimit) {
  auto files = Files(FileOperation::Kind::kRead, 8, EIO, 8);
  ASSERT_OK(ReadAll(&files, path_));
  std::vector<milliseconds> expected;
  for (int delay : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    expected.emplace_back(delay);
  }
  EXPECT_EQ(pauses_, expected);
}

TEST_F(GuardedFileSystemTest, GivesUpAfterTheLastAttempt) {
  auto files = Files(FileOperation::Kind::kRead, 4, EIO, 3);
  EXPECT_ERROR_KIND(ReadAll(&files, path_), ErrorKind::kIo);
  EXPECT_EQ(pauses_.size(), 3U);
}

TEST_F(GuardedFileSystemTest, DoesNotTryAgainWhatWillNotPass) {
  for (const int error_number : {ENOENT, EACCES, EMFILE, ENOSPC}) {
    auto files = Files(FileOperation::Kind::kOpen, 1, error_number, 3);
    EXPECT_FALSE(ReadAll(&files, path_).ok());
  }
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(GuardedFileSystemTest, TriesEachWayOfReadingAgain) {
  const auto expect_healed = [&](FileOperation::Kind kind, auto&& operation) {
    auto files = Files(kind, 1, EIO, 1);
    pauses_.clear();
    EXPECT_OK(operation(files));
    EXPECT_EQ(pauses_.size(), 1U);
  };
  using Kind = FileOperation::Kind;
  expect_healed(Kind::kStat, [&](auto& files) { return files.Stat(path_).status(); });
  expect_healed(Kind::kList,
                [&](auto& files) { return files.List(directory_.path()).status(); });
  expect_healed(Kind::kOpen,
                [&](auto& files) { return files.OpenInput(path_).status(); });
  expect_healed(Kind::kCopyFile, [&](auto& files) {
    return files.CopyFile(path_, directory_ / "copy", false, {}).status();
  });
  expect_healed(Kind::kRead, [&](auto& files) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto input, files.OpenInput(path_));
    ARROW_ASSIGN_OR_RAISE(auto output, files.CreateOutput(directory_ / "part", false));
    ARROW_RETURN_NOT_OK(output->AppendFrom(*input, 2, 5));
    return output->Close();
  });
  EXPECT_EQ(*ReadFileBytes(directory_ / "copy"), "0123456789");
  EXPECT_EQ(*ReadFileBytes(directory_ / "part"), "23456");
}

TEST_F(GuardedFileSystemTest, DoesNotTryWritesAgain) {
  auto files = Files(FileOperation::Kind::kCreate, 1, EIO, 3);
  EXPECT_ERROR_KIND(files.CreateOutput(directory_ / "new", false), ErrorKind::kIo);
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(GuardedFileSystemTest, ListsWhatHasToBeCleanedUpThoughItIsNotToGoOn) {
  auto files = Files(FileOperation::Kind::kRead, 0, 0, 3);
  go_on_ = Error(ErrorKind::kCancelled, "enough");
  ASSERT_OK_AND_ASSIGN(const auto entries, files.List(directory_.path()));
  EXPECT_EQ(entries.size(), 1U);
}

TEST_F(GuardedFileSystemTest, StopsReadingOnceItIsNotToGoOn) {
  auto files = Files(FileOperation::Kind::kRead, 0, 0, 3);
  ASSERT_OK_AND_ASSIGN(auto file, files.OpenInput(path_));
  go_on_ = Error(ErrorKind::kCancelled, "enough");
  char byte = 0;
  EXPECT_ERROR_KIND(file->ReadAt(0, 1, &byte), ErrorKind::kCancelled);
  EXPECT_ERROR_KIND(files.Stat(path_), ErrorKind::kCancelled);
  EXPECT_ERROR_KIND(files.CopyFile(path_, directory_ / "copy", false, {}),
                    ErrorKind::kCancelled);
  // But it cleans up.
  EXPECT_OK(files.RemoveFile(path_));
}

TEST_F(GuardedFileSystemTest, StopsInTheMiddleOfALongCopyAndLeavesNothing) {
  auto files = Files(FileOperation::Kind::kRead, 0, 0, 0);
  ASSERT_OK(WriteFileBytes(path_, std::string(64 << 20, 'x')));
  int steps = 0;
  const auto copied = files.CopyFile(path_, directory_ / "copy", false, [&] {
    return ++steps < 3
               ? arrow::Status::OK()
               : static_cast<arrow::Status>(Error(ErrorKind::kCancelled, "enough"));
  });
  if (steps == 0) GTEST_SKIP() << "this file system clones files in one step";
  EXPECT_ERROR_KIND(copied, ErrorKind::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "copy"));
}

TEST_F(GuardedFileSystemTest, DoesNotOutlastAPauseThatIsCutShort) {
  auto files = Files(FileOperation::Kind::kRead, 1, EIO, 3);
  ASSERT_OK_AND_ASSIGN(auto file, files.OpenInput(path_));
  pause_result_ = Error(ErrorKind::kCancelled, "enough");
  char byte = 0;
  EXPECT_ERROR_KIND(file->ReadAt(0, 1, &byte), ErrorKind::kCancelled);
  EXPECT_EQ(pauses_.size(), 1U);
}

}  // namespace
}  // namespace planish
