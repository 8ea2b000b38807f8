// SPDX-License-Identifier: Apache-2.0
#include "io/arrow_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "arrow/buffer.h"
#include "arrow/util/future.h"
#include "base/memory_budget.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"
#include "unit/io/file_bytes.h"

namespace planish {
namespace {

class ArrowFileTest : public testing::Test {
 protected:
  ArrowFileTest() {
    WriteBytes(path_, "0123456789");
    file_ = MakeArrowFile(OpenFile(path_), &pool_);
  }

  TempDir dir_;
  const std::string path_ = dir_ / "data";
  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(2 << 20).ValueOrDie();
  BudgetedPool pool_{budget_.get(), arrow::default_memory_pool()};
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
};

TEST_F(ArrowFileTest, ReadsAnyRange) {
  EXPECT_EQ(file_->GetSize().ValueOrDie(), 10);
  ASSERT_OK_AND_ASSIGN(auto buffer, file_->ReadAt(3, 4));
  EXPECT_EQ(buffer->ToString(), "3456");
  char out[2] = {};
  ASSERT_OK_AND_ASSIGN(int64_t count, file_->ReadAt(8, 2, out));
  EXPECT_EQ(count, 2);
  EXPECT_EQ(std::string(out, 2), "89");
}

TEST_F(ArrowFileTest, ReadsShortAtTheEnd) {
  EXPECT_EQ(file_->ReadAt(8, 100).ValueOrDie()->ToString(), "89");
  EXPECT_EQ(file_->ReadAt(10, 1).ValueOrDie()->size(), 0);
  EXPECT_EQ(file_->ReadAt(1000, 1).ValueOrDie()->size(), 0);
}

TEST_F(ArrowFileTest, ReadsOnFromWhereItIs) {
  EXPECT_EQ(file_->Read(4).ValueOrDie()->ToString(), "0123");
  EXPECT_EQ(file_->Tell().ValueOrDie(), 4);
  ASSERT_OK(file_->Seek(8));
  char out[8] = {};
  EXPECT_EQ(file_->Read(8, out).ValueOrDie(), 2);
  EXPECT_EQ(std::string(out, 2), "89");
  EXPECT_EQ(file_->Read(8).ValueOrDie()->size(), 0);
  EXPECT_EQ(file_->Tell().ValueOrDie(), 10);
}

TEST_F(ArrowFileTest, RefusesWhatIsNoRange) {
  EXPECT_TRUE(file_->ReadAt(-1, 1).status().IsInvalid());
  EXPECT_TRUE(file_->ReadAt(0, -1).status().IsInvalid());
  EXPECT_TRUE(file_->Seek(-1).IsInvalid());
}

TEST_F(ArrowFileTest, TakesItsBuffersFromThePool) {
  ASSERT_OK_AND_ASSIGN(auto buffer, file_->ReadAt(0, 10));
  EXPECT_GE(budget_->used(), 10);
  buffer.reset();
  EXPECT_EQ(budget_->used(), 0);
}

TEST_F(ArrowFileTest, FailsWhereTheBudgetHasNoRoomForABuffer) {
  std::filesystem::resize_file(path_, 3 << 20);
  const auto large = MakeArrowFile(OpenFile(path_), &pool_);
  EXPECT_ERROR_KIND(large->ReadAt(0, 3 << 20), ErrorKind::kMemoryLimit);
}

TEST_F(ArrowFileTest, ReadsAtOnceAndOnThisThreadWhatIsAskedForAsynchronously) {
  // The pool may be gone when another thread drops what it has read.
  BudgetedPool pool(budget_.get(), arrow::default_memory_pool());
  const auto file = MakeArrowFile(OpenFile(path_), &pool);
  const arrow::io::IOContext context(arrow::default_memory_pool());
  auto one = file->ReadAsync(context, 3, 4);
  ASSERT_TRUE(one.is_finished());
  auto many = file->ReadManyAsync(context, {{0, 2}, {8, 2}});
  ASSERT_EQ(many.size(), 2U);
  for (const auto& each : many) ASSERT_TRUE(each.is_finished());
  EXPECT_EQ(one.result().ValueOrDie()->ToString(), "3456");
  EXPECT_EQ(many[0].result().ValueOrDie()->ToString(), "01");
  EXPECT_EQ(many[1].result().ValueOrDie()->ToString(), "89");
  const int64_t held = pool.bytes_allocated();
  EXPECT_GE(held, 8);
  EXPECT_TRUE(file->ReadAsync(context, -1, 1).status().IsInvalid());
  ASSERT_OK(file->WillNeed({{0, 10}}));
  EXPECT_EQ(pool.bytes_allocated(), held);
}

TEST_F(ArrowFileTest, HandsOnTheErrorsOfTheFile) {
  std::filesystem::resize_file(path_, 5);
  const arrow::Status status = file_->ReadAt(0, 10).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kDrift);
  EXPECT_EQ(GetErrorDetail(status)->file, path_);
}

TEST_F(ArrowFileTest, ReadsNothingOnceClosed) {
  EXPECT_FALSE(file_->closed());
  ASSERT_OK(file_->Close());
  EXPECT_TRUE(file_->closed());
  EXPECT_FALSE(file_->ReadAt(0, 1).ok());
  EXPECT_OK(file_->Close());
}

}  // namespace
}  // namespace planish
