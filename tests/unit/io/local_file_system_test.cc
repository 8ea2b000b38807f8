// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class LocalFileSystemTest : public testing::Test {
 protected:
  /// The mode that a user's new file gets here.
  static mode_t NewFileMode() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
  }

  TempDir dir_;
  FileSystem* const files_ = LocalFileSystem();
};

TEST_F(LocalFileSystemTest, StatTellsKindsApart) {
  WriteBytes(dir_ / "file", "12345");
  stdfs::create_directory(dir_ / "directory");
  stdfs::create_symlink("file", dir_ / "link");
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  const auto kind = [&](const char* name) {
    const FileStatus status = files_->Stat(dir_ / name).ValueOrDie();
    EXPECT_TRUE(status.exists) << name;
    return status.kind;
  };
  EXPECT_EQ(kind("file"), EntryKind::kFile);
  EXPECT_EQ(kind("directory"), EntryKind::kDirectory);
  EXPECT_EQ(kind("link"), EntryKind::kFile);
  EXPECT_EQ(kind("pipe"), EntryKind::kOther);
  EXPECT_EQ(files_->Stat(dir_ / "link")->identity.size, 5);
}

TEST_F(LocalFileSystemTest, StatOfNothingIsNotAnError) {
  WriteBytes(dir_ / "file", "");
  for (const char* name : {"nothing", "no/such", "file/below"}) {
    ASSERT_OK_AND_ASSIGN(FileStatus status, files_->Stat(dir_ / name));
    EXPECT_FALSE(status.exists) << name;
  }
}

TEST_F(LocalFileSystemTest, StatOfWhatIsHiddenIsAPermissionError) {
  stdfs::create_directory(dir_ / "closed");
  WriteBytes(dir_ / "closed/file", "");
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod((dir_ / "closed").c_str(), 0), 0);
  {
    const OrdinaryUser user;
    EXPECT_ERROR_KIND(files_->Stat(dir_ / "closed/file"), ErrorKind::kPermission);
    EXPECT_ERROR_KIND(files_->List(dir_ / "closed"), ErrorKind::kPermission);
    EXPECT_ERROR_KIND(files_->CreateOutput(dir_ / "closed/new"), ErrorKind::kPermission);
    EXPECT_ERROR_KIND(files_->MakeDirectories(dir_ / "closed/new"),
                      ErrorKind::kPermission);
  }
  ASSERT_EQ(chmod((dir_ / "closed").c_str(), 0700), 0);
}

TEST_F(LocalFileSystemTest, IdentityChangesWithTheFile) {
  const auto identity = [&] { return files_->Stat(dir_ / "file")->identity; };
  WriteBytes(dir_ / "file", "12345");
  const FileIdentity original = identity();
  EXPECT_EQ(identity(), original);
  timespec times[2] = {{1, 5}, {1, 5}};
  ASSERT_EQ(utimensat(AT_FDCWD, (dir_ / "file").c_str(), times, 0), 0);
  EXPECT_EQ(identity().modified_nanoseconds, 1'000'000'005);
  EXPECT_NE(identity(), original);
  WriteBytes(dir_ / "other", "12345");
  stdfs::rename(dir_ / "other", dir_ / "file");
  EXPECT_NE(identity().inode, original.inode);
}

TEST_F(LocalFileSystemTest, ListsEveryEntryWithItsKind) {
  WriteBytes(dir_ / "file", "");
  WriteBytes(dir_ / ".hidden", "");
  stdfs::create_directory(dir_ / "directory");
  stdfs::create_symlink("file", dir_ / "link to file");
  stdfs::create_directory_symlink("directory", dir_ / "link to directory");
  stdfs::create_symlink("nowhere", dir_ / "link to nothing");
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  ASSERT_OK_AND_ASSIGN(auto entries, files_->List(dir_.path()));
  std::map<std::string, EntryKind> kinds;
  for (const DirectoryEntry& entry : entries) kinds[entry.name] = entry.kind;
  EXPECT_EQ(kinds, (std::map<std::string, EntryKind>{
                       {"file", EntryKind::kFile},
                       {".hidden", EntryKind::kFile},
                       {"directory", EntryKind::kDirectory},
                       {"link to file", EntryKind::kFile},
                       {"link to directory", EntryKind::kDirectory},
                       {"link to nothing", EntryKind::kFile},
                       {"pipe", EntryKind::kOther}}));
  EXPECT_EQ(entries.size(), kinds.size());
  EXPECT_ERROR_KIND(files_->OpenInput(dir_ / "link to nothing"), ErrorKind::kMissingPath);
}

TEST_F(LocalFileSystemTest, ListsAnEmptyDirectoryButNotAMissingOne) {
  EXPECT_TRUE(files_->List(dir_.path())->empty());
  EXPECT_ERROR_KIND(files_->List(dir_ / "nothing"), ErrorKind::kMissingPath);
}

TEST_F(LocalFileSystemTest, MakesDirectoriesOnceAndAgain) {
  ASSERT_OK(files_->MakeDirectories(dir_ / "a/b/c"));
  ASSERT_OK(files_->MakeDirectories(dir_ / "a/b/c"));
  ASSERT_OK(files_->MakeDirectories(dir_ / "a/b/d/"));
  EXPECT_TRUE(stdfs::is_directory(dir_ / "a/b/c"));
  EXPECT_TRUE(stdfs::is_directory(dir_ / "a/b/d"));
  WriteBytes(dir_ / "file", "");
  EXPECT_FALSE(files_->MakeDirectories(dir_ / "file/below").ok());
  EXPECT_FALSE(files_->MakeDirectories(dir_ / "file").ok());
}

TEST_F(LocalFileSystemTest, CopiesWholeFilesOfAnySize) {
  for (int64_t size : {0, 1, 4096, 20'000'001}) {
    const std::string bytes = PatternBytes(size);
    const std::string to = dir_ / std::to_string(size);
    WriteBytes(dir_ / "from", bytes);
    ASSERT_OK_AND_ASSIGN(int64_t copied,
                         files_->CopyFile(dir_ / "from", to, /*sync=*/true, {}));
    EXPECT_EQ(copied, size);
    EXPECT_TRUE(ReadBytes(to) == bytes) << size;
  }
}

TEST_F(LocalFileSystemTest, ACopyHasThePermissionsOfANewFile) {
  WriteBytes(dir_ / "from", "x");
  ASSERT_EQ(chmod((dir_ / "from").c_str(), 0400), 0);
  ASSERT_OK(files_->CopyFile(dir_ / "from", dir_ / "to", false, {}));
  struct stat status = {};
  ASSERT_EQ(stat((dir_ / "to").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, NewFileMode());
}

TEST_F(LocalFileSystemTest, ACopyReplacesNothing) {
  WriteBytes(dir_ / "from", "new");
  WriteBytes(dir_ / "to", "precious");
  EXPECT_ERROR_KIND(files_->CopyFile(dir_ / "from", dir_ / "to", false, {}),
                    ErrorKind::kOutputExists);
  EXPECT_EQ(ReadBytes(dir_ / "to"), "precious");
}

TEST_F(LocalFileSystemTest, AFailedCopyLeavesNothingBehind) {
  EXPECT_ERROR_KIND(files_->CopyFile(dir_ / "nothing", dir_ / "to", false, {}),
                    ErrorKind::kMissingPath);
  EXPECT_FALSE(stdfs::exists(dir_ / "to"));
  WriteBytes(dir_ / "from", PatternBytes(100'000));
  const FileSizeLimit limit(5000);
  EXPECT_ERROR_KIND(files_->CopyFile(dir_ / "from", dir_ / "to", false, {}),
                    ErrorKind::kIo);
  EXPECT_FALSE(stdfs::exists(dir_ / "to"));
}

TEST_F(LocalFileSystemTest, RenameReplacesAFileOrAnEmptyDirectory) {
  WriteBytes(dir_ / "from", "new");
  WriteBytes(dir_ / "to", "old");
  ASSERT_OK(files_->Rename(dir_ / "from", dir_ / "to"));
  EXPECT_EQ(ReadBytes(dir_ / "to"), "new");
  EXPECT_FALSE(stdfs::exists(dir_ / "from"));
  stdfs::create_directory(dir_ / "staged");
  WriteBytes(dir_ / "staged/file", "1");
  stdfs::create_directory(dir_ / "output");
  ASSERT_OK(files_->Rename(dir_ / "staged", dir_ / "output"));
  EXPECT_EQ(ReadBytes(dir_ / "output/file"), "1");
}

TEST_F(LocalFileSystemTest, RenameSparesADirectoryWithContents) {
  stdfs::create_directory(dir_ / "staged");
  stdfs::create_directory(dir_ / "output");
  WriteBytes(dir_ / "output/file", "precious");
  const arrow::Status status = files_->Rename(dir_ / "staged", dir_ / "output");
  EXPECT_ERROR_KIND(status, ErrorKind::kOutputExists);
  EXPECT_EQ(ReadBytes(dir_ / "output/file"), "precious");
  EXPECT_THAT(FormatError(status), testing::HasSubstr("  to:   " + (dir_ / "output")));
  EXPECT_ERROR_KIND(files_->Rename(dir_ / "nothing", dir_ / "x"),
                    ErrorKind::kMissingPath);
}

TEST_F(LocalFileSystemTest, RemovesAFileThatIsThere) {
  WriteBytes(dir_ / "file", "");
  ASSERT_OK(files_->RemoveFile(dir_ / "file"));
  EXPECT_FALSE(stdfs::exists(dir_ / "file"));
  EXPECT_ERROR_KIND(files_->RemoveFile(dir_ / "file"), ErrorKind::kMissingPath);
}

TEST_F(LocalFileSystemTest, RemoveAllSparesWhatLinksLeadTo) {
  stdfs::create_directories(dir_ / "kept/deep");
  WriteBytes(dir_ / "kept/deep/file", "precious");
  stdfs::create_directories(dir_ / "gone/deep");
  WriteBytes(dir_ / "gone/deep/file", "");
  stdfs::create_directory_symlink(dir_ / "kept", dir_ / "gone/link");
  ASSERT_OK(files_->RemoveAll(dir_ / "gone"));
  EXPECT_FALSE(stdfs::exists(dir_ / "gone"));
  EXPECT_EQ(ReadBytes(dir_ / "kept/deep/file"), "precious");
  EXPECT_OK(files_->RemoveAll(dir_ / "gone"));
}

TEST_F(LocalFileSystemTest, SyncsDirectoriesAndNothingElse) {
  EXPECT_OK(files_->SyncDirectory(dir_.path()));
  EXPECT_ERROR_KIND(files_->SyncDirectory(dir_ / "nothing"), ErrorKind::kMissingPath);
  WriteBytes(dir_ / "file", "");
  EXPECT_FALSE(files_->SyncDirectory(dir_ / "file").ok());
}

TEST_F(LocalFileSystemTest, SyncsAnyNumberOfFilesAndDirectoriesAtOnce) {
  EXPECT_OK(files_->SyncAll({}));
  std::vector<std::string> paths = {dir_.path()};
  for (int i = 0; i < 100; ++i) {
    paths.push_back(dir_ / ("file" + std::to_string(i)));
    WriteBytes(paths.back(), "");
  }
  EXPECT_OK(files_->SyncAll(paths));
  paths.push_back(dir_ / "nothing");
  EXPECT_ERROR_KIND(files_->SyncAll(paths), ErrorKind::kMissingPath);
}

}  // namespace
}  // namespace planish
