// SPDX-License-Identifier: Apache-2.0
#include "planish/local_path.h"

#include <gtest/gtest.h>

#include "planish/error.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

TEST(LocalPathTest, APathIsTakenAsItIs) {
  for (const char* path : {"", "-", "a/b", "/a/b", "./s3://b", "a:b", "C:/x", "a b://c",
                           "year=2024/x://y", "://x", "3s://x", "s3:/b", "*.parquet"}) {
    ASSERT_OK_AND_ASSIGN(const std::string local, LocalPath(path, "output"));
    EXPECT_EQ(local, path);
    EXPECT_OK(CheckLocalPath(path, "output")) << path;
  }
}

TEST(LocalPathTest, AFileUrlIsTakenForItsPath) {
  EXPECT_EQ(LocalPath("file:///a/b", "output").ValueOrDie(), "/a/b");
  EXPECT_EQ(LocalPath("FILE://localhost/a", "output").ValueOrDie(), "/a");
  EXPECT_EQ(LocalPath("file:///a%20b/%C3%BC%", "output").ValueOrDie(), "/a b/\xc3\xbc%");
  EXPECT_EQ(LocalPath("file:///a%2gb%-1", "output").ValueOrDie(), "/a%2gb%-1");
}

TEST(LocalPathTest, AUrlOfAnythingElseIsAnError) {
  for (const char* url : {"s3://b/y", "gs://b", "abfs+x://c/d", "S3://b", "http://h/p",
                          "file://host/p", "file://p"}) {
    EXPECT_ERROR_KIND(LocalPath(url, "output"), ErrorKind::kInvalidOption);
    EXPECT_ERROR_KIND(CheckLocalPath(url, "output"), ErrorKind::kInvalidOption);
  }
}

TEST(LocalPathTest, TheErrorSaysHowADirectoryOfThatNameIsWritten) {
  EXPECT_EQ(FormatError(CheckLocalPath("s3://b/y", "output")),
            "`output` is not a local path: s3://b/y\n"
            "\n"
            "hint: planish works on local files only; a directory that is really called "
            "so is ./s3://b/y");
}

}  // namespace
}  // namespace planish
