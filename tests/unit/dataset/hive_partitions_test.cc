// SPDX-License-Identifier: Apache-2.0
#include "dataset/hive_partitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

arrow::Result<HiveLayout> Layout(const std::vector<std::string>& paths,
                                 MissingColumns missing = MissingColumns::kError) {
  std::vector<DiscoveredFile> files;
  for (const std::string& path : paths)
    files.push_back({"/root/" + path, path, {}, true});
  return ReadHiveLayout(files, missing);
}

std::string Types(const HiveLayout& layout) {
  return arrow::schema(layout.columns)->ToString();
}

/// The values of a partition as text, "null" for null.
std::vector<std::string> Values(const HiveLayout& layout, int partition) {
  std::vector<std::string> values;
  for (const auto& value : layout.partitions[partition].values) {
    values.push_back(value->is_valid ? value->ToString() : "null");
  }
  return values;
}

TEST(HivePartitionsTest, DirectoriesAreColumns) {
  ASSERT_OK_AND_ASSIGN(auto layout,
                       Layout({"year=2024/country=NL/a", "year=2024/country=NL/b",
                               "year=2025/country=BE/a"}));
  EXPECT_EQ(Types(layout), "year: int64\ncountry: string");
  EXPECT_THAT(layout.partition_of, ElementsAre(0, 0, 1));
  EXPECT_EQ(layout.partitions[0].path, "year=2024/country=NL");
  EXPECT_THAT(Values(layout, 0), ElementsAre("2024", "NL"));
  EXPECT_THAT(Values(layout, 1), ElementsAre("2025", "BE"));
}

TEST(HivePartitionsTest, WithoutPartitionsThereIsOneOfNoColumns) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a", "x/b", "=5/c"}));
  EXPECT_TRUE(layout.columns.empty());
  ASSERT_EQ(layout.partitions.size(), 1);
  EXPECT_EQ(layout.partitions[0].path, "");
  EXPECT_THAT(layout.partition_of, ElementsAre(0, 0, 0));
}

TEST(HivePartitionsTest, OtherDirectoriesMayLieBetween) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"x/a=1/y/b=2/f"}));
  EXPECT_EQ(layout.partitions[0].path, "a=1/b=2");
}

TEST(HivePartitionsTest, AFileNameIsNoPartition) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a=1"}));
  EXPECT_TRUE(layout.columns.empty());
}

TEST(HivePartitionsTest, OneValueThatIsNoIntegerMakesStringsOfAll) {
  for (const char* value :
       {"x", "07", "+7", "-0", "7.0", " 7", "9223372036854775808", ""}) {
    ASSERT_OK_AND_ASSIGN(auto layout,
                         Layout({"a=1/f", "a=" + std::string(value) + "/f"}));
    EXPECT_EQ(Types(layout), "a: string") << value;
  }
}

TEST(HivePartitionsTest, LeadingZerosSurvive) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"month=03/f"}));
  EXPECT_THAT(Values(layout, 0), ElementsAre("03"));
}

TEST(HivePartitionsTest, IntegersReachAsFarAsInt64) {
  ASSERT_OK_AND_ASSIGN(auto layout,
                       Layout({"a=-9223372036854775808/f", "a=9223372036854775807/f"}));
  EXPECT_EQ(Types(layout), "a: int64");
  EXPECT_THAT(Values(layout, 0), ElementsAre("-9223372036854775808"));
}

TEST(HivePartitionsTest, TheDefaultPartitionIsNullAndSaysNothingOfTheType) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a=1/f", "a=__HIVE_DEFAULT_PARTITION__/f"}));
  EXPECT_EQ(Types(layout), "a: int64");
  EXPECT_THAT(Values(layout, layout.partition_of[1]), ElementsAre("null"));
  ASSERT_OK_AND_ASSIGN(auto all_null, Layout({"a=__HIVE_DEFAULT_PARTITION__/f"}));
  EXPECT_EQ(Types(all_null), "a: string");
}

TEST(HivePartitionsTest, NamesAndValuesArePercentDecoded) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a%20b=x%3Dy%2fz/f"}));
  EXPECT_EQ(Types(layout), "a b: string");
  EXPECT_THAT(Values(layout, 0), ElementsAre("x=y/z"));
  EXPECT_EQ(layout.partitions[0].path, "a%20b=x%3Dy%2fz");
}

TEST(HivePartitionsTest, PercentSignsThatEncodeNothingStay) {
  EXPECT_EQ(PercentDecode("100%"), "100%");
  EXPECT_EQ(PercentDecode("%zz%4"), "%zz%4");
  EXPECT_EQ(PercentDecode("%41%e2%82%ac"), "A\xE2\x82\xAC");
}

TEST(HivePartitionsTest, SpellingsOfOneValueAreOnePartition) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a=%41/f", "a=A/f", "a=B/f"}));
  EXPECT_THAT(layout.partition_of, ElementsAre(0, 0, 1));
  EXPECT_EQ(layout.partitions[0].path, "a=%41");
}

TEST(HivePartitionsTest, TheOrderOfDirectoriesDoesNotMakePartitions) {
  ASSERT_OK_AND_ASSIGN(auto layout, Layout({"a=1/b=2/f", "b=2/a=1/f"}));
  EXPECT_THAT(layout.partition_of, ElementsAre(0, 0));
  EXPECT_EQ(Types(layout), "a: int64\nb: int64");
}

TEST(HivePartitionsTest, AColumnThatAPathLacksIsAnErrorOrNull) {
  auto refused = Layout({"a=1/b=1/f", "a=2/g"});
  ASSERT_ERROR_KIND(refused, ErrorKind::kMissingColumn);
  EXPECT_THAT(refused.status().ToString(),
              testing::AllOf(HasSubstr(": b"), HasSubstr("/root/a=2/g"),
                             HasSubstr("/root/a=1/b=1/f")));
  ASSERT_OK_AND_ASSIGN(auto layout,
                       Layout({"a=1/b=1/f", "a=2/g"}, MissingColumns::kNull));
  EXPECT_THAT(Values(layout, layout.partition_of[1]), ElementsAre("2", "null"));
}

TEST(HivePartitionsTest, AColumnTwiceInAPathIsAnError) {
  EXPECT_ERROR_KIND(Layout({"a=1/a=2/f"}), ErrorKind::kSchemaMismatch);
}

TEST(HivePartitionsTest, TextThatIsNotUtf8IsAnError) {
  EXPECT_ERROR_KIND(Layout({"a=%ff/f"}), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(Layout({"%ff=1/f"}), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace planish
