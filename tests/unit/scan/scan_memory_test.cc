// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "arrow/builder.h"
#include "scan/key_scanner.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr int64_t kValueBytes = 1 << 20;
constexpr int64_t kRowsPerGroup = 4;

/// Two row groups of one page each, of four values that do not compress.
class ScanMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    RandomSource random(1);
    arrow::StringBuilder texts;
    for (int64_t row = 0; row < 2 * kRowsPerGroup; ++row) {
      std::string text(kValueBytes, '\0');
      for (char& c : text) c = static_cast<char>(random.Below(256));
      ASSERT_OK(texts.Append(text));
    }
    WriteSpec spec;
    spec.row_group_rows = kRowsPerGroup;
    spec.dictionary = false;
    const auto table = arrow::Table::Make(
        arrow::schema({arrow::field("text", arrow::binary())}),
        {texts.Finish().ValueOrDie()->View(arrow::binary()).ValueOrDie()});
    ASSERT_OK(WriteParquet(table, directory_ / "in/file.parquet", spec));
    DatasetOptions options;
    options.inputs = {directory_ / "in"};
    ASSERT_OK_AND_ASSIGN(
        inventory_, Inventory::Make(LocalFileSystem(), options, true, false, &pool_));
  }

  TempDir directory_;
  StingyPool pool_;
  std::shared_ptr<const Inventory> inventory_;
};

TEST_F(ScanMemoryTest, AScanThatDoesNotFitBesideAnotherWaitsForItsEnd) {
  KeyScanner scanner(LocalFileSystem(), inventory_, {0}, &pool_);
  const auto groups = inventory_->RowGroups();
  ASSERT_EQ(groups.size(), 2U);
  // A page as it is, the same decompressed, and some values; not twice of that.
  pool_.SetMostInAll(14 * kValueBytes);
  std::atomic<bool> other_done{false};
  std::atomic<int64_t> other_rows{0};
  std::thread other;
  const auto scanned = scanner.Scan(groups[0], 1000, [&](const auto&, int64_t first_row) {
    if (first_row > 0) return arrow::Status::OK();
    other = std::thread([&] {
      EXPECT_OK(scanner.Scan(groups[1], 1000, [&](const auto& batch, int64_t) {
        other_rows += batch.num_rows();
        return arrow::Status::OK();
      }));
      other_done = true;
    });
    while (pool_.num_refusals() == 0 && !other_done) std::this_thread::yield();
    EXPECT_FALSE(other_done) << "there was memory for both";
    return arrow::Status::OK();
  });
  EXPECT_OK(scanned);
  other.join();
  EXPECT_EQ(other_rows, kRowsPerGroup);
}

TEST_F(ScanMemoryTest, AScanThatDoesNotFitAloneFails) {
  KeyScanner scanner(LocalFileSystem(), inventory_, {0}, &pool_);
  pool_.SetMostInAll(6 * kValueBytes);
  const auto visit = [](const arrow::RecordBatch&, int64_t) {
    return arrow::Status::OK();
  };
  EXPECT_ERROR_KIND(scanner.Scan(inventory_->RowGroups()[0], 1000, visit),
                    ErrorKind::kMemoryLimit);
}

}  // namespace
}  // namespace planish
