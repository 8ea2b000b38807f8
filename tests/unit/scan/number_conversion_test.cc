// SPDX-License-Identifier: Apache-2.0
#include "scan/number_conversion.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

/// `values` become `fitted`, but for the rows `misfits`.
void ExpectFit(const TypePtr& from, const std::string& values, const TypePtr& to,
               const std::string& fitted, const std::vector<int64_t>& misfits = {},
               Rounding rounding = Rounding::kNone) {
  SCOPED_TRACE(from->ToString() + " to " + to->ToString() + ": " + values);
  const auto array = arrow::json::ArrayFromJSONString(from, values).ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const FittedNumbers actual,
                       FitNumbers(*array, *to, rounding, arrow::default_memory_pool()));
  ASSERT_OK(actual.values->ValidateFull());
  const auto expected = arrow::json::ArrayFromJSONString(to, fitted).ValueOrDie();
  EXPECT_TRUE(
      actual.values->Equals(*expected, arrow::EqualOptions::Defaults().nans_equal(true)))
      << actual.values->ToString();
  EXPECT_EQ(actual.misfits, misfits);
}

TEST(NumberConversionTest, WholeFloatsAreIntegersWithinTheirRange) {
  ExpectFit(arrow::float64(), "[5, null, -0.0, 2.5, NaN, Inf, -Inf]", arrow::int64(),
            "[5, null, 0, 0, 0, 0, 0]", {3, 4, 5, 6});
  ExpectFit(arrow::float64(),
            "[9223372036854774784, 9223372036854775808, -9223372036854775808, -1e19]",
            arrow::int64(), "[9223372036854774784, 0, -9223372036854775808, 0]", {1, 3});
  ExpectFit(arrow::float32(), "[255, 256, -1]", arrow::uint8(), "[255, 0, 0]", {1, 2});
  ExpectFit(arrow::float64(), "[18446744073709549568, 18446744073709551616]",
            arrow::uint64(), "[18446744073709549568, 0]", {1});
}

TEST(NumberConversionTest, IntegersAreFloatsWhereThatIsExact) {
  ExpectFit(arrow::int64(),
            "[1152921504606846976, 9007199254740993, 9223372036854775807, -7]",
            arrow::float64(), "[1152921504606846976, 0, 0, -7]", {1, 2});
  ExpectFit(arrow::uint64(), "[9223372036854775808, 18446744073709551615]",
            arrow::float64(), "[9223372036854775808, 0]", {1});
  ExpectFit(arrow::int32(), "[16777216, 16777217]", arrow::float32(), "[16777216, 0]",
            {1}, Rounding::kFloats);
  ExpectFit(arrow::int32(), "[2048, 2049, 65504, 70000]", arrow::float16(),
            "[2048, 0, 65504, 0]", {1, 3});
}

TEST(NumberConversionTest, IntegersFitByRange) {
  ExpectFit(arrow::int64(), "[-1, 0, 255, 256]", arrow::uint8(), "[0, 0, 255, 0]",
            {0, 3});
  ExpectFit(arrow::uint64(), "[9223372036854775807, 9223372036854775808]", arrow::int64(),
            "[9223372036854775807, 0]", {1});
}

TEST(NumberConversionTest, FloatsAreRoundedOnlyIfAllowedAndOnlyToFiniteOnes) {
  const std::string values = "[0.5, 0.1, NaN, Inf, 1e39, null]";
  ExpectFit(arrow::float64(), values, arrow::float32(), "[0.5, 0, NaN, Inf, 0, null]",
            {1, 4});
  ExpectFit(arrow::float64(), values, arrow::float32(), "[0.5, 0.1, NaN, Inf, 0, null]",
            {4}, Rounding::kFloats);
  ExpectFit(arrow::float64(), "[0.5, 65504, 1e6]", arrow::float16(), "[0.5, 65504, 0]",
            {2}, Rounding::kFloats);
}

TEST(NumberConversionTest, SlicesAndWhatIsBehindNullsDoNotMatter) {
  const auto array =
      arrow::json::ArrayFromJSONString(arrow::float64(), "[0.5, 1, null, 3]")
          .ValueOrDie()
          ->Slice(1);
  ASSERT_OK_AND_ASSIGN(
      const FittedNumbers fitted,
      FitNumbers(*array, *arrow::int8(), Rounding::kNone, arrow::default_memory_pool()));
  EXPECT_TRUE(fitted.misfits.empty());
  EXPECT_TRUE(fitted.values->Equals(
      *arrow::json::ArrayFromJSONString(arrow::int8(), "[1, null, 3]").ValueOrDie()));
}

/// `values` are compared as `rounded`, but for the rows `greatest`.
void ExpectRoundedUp(const TypePtr& from, const std::string& values, const TypePtr& to,
                     const std::string& rounded,
                     const std::vector<int64_t>& greatest = {}) {
  SCOPED_TRACE(from->ToString() + " to " + to->ToString() + ": " + values);
  const auto array = arrow::json::ArrayFromJSONString(from, values).ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const FittedNumbers actual,
                       RoundUpNumbers(*array, *to, arrow::default_memory_pool()));
  ASSERT_OK(actual.values->ValidateFull());
  const auto expected = arrow::json::ArrayFromJSONString(to, rounded).ValueOrDie();
  EXPECT_TRUE(
      actual.values->Equals(*expected, arrow::EqualOptions::Defaults().nans_equal(true)))
      << actual.values->ToString();
  EXPECT_EQ(actual.misfits, greatest);
}

TEST(NumberConversionTest, FloatsAreRoundedUpToIntegers) {
  ExpectRoundedUp(arrow::float64(), "[5, null, -0.5, 2.5, -2.5, NaN, -Inf, Inf, 1e300]",
                  arrow::int64(), "[5, null, 0, 3, -2, null, -9223372036854775808, 0, 0]",
                  {7, 8});
  ExpectRoundedUp(arrow::float32(), "[254.5, 255.5, -7]", arrow::uint8(), "[255, 0, 0]",
                  {1});
}

TEST(NumberConversionTest, IntegersAreRoundedUpToFloats) {
  ExpectRoundedUp(
      arrow::int64(), "[9007199254740993, -9007199254740993, 9223372036854775807]",
      arrow::float64(), "[9007199254740994, -9007199254740992, 9223372036854775808]");
  ExpectRoundedUp(arrow::uint64(), "[18446744073709551615, 7]", arrow::float64(),
                  "[18446744073709551616, 7]");
  ExpectRoundedUp(arrow::int32(), "[2049, -2049, 70000]", arrow::float16(),
                  "[2050, -2048, Inf]");
  ExpectRoundedUp(arrow::int64(), "[16777217, -16777217]", arrow::float32(),
                  "[16777218, -16777216]");
}

TEST(NumberConversionTest, IntegersAreRoundedUpToThoseOfARange) {
  ExpectRoundedUp(arrow::int64(), "[-1, 255, 256]", arrow::uint8(), "[0, 255, 0]", {2});
  ExpectRoundedUp(arrow::uint64(), "[9223372036854775808]", arrow::int64(), "[0]", {0});
}

}  // namespace
}  // namespace planish
