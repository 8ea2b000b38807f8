// SPDX-License-Identifier: Apache-2.0
#include "dataset/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace planish {
namespace {

TEST(GlobTest, StarTakesAnyRunOfCharacters) {
  EXPECT_TRUE(MatchesGlob("*.parquet", "a.parquet"));
  EXPECT_TRUE(MatchesGlob("*", "anything"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "abc"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c-c"));
  EXPECT_FALSE(MatchesGlob("a*b*c", "a-c-b"));
  EXPECT_FALSE(MatchesGlob("*.parquet", "a.parquet.tmp"));
  EXPECT_FALSE(MatchesGlob("*.parquet", "parquet"));
}

TEST(GlobTest, ManyStarsMatchQuickly) {
  const std::string name(2000, 'a');
  EXPECT_FALSE(MatchesGlob("*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

TEST(GlobTest, QuestionMarkTakesOneCharacterNotOneByte) {
  EXPECT_TRUE(MatchesGlob("part-?", "part-1"));
  EXPECT_TRUE(MatchesGlob("part-?", "part-\xC3\xA9"));
  EXPECT_TRUE(MatchesGlob("part-?", "part-\xF0\x9F\x98\x80"));
  EXPECT_FALSE(MatchesGlob("part-?", "part-"));
  EXPECT_FALSE(MatchesGlob("part-?", "part-12"));
}

TEST(GlobTest, BytesThatAreNotUtf8CountOneEach) {
  EXPECT_TRUE(MatchesGlob("??", "\xFF\xC3"));
  EXPECT_TRUE(MatchesGlob("\xFF*", "\xFFx"));
  EXPECT_FALSE(MatchesGlob("\xFE", "\xFF"));
}

TEST(GlobTest, BracketsTakeOneOfASet) {
  EXPECT_TRUE(MatchesGlob("[abc]", "b"));
  EXPECT_TRUE(MatchesGlob("[0-9][0-9]", "42"));
  EXPECT_FALSE(MatchesGlob("[0-9]", "x"));
  EXPECT_TRUE(MatchesGlob("[a-]", "-"));
  EXPECT_TRUE(MatchesGlob("[]x]", "]"));
  EXPECT_TRUE(MatchesGlob("[[]", "["));
}

TEST(GlobTest, NegatedBracketsTakeOneNotOfTheSet) {
  EXPECT_TRUE(MatchesGlob("[!0-9]", "x"));
  EXPECT_TRUE(MatchesGlob("[^0-9]", "x"));
  EXPECT_FALSE(MatchesGlob("[!0-9]", "5"));
  EXPECT_FALSE(MatchesGlob("[!0-9]", ""));
}

TEST(GlobTest, AnOpenBracketWithoutEndIsItself) {
  EXPECT_TRUE(MatchesGlob("a[b", "a[b"));
  EXPECT_FALSE(MatchesGlob("a[b", "ab"));
}

TEST(GlobTest, CaseMatters) {
  EXPECT_FALSE(MatchesGlob("*.parquet", "A.PARQUET"));
}

TEST(GlobTest, OnlyPatternsHaveWildcards) {
  EXPECT_TRUE(HasWildcard("a/*/b"));
  EXPECT_TRUE(HasWildcard("a?"));
  EXPECT_TRUE(HasWildcard("[a]"));
  EXPECT_FALSE(HasWildcard("a/b]{c}"));
}

}  // namespace
}  // namespace planish
