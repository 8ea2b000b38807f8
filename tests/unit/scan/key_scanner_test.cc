// SPDX-License-Identifier: Apache-2.0
#include "scan/key_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "arrow/table.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class KeyScannerTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
             const std::string& rows, int64_t row_group_rows = 1000) {
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    WriteSpec spec;
    spec.row_group_rows = row_group_rows;
    ASSERT_OK(WriteParquet(table, directory_ / path, spec));
  }

  void TakeInventory(MissingColumns missing = MissingColumns::kError) {
    DatasetOptions options;
    options.inputs = {directory_ / "d"};
    options.missing_columns = missing;
    ASSERT_OK_AND_ASSIGN(inventory_,
                         Inventory::Make(&files_, options, true, false, pool_));
    num_opened_ = files_.num_opened();
  }

  /// All rows of the columns, read in batches.
  arrow::Result<std::shared_ptr<arrow::Table>> ScanAll(const std::vector<int>& columns,
                                                       int64_t batch_rows) {
    KeyScanner scanner(&files_, inventory_, columns, pool_);
    arrow::RecordBatchVector batches;
    int64_t next_row = 0;
    for (const RowGroupRef& row_group : inventory_->RowGroups()) {
      ARROW_RETURN_NOT_OK(scanner.Scan(
          row_group, batch_rows, [&](const arrow::RecordBatch& batch, int64_t first_row) {
            EXPECT_EQ(first_row, next_row);
            EXPECT_LE(batch.num_rows(), batch_rows);
            EXPECT_GT(batch.num_rows(), 0);
            next_row += batch.num_rows();
            batches.push_back(batch.Slice(0));
            return batch.ValidateFull();
          }));
    }
    bytes_read_ = scanner.bytes_read();
    return arrow::Table::FromRecordBatches(scanner.schema(), batches);
  }

  void ExpectRows(const std::vector<int>& columns, const std::string& rows) {
    for (int64_t batch_rows : {1, 2, 1000}) {
      ASSERT_OK_AND_ASSIGN(auto table, ScanAll(columns, batch_rows));
      ASSERT_OK_AND_ASSIGN(auto expected, TableFromJson(table->schema(), rows));
      EXPECT_TRUE(TablesEqual(*expected, *table)) << "batches of " << batch_rows;
    }
  }

  TempDir directory_;
  ListingOrderFileSystem files_{/*reverse=*/true};
  arrow::MemoryPool* pool_ = arrow::default_memory_pool();
  std::shared_ptr<const Inventory> inventory_;
  int num_opened_ = 0;  ///< before the first scan
  int64_t bytes_read_ = 0;
};

const auto kId = arrow::field("id", arrow::int32());
const auto kName = arrow::field("name", arrow::utf8());

TEST_F(KeyScannerTest, TakesNoMoreThanIsWanted) {
  Write("d/a.parquet", arrow::schema({arrow::field("id", arrow::int64())}),
        "[[1], [2], [3], [4], [5]]");
  TakeInventory();
  KeyScanner scanner(&files_, inventory_, {0}, pool_);
  for (const int64_t wanted : {1, 2, 5, 9}) {
    int64_t taken = 0;
    ASSERT_OK(scanner.ScanWhile(inventory_->RowGroups()[0], 1,
                                [&](const arrow::RecordBatch&, int64_t first_row) {
                                  EXPECT_EQ(first_row, taken);
                                  return ++taken < wanted;
                                }));
    EXPECT_EQ(taken, std::min<int64_t>(wanted, 5));
  }
  // To stop is not to fail, and an error is none of the scanner's own.
  EXPECT_TRUE(
      scanner
          .ScanWhile(inventory_->RowGroups()[0], 1,
                     [](const arrow::RecordBatch&, int64_t) -> arrow::Result<bool> {
                       return arrow::Status::Cancelled("by somebody");
                     })
          .IsCancelled());
}

TEST_F(KeyScannerTest, ReadsColumnsInTheOrderAskedForOverAllFiles) {
  Write("d/a", arrow::schema({kId, kName}), R"([[1, "x"], [2, null], [3, "z"]])", 2);
  Write("d/b", arrow::schema({kName, kId}), R"([["y", 4]])");
  TakeInventory();
  ExpectRows({1, 0}, R"([["x", 1], [null, 2], ["z", 3], ["y", 4]])");
  EXPECT_GT(bytes_read_, 0);
  ExpectRows({1}, R"([["x"], [null], ["z"], ["y"]])");
}

TEST_F(KeyScannerTest, GivesAColumnTwiceIfAskedTo) {
  Write("d/a", arrow::schema({kId}), "[[1], [2]]");
  TakeInventory();
  KeyScanner scanner(&files_, inventory_, {0, 0}, pool_);
  int64_t rows = 0;
  ASSERT_OK(scanner.Scan(inventory_->RowGroups()[0], 10,
                         [&](const arrow::RecordBatch& batch, int64_t) {
                           EXPECT_TRUE(batch.column(0)->Equals(batch.column(1)));
                           rows += batch.num_rows();
                           return arrow::Status::OK();
                         }));
  EXPECT_EQ(rows, 2);
}

TEST_F(KeyScannerTest, PromotesWhatFilesTypeDifferently) {
  const auto point = [](const auto& type) {
    return arrow::field("p", arrow::struct_({arrow::field("x", type)}));
  };
  Write("d/a", arrow::schema({kId, point(arrow::int8())}), R"([[1, {"x": 1}]])");
  Write("d/b", arrow::schema({arrow::field("id", arrow::int64()), point(arrow::int32())}),
        R"([[5000000000, {"x": 70000}]])");
  TakeInventory();
  EXPECT_EQ(inventory_->schema()->ToString(), "id: int64\np: struct<x: int32>");
  ExpectRows({0, 1}, R"([[1, {"x": 1}], [5000000000, {"x": 70000}]])");
}

TEST_F(KeyScannerTest, FillsMissingColumnsWithNulls) {
  Write("d/a", arrow::schema({kId}), "[[1], [2]]");
  Write("d/b", arrow::schema({kName}), R"([["x"]])");
  TakeInventory(MissingColumns::kNull);
  ExpectRows({0, 1}, R"([[1, null], [2, null], [null, "x"]])");
}

TEST_F(KeyScannerTest, GivesHiveColumnsAsConstants) {
  Write("d/day=2/a", arrow::schema({kId}), "[[1], [2], [3]]");
  Write("d/day=__HIVE_DEFAULT_PARTITION__/a", arrow::schema({kId}), "[[4]]");
  TakeInventory();
  ExpectRows({1, 0}, "[[2, 1], [2, 2], [2, 3], [null, 4]]");
}

TEST_F(KeyScannerTest, OpensNoFileForColumnsThatAreNotInIt) {
  Write("d/day=1/a", arrow::schema({kId}), "[[1], [2], [3]]");
  Write("d/day=2/a", arrow::schema({kName}), R"([["x"]])");
  TakeInventory(MissingColumns::kNull);
  ExpectRows({2}, "[[1], [1], [1], [2]]");
  EXPECT_EQ(bytes_read_, 0);
  EXPECT_EQ(files_.num_opened(), num_opened_);
  ASSERT_OK(ScanAll({0}, 10));
  EXPECT_EQ(files_.num_opened(), num_opened_ + 1);
}

TEST_F(KeyScannerTest, CountsRowsWhereNoColumnIsAskedFor) {
  Write("d/a", arrow::schema({kId}), "[[1], [2], [3]]");
  TakeInventory();
  KeyScanner scanner(&files_, inventory_, {}, pool_);
  std::vector<int64_t> batches;
  ASSERT_OK(scanner.Scan(inventory_->RowGroups()[0], 2,
                         [&](const arrow::RecordBatch& batch, int64_t) {
                           batches.push_back(batch.num_rows());
                           return arrow::Status::OK();
                         }));
  EXPECT_THAT(batches, testing::ElementsAre(2, 1));
}

TEST_F(KeyScannerTest, OpensAFileOnceForAllItsRowGroups) {
  Write("d/a", arrow::schema({kId}), "[[1], [2], [3], [4]]", 1);
  TakeInventory();
  ASSERT_OK(ScanAll({0}, 10));
  EXPECT_EQ(files_.num_opened(), num_opened_ + 1);
}

TEST_F(KeyScannerTest, SaysWhereAValueDoesNotFitThePromotedType) {
  const auto t = [](arrow::TimeUnit::type unit) {
    return arrow::schema({arrow::field("t", arrow::timestamp(unit))});
  };
  Write("d/a", t(arrow::TimeUnit::MILLI), "[[1], [9000000000000000]]", 1);
  Write("d/b", t(arrow::TimeUnit::NANO), "[[1]]");
  TakeInventory();
  auto table = ScanAll({0}, 10);
  ASSERT_ERROR_KIND(table, ErrorKind::kSchemaMismatch);
  const ErrorDetail* detail = GetErrorDetail(table.status());
  EXPECT_EQ(detail->file, directory_ / "d/a");
  EXPECT_EQ(detail->row_group, 1);
  EXPECT_EQ(detail->column, "t");
}

/// Changes one byte of the file such that its statistics deny its only null.
void DenyTheNull(const std::string& path) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(path));
  for (size_t i = 4; i < bytes.size(); ++i) {
    if (bytes[i] != 2) continue;  // 1 as Thrift writes it
    std::string changed = bytes;
    changed[i] = 0;
    Touch(path, changed);
    auto input = LocalFileSystem()->OpenInput(path);
    ASSERT_OK(input);
    auto file = ParquetFile::Open(*input, arrow::default_memory_pool());
    if (file.ok() && (*file)->footer().num_rows() == 3 &&
        (*file)->Statistics(0, 0).null_count == 0) {
      return;
    }
  }
  FAIL() << "no count of nulls found";
}

TEST_F(KeyScannerTest, DoesNotTrustStatisticsThatDenyNulls) {
  Write("d/a", arrow::schema({kId}), "[[1], [null], [3]]");
  DenyTheNull(directory_ / "d/a");
  TakeInventory();
  ASSERT_TRUE(inventory_->never_null()[0]);
  auto table = ScanAll({0}, 10);
  ASSERT_ERROR_KIND(table, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(table.status())->column, "id");
}

TEST_F(KeyScannerTest, NoticesAFileThatChanged) {
  Write("d/a", arrow::schema({kId}), "[[1]]");
  TakeInventory();
  Write("d/a", arrow::schema({kId}), "[[1], [2]]");
  EXPECT_ERROR_KIND(ScanAll({0}, 10), ErrorKind::kDrift);
}

TEST_F(KeyScannerTest, EndsWithTheErrorOfItsVisitor) {
  Write("d/a", arrow::schema({kId}), "[[1], [2]]");
  TakeInventory();
  KeyScanner scanner(&files_, inventory_, {0}, pool_);
  int calls = 0;
  const auto status = scanner.Scan(inventory_->RowGroups()[0], 1,
                                   [&](const arrow::RecordBatch&, int64_t) {
                                     ++calls;
                                     return arrow::Status::Cancelled("enough");
                                   });
  EXPECT_TRUE(status.IsCancelled());
  EXPECT_EQ(calls, 1);
}

TEST_F(KeyScannerTest, ServesSeveralThreads) {
  constexpr int kFiles = 30;
  for (int i = 0; i < kFiles; ++i) {
    Write("d/" + std::to_string(i), arrow::schema({kId}), "[[1], [2], [3]]", 1);
  }
  TakeInventory();
  KeyScanner scanner(&files_, inventory_, {0}, pool_);
  const auto row_groups = inventory_->RowGroups();
  std::atomic<size_t> next{0};
  std::atomic<int64_t> rows{0}, failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (size_t k = next++; k < row_groups.size(); k = next++) {
        const auto status =
            scanner.Scan(row_groups[k], 10, [&](const auto& batch, int64_t) {
              rows += batch.num_rows();
              return arrow::Status::OK();
            });
        failures += !status.ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(rows, 3 * kFiles);
  EXPECT_GT(scanner.bytes_read(), 0);
}

}  // namespace
}  // namespace planish
