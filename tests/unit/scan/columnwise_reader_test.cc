// SPDX-License-Identifier: Apache-2.0
#include "scan/columnwise_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "scan/key_scanner.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr int64_t kRows = 4000;
constexpr int kColumns = 60;

/// Two row groups of many columns whose pages do not fit side by side.
class ColumnwiseReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    RandomSource random(1);
    for (int i = 0; i < kColumns; ++i) {
      std::shared_ptr<arrow::DataType> type = arrow::int64();
      if (i % 3 == 1) type = arrow::utf8();
      if (i % 3 == 2) type = arrow::list(arrow::int32());
      fields.push_back(arrow::field("c" + std::to_string(i), type));
      columns.push_back(Column(&random, type));
    }
    table_ = arrow::Table::Make(arrow::schema(fields), columns);
    WriteSpec spec;
    spec.dictionary = false;
    spec.row_group_rows = kRows / 2;
    ASSERT_OK(WriteParquet(table_, directory_ / "in/file.parquet", spec));
    DatasetOptions options;
    options.inputs = {directory_ / "in"};
    ASSERT_OK_AND_ASSIGN(
        inventory_, Inventory::Make(LocalFileSystem(), options, true, false, &pool_));
    for (int i = 0; i < kColumns; ++i) all_.push_back(i);
  }

  static std::shared_ptr<arrow::Array> Column(
      RandomSource* random, const std::shared_ptr<arrow::DataType>& type) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    EXPECT_OK(arrow::MakeBuilder(type).Value(&builder));
    for (int64_t row = 0; row < kRows; ++row) {
      if (random->OneIn(10)) {
        EXPECT_OK(builder->AppendNull());
      } else if (type->id() == arrow::Type::INT64) {
        EXPECT_OK(
            static_cast<arrow::Int64Builder&>(*builder).Append(random->Below(1 << 30)));
      } else if (type->id() == arrow::Type::STRING) {
        EXPECT_OK(static_cast<arrow::StringBuilder&>(*builder).Append(
            std::to_string(random->Below(1 << 30))));
      } else {
        auto& lists = static_cast<arrow::ListBuilder&>(*builder);
        EXPECT_OK(lists.Append());
        for (int i = random->Below(4); i > 0; --i) {
          EXPECT_OK(static_cast<arrow::Int32Builder&>(*lists.value_builder()).Append(i));
        }
      }
    }
    return builder->Finish().ValueOrDie();
  }

  TempDir directory_;
  StingyPool pool_;
  ScratchDirectory scratch_{LocalFileSystem(), directory_.path(), 0};
  std::shared_ptr<arrow::Table> table_;
  std::shared_ptr<const Inventory> inventory_;
  std::vector<int> all_;
};

TEST_F(ColumnwiseReaderTest, GivesTheRowsThatReadingSideBySideGives) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       OpenDataFile(LocalFileSystem(), inventory_->files()[0], &pool_));
  for (const int64_t skipped : {int64_t{0}, int64_t{777}, kRows / 2}) {
    for (const int at_once : {1, 7, 1000}) {
      std::atomic<int> columns_at_once = at_once;
      ColumnwiseReader reader(file, 1, {5, 0, 1, 2, 59, 58}, skipped, 100,
                              &columns_at_once, &scratch_, &pool_);
      ASSERT_OK_AND_ASSIGN(const auto read, reader.ToTable());
      ASSERT_OK_AND_ASSIGN(
          const auto expected,
          table_->Slice(kRows / 2 + skipped)->SelectColumns({5, 0, 1, 2, 59, 58}));
      EXPECT_TRUE(TablesEqual(*expected, *read));
    }
  }
}

TEST_F(ColumnwiseReaderTest, ScansOfTooManyColumnsGoThroughScratch) {
  pool_.SetMostInAll(700'000);
  KeyScanner scanner(LocalFileSystem(), inventory_, all_, &pool_, &scratch_);
  std::mutex mutex;
  std::vector<std::shared_ptr<arrow::RecordBatch>> rows(kRows);
  const auto scan = [&](const RowGroupRef& group) {
    EXPECT_OK(scanner.Scan(group, 100, [&](const auto& batch, int64_t first_row) {
      const std::lock_guard<std::mutex> lock(mutex);
      // A copy, so that what has been seen takes none of the pool.
      return batch.CopyTo(arrow::default_cpu_memory_manager())
          .Value(&rows[static_cast<size_t>(first_row)]);
    }));
  };
  const auto groups = inventory_->RowGroups();
  std::thread other([&] { scan(groups[1]); });
  scan(groups[0]);
  other.join();
  std::erase(rows, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto read, arrow::Table::FromRecordBatches(rows));
  EXPECT_TRUE(TablesEqual(*table_, *read));
  EXPECT_GT(pool_.num_refusals(), 0);
  EXPECT_GT(scratch_.written_bytes(), 0);
  EXPECT_EQ(scratch_.used_bytes(), 0);
}

TEST_F(ColumnwiseReaderTest, ScansOfTooManyColumnsFailWithoutScratch) {
  pool_.SetMostInAll(700'000);
  KeyScanner scanner(LocalFileSystem(), inventory_, all_, &pool_);
  const auto visit = [](const arrow::RecordBatch&, int64_t) {
    return arrow::Status::OK();
  };
  EXPECT_ERROR_KIND(scanner.Scan(inventory_->RowGroups()[0], 100, visit),
                    ErrorKind::kMemoryLimit);
}

TEST_F(ColumnwiseReaderTest, ColumnsThatFitDoNotGoThroughScratch) {
  KeyScanner scanner(LocalFileSystem(), inventory_, all_, &pool_, &scratch_);
  const auto visit = [](const arrow::RecordBatch&, int64_t) {
    return arrow::Status::OK();
  };
  EXPECT_OK(scanner.Scan(inventory_->RowGroups()[0], 100, visit));
  EXPECT_EQ(scratch_.written_bytes(), 0);
}

}  // namespace
}  // namespace planish
