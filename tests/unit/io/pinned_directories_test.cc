// SPDX-License-Identifier: Apache-2.0
#include "io/pinned_directories.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "io/beneath.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/second_user.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class PinnedDirectoriesTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteTree({{"a", "of a"}, {"sub/", ""}, {"sub/b", "of b"}}, inside());
    WriteTree({{"a", "secret"}, {"sub/", ""}, {"sub/b", "secret"}}, outside());
  }

  std::string inside() const { return dir_ / "inside"; }
  std::string outside() const { return dir_ / "outside"; }

  /// As somebody does who may rename in the directory above.
  void ExchangeForLink(const std::string& directory, const std::string& target) {
    stdfs::rename(directory, dir_ / "aside");
    stdfs::create_directory_symlink(target, directory);
  }

  std::string ReadText(const std::string& path) {
    const auto file = files_->OpenInput(path);
    if (!file.ok()) return file.status().message();
    std::string text(static_cast<size_t>((*file)->size()), '\0');
    EXPECT_OK((*file)->ReadAt(0, (*file)->size(), text.data()));
    return text;
  }

  FileSystem* const files_ = LocalFileSystem();
  TempDir dir_;
};

TEST_F(PinnedDirectoriesTest, PathsLeadIntoTheDirectoryThatWasPinned) {
  ASSERT_OK_AND_ASSIGN(auto pin, files_->Pin(inside(), PinDemand::kNone));
  ExchangeForLink(inside(), outside());
  EXPECT_EQ(ReadText(inside() + "/a"), "of a");
  EXPECT_EQ(ReadText(inside() + "/sub/b"), "of b");
  EXPECT_OK(files_->RemoveFile(inside() + "/a"));
  EXPECT_OK(files_->Rename(inside() + "/sub/b", inside() + "/c"));
  ASSERT_OK(files_->MakeDirectories(inside() + "/new/er"));
  ASSERT_OK(files_->CreateOutput(inside() + "/new/er/file"));
  EXPECT_EQ(NamesOf(ReadTree(outside())), "a:6 sub/ sub/b:6 ");
  EXPECT_EQ(NamesOf(ReadTree(dir_ / "aside")), "c:4 new/ new/er/ new/er/file:0 sub/ ");
  pin.reset();
  EXPECT_EQ(ReadText(inside() + "/a"), "secret");
}

TEST_F(PinnedDirectoriesTest, ADirectoryInItThatBecomesALinkIsRefused) {
  ASSERT_OK_AND_ASSIGN(const auto pin, files_->Pin(inside(), PinDemand::kNone));
  ExchangeForLink(inside() + "/sub", outside() + "/sub");
  const std::string b = inside() + "/sub/b";
  EXPECT_ERROR_KIND(files_->OpenInput(b), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->StatLink(b), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->RemoveFile(b), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->RemoveAll(b), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->Rename(inside() + "/a", b), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->Link(inside() + "/a", b + "2"), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->CreateOutput(b + "2"), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->CopyAttributes(inside() + "/a", b, false),
                    ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->MakeDirectories(inside() + "/sub/new/er"),
                    ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->SyncDirectory(inside() + "/sub"), ErrorKind::kUnsupported);
  EXPECT_EQ(NamesOf(ReadTree(outside())), "a:6 sub/ sub/b:6 ");
}

TEST_F(PinnedDirectoriesTest, AFileThatIsALinkIsReadOnlyWhereThatIsAllowed) {
  stdfs::create_symlink(outside() + "/a", inside() + "/link");
  {
    ASSERT_OK_AND_ASSIGN(const auto pin, files_->Pin(inside(), PinDemand::kNone));
    EXPECT_ERROR_KIND(files_->OpenInput(inside() + "/link"), ErrorKind::kUnsupported);
    EXPECT_ERROR_KIND(files_->CopyFile(inside() + "/link", dir_ / "copy", false, {}),
                      ErrorKind::kUnsupported);
  }
  ASSERT_OK_AND_ASSIGN(const auto pin,
                       files_->Pin(inside(), PinDemand::kNone, PinnedLinks::kFollowed));
  EXPECT_EQ(ReadText(inside() + "/link"), "secret");
  EXPECT_ERROR_KIND(files_->CopyAttributes(inside() + "/a", inside() + "/link", false),
                    ErrorKind::kUnsupported);
}

TEST_F(PinnedDirectoriesTest, ExchangedDirectoriesExchangeTheirPins) {
  ASSERT_OK_AND_ASSIGN(const auto one, files_->Pin(inside(), PinDemand::kNone));
  ASSERT_OK_AND_ASSIGN(const auto other, files_->Pin(outside(), PinDemand::kNone));
  EXPECT_EQ(ReadText(inside() + "/sub/b"), "of b");
  ASSERT_OK(files_->Exchange(inside(), outside()));
  EXPECT_EQ(ReadText(inside() + "/sub/b"), "secret");
  EXPECT_EQ(ReadText(outside() + "/sub/b"), "of b");
}

TEST_F(PinnedDirectoriesTest, ADirectoryIsFoundAnewOnceItWasListedAnew) {
  ASSERT_OK_AND_ASSIGN(const auto pin, files_->Pin(inside(), PinDemand::kNone));
  EXPECT_EQ(ReadText(inside() + "/sub/b"), "of b");
  stdfs::rename(inside() + "/sub", inside() + "/old");
  WriteTextFile(inside() + "/sub/b", "new b");
  ASSERT_OK(files_->List(inside() + "/sub"));
  EXPECT_EQ(ReadText(inside() + "/sub/b"), "new b");
}

TEST_F(PinnedDirectoriesTest, RelativePathsAndAbsoluteOnesAreTheSamePlaces) {
  const stdfs::path before = stdfs::current_path();
  stdfs::current_path(inside() + "/sub");
  {
    ASSERT_OK_AND_ASSIGN(const auto pin, files_->Pin(inside(), PinDemand::kNone));
    ExchangeForLink(inside(), outside());
    EXPECT_EQ(ReadText(inside() + "//./a"), "of a");
    EXPECT_EQ(ReadText("../sub/b"), "of b");
  }
  stdfs::current_path(before);
}

TEST_F(PinnedDirectoriesTest, WhatIsNotTheUsersOwnIsRefusedWithItsOwner) {
  SKIP_WITHOUT_A_SECOND_USER();
  EXPECT_OK(files_->Pin(inside(), PinDemand::kPrivate));
  stdfs::permissions(inside(), stdfs::perms(0775));
  EXPECT_OK(files_->Pin(inside(), PinDemand::kOwned));
  const auto open = files_->Pin(inside(), PinDemand::kPrivate);
  ASSERT_ERROR_KIND(open, ErrorKind::kPermission);
  EXPECT_THAT(FormatError(open.status()), testing::HasSubstr("0775"));
  ASSERT_EQ(chown(inside().c_str(), kSecondUser, kSecondUser), 0);
  const auto others = files_->Pin(inside(), PinDemand::kOwned);
  ASSERT_ERROR_KIND(others, ErrorKind::kPermission);
  EXPECT_THAT(FormatError(others.status()), testing::HasSubstr("65534"));
  EXPECT_THAT(FormatError(others.status()), testing::HasSubstr("hint: "));
  EXPECT_OK(files_->Pin(inside(), PinDemand::kNoLink));
}

TEST_F(PinnedDirectoriesTest, ALinkIsPinnedOnlyWhereAUserNamedIt) {
  stdfs::create_directory_symlink(inside(), dir_ / "link");
  EXPECT_OK(files_->Pin(dir_ / "link", PinDemand::kNone));
  EXPECT_ERROR_KIND(files_->Pin(dir_ / "link", PinDemand::kNoLink),
                    ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->Pin(inside() + "/a", PinDemand::kNone),
                    ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->Pin(dir_ / "none", PinDemand::kNone),
                    ErrorKind::kMissingPath);
}

TEST_F(PinnedDirectoriesTest, ThousandsArePinnedWithFewOpenAndNoneIsMistaken) {
  const auto num_open = [] {
    const stdfs::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
  };
  const auto before = num_open();
  std::vector<std::unique_ptr<PinnedDirectory>> pins;
  for (int i = 0; i < 600; ++i) {
    const std::string path = dir_ / ("many/" + std::to_string(i));
    WriteTextFile(path + "/x", std::to_string(i));
    ASSERT_OK_AND_ASSIGN(pins.emplace_back(), files_->Pin(path, PinDemand::kNone));
  }
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(ReadText(dir_ / ("many/" + std::to_string(i) + "/x")), std::to_string(i));
  }
  EXPECT_LT(num_open() - before, 200);
  stdfs::rename(dir_ / "many/0", dir_ / "many/aside");
  stdfs::create_directory_symlink(outside(), dir_ / "many/0");
  EXPECT_ERROR_KIND(files_->OpenInput(dir_ / "many/0/a"), ErrorKind::kDrift);
  pins.clear();
  EXPECT_EQ(num_open(), before);
}

TEST_F(PinnedDirectoriesTest, LinksWithinAreReadAndNoOthers) {
  stdfs::create_symlink("sub/b", inside() + "/relative");
  stdfs::create_symlink(inside() + "/sub/b", inside() + "/absolute");
  stdfs::create_directory_symlink("sub", inside() + "/day");
  stdfs::create_symlink("../outside/a", inside() + "/away");
  ASSERT_OK_AND_ASSIGN(const auto pin,
                       files_->Pin(inside(), PinDemand::kNone, PinnedLinks::kWithin));
  for (const char* name : {"/relative", "/absolute", "/day/b"}) {
    EXPECT_EQ(ReadText(inside() + name), "of b") << name;
  }
  EXPECT_ERROR_KIND(files_->OpenInput(inside() + "/away"), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(files_->RemoveFile(inside() + "/day/b"), ErrorKind::kUnsupported);
}

TEST_F(PinnedDirectoriesTest, BothWaysOfOpeningBeneathRefuseTheSame) {
  stdfs::create_directory_symlink(outside(), inside() + "/dirlink");
  stdfs::create_symlink("a", inside() + "/link");
  const int root = open(inside().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_GE(root, 0);
  const std::pair<const char*, int> cases[] = {
      {"a", 0},         {"sub/b", 0},       {"dirlink/a", ELOOP},
      {"link", ELOOP},  {"none", ENOENT},   {"none/b", ENOENT},
      {"a/b", ENOTDIR}, {"dirlink", ELOOP}, {"sub", 0}};
  for (const auto& open_it : {OpenBeneath, OpenBeneathInSteps}) {
    for (const auto& [path, error] : cases) {
      errno = 0;
      const int fd = open_it(root, path, O_RDONLY, 0);
      EXPECT_EQ(fd < 0 ? errno : 0, error) << path;
      if (fd >= 0) close(fd);
    }
  }
  close(root);
}

TEST_F(PinnedDirectoriesTest, ATreeOfAnyDepthGoesAndNothingThatItsLinksLeadTo) {
  std::string deep = dir_ / "deep";
  stdfs::create_directory(deep);
  stdfs::create_directory_symlink(outside(), deep + "/link");
  int at = open(deep.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(mkdirat(at, "d", 0700), 0);
    const int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(symlinkat(outside().c_str(), next, "link"), 0);
    close(at);
    at = next;
  }
  close(at);
  EXPECT_OK(files_->RemoveAll(deep));
  EXPECT_FALSE(stdfs::exists(deep));
  EXPECT_EQ(NamesOf(ReadTree(outside())), "a:6 sub/ sub/b:6 ");
}

}  // namespace
}  // namespace planish
