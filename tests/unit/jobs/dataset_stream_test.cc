// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "arrow/array.h"
#include "arrow/scalar.h"
#include "arrow/table.h"
#include "planish/stream.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class DatasetStreamTest : public testing::Test {
 protected:
  arrow::Status Add(const std::string& name, const arrow::FieldVector& fields,
                    const std::string& rows, const WriteSpec& spec = {}) {
    ARROW_ASSIGN_OR_RAISE(auto table, TableFromJson(arrow::schema(fields), rows));
    return WriteParquet(*table, directory_ / ("in/" + name), spec);
  }
  DedupOptions ById() const {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"id"};
    return options;
  }
  /// The rows as JSON, without hive columns' types mattering.
  static std::string Rows(const arrow::Table& table) {
    const auto batch = table.CombineChunksToBatch().ValueOrDie();
    std::string rows;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int i = 0; i < batch->num_columns(); ++i) {
        rows += (i > 0 ? "," : "") +
                batch->column(i)->GetScalar(row).ValueOrDie()->ToString();
      }
      rows += ";";
    }
    return rows;
  }

  TempDir directory_;
  const arrow::FieldVector fields_ = {arrow::field("id", arrow::int64()),
                                      arrow::field("text", arrow::utf8())};
};

TEST_F(DatasetStreamTest, KeepsRowsInOrderWithHiveColumnsLast) {
  ASSERT_OK(Add("day=1/a.parquet", fields_, R"([[1, "a"], [2, "b"], [1, "c"]])",
                {.row_group_rows = 2}));
  ASSERT_OK(Add("day=2/a.parquet", fields_, R"([[2, "d"], [3, "e"]])"));
  ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(ById()));
  EXPECT_EQ(reader->schema()->ToString(), "id: int64\ntext: string\nday: int64");
  ASSERT_OK_AND_ASSIGN(auto first, reader->ToTable());
  EXPECT_EQ(Rows(*first), "1,a,1;2,b,1;3,e,2;");
  EXPECT_EQ(reader->report().rows_in, 5);
  EXPECT_EQ(reader->report().rows_kept, 3);
  EXPECT_EQ(reader->report().rows_dropped, 2);
  EXPECT_EQ(reader->report().chunks, 1);
  EXPECT_EQ(reader->report().chunk_sizes.max_rows, 5);
  DedupOptions options = ById();
  options.keep = Keep::kLast;
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    options.engine = engine;
    ASSERT_OK_AND_ASSIGN(auto last_reader, DedupToStream(options));
    ASSERT_OK_AND_ASSIGN(auto last, last_reader->ToTable());
    EXPECT_EQ(Rows(*last), "1,c,1;2,d,2;3,e,2;");
  }
}

TEST_F(DatasetStreamTest, ShowsInt96AsTimestamps) {
  const auto type = arrow::timestamp(arrow::TimeUnit::NANO);
  ASSERT_OK(Add("a.parquet", {arrow::field("id", type)},
                "[[1], [1], [-5], [null], [9000000000000000000]]", {.int96 = true}));
  ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(ById()));
  ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
  ASSERT_OK_AND_ASSIGN(auto expected,
                       TableFromJson(arrow::schema({arrow::field("id", type)}),
                                     "[[1], [-5], [null], [9000000000000000000]]"));
  EXPECT_TRUE(TablesEqual(*expected, *table));
}

TEST_F(DatasetStreamTest, TakesInIpcFiles) {
  ASSERT_OK(Add("a.parquet", fields_, R"([[1, "a"]])"));
  ASSERT_OK_AND_ASSIGN(auto table,
                       TableFromJson(arrow::schema(fields_), R"([[1, "b"], [2, "c"]])"));
  ASSERT_OK_AND_ASSIGN(auto batch, table->CombineChunksToBatch());
  ASSERT_OK(WriteIpc({batch}, directory_ / "in/b.arrow", IpcFormat::kFile));
  RunContext context;
  context.temp_dir = directory_ / "scratch";
  {
    ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(ById(), context));
    ASSERT_OK_AND_ASSIGN(auto rows, reader->ToTable());
    EXPECT_EQ(Rows(*rows), "1,a;2,c;");
    EXPECT_TRUE(std::filesystem::is_empty(context.temp_dir));
  }
  EXPECT_ERROR_KIND(DedupToStream(ById()), ErrorKind::kInvalidOption);
}

TEST_F(DatasetStreamTest, BatchesMayOutliveTheReader) {
  ASSERT_OK(Add("a.parquet", fields_, R"([[1, "a"], [1, "b"], [2, "c"]])"));
  std::shared_ptr<arrow::RecordBatch> batch;
  {
    ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(ById()));
    ASSERT_OK(reader->ReadNext(&batch));
  }
  ASSERT_OK_AND_ASSIGN(auto table, arrow::Table::FromRecordBatches({batch}));
  EXPECT_EQ(Rows(*table), "1,a;2,c;");
}

TEST_F(DatasetStreamTest, RefusesWhatOnlyMattersForFiles) {
  ASSERT_OK(Add("a.parquet", fields_, R"([[1, "a"]])"));
  DedupOptions options = ById();
  options.output = directory_ / "out";
  EXPECT_ERROR_KIND(DedupToStream(options), ErrorKind::kInvalidOption);
  options = ById();
  options.verify = true;
  EXPECT_ERROR_KIND(DedupToStream(options), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
