// SPDX-License-Identifier: Apache-2.0
#include "base/resident_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace planish {
namespace {

constexpr int64_t kBlock = int64_t{64} << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
TEST(ResidentMemoryTest, TellsNothingOfWhatIsResidentNowUnderSanitizers) {
  EXPECT_EQ(ResidentBytes(), 0);
}
#else
TEST(ResidentMemoryTest, GrowsByWhatIsTouchedAndThePeakStays) {
  const int64_t before = ResidentBytes();
  ASSERT_GT(before, 0);
  {
    const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
    std::memset(block.get(), 1, kBlock);
    // Something has to read it, or the compiler leaves out both.
    ASSERT_EQ(block[kBlock / 2], 1);
    EXPECT_GE(ResidentBytes(), before + kBlock * 3 / 4);
  }
  EXPECT_GE(PeakResidentBytes(), before + kBlock * 3 / 4);
}
#endif

TEST(ResidentMemoryTest, FitsIntoTheMachine) {
  EXPECT_GT(PhysicalMemoryBytes(), PeakResidentBytes());
  const int64_t now = ResidentBytes();
  EXPECT_GE(PeakResidentBytes(), now);
}

}  // namespace
}  // namespace planish
