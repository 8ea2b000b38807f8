// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

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

class FileAttributesTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteBytes(Model(), "model");
    WriteBytes(Target(), "target");
  }
  std::string Model() const { return directory_ / "model"; }
  std::string Target() const { return directory_ / "target"; }
  arrow::Status Copy() { return files_->CopyAttributes(Model(), Target(), true); }

  static struct stat Look(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status;
  }

  FileSystem* const files_ = LocalFileSystem();
  TempDir directory_;
};

TEST_F(FileAttributesTest, PermissionsAreCopiedWhateverTheUmask) {
  for (const mode_t mode : {0600, 0640, 0444, 0666, 0751}) {
    ASSERT_EQ(chmod(Model().c_str(), mode), 0);
    ASSERT_OK(Copy());
    EXPECT_EQ(Look(Target()).st_mode & 07777, mode);
  }
  EXPECT_EQ(ReadBytes(Target()), "target");
}

TEST_F(FileAttributesTest, PermissionsOfDirectoriesAreCopiedToo) {
  stdfs::create_directory(directory_ / "one");
  ASSERT_OK(files_->MakePrivateDirectory(directory_ / "other"));
  ASSERT_EQ(chmod((directory_ / "one").c_str(), 02775), 0);
  ASSERT_OK(files_->CopyAttributes(directory_ / "one", directory_ / "other", true));
  EXPECT_EQ(Look(directory_ / "other").st_mode & 07777, 02775U);
}

TEST_F(FileAttributesTest, TheModelStaysAsItIs) {
  ASSERT_EQ(chmod(Model().c_str(), 0604), 0);
  const struct stat before = Look(Model());
  ASSERT_OK(Copy());
  const struct stat after = Look(Model());
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
  EXPECT_EQ(after.st_mode & 07777, 0604U);
}

TEST_F(FileAttributesTest, OwnerAndGroupAreCopiedWithThePermissionsTheyWouldTakeAway) {
  if (geteuid() != 0) {
    EXPECT_OK(Copy());  // To oneself is allowed to everybody.
    return;
  }
  ASSERT_EQ(chown(Model().c_str(), 12345, 23456), 0);
  ASSERT_EQ(chmod(Model().c_str(), 06755), 0);
  ASSERT_OK(Copy());
  const struct stat target = Look(Target());
  EXPECT_EQ(target.st_uid, 12345U);
  EXPECT_EQ(target.st_gid, 23456U);
  EXPECT_EQ(target.st_mode & 07777, 06755U);
}

#ifdef __linux__
TEST_F(FileAttributesTest, AnOwnerThatMayNotBeGivenIsAPermissionError) {
  if (geteuid() != 0) {
    EXPECT_ERROR_KIND(files_->CopyAttributes("/proc/version", Target(), true),
                      ErrorKind::kPermission);
    return;
  }
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_EQ(chown(Target().c_str(), 65534, 65534), 0);
  const OrdinaryUser nobody;
  EXPECT_ERROR_KIND(Copy(), ErrorKind::kPermission);
}

TEST_F(FileAttributesTest, ExtendedAttributesAreCopied) {
  const std::string binary("a\0b", 3);
  if (setxattr(Model().c_str(), "user.planish.one", binary.data(), binary.size(), 0) !=
      0) {
    EXPECT_OK(Copy());  // The file system has none.
    return;
  }
  ASSERT_EQ(setxattr(Model().c_str(), "user.planish.empty", "", 0, 0), 0);
  ASSERT_EQ(setxattr(Target().c_str(), "user.planish.one", "other", 5, 0), 0);
  ASSERT_OK(Copy());
  char value[16] = {};
  ASSERT_EQ(getxattr(Target().c_str(), "user.planish.one", value, sizeof(value)), 3);
  EXPECT_EQ(std::string(value, 3), binary);
  EXPECT_EQ(getxattr(Target().c_str(), "user.planish.empty", value, sizeof(value)), 0);
}
#endif

TEST_F(FileAttributesTest, BothMustBeThere) {
  EXPECT_ERROR_KIND(files_->CopyAttributes(Model(), directory_ / "none", false),
                    ErrorKind::kMissingPath);
  EXPECT_ERROR_KIND(files_->CopyAttributes(directory_ / "none", Target(), false),
                    ErrorKind::kMissingPath);
}

}  // namespace
}  // namespace planish
