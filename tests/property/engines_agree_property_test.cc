// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

class EnginesAgreeTest : public testing::TestWithParam<int> {
 protected:
  static void Try(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    ASSERT_OK_AND_ASSIGN(const TablesByPath expected, one->Expected());
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      SCOPED_TRACE(engine == Engine::kAuto ? "engine auto" : "engine reference");
      DedupOptions options =
          one->WithOutput(engine == Engine::kAuto ? "auto" : "reference");
      options.engine = engine;
      ASSERT_OK(Dedup(options, one->RandomContext()));
      ASSERT_OK_AND_ASSIGN(const TablesByPath actual, ReadTables(options.output));
      ASSERT_TRUE(SameTables(expected, actual));
    }
  }
};

TEST_P(EnginesAgreeTest, BothKeepTheRowsThatWinNaively) {
  const int iterations = PropertyIterations(2000);
  for (int i = 0; i < iterations && !HasFatalFailure(); ++i)
    Try(PropertySeed(GetParam(), i));
}

INSTANTIATE_TEST_SUITE_P(Shard, EnginesAgreeTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
