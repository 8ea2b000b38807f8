// SPDX-License-Identifier: Apache-2.0
#include "base/memory_timeline.h"

#include <gtest/gtest.h>

namespace planish {
namespace {

/// Offers a sample every millisecond of `seconds`, as a run does that counts small work.
MemoryTimeline Fill(double seconds) {
  MemoryTimeline timeline;
  for (int i = 0; i * 0.001 <= seconds; ++i) {
    const double now = i * 0.001;
    if (timeline.IsDue(now, "scan")) timeline.Add({now, i, i, "scan"});
  }
  return timeline;
}

TEST(MemoryTimelineTest, TakesTheFirstMomentOfEveryStage) {
  MemoryTimeline timeline;
  EXPECT_TRUE(timeline.IsDue(0, "dataset"));
  timeline.Add({0, 1, 2, "dataset"});
  EXPECT_FALSE(timeline.IsDue(0.001, "dataset"));
  EXPECT_TRUE(timeline.IsDue(0.001, "scan"));
  EXPECT_TRUE(timeline.IsDue(MemoryTimeline::kFirstInterval, "dataset"));
}

TEST(MemoryTimelineTest, HasFewMomentsOfLongRuns) {
  for (const double seconds : {0.1, 2.0, 60.0}) {
    const auto samples = Fill(seconds).samples();
    EXPECT_LE(samples.size(), MemoryTimeline::kMaximumSamples);
    EXPECT_GE(samples.size(), 15U);
    EXPECT_EQ(samples.front().seconds, 0);
    EXPECT_GT(samples.back().seconds, seconds * 0.9);
  }
}

TEST(MemoryTimelineTest, KeepsMomentsInOrderAndEvenlyApart) {
  const auto samples = Fill(30).samples();
  for (size_t i = 2; i < samples.size(); ++i) {
    const double first = samples[1].seconds - samples[0].seconds;
    EXPECT_NEAR(samples[i].seconds - samples[i - 1].seconds, first, first);
    EXPECT_GT(samples[i].seconds, samples[i - 1].seconds);
  }
}

}  // namespace
}  // namespace planish
