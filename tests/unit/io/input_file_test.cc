// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

class InputFileTest : public testing::Test {
 protected:
  TempDir dir_;
  const std::string path_ = dir_ / "data";
};

TEST_F(InputFileTest, ReadsAnyRangeUpToItsLastByte) {
  const std::string bytes = PatternBytes(10'000);
  WriteBytes(path_, bytes);
  const auto file = OpenFile(path_);
  EXPECT_EQ(file->path(), path_);
  EXPECT_EQ(file->size(), 10'000);
  std::string read(3000, '\0');
  ASSERT_OK(file->ReadAt(7000, 3000, read.data()));
  EXPECT_EQ(read, bytes.substr(7000));
  ASSERT_OK(file->ReadAt(0, 1, read.data()));
  EXPECT_EQ(read[0], bytes[0]);
  ASSERT_OK(file->ReadAt(10'000, 0, nullptr));
  EXPECT_EQ(file->bytes_read(), 3001);
}

TEST_F(InputFileTest, RefusesARangePastItsEnd) {
  WriteBytes(path_, "12345");
  const auto file = OpenFile(path_);
  char out[16] = {};
  EXPECT_ERROR_KIND(file->ReadAt(0, 6, out), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(file->ReadAt(6, 0, out), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(file->ReadAt(-1, 1, out), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(file->ReadAt(1, -1, out), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(file->ReadAt(1, INT64_MAX, out), ErrorKind::kCorrupt);
  EXPECT_EQ(file->bytes_read(), 0);
  EXPECT_EQ(FormatError(file->ReadAt(3, 4, out)),
            "range outside the file\n  file:  " + path_ +
                "\n  range: 4 bytes at offset 3\n"
                "  size:  5 bytes");
}

TEST_F(InputFileTest, AnEmptyFileHasNothingToRead) {
  WriteBytes(path_, "");
  const auto file = OpenFile(path_);
  EXPECT_EQ(file->size(), 0);
  EXPECT_OK(file->ReadAt(0, 0, nullptr));
  char out = 0;
  EXPECT_ERROR_KIND(file->ReadAt(0, 1, &out), ErrorKind::kCorrupt);
}

TEST_F(InputFileTest, NoticesThatTheFileBecameShorter) {
  WriteBytes(path_, "1234567890");
  const auto file = OpenFile(path_);
  std::filesystem::resize_file(path_, 4);
  char out[16] = {};
  EXPECT_OK(file->ReadAt(0, 4, out));
  EXPECT_ERROR_KIND(file->ReadAt(0, 10, out), ErrorKind::kDrift);
}

TEST_F(InputFileTest, ServesSeveralThreadsAtOnce) {
  const std::string bytes = PatternBytes(100'000);
  WriteBytes(path_, bytes);
  const auto file = OpenFile(path_);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::string read(1000, '\0');
      for (int64_t offset = t * 1000; offset < 100'000; offset += 4000) {
        if (!file->ReadAt(offset, 1000, read.data()).ok()) ++wrong;
        if (bytes.compare(static_cast<size_t>(offset), 1000, read) != 0) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(file->bytes_read(), 100'000);
}

TEST_F(InputFileTest, AMissingFileIsAMissingPath) {
  const arrow::Status status = LocalFileSystem()->OpenInput(path_).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kMissingPath);
  EXPECT_EQ(FormatError(status),
            "cannot open: No such file or directory\n  file: " + path_);
}

TEST_F(InputFileTest, DeniedAccessIsAPermissionError) {
  WriteBytes(path_, "secret");
  ASSERT_EQ(chmod(path_.c_str(), 0), 0);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  const OrdinaryUser user;
  const arrow::Status status = LocalFileSystem()->OpenInput(path_).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kPermission);
  EXPECT_EQ(status.message(), "cannot open: Permission denied");
}

TEST_F(InputFileTest, OpensOnlyRegularFiles) {
  EXPECT_ERROR_KIND(LocalFileSystem()->OpenInput(dir_.path()), ErrorKind::kIo);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_ERROR_KIND(LocalFileSystem()->OpenInput(path_), ErrorKind::kIo);
}

TEST_F(InputFileTest, StaysReadableAfterItsNameIsGone) {
  WriteBytes(path_, "12345");
  const auto file = OpenFile(path_);
  ASSERT_OK(LocalFileSystem()->RemoveFile(path_));
  char out[5] = {};
  ASSERT_OK(file->ReadAt(0, 5, out));
  EXPECT_EQ(std::string(out, 5), "12345");
}

}  // namespace
}  // namespace planish
