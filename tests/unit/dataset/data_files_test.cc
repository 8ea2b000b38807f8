// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "dataset/input_discovery.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Which files of a directory are part of a dataset.
class DataFilesTest : public testing::Test {
 protected:
  void Make(const std::string& path, const std::string& content = "PAR1") {
    Touch(directory_ / path, content);
  }
  /// Relative paths of the data files of `inputs`, which are below the temporary
  /// directory, and in `others_` of the rest.
  std::vector<std::string> Files(std::vector<std::string> inputs,
                                 DirectoryFiles rule = DirectoryFiles::kParquet) {
    for (std::string& input : inputs) input = directory_ / input;
    options_.inputs = std::move(inputs);
    others_.clear();
    const auto found = DiscoverFiles(LocalFileSystem(), options_, rule);
    status_ = found.status();
    if (!found.ok()) return {};
    for (const OtherFile& file : found->others) others_.push_back(file.relative_path);
    std::vector<std::string> paths;
    for (const DiscoveredFile& file : found->files) paths.push_back(file.relative_path);
    return paths;
  }
  std::vector<std::string> Chosen(std::vector<std::string> include,
                                  std::vector<std::string> exclude,
                                  std::vector<std::string> inputs = {"d"}) {
    options_.include = std::move(include);
    options_.exclude = std::move(exclude);
    return Files(std::move(inputs));
  }

  TempDir directory_;
  DatasetOptions options_;
  std::vector<std::string> others_;
  arrow::Status status_;
};

TEST_F(DataFilesTest, AreTheFilesOfADirectoryThatAreCalledSo) {
  for (const char* name : {"a.parquet", "b.PARQ", "c.pq", "x.y.Parquet", "a.parquet.bak",
                           "a.parquet~", "a.parquet.gz", "x.parquet.tmp.1f3a", "d.csv",
                           "e.parquet2", "parquet", "f.arrow"}) {
    Make(std::string("d/") + name, "no data");
  }
  EXPECT_THAT(Files({"d"}), ElementsAre("a.parquet", "b.PARQ", "c.pq", "x.y.Parquet"));
  EXPECT_THAT(others_,
              ElementsAre("a.parquet.bak", "a.parquet.gz", "a.parquet~", "d.csv",
                          "e.parquet2", "f.arrow", "parquet", "x.parquet.tmp.1f3a"));
}

TEST_F(DataFilesTest, AreThoseWithoutExtensionThatBeginAsParquetDoes) {
  Make("d/part-0", "PAR1...");
  Make("d/part-1", "PARE...");
  Make("d/Makefile", "all:");
  Make("d/short", "PAR");
  Make("d/empty", "");
  EXPECT_THAT(Files({"d"}), ElementsAre("part-0", "part-1"));
  EXPECT_THAT(others_, ElementsAre("Makefile", "empty", "short"));
}

TEST_F(DataFilesTest, ThatIncludeMatchesButAreNoDataAreNamed) {
  Make("d/part.csv", "1,2");
  Make("d/other.csv", "1,2");
  EXPECT_THAT(Chosen({"part*"}, {}), ElementsAre());
  EXPECT_THAT(status_.ToString(),
              AllOf(HasSubstr("include matches: " + (directory_ / "d/part.csv")),
                    HasSubstr("end the pattern of `include` in another extension")));
  EXPECT_THAT(Chosen({"x*"}, {}), ElementsAre());
  EXPECT_THAT(status_.ToString(), HasSubstr("include and exclude leave nothing"));
}

TEST_F(DataFilesTest, AreArrowIpcByNameWhereThatIsTaken) {
  for (const char* name : {"a.arrow", "b.Arrows", "c.FEATHER", "d.ipc", "e.parquet"}) {
    Make(std::string("d/") + name, "no data");
  }
  EXPECT_EQ(Files({"d"}, DirectoryFiles::kParquetAndIpc).size(), 5);
  EXPECT_THAT(Files({"d"}), ElementsAre("e.parquet"));
  EXPECT_EQ(others_.size(), 4);
}

TEST_F(DataFilesTest, AreWhatIsNamedOneByOne) {
  Make("d/a.bak", "no data");
  EXPECT_THAT(Files({"d/a.bak"}), ElementsAre("a.bak"));
  // Also if another input passes it over.
  Make("d/b.parquet");
  EXPECT_THAT(Files({"d", "d/a.bak"}), ElementsAre("a.bak", "b.parquet"));
  EXPECT_THAT(others_, IsEmpty());
}

TEST_F(DataFilesTest, OfAGlobAreThoseOfADirectoryUnlessItEndsInAnExtension) {
  Make("d/a.parquet");
  Make("d/a.parquet.bak");
  Make("d/notes.txt");
  for (const char* glob : {"d/*", "d/**", "d/a*", "d/*.parquet*"}) {
    EXPECT_THAT(Files({glob}), ElementsAre("a.parquet")) << glob;
  }
  EXPECT_THAT(Files({"d", "d/*"}), ElementsAre("a.parquet"));
  EXPECT_THAT(Files({"d/*.bak"}), ElementsAre("a.parquet.bak"));
  EXPECT_THAT(Files({"d/**/notes.txt"}), ElementsAre("notes.txt"));
}

TEST_F(DataFilesTest, AGlobWithoutOneIsAnError) {
  Make("d/a.parquet");
  Make("d/notes.txt");
  Files({"d", "d/n*"});
  ASSERT_ERROR_KIND(status_, ErrorKind::kEmptyDataset);
  EXPECT_THAT(status_.ToString(), HasSubstr("d/notes.txt"));
}

TEST_F(DataFilesTest, ADirectoryWithoutOneIsAnErrorThatNamesWhatThereIs) {
  Make("d/notes.txt");
  Files({"d"});
  ASSERT_ERROR_KIND(status_, ErrorKind::kEmptyDataset);
  EXPECT_THAT(status_.ToString(), HasSubstr("d/notes.txt"));
}

TEST_F(DataFilesTest, OfNoConsequenceAreBrokenLinksAndPipesThatAreNotCalledSo) {
  Make("d/a.parquet");
  std::filesystem::create_symlink("missing", directory_ / "d/latest");
  ASSERT_EQ(mkfifo((directory_ / "d/pipe").c_str(), 0600), 0);
  EXPECT_THAT(Files({"d"}), ElementsAre("a.parquet"));
  EXPECT_THAT(others_, ElementsAre("latest", "pipe"));
}

TEST_F(DataFilesTest, ExcludeLeavesOutByNameAtAnyDepth) {
  for (const char* path : {"d/a.parquet", "d/old-b.parquet", "d/x/old-c.parquet",
                           "d/tmp/d.parquet", "d/x/tmp/e.parquet"}) {
    Make(path);
  }
  EXPECT_THAT(Chosen({}, {"old-*", "tmp"}), ElementsAre("a.parquet"));
  EXPECT_EQ(others_.size(), 4);
}

TEST_F(DataFilesTest, ExcludeWithASlashGoesByThePathFromTheRoot) {
  for (const char* path :
       {"d/a.parquet", "d/x/a.parquet", "d/x/y/a.parquet", "d/y/x/a.parquet"}) {
    Make(path);
  }
  EXPECT_THAT(Chosen({}, {"x/*"}), ElementsAre("a.parquet", "y/x/a.parquet"));
  EXPECT_THAT(Chosen({}, {"x/"}), ElementsAre("a.parquet"));
  EXPECT_THAT(Chosen({}, {"/a.parquet"}),
              ElementsAre("x/a.parquet", "x/y/a.parquet", "y/x/a.parquet"));
  EXPECT_THAT(Chosen({}, {"**/x/**"}), ElementsAre("a.parquet"));
  EXPECT_THAT(Chosen({}, {"x/**/a.parquet"}), ElementsAre("a.parquet", "y/x/a.parquet"));
}

TEST_F(DataFilesTest, IncludeTakesNothingElse) {
  for (const char* path : {"d/year=2024/a.parquet", "d/year=2024/README.md",
                           "d/year=2025/a.parquet", "d/part.dat"}) {
    Make(path);
  }
  EXPECT_THAT(Chosen({"year=2024"}, {}), ElementsAre("year=2024/a.parquet"));
  EXPECT_THAT(Chosen({"year=2024/**"}, {}), ElementsAre("year=2024/a.parquet"));
  EXPECT_THAT(Chosen({"*.dat"}, {}), ElementsAre("part.dat"));
  EXPECT_THAT(Chosen({"*.dat", "*.parquet"}, {"year=2025"}),
              ElementsAre("part.dat", "year=2024/a.parquet"));
  Chosen({"nothing"}, {});
  EXPECT_ERROR_KIND(status_, ErrorKind::kEmptyDataset);
}

TEST_F(DataFilesTest, IncludeAndExcludeChooseAmongNamedFilesToo) {
  Make("d/a.bak");
  Make("d/b.parquet");
  EXPECT_THAT(Chosen({}, {"*.bak"}, {"d/a.bak", "d/b.parquet"}),
              ElementsAre("b.parquet"));
  EXPECT_THAT(Chosen({"a*"}, {}, {"d/*.bak", "d/b.parquet"}), ElementsAre("a.bak"));
}

TEST_F(DataFilesTest, HiddenNamesStayHidden) {
  Make("d/_a.parquet");
  Make("d/b.parquet");
  EXPECT_THAT(Chosen({"*.parquet"}, {}), ElementsAre("b.parquet"));
  EXPECT_THAT(others_, IsEmpty());
}

}  // namespace
}  // namespace planish
