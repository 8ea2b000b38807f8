// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class FileNamesTest : public testing::Test {
 protected:
  FileSystem* const files_ = LocalFileSystem();
  TempDir directory_;
};

TEST_F(FileNamesTest, ALinkIsTheSameFileByASecondName) {
  WriteBytes(directory_ / "one", "data");
  ASSERT_OK(files_->Link(directory_ / "one", directory_ / "two"));
  ASSERT_OK_AND_ASSIGN(const FileStatus one, files_->Stat(directory_ / "one"));
  ASSERT_OK_AND_ASSIGN(const FileStatus two, files_->Stat(directory_ / "two"));
  EXPECT_EQ(one.identity, two.identity);
  ASSERT_OK(files_->RemoveFile(directory_ / "one"));
  EXPECT_EQ(ReadBytes(directory_ / "two"), "data");
}

TEST_F(FileNamesTest, ALinkReplacesNothing) {
  WriteBytes(directory_ / "one", "data");
  WriteBytes(directory_ / "two", "other");
  EXPECT_ERROR_KIND(files_->Link(directory_ / "one", directory_ / "two"),
                    ErrorKind::kOutputExists);
  EXPECT_EQ(ReadBytes(directory_ / "two"), "other");
}

TEST_F(FileNamesTest, ALinkOfNothingIsAMissingPath) {
  EXPECT_ERROR_KIND(files_->Link(directory_ / "none", directory_ / "two"),
                    ErrorKind::kMissingPath);
}

TEST_F(FileNamesTest, ALinkToAnotherFileSystemIsUnsupported) {
  WriteBytes(directory_ / "one", "data");
  ASSERT_OK_AND_ASSIGN(const FileStatus here, files_->Stat(directory_.path()));
  ASSERT_OK_AND_ASSIGN(const FileStatus there, files_->Stat("/dev/shm"));
  if (!there.exists || there.device == here.device) return;
  const std::string name = stdfs::path(directory_.path()).filename().string();
  EXPECT_ERROR_KIND(files_->Link(directory_ / "one", "/dev/shm/" + name),
                    ErrorKind::kUnsupported);
  EXPECT_FALSE(stdfs::exists("/dev/shm/" + name));
}

TEST_F(FileNamesTest, ALinkThatTheSystemNeverMakesIsUnsupported) {
  stdfs::create_directory(directory_ / "one");
  EXPECT_ERROR_KIND(files_->Link(directory_ / "one", directory_ / "two"),
                    ErrorKind::kUnsupported);
}

TEST_F(FileNamesTest, ExchangedDirectoriesKeepWhatIsInThem) {
  stdfs::create_directories(directory_ / "one/inner");
  stdfs::create_directories(directory_ / "two");
  WriteBytes(directory_ / "one/inner/a", "a");
  WriteBytes(directory_ / "two/b", "b");
  ASSERT_OK(files_->Exchange(directory_ / "one", directory_ / "two"));
  EXPECT_EQ(ReadBytes(directory_ / "two/inner/a"), "a");
  EXPECT_EQ(ReadBytes(directory_ / "one/b"), "b");
  EXPECT_FALSE(stdfs::exists(directory_ / "one/inner"));
}

TEST_F(FileNamesTest, ExchangeNeedsBoth) {
  WriteBytes(directory_ / "one", "data");
  EXPECT_ERROR_KIND(files_->Exchange(directory_ / "one", directory_ / "none"),
                    ErrorKind::kMissingPath);
  EXPECT_EQ(ReadBytes(directory_ / "one"), "data");
}

TEST_F(FileNamesTest, ADirectoryCannotChangePlacesWithWhatIsInIt) {
  stdfs::create_directories(directory_ / "one/inner");
  EXPECT_FALSE(files_->Exchange(directory_ / "one", directory_ / "one/inner").ok());
  EXPECT_TRUE(stdfs::is_directory(directory_ / "one/inner"));
}

TEST_F(FileNamesTest, RemoveDirectorySparesOneWithContents) {
  stdfs::create_directories(directory_ / "one");
  WriteBytes(directory_ / "one/a", "a");
  EXPECT_FALSE(files_->RemoveDirectory(directory_ / "one").ok());
  EXPECT_EQ(ReadBytes(directory_ / "one/a"), "a");
  ASSERT_OK(files_->RemoveFile(directory_ / "one/a"));
  ASSERT_OK(files_->RemoveDirectory(directory_ / "one"));
  EXPECT_FALSE(stdfs::exists(directory_ / "one"));
  EXPECT_ERROR_KIND(files_->RemoveDirectory(directory_ / "one"), ErrorKind::kMissingPath);
}

TEST_F(FileNamesTest, RemoveDirectorySparesFilesAndLinks) {
  WriteBytes(directory_ / "file", "a");
  stdfs::create_directory(directory_ / "there");
  stdfs::create_directory_symlink(directory_ / "there", directory_ / "link");
  EXPECT_FALSE(files_->RemoveDirectory(directory_ / "file").ok());
  EXPECT_FALSE(files_->RemoveDirectory(directory_ / "link").ok());
  EXPECT_TRUE(stdfs::exists(directory_ / "file"));
  EXPECT_TRUE(stdfs::exists(directory_ / "there"));
}

TEST_F(FileNamesTest, StatLinkTellsALinkFromWhatItLeadsTo) {
  WriteBytes(directory_ / "file", "data");
  stdfs::create_symlink("file", directory_ / "link");
  stdfs::create_symlink("none", directory_ / "broken");
  ASSERT_OK_AND_ASSIGN(const FileStatus file, files_->StatLink(directory_ / "file"));
  EXPECT_FALSE(file.is_link);
  EXPECT_EQ(file.kind, EntryKind::kFile);
  ASSERT_OK_AND_ASSIGN(const FileStatus link, files_->StatLink(directory_ / "link"));
  EXPECT_TRUE(link.is_link);
  EXPECT_NE(link.identity.inode, file.identity.inode);
  ASSERT_OK_AND_ASSIGN(const FileStatus broken, files_->StatLink(directory_ / "broken"));
  EXPECT_TRUE(broken.exists && broken.is_link);
  ASSERT_OK_AND_ASSIGN(const FileStatus followed, files_->Stat(directory_ / "broken"));
  EXPECT_FALSE(followed.exists);
  ASSERT_OK_AND_ASSIGN(const FileStatus none, files_->StatLink(directory_ / "none"));
  EXPECT_FALSE(none.exists);
}

TEST_F(FileNamesTest, ListTellsWhichEntriesAreLinks) {
  WriteBytes(directory_ / "a-file", "data");
  stdfs::create_directory(directory_ / "b-directory");
  stdfs::create_symlink("a-file", directory_ / "c-link");
  stdfs::create_directory_symlink("b-directory", directory_ / "d-link");
  stdfs::create_symlink("none", directory_ / "e-broken");
  ASSERT_OK_AND_ASSIGN(auto entries, files_->List(directory_.path()));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  ASSERT_EQ(entries.size(), 5U);
  for (const DirectoryEntry& entry : entries) {
    EXPECT_EQ(entry.is_link, entry.name >= "c-link") << entry.name;
    const bool is_directory = entry.name == "b-directory" || entry.name == "d-link";
    EXPECT_EQ(entry.kind, is_directory ? EntryKind::kDirectory : EntryKind::kFile)
        << entry.name;
  }
}

TEST_F(FileNamesTest, OnlyItsOwnerMayEnterAPrivateDirectory) {
  ASSERT_OK(files_->MakePrivateDirectory(directory_ / "private"));
  EXPECT_EQ(stdfs::status(directory_ / "private").permissions(), stdfs::perms::owner_all);
  EXPECT_FALSE(files_->MakePrivateDirectory(directory_ / "private").ok());
}

TEST_F(FileNamesTest, FilesOfOneFileSystemHaveItsDeviceAndFreeSpace) {
  WriteBytes(directory_ / "file", "data");
  ASSERT_OK_AND_ASSIGN(const FileStatus above, files_->Stat(directory_.path()));
  ASSERT_OK_AND_ASSIGN(const FileStatus file, files_->Stat(directory_ / "file"));
  EXPECT_EQ(above.device, file.device);
  ASSERT_OK_AND_ASSIGN(const FileStatus other, files_->Stat("/proc"));
  EXPECT_TRUE(!other.exists || other.device != above.device);
  ASSERT_OK_AND_ASSIGN(const int64_t bytes, files_->FreeBytes(directory_.path()));
  const stdfs::space_info space = stdfs::space(directory_.path());
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, static_cast<int64_t>(space.capacity));
  EXPECT_ERROR_KIND(files_->FreeBytes(directory_ / "none"), ErrorKind::kMissingPath);
}

TEST_F(FileNamesTest, WhereNothingMayBeWrittenNothingIsLinkedExchangedOrRemoved) {
  stdfs::create_directories(directory_ / "closed/inner");
  WriteBytes(directory_ / "closed/a", "a");
  stdfs::permissions(directory_.path(), stdfs::perms::owner_all |
                                            stdfs::perms::others_read |
                                            stdfs::perms::others_exec);
  stdfs::permissions(directory_ / "closed", stdfs::perms(0555));
  {
    const OrdinaryUser nobody;
    const std::string closed = directory_ / "closed";
    EXPECT_ERROR_KIND(files_->Link(closed + "/a", closed + "/b"), ErrorKind::kPermission);
    EXPECT_ERROR_KIND(files_->Exchange(closed + "/a", closed + "/inner"),
                      ErrorKind::kPermission);
    EXPECT_ERROR_KIND(files_->RemoveDirectory(closed + "/inner"), ErrorKind::kPermission);
  }
  stdfs::permissions(directory_ / "closed", stdfs::perms(0755));
}

}  // namespace
}  // namespace planish
