// SPDX-License-Identifier: Apache-2.0
#include "base/raised_limit.h"

#include <gtest/gtest.h>

#include <limits>

#include "planish/quantities.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

TEST(RaisedLimitTest, IsRoundedUp) {
  EXPECT_EQ(RaisedLimit(0, 2'004'000'001), "2.01 GB");
  EXPECT_EQ(RaisedLimit(0, 2'000'000'000), "2.00 GB");
  EXPECT_EQ(RaisedLimit(0, 999), "999 B");
  EXPECT_EQ(RaisedLimit(0, 999'900), "1.00 MB");
}

TEST(RaisedLimitTest, IsMoreThanTheLimitThatFailedHoweverItIsRead) {
  for (int64_t limit = 1; limit < (int64_t{1} << 50); limit = limit * 7 / 3 + 1) {
    for (const int64_t enough : {int64_t{0}, limit, limit + limit / 1000 + 1}) {
      const std::string text = RaisedLimit(limit, enough);
      ASSERT_OK_AND_ASSIGN(const int64_t read, ParseByteSize(text, 0));
      EXPECT_GT(read, limit) << text;
      EXPECT_GE(read, enough) << text;
    }
  }
}

TEST(RaisedLimitTest, TakesWhatDamagedFilesAskFor) {
  EXPECT_FALSE(RaisedLimit(1, std::numeric_limits<int64_t>::max()).empty());
}

}  // namespace
}  // namespace planish
