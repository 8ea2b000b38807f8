// SPDX-License-Identifier: Apache-2.0
#include "scan/required_children.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "arrow/array/array_nested.h"
#include "arrow/json/from_string.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using arrow::field;
using TypePtr = std::shared_ptr<arrow::DataType>;

const auto kRequired = field("p", arrow::int64(), /*nullable=*/false);

arrow::Status Check(const TypePtr& type, const std::string& values) {
  return WithRequiredChildren(arrow::json::ArrayFromJSONString(type, values).ValueOrDie())
      .status();
}

TEST(RequiredChildrenTest, AreNeverNull) {
  const auto structs = arrow::struct_({kRequired});
  EXPECT_OK(Check(structs, R"([{"p": 1}, null])"));
  EXPECT_TRUE(Check(structs, R"([{"p": 1}, {"p": null}])").IsInvalid());
  for (const TypePtr& list : {arrow::list(kRequired), arrow::large_list(kRequired),
                              arrow::fixed_size_list(kRequired, 2)}) {
    EXPECT_OK(Check(list, "[[1, 2], null]")) << list->ToString();
    EXPECT_TRUE(Check(list, "[[1, null]]").IsInvalid()) << list->ToString();
  }
  EXPECT_OK(Check(arrow::list(structs), R"([[null, {"p": 1}], []])"));
  EXPECT_TRUE(Check(arrow::list(structs), R"([[null, {"p": null}]])").IsInvalid());
}

TEST(RequiredChildrenTest, BelowNullsAreNotAskedFor) {
  const auto inner = arrow::struct_({kRequired});
  const auto outer = arrow::struct_({field("q", inner, /*nullable=*/false)});
  const auto values =
      arrow::json::ArrayFromJSONString(outer, R"([null, {"q": {"p": 7}}])").ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto made, WithRequiredChildren(values));
  ASSERT_OK(made->ValidateFull());
  EXPECT_TRUE(made->Equals(*values));
  const auto& q = static_cast<const arrow::StructArray&>(*made).field(0);
  EXPECT_EQ(q->null_count(), 0);
  EXPECT_EQ(static_cast<const arrow::StructArray&>(*q).field(0)->null_count(), 0);
}

TEST(RequiredChildrenTest, OfASliceAreThoseOfItsRows) {
  const auto type = arrow::list(arrow::struct_({kRequired}));
  const auto values =
      arrow::json::ArrayFromJSONString(
          type, R"([[{"p": null}], [{"p": 1}, {"p": 2}], null, [{"p": null}]])")
          .ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto good, WithRequiredChildren(values->Slice(1, 2)));
  EXPECT_TRUE(good->Equals(*values->Slice(1, 2)));
  EXPECT_TRUE(WithRequiredChildren(values->Slice(2, 2)).status().IsInvalid());
}

TEST(RequiredChildrenTest, ThatAreNotRequiredMayBeNull) {
  const auto type = arrow::struct_({field("p", arrow::int64())});
  const auto values =
      arrow::json::ArrayFromJSONString(type, R"([{"p": null}])").ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto same, WithRequiredChildren(values));
  EXPECT_EQ(same, values);
}

}  // namespace
}  // namespace planish
