// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "arrow/chunked_array.h"
#include "arrow/result.h"
#include "arrow/status.h"
#include "arrow/table.h"
#include "planish/error.h"

/// \file
/// Assertions about arrow::Status and arrow::Result.

namespace planish {

inline const arrow::Status& StatusOf(const arrow::Status& status) {
  return status;
}
template <typename T>
const arrow::Status& StatusOf(const arrow::Result<T>& result) {
  return result.status();
}

/// OK, or a failure that shows the whole error.
inline testing::AssertionResult IsOk(const arrow::Status& status) {
  if (status.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << status.ToString();
}

/// Success if `status` failed with an ErrorDetail of this kind.
inline testing::AssertionResult HasKind(const arrow::Status& status, ErrorKind kind) {
  if (status.ok()) return testing::AssertionFailure() << "no error at all";
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail != nullptr && detail->kind == kind) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "expected kind " << ErrorKindName(kind) << ", got "
         << (detail == nullptr ? "no detail" : ErrorKindName(detail->kind)) << ": "
         << status.ToString();
}

/// Success if both tables have the same schema (without metadata) and the same values;
/// NaN equals NaN. Chunks do not matter.
inline testing::AssertionResult TablesEqual(const arrow::Table& expected,
                                            const arrow::Table& actual) {
  if (!expected.schema()->Equals(*actual.schema(), /*check_metadata=*/false)) {
    return testing::AssertionFailure()
           << "schemas differ\nexpected: " << expected.schema()->ToString()
           << "\nactual: " << actual.schema()->ToString();
  }
  if (expected.num_rows() != actual.num_rows()) {
    return testing::AssertionFailure()
           << "expected " << expected.num_rows() << " rows, got " << actual.num_rows();
  }
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
  for (int i = 0; i < expected.num_columns(); ++i) {
    if (!expected.column(i)->Equals(*actual.column(i), options)) {
      return testing::AssertionFailure()
             << "column " << expected.field(i)->name()
             << " differs\nexpected: " << expected.column(i)->ToString()
             << "\nactual: " << actual.column(i)->ToString();
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace planish

#define ASSERT_OK(expression) \
  ASSERT_TRUE(::planish::IsOk(::planish::StatusOf((expression)))) << #expression
#define EXPECT_OK(expression) \
  EXPECT_TRUE(::planish::IsOk(::planish::StatusOf((expression)))) << #expression

#define PLANISH_CONCAT_INNER(a, b) a##b
#define PLANISH_CONCAT(a, b) PLANISH_CONCAT_INNER(a, b)
#define PLANISH_ASSERT_OK_AND_ASSIGN(result, lhs, rexpr)   \
  auto result = (rexpr);                                   \
  ASSERT_TRUE(::planish::IsOk(result.status())) << #rexpr; \
  lhs = std::move(result).ValueUnsafe()
#define ASSERT_OK_AND_ASSIGN(lhs, rexpr) \
  PLANISH_ASSERT_OK_AND_ASSIGN(PLANISH_CONCAT(result_, __COUNTER__), lhs, rexpr)

#define EXPECT_ERROR_KIND(expression, kind) \
  EXPECT_TRUE(::planish::HasKind(::planish::StatusOf((expression)), kind)) << #expression
#define ASSERT_ERROR_KIND(expression, kind) \
  ASSERT_TRUE(::planish::HasKind(::planish::StatusOf((expression)), kind)) << #expression
