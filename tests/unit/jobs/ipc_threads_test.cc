// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "arrow/table.h"
#include "planish/check.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// Threads that are always busy, so that others are often interrupted.
class BusyThreads {
 public:
  BusyThreads() {
    const unsigned count = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back([this] {
        while (!done_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }
  ~BusyThreads() {
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::vector<std::thread> threads_;
};

// A thread of Arrow's that still held a buffer of a run once wrote into memory that had
// been freed with it: one in a thousand runs, on a busy machine. Sanitizers see more.
TEST(IpcThreadsTest, RunsOverIpcFilesLeaveNothingToThreadsOfArrow) {
  TempDir directory;
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, "[[1], [1], [2]]"));
  ASSERT_OK_AND_ASSIGN(auto batch, table->CombineChunksToBatch());
  ASSERT_OK(WriteIpc({batch}, directory / "in/a.arrow", IpcFormat::kFile));
  CheckOptions options;
  options.dataset.inputs = {directory / "in"};
  options.key = {"id"};
  RunContext context;
  context.sync = false;
  context.threads = 2;
  context.temp_dir = directory / "scratch";
  const BusyThreads busy;
  for (int i = 0; i < 300; ++i) {
    ASSERT_OK_AND_ASSIGN(const CheckResult result, Check(options, context));
    ASSERT_EQ(result.surplus_rows, 1);
  }
}

}  // namespace
}  // namespace planish
