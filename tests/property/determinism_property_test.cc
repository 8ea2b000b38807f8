// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

class DeterminismTest : public testing::TestWithParam<int> {
 protected:
  static void Try(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    ASSERT_OK(Dedup(one->WithOutput("plain"), DedupCase::PlainContext()));
    ASSERT_OK_AND_ASSIGN(const BytesByPath plain, ReadBytes(one->OutputPath("plain")));
    for (int i = 0; i < 2; ++i) {
      const RunContext context = one->RandomContext();
      SCOPED_TRACE(std::to_string(context.threads) + " threads, chunk " +
                   ChunkModeName(context.chunk) + " of " +
                   std::to_string(context.chunk_rows.value_or(0)) + " rows, " +
                   std::to_string(context.chunk_bytes.value_or(0)) + " bytes, limit of " +
                   std::to_string(context.memory_limit) + " bytes");
      const std::string output = "other" + std::to_string(i);
      ASSERT_OK(Dedup(one->WithOutput(output), context));
      ASSERT_OK_AND_ASSIGN(const BytesByPath other, ReadBytes(one->OutputPath(output)));
      ASSERT_EQ(plain.size(), other.size());
      for (const auto& [path, bytes] : plain) {
        ASSERT_EQ(other.count(path), 1U) << path;
        // Not ASSERT_EQ, which would print both files.
        ASSERT_TRUE(bytes == other.at(path)) << path << " differs";
      }
    }
  }
};

TEST_P(DeterminismTest, OutputIsTheSameForAnyThreadsChunksAndMemory) {
  const int iterations = PropertyIterations(400);
  for (int i = 0; i < iterations && !HasFatalFailure(); ++i)
    Try(PropertySeed(GetParam(), i));
}

INSTANTIATE_TEST_SUITE_P(Shard, DeterminismTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
