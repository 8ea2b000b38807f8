// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <utility>

#include "io/file_descriptor.h"
#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

constexpr int64_t kMebibyte = int64_t{1} << 20;

/// A file that is not the machine's.
class MemoryFile : public InputFile {
 public:
  explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& path() const override { return path_; }
  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override {
    std::memcpy(out, bytes_.data() + offset, static_cast<size_t>(length));
    bytes_read_ += length;
    return arrow::Status::OK();
  }
  int64_t bytes_read() const override { return bytes_read_; }

 private:
  const std::string path_ = "memory";
  const std::string bytes_;
  int64_t bytes_read_ = 0;
};

class OutputFileTest : public testing::Test {
 protected:
  void Create(bool write_back_early = false) {
    ASSERT_OK_AND_ASSIGN(output_, files_->CreateOutput(path_, write_back_early));
  }
  /// Appends and remembers what the file must hold.
  void Append(const std::string& bytes) {
    ASSERT_OK(output_->Append(bytes.data(), static_cast<int64_t>(bytes.size())));
    expected_ += bytes;
    ASSERT_EQ(output_->position(), static_cast<int64_t>(expected_.size()));
  }
  void AppendFrom(InputFile& source, const std::string& bytes, int64_t offset,
                  int64_t length) {
    ASSERT_OK(output_->AppendFrom(source, offset, length));
    expected_ += bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
    ASSERT_EQ(output_->position(), static_cast<int64_t>(expected_.size()));
  }
  void CloseAndCompare() {
    ASSERT_OK(output_->Close());
    EXPECT_TRUE(ReadBytes(path_) == expected_);
  }

  TempDir dir_;
  FileSystem* const files_ = LocalFileSystem();
  const std::string path_ = dir_ / "output";
  const std::string source_path_ = dir_ / "source";
  std::unique_ptr<OutputFile> output_;
  std::string expected_;
};

TEST_F(OutputFileTest, HoldsAppendsOfAnySizeInOrder) {
  Create();
  for (int64_t size :
       {int64_t{0}, int64_t{1}, int64_t{1000}, kMebibyte - 1001, int64_t{1},
        kMebibyte - 1, kMebibyte, int64_t{7}, kMebibyte + 1, int64_t{5}}) {
    Append(PatternBytes(size));
  }
  CloseAndCompare();
}

TEST_F(OutputFileTest, WithoutAppendsIsAnEmptyFile) {
  Create();
  CloseAndCompare();
  EXPECT_EQ(ReadBytes(path_), "");
}

TEST_F(OutputFileTest, HoldsTheSameBytesWhenWrittenBackEarly) {
  Create(/*write_back_early=*/true);
  const std::string bytes = PatternBytes(5 * kMebibyte);
  WriteBytes(source_path_, bytes);
  for (int i = 0; i < 4; ++i) {
    Append(bytes);
    Append("small");
    AppendFrom(*OpenFile(source_path_), bytes, i, 4 * kMebibyte);
  }
  ASSERT_OK(output_->Sync());
  CloseAndCompare();
}

TEST_F(OutputFileTest, SyncLeavesNothingInTheBuffer) {
  Create();
  Append("buffered");
  ASSERT_OK(output_->Sync());
  EXPECT_EQ(ReadBytes(path_), "buffered");
  Append(" more");
  CloseAndCompare();
}

TEST_F(OutputFileTest, AppendsRangesOfAnotherFileBetweenOtherBytes) {
  const std::string bytes = PatternBytes(20 * kMebibyte + 123);
  WriteBytes(source_path_, bytes);
  const auto source = OpenFile(source_path_);
  Create();
  Append("PAR1");
  AppendFrom(*source, bytes, 0, 1);
  AppendFrom(*source, bytes, 4095, 8193);
  AppendFrom(*source, bytes, 100, 0);
  Append("between");
  AppendFrom(*source, bytes, 1, 17 * kMebibyte);
  AppendFrom(*source, bytes, source->size() - 5, 5);
  Append("end");
  CloseAndCompare();
  EXPECT_EQ(source->bytes_read(), 1 + 8193 + 17 * kMebibyte + 5);
}

TEST_F(OutputFileTest, AppendsFromAFileThatIsNotTheMachines) {
  MemoryFile source(PatternBytes(3 * kMebibyte));
  Create();
  Append("before");
  AppendFrom(source, PatternBytes(3 * kMebibyte), 11, 2 * kMebibyte + 5);
  Append("after");
  CloseAndCompare();
}

TEST_F(OutputFileTest, RefusesARangePastTheSourcesEnd) {
  WriteBytes(source_path_, "12345");
  Create();
  EXPECT_ERROR_KIND(output_->AppendFrom(*OpenFile(source_path_), 3, 3),
                    ErrorKind::kCorrupt);
  EXPECT_OK(output_->Close());
}

TEST_F(OutputFileTest, NoticesThatTheSourceBecameShorter) {
  WriteBytes(source_path_, PatternBytes(10'000));
  const auto source = OpenFile(source_path_);
  ASSERT_EQ(truncate(source_path_.c_str(), 5000), 0);
  Create();
  EXPECT_ERROR_KIND(output_->AppendFrom(*source, 0, 10'000), ErrorKind::kDrift);
  EXPECT_OK(output_->Close());
}

TEST_F(OutputFileTest, RefusesToReplaceAFile) {
  WriteBytes(path_, "precious");
  EXPECT_ERROR_KIND(files_->CreateOutput(path_), ErrorKind::kOutputExists);
  EXPECT_EQ(ReadBytes(path_), "precious");
}

TEST_F(OutputFileTest, NeedsADirectoryToBeIn) {
  EXPECT_ERROR_KIND(files_->CreateOutput(dir_ / "no/such"), ErrorKind::kMissingPath);
}

TEST_F(OutputFileTest, IsCreatedWithThePermissionsTheUserAskedFor) {
  const mode_t saved = umask(027);
  Create();
  umask(saved);
  ASSERT_OK(output_->Close());
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(OutputFileTest, CompletesShortWritesOrReportsWhyItCannot) {
  Create();
  const FileSizeLimit limit(kMebibyte + 100);
  Append(PatternBytes(kMebibyte));
  const std::string bytes = PatternBytes(2 * kMebibyte);
  EXPECT_ERROR_KIND(output_->Append(bytes.data(), 2 * kMebibyte), ErrorKind::kIo);
  EXPECT_OK(output_->Close());
}

TEST_F(OutputFileTest, CloseReportsThatBufferedBytesWereLost) {
  Create();
  const FileSizeLimit limit(3);
  Append("12345");
  EXPECT_ERROR_KIND(output_->Close(), ErrorKind::kIo);
  EXPECT_OK(output_->Close());
}

TEST_F(OutputFileTest, TakesNothingAfterClose) {
  Create();
  ASSERT_OK(output_->Close());
  EXPECT_ERROR_KIND(output_->Append("x", 1), ErrorKind::kIo);
  EXPECT_ERROR_KIND(output_->Sync(), ErrorKind::kIo);
}

#ifdef __linux__
TEST(FileDescriptorTest, AFullDiskHasAKindAndAHint) {
  ASSERT_OK_AND_ASSIGN(FileDescriptor full, FileDescriptor::Open("/dev/full", O_WRONLY));
  const arrow::Status status = full.Write(0, 1, "x");
  EXPECT_ERROR_KIND(status, ErrorKind::kDiskFull);
  EXPECT_EQ(FormatError(status),
            "cannot write: No space left on device\n"
            "  file: /dev/full\n"
            "\n"
            "hint: free space on that file system, or use another");
}

TEST(FileDescriptorTest, CopiesThroughABufferWhatTheKernelCannotCopy) {
  // The kernel makes this file up as it is read, and says it has no bytes to copy.
  const std::string expected = ReadBytes("/proc/version");
  const TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto source, FileDescriptor::Open("/proc/version", O_RDONLY));
  ASSERT_OK_AND_ASSIGN(
      auto target, FileDescriptor::Open(dir / "copy", O_WRONLY | O_CREAT | O_EXCL, 0600));
  ASSERT_OK(target.CopyRange(source, 3, 0, static_cast<int64_t>(expected.size()) - 3));
  ASSERT_OK(target.Close());
  EXPECT_EQ(ReadBytes(dir / "copy"), expected.substr(3));
}
#endif

}  // namespace
}  // namespace planish
