// SPDX-License-Identifier: Apache-2.0
#include "dataset/order_by.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<std::string>& names) {
  arrow::FieldVector fields;
  for (const std::string& name : names)
    fields.push_back(arrow::field(name, arrow::int64()));
  return arrow::schema(fields);
}

/// "2 asc" for the third column, ascending, or the error's text.
std::string Resolve(const std::vector<std::string>& names, std::string_view item) {
  auto column = ResolveOrderBy(*SchemaOf(names), item);
  if (!column.ok()) return column.status().ToString();
  return std::to_string(column->column) + (column->descending ? " desc" : " asc");
}

TEST(OrderByTest, ANameAloneIsAscending) {
  EXPECT_EQ(Resolve({"a", "ts"}, "ts"), "1 asc");
}

TEST(OrderByTest, ADashOrDescMeansDescending) {
  EXPECT_EQ(Resolve({"a", "ts"}, "-ts"), "1 desc");
  EXPECT_EQ(Resolve({"a", "ts"}, "ts desc"), "1 desc");
  EXPECT_EQ(Resolve({"a", "ts"}, " ts \t DESC "), "1 desc");
  EXPECT_EQ(Resolve({"a", "ts"}, "ts Asc"), "1 asc");
}

TEST(OrderByTest, AColumnOfExactlyThatNameComesFirst) {
  EXPECT_EQ(Resolve({"x", "-x"}, "-x"), "1 asc");
  EXPECT_EQ(Resolve({"x", "-x"}, "-x desc"), "1 desc");
  EXPECT_EQ(Resolve({"x", "-x"}, "--x"), "1 desc");
  EXPECT_EQ(Resolve({"x", "x desc"}, "x desc"), "1 asc");
  EXPECT_EQ(Resolve({"x", " x"}, " x"), "1 asc");
}

TEST(OrderByTest, TwoDirectionsAreAnError) {
  EXPECT_ERROR_KIND(ResolveOrderBy(*SchemaOf({"x"}), "-x desc"),
                    ErrorKind::kInvalidOption);
  EXPECT_ERROR_KIND(ResolveOrderBy(*SchemaOf({"x"}), "-x asc"),
                    ErrorKind::kInvalidOption);
}

TEST(OrderByTest, AnItemWithoutANameIsAnError) {
  for (const char* item : {"", " ", "-"}) {
    EXPECT_ERROR_KIND(ResolveOrderBy(*SchemaOf({"x"}), item), ErrorKind::kInvalidOption);
  }
}

TEST(OrderByTest, AMissingColumnIsNamedWithoutItsDirection) {
  auto column = ResolveOrderBy(*SchemaOf({"userId", "ts"}), "-when");
  ASSERT_ERROR_KIND(column, ErrorKind::kMissingColumn);
  EXPECT_EQ(column.status().message(), "order column not found: \"when\"");
  EXPECT_THAT(column.status().ToString(), HasSubstr("has: userId, ts"));
}

TEST(ColumnNamesTest, AreResolvedInTheOrderGiven) {
  ASSERT_OK_AND_ASSIGN(auto columns,
                       ResolveColumns(*SchemaOf({"a", "b", "c"}), {"c", "a"}, "key"));
  EXPECT_THAT(columns, ElementsAre(2, 0));
}

TEST(ColumnNamesTest, ASimilarColumnIsSuggested) {
  for (const char* name : {"user_id", "userid", "UserId", "usrId"}) {
    auto columns = ResolveColumns(*SchemaOf({"ts", "userId"}), {name}, "key");
    ASSERT_ERROR_KIND(columns, ErrorKind::kMissingColumn);
    EXPECT_EQ(GetErrorDetail(columns.status())->hint, "did you mean \"userId\"?") << name;
  }
}

TEST(ColumnNamesTest, NothingIsSuggestedWhereNothingIsSimilar) {
  for (const char* name : {"payload", "x"}) {
    auto columns = ResolveColumns(*SchemaOf({"ts", "userId"}), {name}, "key");
    ASSERT_ERROR_KIND(columns, ErrorKind::kMissingColumn);
    EXPECT_EQ(GetErrorDetail(columns.status())->hint, "") << name;
  }
}

TEST(ColumnNamesTest, ANameThatTwoColumnsHaveIsRefusedForThat) {
  const auto schema = SchemaOf({"x", "y", "x"});
  for (const auto& status : {ResolveColumns(*schema, {"x"}, "key").status(),
                             ResolveOrderBy(*schema, "-x").status()}) {
    ASSERT_ERROR_KIND(status, ErrorKind::kSchemaMismatch);
    EXPECT_THAT(status.ToString(), HasSubstr("two columns have the name of"));
    EXPECT_EQ(GetErrorDetail(status)->column, "x");
  }
}

TEST(ColumnNamesTest, NestedFieldsAreNotColumns) {
  const auto point = arrow::struct_({arrow::field("x", arrow::int32())});
  const auto schema = arrow::schema({arrow::field("point", point)});
  auto columns = ResolveColumns(*schema, {"point.x"}, "key");
  ASSERT_ERROR_KIND(columns, ErrorKind::kMissingColumn);
  EXPECT_THAT(GetErrorDetail(columns.status())->hint,
              HasSubstr("only whole top-level columns can be used; \"point\" is one"));
}

TEST(ColumnNamesTest, ADotInANameIsNothingSpecial) {
  ASSERT_OK_AND_ASSIGN(auto columns,
                       ResolveColumns(*SchemaOf({"a", "a.b"}), {"a.b"}, "key"));
  EXPECT_THAT(columns, ElementsAre(1));
}

TEST(ColumnNamesTest, AColumnGivenTwiceIsAnError) {
  EXPECT_ERROR_KIND(ResolveColumns(*SchemaOf({"a", "b"}), {"a", "a"}, "key"),
                    ErrorKind::kInvalidOption);
}

TEST(ColumnNamesTest, LongListsOfColumnsAreCutShort) {
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back("c" + std::to_string(i));
  auto columns = ResolveColumns(*SchemaOf(names), {"payload"}, "key");
  EXPECT_THAT(columns.status().ToString(), HasSubstr("c11, and 1988 more"));
}

}  // namespace
}  // namespace planish
