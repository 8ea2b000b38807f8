// SPDX-License-Identifier: Apache-2.0
// Inputs in which somebody else may create names, and does.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "dataset/input_discovery.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using testing::HasSubstr;

class HostileInputsTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteTree({{"a.parquet", "PAR1"}, {"sub/", ""}, {"sub/b.parquet", "PAR1"}}, input());
    WriteTree({{"secret.parquet", "PAR1 secret"}}, dir_ / "elsewhere");
  }

  std::string input() const { return dir_ / "in"; }
  std::string secret() const { return dir_ / "elsewhere/secret.parquet"; }

  arrow::Result<DiscoveredInputs> Find(const std::string& what, bool allow = false) {
    DatasetOptions options;
    options.inputs = {what};
    options.allow_symlinks = allow;
    return DiscoverFiles(LocalFileSystem(), options, DirectoryFiles::kParquet);
  }

  void ExpectRefused(const std::string& what) {
    const auto found = Find(what);
    ASSERT_ERROR_KIND(found, ErrorKind::kUnsupported);
    EXPECT_THAT(FormatError(found.status()), HasSubstr("allow_symlinks"));
    EXPECT_OK(Find(what, true));
  }

  TempDir dir_;
};

TEST_F(HostileInputsTest, ALinkOutOfAnInputIsRefusedUnlessAllowed) {
  stdfs::create_symlink(secret(), input() + "/x.parquet");
  ExpectRefused(input());
  ExpectRefused(input() + "/*.parquet");
  ExpectRefused(input() + "/**/*.parquet");
  EXPECT_OK(Find(input() + "/a*"));
}

TEST_F(HostileInputsTest, ALinkToADirectoryOutsideIsRefusedUnlessAllowed) {
  stdfs::create_directory_symlink(dir_ / "elsewhere", input() + "/day");
  ExpectRefused(input());
  ExpectRefused(input() + "/*");
  ExpectRefused(input() + "/*/*.parquet");
  ExpectRefused(input() + "/d*/secret.parquet");
}

TEST_F(HostileInputsTest, LinksThatStayWithinAnInputAreFine) {
  stdfs::create_symlink("sub/b.parquet", input() + "/relative.parquet");
  stdfs::create_symlink(input() + "/a.parquet", input() + "/sub/absolute.parquet");
  stdfs::create_directory_symlink("sub", input() + "/day");
  ASSERT_OK_AND_ASSIGN(const auto found, Find(input()));
  EXPECT_EQ(found.files.size(), 6U);
  for (const DiscoveredFile& file : found.files) {
    EXPECT_OK(LocalFileSystem()->OpenInput(file.path)) << file.path;
  }
}

TEST_F(HostileInputsTest, WhatAUserNamesIsTakenAsItIs) {
  stdfs::create_symlink(secret(), input() + "/x.parquet");
  stdfs::create_directory_symlink(dir_ / "elsewhere", dir_ / "link");
  EXPECT_OK(Find(input() + "/x.parquet"));
  EXPECT_OK(Find(dir_ / "link"));
}

TEST_F(HostileInputsTest, AFileThatBecomesALinkAfterItWasFoundIsNotRead) {
  ASSERT_OK_AND_ASSIGN(const auto found, Find(input()));
  stdfs::remove(input() + "/a.parquet");
  stdfs::create_symlink(secret(), input() + "/a.parquet");
  stdfs::rename(input() + "/sub", dir_ / "aside");
  stdfs::create_directory_symlink(dir_ / "elsewhere", input() + "/sub");
  EXPECT_FALSE(LocalFileSystem()->OpenInput(input() + "/a.parquet").ok());
  // One in the directory that was found may still be read there.
  EXPECT_FALSE(LocalFileSystem()->OpenInput(input() + "/sub/secret.parquet").ok());
}

TEST_F(HostileInputsTest, APipeThatIsCalledLikeDataIsPassedOverAndNamed) {
  ASSERT_EQ(mkfifo((input() + "/x.parquet").c_str(), 0600), 0);
  for (const char* what : {"", "/*.parquet"}) {
    ASSERT_OK_AND_ASSIGN(const auto found, Find(input() + what));
    ASSERT_EQ(found.others.size(), 1U);
    EXPECT_THAT(found.others[0].path, HasSubstr("x.parquet"));
    EXPECT_THAT(found.others[0].reason, HasSubstr("neither a file"));
  }
  EXPECT_ERROR_KIND(Find(input() + "/x.parquet"), ErrorKind::kUnsupported);
}

TEST_F(HostileInputsTest, WhatIsNestedTooDeepIsPassedOverAndNamed) {
  for (const int length : {1, 250}) {
    const std::string name(length, 'n');
    const std::string top = input() + "/" + name;
    int at = open(input().c_str(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 600; ++i) {
      ASSERT_EQ(mkdirat(at, name.c_str(), 0700), 0);
      const int next = openat(at, name.c_str(), O_RDONLY | O_DIRECTORY);
      close(at);
      at = next;
    }
    close(at);
    ASSERT_OK_AND_ASSIGN(const auto found, Find(input()));
    EXPECT_EQ(found.files.size(), 2U);
    ASSERT_EQ(found.others.size(), 1U);
    EXPECT_NE(found.others[0].reason, "");
    EXPECT_OK(LocalFileSystem()->RemoveAll(top));
  }
}

}  // namespace
}  // namespace planish
