// SPDX-License-Identifier: Apache-2.0
#include "scan/open_file_cache.h"

#include <gtest/gtest.h>

#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

class OpenFileCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto schema = arrow::schema({arrow::field("id", arrow::int32())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, "[[1]]"));
    for (const char* name : {"a", "b", "c", "d"}) {
      ASSERT_OK(WriteParquet(table, directory_ / name));
    }
    DatasetOptions options;
    options.inputs = {directory_.path()};
    ASSERT_OK_AND_ASSIGN(inventory_, Inventory::Make(&files_, options, true, false,
                                                     arrow::default_memory_pool()));
    num_opened_before_ = files_.num_opened();
    cache_ = std::make_unique<OpenFileCache>(&files_, inventory_, /*max_idle_files=*/2,
                                             arrow::default_memory_pool());
  }

  int num_opened() const { return files_.num_opened() - num_opened_before_; }

  TempDir directory_;
  ListingOrderFileSystem files_{/*reverse=*/false};
  int num_opened_before_ = 0;
  std::shared_ptr<const Inventory> inventory_;
  std::unique_ptr<OpenFileCache> cache_;
};

TEST_F(OpenFileCacheTest, KeepsTheFilesThatWereUsedLast) {
  // One in use, two idle.
  for (int file : {0, 1, 2, 3}) ASSERT_OK(cache_->Get(file));
  EXPECT_EQ(cache_->num_cached(), 3);
  for (int file : {1, 2, 3, 1}) ASSERT_OK(cache_->Get(file));
  EXPECT_EQ(num_opened(), 4);
  ASSERT_OK(cache_->Get(0));
  ASSERT_OK(cache_->Get(1));
  EXPECT_EQ(num_opened(), 5);
  ASSERT_OK(cache_->Get(2));
  EXPECT_EQ(num_opened(), 6);
}

TEST_F(OpenFileCacheTest, NeverClosesAFileInUse) {
  ASSERT_OK_AND_ASSIGN(auto first, cache_->Get(0));
  for (int file : {1, 2, 3, 1, 2, 3}) ASSERT_OK(cache_->Get(file));
  ASSERT_OK_AND_ASSIGN(auto again, cache_->Get(0));
  EXPECT_EQ(first, again);
}

TEST_F(OpenFileCacheTest, CountsBytesOfClosedFilesToo) {
  ASSERT_OK(cache_->Get(0));
  const int64_t one_file = cache_->bytes_read();
  EXPECT_GT(one_file, 0);
  for (int file : {1, 2, 3}) ASSERT_OK(cache_->Get(file));
  EXPECT_EQ(cache_->bytes_read(), 4 * one_file);
}

TEST_F(OpenFileCacheTest, TriesAgainAfterAnError) {
  const std::string path = directory_ / "a";
  std::filesystem::rename(path, path + "~");
  EXPECT_ERROR_KIND(cache_->Get(0), ErrorKind::kDrift);
  std::filesystem::rename(path + "~", path);
  EXPECT_OK(cache_->Get(0));
}

}  // namespace
}  // namespace planish
