// SPDX-License-Identifier: Apache-2.0
#include "dataset/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace planish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PathTest, NormalizingDropsWhatMeansNothing) {
  EXPECT_EQ(NormalizePath("a/./b//c/"), "a/b/c");
  EXPECT_EQ(NormalizePath("./a"), "a");
  EXPECT_EQ(NormalizePath("//a/"), "/a");
  EXPECT_EQ(NormalizePath("/"), "/");
  EXPECT_EQ(NormalizePath("./"), ".");
}

TEST(PathTest, NormalizingKeepsParentsBecauseLinksDecideWhatTheyAre) {
  EXPECT_EQ(NormalizePath("a/../b"), "a/../b");
  EXPECT_EQ(NormalizePath("../a"), "../a");
}

TEST(PathTest, SpellingsOfOnePathHaveOneAbsolutePath) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(AbsolutePath("a/b"), here + "/a/b");
  EXPECT_EQ(AbsolutePath("./x/../a//b"), here + "/a/b");
  EXPECT_EQ(AbsolutePath(here + "/a/b"), here + "/a/b");
}

TEST(PathTest, JoinsBelowDirectoriesOfEverySpelling) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath(".", "b"), "b");
  EXPECT_EQ(JoinPath("/", "b"), "/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
}

TEST(PathTest, SplitsIntoComponents) {
  EXPECT_THAT(PathComponents("/a//b/c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(PathComponents("/"), IsEmpty());
  EXPECT_EQ(BaseName("a/b.parquet"), "b.parquet");
  EXPECT_EQ(BaseName("b.parquet"), "b.parquet");
}

}  // namespace
}  // namespace planish
