// SPDX-License-Identifier: Apache-2.0
#include "base/stage_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace planish {
namespace {

void Work(double cpu_seconds) {
  const StageClock clock;
  volatile unsigned sink = 0;
  while (clock.cpu_seconds() < cpu_seconds) sink = sink + 1;
}

TEST(StageClockTest, ListsStagesInTheOrderTheyWereFirstEntered) {
  StageClock clock;
  clock.Enter("scan");
  EXPECT_EQ(clock.current(), "scan");
  clock.Enter("winners");
  clock.Enter("scan");
  clock.Enter("rewrite");
  clock.Stop();
  EXPECT_EQ(clock.current(), "");
  ASSERT_EQ(clock.stages().size(), 3U);
  EXPECT_EQ(clock.stages()[0].name, "scan");
  EXPECT_EQ(clock.stages()[1].name, "winners");
  EXPECT_EQ(clock.stages()[2].name, "rewrite");
}

TEST(StageClockTest, AddsUpAStageThatIsEnteredAgain) {
  StageClock clock;
  clock.Enter("scan");
  Work(0.01);
  clock.Enter("winners");
  const double once = clock.stages()[0].cpu_seconds;
  clock.Enter("scan");
  Work(0.01);
  clock.Stop();
  EXPECT_GE(once, 0.01);
  EXPECT_GE(clock.stages()[0].cpu_seconds, once + 0.01);
}

TEST(StageClockTest, ChargesWaitingAsWallTimeOnly) {
  StageClock clock;
  clock.Enter("wait");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  clock.Stop();
  EXPECT_GE(clock.stages()[0].wall_seconds, 0.05);
  EXPECT_LT(clock.stages()[0].cpu_seconds, 0.05);
}

TEST(StageClockTest, CountsProcessorTimeOfAllThreads) {
  StageClock clock;
  clock.Enter("work");
  std::thread([] { Work(0.02); }).join();
  clock.Stop();
  EXPECT_GE(clock.stages()[0].cpu_seconds, 0.02);
}

TEST(StageClockTest, StagesAddUpToNoMoreThanTheWhole) {
  StageClock clock;
  clock.Stop();
  EXPECT_TRUE(clock.stages().empty());
  clock.Enter("scan");
  Work(0.005);
  clock.Enter("winners");
  Work(0.005);
  clock.Stop();
  double wall = 0;
  for (const StageClock::Stage& stage : clock.stages()) wall += stage.wall_seconds;
  EXPECT_GT(wall, 0);
  EXPECT_LE(wall, clock.wall_seconds());
}

}  // namespace
}  // namespace planish
