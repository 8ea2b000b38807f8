// SPDX-License-Identifier: Apache-2.0
#include "base/null_array.h"

#include <gtest/gtest.h>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

using arrow::field;

TEST(MakeNullArray, NothingIsNullInsideOfNullStructs) {
  const auto inner = arrow::struct_({field("x", arrow::utf8(), false)});
  const auto type = arrow::struct_(
      {field("a", arrow::int64(), false), field("b", inner, false), field("c", inner)});
  ASSERT_OK_AND_ASSIGN(const auto array,
                       MakeNullArray(type, 3, arrow::default_memory_pool()));
  ASSERT_OK(array->ValidateFull());
  EXPECT_EQ(array->length(), 3);
  EXPECT_EQ(array->null_count(), 3);
  const auto& outer = static_cast<const arrow::StructArray&>(*array);
  EXPECT_EQ(outer.field(0)->null_count(), 0);
  EXPECT_EQ(outer.field(1)->null_count(), 0);
  EXPECT_EQ(
      static_cast<const arrow::StructArray&>(*outer.field(1)).field(0)->null_count(), 0);
}

TEST(MakeNullArray, OtherTypesAreArrowsOwn) {
  const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::int32(), arrow::utf8(),
      arrow::list(arrow::struct_({field("x", arrow::int8())})),
      arrow::map(arrow::utf8(), arrow::int32()), arrow::decimal128(10, 2)};
  for (const auto& type : types) {
    ASSERT_OK_AND_ASSIGN(const auto array,
                         MakeNullArray(type, 2, arrow::default_memory_pool()));
    ASSERT_OK(array->ValidateFull());
    EXPECT_EQ(array->null_count(), 2) << type->ToString();
  }
}

}  // namespace
}  // namespace planish
