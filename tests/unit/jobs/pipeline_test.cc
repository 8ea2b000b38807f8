// SPDX-License-Identifier: Apache-2.0
#include "jobs/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <new>
#include <set>
#include <vector>

namespace planish {
namespace {

TEST(RunParallelTest, RunsEveryIndexOnce) {
  std::vector<std::atomic<int>> runs(1000);
  ASSERT_TRUE(RunParallel(4, 1000, [&](int64_t index, int worker) {
                EXPECT_LT(worker, 4);
                ++runs[static_cast<size_t>(index)];
                return arrow::Status::OK();
              }).ok());
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(RunParallelTest, ReturnsTheErrorOfTheSmallestIndexAndStartsNothingMore) {
  std::atomic<int64_t> started{0};
  const arrow::Status status = RunParallel(4, 1'000'000, [&](int64_t index, int) {
    ++started;
    return index >= 10 ? arrow::Status::Invalid(std::to_string(index))
                       : arrow::Status::OK();
  });
  EXPECT_EQ(status.message(), "10");
  EXPECT_LT(started, 100);
}

TEST(RunParallelTest, TurnsExceptionsIntoStatuses) {
  EXPECT_TRUE(RunParallel(2, 8, [](int64_t, int) -> arrow::Status {
                throw std::bad_alloc();
              }).IsOutOfMemory());
}

TEST(RunParallelTest, DoesNothingForNoTasks) {
  EXPECT_TRUE(
      RunParallel(3, 0, [](int64_t, int) { return arrow::Status::Invalid("ran"); }).ok());
}

class RunOrderedTest : public testing::TestWithParam<int> {};

TEST_P(RunOrderedTest, ConsumesInOrderAndNeverTwiceAtOnce) {
  constexpr int64_t kTasks = 5000;
  std::vector<std::atomic<bool>> produced(kTasks);
  std::vector<int64_t> consumed;
  std::atomic<int> inside{0};
  ASSERT_TRUE(RunOrdered(
                  GetParam(), kTasks, 7,
                  [&](int64_t index) {
                    produced[static_cast<size_t>(index)] = true;
                    return arrow::Status::OK();
                  },
                  [&](int64_t index) {
                    EXPECT_EQ(++inside, 1);
                    EXPECT_TRUE(produced[static_cast<size_t>(index)]);
                    consumed.push_back(index);
                    --inside;
                    return arrow::Status::OK();
                  })
                  .ok());
  ASSERT_EQ(consumed.size(), static_cast<size_t>(kTasks));
  for (int64_t i = 0; i < kTasks; ++i) EXPECT_EQ(consumed[static_cast<size_t>(i)], i);
}

TEST_P(RunOrderedTest, KeepsWithinItsWindow) {
  constexpr int64_t kWindow = 3;
  std::mutex mutex;
  int64_t begun = 0, finished = 0, widest = 0;
  ASSERT_TRUE(RunOrdered(
                  GetParam(), 2000, kWindow,
                  [&](int64_t) {
                    std::lock_guard<std::mutex> lock(mutex);
                    widest = std::max(widest, ++begun - finished);
                    return arrow::Status::OK();
                  },
                  [&](int64_t) {
                    std::lock_guard<std::mutex> lock(mutex);
                    ++finished;
                    return arrow::Status::OK();
                  })
                  .ok());
  EXPECT_LE(widest, kWindow);
  EXPECT_EQ(finished, 2000);
}

TEST_P(RunOrderedTest, BeginsNothingThatIsNotAdmitted) {
  constexpr int64_t kTasks = 2000, kMost = 10;
  const auto weight = [](int64_t index) { return index % 7; };
  std::mutex mutex;
  int64_t admitted = 0, under_way = 0, heaviest = 0, next = 0;
  ASSERT_TRUE(RunOrdered(
                  GetParam(), kTasks, 32,
                  [&](int64_t index) {
                    std::lock_guard<std::mutex> lock(mutex);
                    EXPECT_LT(index, admitted);
                    return arrow::Status::OK();
                  },
                  [&](int64_t index) {
                    std::lock_guard<std::mutex> lock(mutex);
                    under_way -= weight(index);
                    return arrow::Status::OK();
                  },
                  [&](int64_t index) {
                    std::lock_guard<std::mutex> lock(mutex);
                    EXPECT_EQ(index, next);
                    if (under_way + weight(index) > kMost) return false;
                    under_way += weight(index);
                    heaviest = std::max(heaviest, under_way);
                    admitted = ++next;
                    return true;
                  })
                  .ok());
  EXPECT_EQ(next, kTasks);
  EXPECT_EQ(under_way, 0);
  EXPECT_LE(heaviest, kMost);
}

TEST_P(RunOrderedTest, StopsAtAnErrorWhileOthersWaitToBeAdmitted) {
  std::atomic<int64_t> under_way{0};
  const arrow::Status status = RunOrdered(
      GetParam(), 1000, 8,
      [&](int64_t index) {
        return index == 50 ? arrow::Status::Invalid("fifty") : arrow::Status::OK();
      },
      [&](int64_t) {
        --under_way;
        return arrow::Status::OK();
      },
      [&](int64_t) {
        if (under_way > 0) return false;
        ++under_way;
        return true;
      });
  EXPECT_EQ(status.message(), "fifty");
}

TEST_P(RunOrderedTest, StopsAtAnErrorOfEitherStep) {
  for (const bool in_produce : {true, false}) {
    std::atomic<int64_t> consumed{0};
    const auto fail_at_50 = [](int64_t index) {
      return index == 50 ? arrow::Status::Invalid("fifty") : arrow::Status::OK();
    };
    const arrow::Status status = RunOrdered(
        GetParam(), 100'000, 8,
        [&](int64_t index) {
          return in_produce ? fail_at_50(index) : arrow::Status::OK();
        },
        [&](int64_t index) {
          ++consumed;
          return in_produce ? arrow::Status::OK() : fail_at_50(index);
        });
    EXPECT_EQ(status.message(), "fifty");
    EXPECT_LE(consumed, 51);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, RunOrderedTest, testing::Values(1, 2, 5));

TEST(ResolveThreadsTest, TakesTheProcessorsOfTheProcessForZero) {
  EXPECT_GE(ResolveThreads(0), 1);
  EXPECT_EQ(ResolveThreads(3), 3);
}

}  // namespace
}  // namespace planish
