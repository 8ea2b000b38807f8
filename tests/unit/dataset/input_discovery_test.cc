// SPDX-License-Identifier: Apache-2.0
#include "dataset/input_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> RelativePaths(const std::vector<DiscoveredFile>& files) {
  std::vector<std::string> paths;
  for (const DiscoveredFile& file : files) paths.push_back(file.relative_path);
  return paths;
}

class InputDiscoveryTest : public testing::Test {
 protected:
  /// Inputs are below the temporary directory.
  arrow::Result<std::vector<DiscoveredFile>> Discover(std::vector<std::string> inputs) {
    for (std::string& input : inputs) input = directory_ / input;
    return FilesOfInputs(LocalFileSystem(), inputs);
  }
  void Make(const std::string& path) { Touch(directory_ / path); }
  void Link(const std::string& target, const std::string& path) {
    std::filesystem::create_symlink(target, directory_ / path);
  }

  TempDir directory_;
};

TEST_F(InputDiscoveryTest, FindsFilesOfADirectoryAtEveryDepthByPath) {
  Make("d/b.parquet");
  Make("d/a/z.parquet");
  Make("d/a-1/c.parquet");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d"}));
  EXPECT_THAT(RelativePaths(files),
              ElementsAre("a-1/c.parquet", "a/z.parquet", "b.parquet"));
  EXPECT_EQ(files[0].path, directory_ / "d/a-1/c.parquet");
  EXPECT_EQ(files[0].identity.size, 4);
  EXPECT_TRUE(files[0].in_directory);
}

TEST_F(InputDiscoveryTest, DoesNotDependOnTheOrderOfListings) {
  for (const char* name : {"b", "a", "c/x", "c/a"}) Make(std::string("d/") + name);
  ListingOrderFileSystem forwards(false), backwards(true);
  for (const std::string input : {"d", "d/**", "d/*"}) {
    ASSERT_OK_AND_ASSIGN(auto one, FilesOfInputs(&forwards, {directory_ / input}));
    ASSERT_OK_AND_ASSIGN(auto other, FilesOfInputs(&backwards, {directory_ / input}));
    EXPECT_EQ(RelativePaths(one), RelativePaths(other)) << input;
    EXPECT_EQ(one.size(), 4) << input;
  }
}

TEST_F(InputDiscoveryTest, PassesOverHiddenNamesInDirectories) {
  for (const char* path : {"d/_SUCCESS", "d/.crc", "d/_tmp/a", "d/.planish/b", "d/ok"}) {
    Make(path);
  }
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("ok"));
}

TEST_F(InputDiscoveryTest, TakesHiddenNamesThatAreSpelledOut) {
  Make("_d/a");
  Make("d/_b");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"_d", "d/_b"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("a", "_b"));
}

TEST_F(InputDiscoveryTest, RefusesPartitionDirectoriesThatSomeReadersHide) {
  Make("d/_day=1/a");
  ASSERT_ERROR_KIND(Discover({"d"}), ErrorKind::kUnsupported);
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/_day=1"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("a"));
}

TEST_F(InputDiscoveryTest, TakesAFileWithItsPartitionDirectories) {
  Make("d/x/year=2024/month=3/a.parquet");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/x/year=2024/month=3/a.parquet"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("year=2024/month=3/a.parquet"));
  EXPECT_FALSE(files[0].in_directory);
}

TEST_F(InputDiscoveryTest, DoesNotCountPartitionDirectoriesAboveADirectoryInput) {
  Make("d/year=2024/month=3/a");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/year=2024"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("month=3/a"));
}

TEST_F(InputDiscoveryTest, GlobsStartBelowTheirLastPlainDirectory) {
  Make("d/year=2024/a.parquet");
  Make("d/year=2025/a.parquet");
  Make("d/year=2025/a.txt");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/*/*.parquet"}));
  EXPECT_THAT(RelativePaths(files),
              ElementsAre("year=2024/a.parquet", "year=2025/a.parquet"));
}

TEST_F(InputDiscoveryTest, GlobsTakePartitionDirectoriesAboveTheirWildcard) {
  Make("d/x/year=2024/month=3/a.parquet");
  const std::string below = "year=2024/month=3/a.parquet";
  for (const char* glob :
       {"d/x/year=2024/month=3/*.parquet", "d/x/year=2024/*/a.parquet",
        "d/x/year=2024/month=3/**", "d/*/year=2024/month=3/a.parquet"}) {
    ASSERT_OK_AND_ASSIGN(auto files, Discover({glob}));
    const bool from_above = std::string(glob).starts_with("d/*");
    EXPECT_THAT(RelativePaths(files), ElementsAre(from_above ? "x/" + below : below))
        << glob;
  }
}

TEST_F(InputDiscoveryTest, GlobsTakeDirectoriesTheyMatch) {
  Make("d/year=2024/deep/a");
  Make("d/other/b");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/year=*"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("year=2024/deep/a"));
}

TEST_F(InputDiscoveryTest, TwoStarsCrossAnyNumberOfDirectories) {
  for (const char* path : {"d/a.pq", "d/x/b.pq", "d/x/y/c.pq", "d/x/y/d", "d/_h/e.pq"}) {
    Make(path);
  }
  ASSERT_OK_AND_ASSIGN(auto all, Discover({"d/**/*.pq"}));
  EXPECT_THAT(RelativePaths(all), ElementsAre("a.pq", "x/b.pq", "x/y/c.pq"));
  ASSERT_OK_AND_ASSIGN(auto below, Discover({"d/**/y/*"}));
  EXPECT_THAT(RelativePaths(below), ElementsAre("x/y/c.pq", "x/y/d"));
  ASSERT_OK_AND_ASSIGN(auto twice, Discover({"d/**/x/**/*.pq"}));
  EXPECT_THAT(RelativePaths(twice), ElementsAre("x/b.pq", "x/y/c.pq"));
}

TEST_F(InputDiscoveryTest, WildcardsMatchHiddenNamesOnlyIfSpelledOut) {
  Make("d/_a.pq");
  Make("d/b.pq");
  ASSERT_OK_AND_ASSIGN(auto visible, Discover({"d/*.pq"}));
  EXPECT_THAT(RelativePaths(visible), ElementsAre("b.pq"));
  ASSERT_OK_AND_ASSIGN(auto hidden, Discover({"d/_*.pq"}));
  EXPECT_THAT(RelativePaths(hidden), ElementsAre("_a.pq"));
}

TEST_F(InputDiscoveryTest, TakesAFileWhoseNameLooksLikeAGlob) {
  Make("d/a[1].pq");
  Make("d/a1.pq");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/a[1].pq"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("a[1].pq"));
}

TEST_F(InputDiscoveryTest, CountsAFileOnceHoweverItsPathIsSpelled) {
  Make("d/a");
  Make("e/b");
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d", "d/a", "./d//a", "e/../d", "d/*"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("a"));
  const std::string relative =
      std::filesystem::relative(directory_ / "d", std::filesystem::current_path())
          .string();
  ASSERT_OK_AND_ASSIGN(auto both,
                       FilesOfInputs(LocalFileSystem(), {relative, directory_ / "d"}));
  EXPECT_EQ(both.size(), 1);
}

TEST_F(InputDiscoveryTest, FilesWhosePathsOnlyLookTheSameAreTwo) {
  Make("d/a");
  Make("elsewhere/inner/x");
  Make("elsewhere/d/a");
  std::ofstream(directory_ / "elsewhere/d/a") << "PAR1 and more";
  Link("elsewhere/inner", "link");
  // Through the link, ".." is elsewhere.
  ASSERT_OK_AND_ASSIGN(auto files, Discover({"d/a", "link/../d/a"}));
  EXPECT_EQ(files.size(), 2);
}

TEST_F(InputDiscoveryTest, FollowsLinksButNotInCircles) {
  Make("d/x/a");
  Link("..", "d/x/up");
  Link("x", "d/y");
  for (const std::string input : {"d", "d/**", "d/**/a"}) {
    ASSERT_OK_AND_ASSIGN(auto files, Discover({input}));
    EXPECT_THAT(RelativePaths(files), ElementsAre("x/a", "y/a")) << input;
  }
}

TEST_F(InputDiscoveryTest, NamesLinksThatLeadNowhere) {
  Make("d/a");
  Link("missing", "d/broken.parquet");
  auto files = Discover({"d"});
  ASSERT_ERROR_KIND(files, ErrorKind::kMissingPath);
  EXPECT_THAT(files.status().ToString(), HasSubstr("d/broken.parquet"));
}

TEST_F(InputDiscoveryTest, RefusesWhatIsNoFileIfItIsNamedAndElsePassesItOver) {
  Make("d/a");
  ASSERT_EQ(mkfifo((directory_ / "d/pipe.parquet").c_str(), 0600), 0);
  ASSERT_OK_AND_ASSIGN(const auto files, Discover({"d"}));
  EXPECT_THAT(RelativePaths(files), ElementsAre("a"));
  EXPECT_ERROR_KIND(Discover({"d/pipe.parquet"}), ErrorKind::kUnsupported);
}

TEST_F(InputDiscoveryTest, SaysWhatIsMissing) {
  Make("d/a");
  EXPECT_ERROR_KIND(Discover({"d", "nothing"}), ErrorKind::kMissingPath);
  EXPECT_ERROR_KIND(Discover({"d", "d/*.pq"}), ErrorKind::kMissingPath);
  EXPECT_ERROR_KIND(Discover({"nothing/*"}), ErrorKind::kMissingPath);
  EXPECT_ERROR_KIND(FilesOfInputs(LocalFileSystem(), {""}), ErrorKind::kInvalidOption);
  EXPECT_ERROR_KIND(Discover({"d/*/../a"}), ErrorKind::kInvalidOption);
}

TEST_F(InputDiscoveryTest, SaysThatADirectoryIsEmpty) {
  Make("d/_SUCCESS");
  auto files = Discover({"d"});
  ASSERT_ERROR_KIND(files, ErrorKind::kEmptyDataset);
  EXPECT_THAT(files.status().ToString(), HasSubstr(directory_ / "d"));
}

TEST_F(InputDiscoveryTest, SaysWhichDirectoryCannotBeRead) {
  Make("d/a");
  Make("d/closed/b");
  ListingOrderFileSystem files(false);
  files.RefuseToList(directory_ / "d/closed");
  for (const std::string input : {"d", "d/*", "d/**/b", "d/**"}) {
    auto found = FilesOfInputs(&files, {directory_ / input});
    ASSERT_ERROR_KIND(found, ErrorKind::kPermission) << input;
    EXPECT_EQ(GetErrorDetail(found.status())->file, directory_ / "d/closed");
  }
}

std::vector<std::string> Distinct(const std::vector<std::string>& paths) {
  std::vector<DiscoveredFile> files;
  for (const std::string& path : paths) files.push_back({"", path, {}, false});
  MakeRelativePathsDistinct(&files);
  return RelativePaths(files);
}

TEST(RelativePathsTest, NumbersLaterFilesOfOneRelativePath) {
  EXPECT_THAT(Distinct({"x/a.parquet", "x/a.parquet", "x/a.parquet"}),
              ElementsAre("x/a.parquet", "x/a-1.parquet", "x/a-2.parquet"));
  EXPECT_THAT(Distinct({"a", "a", ".b", ".b", "x.y/a", "x.y/a"}),
              ElementsAre("a", "a-1", ".b", ".b-1", "x.y/a", "x.y/a-1"));
}

TEST(RelativePathsTest, NeverTakesTheNameOfAnotherFile) {
  EXPECT_THAT(Distinct({"a.pq", "a.pq", "a-1.pq"}),
              ElementsAre("a.pq", "a-2.pq", "a-1.pq"));
}

TEST(RelativePathsTest, NeverTakesTheNameOfADirectory) {
  EXPECT_THAT(Distinct({"x", "x/a"}), ElementsAre("x-1", "x/a"));
}

}  // namespace
}  // namespace planish
