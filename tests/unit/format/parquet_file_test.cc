// SPDX-License-Identifier: Apache-2.0
#include "format/parquet_file.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "arrow/extension/uuid.h"
#include "arrow/extension_type.h"
#include "arrow/table.h"
#include "base/memory_budget.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class ParquetFileTest : public testing::Test {
 protected:
  std::shared_ptr<ParquetFile> Open(std::string bytes) {
    auto file = ParquetFile::Open(std::make_shared<MemoryInput>(std::move(bytes)),
                                  arrow::default_memory_pool());
    EXPECT_OK(file.status());
    return file.ok() ? *file : nullptr;
  }

  std::string Write(const std::shared_ptr<arrow::Table>& table,
                    const WriteSpec& spec = {}) {
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  std::shared_ptr<ParquetFile> WriteAndOpen(const std::shared_ptr<arrow::Table>& table,
                                            const WriteSpec& spec = {}) {
    return Open(Write(table, spec));
  }

  TempDir directory_;
};

std::shared_ptr<arrow::Table> Table(const std::shared_ptr<arrow::Schema>& schema,
                                    const std::string& json) {
  auto table = TableFromJson(schema, json);
  EXPECT_OK(table.status());
  return *table;
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadAll(const ParquetFile& file,
                                                     int row_group,
                                                     const std::vector<int>& columns,
                                                     int64_t batch_rows = 1000) {
  ARROW_ASSIGN_OR_RAISE(auto reader, file.ReadRowGroup(row_group, columns, batch_rows));
  return reader->ToTable();
}

const auto kThreeColumns =
    arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8()),
                   arrow::field("c", arrow::list(arrow::int32()))});
const char kFiveRows[] = R"([[1, "x", [1]], [2, null, []], [null, "", null],
                             [4, "yy", [4, null]], [5, "z", [5, 6, 7]]])";

TEST_F(ParquetFileTest, ReadsColumnsInTheOrderAskedFor) {
  const auto table = Table(kThreeColumns, kFiveRows);
  const auto file = WriteAndOpen(table);
  EXPECT_TRUE(file->schema()->Equals(*kThreeColumns, /*check_metadata=*/false));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*file, 0, {2, 0}));
  ASSERT_OK_AND_ASSIGN(const auto expected, table->SelectColumns({2, 0}));
  EXPECT_TRUE(TablesEqual(*expected, *read));
}

TEST_F(ParquetFileTest, ReadsOneRowGroupInBatchesOfAtMostTheRowsAskedFor) {
  const auto table = Table(kThreeColumns, kFiveRows);
  WriteSpec spec;
  spec.row_group_rows = 3;
  const auto file = WriteAndOpen(table, spec);
  ASSERT_EQ(file->footer().num_row_groups(), 2);
  ASSERT_OK_AND_ASSIGN(auto reader, file->ReadRowGroup(0, {0, 1, 2}, 2));
  std::vector<int64_t> sizes;
  arrow::RecordBatchVector batches;
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto batch, reader->Next());
    if (batch == nullptr) break;
    sizes.push_back(batch->num_rows());
    batches.push_back(batch);
  }
  EXPECT_EQ(sizes, (std::vector<int64_t>{2, 1}));
  ASSERT_OK_AND_ASSIGN(const auto read, arrow::Table::FromRecordBatches(batches));
  EXPECT_TRUE(TablesEqual(*table->Slice(0, 3), *read));
  ASSERT_OK_AND_ASSIGN(const auto second, ReadAll(*file, 1, {0, 1, 2}));
  EXPECT_TRUE(TablesEqual(*table->Slice(3), *second));
}

TEST_F(ParquetFileTest, CountsRowsWithoutReadingColumns) {
  const auto file = WriteAndOpen(Table(kThreeColumns, kFiveRows));
  ASSERT_OK_AND_ASSIGN(auto reader, file->ReadRowGroup(0, {}, 2));
  int64_t rows = 0;
  for (auto batch = reader->Next().ValueOrDie(); batch != nullptr;
       batch = reader->Next().ValueOrDie()) {
    EXPECT_EQ(batch->num_columns(), 0);
    rows += batch->num_rows();
  }
  EXPECT_EQ(rows, 5);
}

TEST_F(ParquetFileTest, OpensFilesWithoutRowsAndWithoutColumns) {
  const auto no_rows = WriteAndOpen(Table(kThreeColumns, "[]"));
  EXPECT_TRUE(no_rows->schema()->Equals(*kThreeColumns, /*check_metadata=*/false));
  for (int i = 0; i < no_rows->footer().num_row_groups(); ++i) {
    ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*no_rows, i, {0, 1, 2}));
    EXPECT_EQ(read->num_rows(), 0);
  }
  const auto no_columns =
      WriteAndOpen(arrow::Table::Make(arrow::schema(arrow::FieldVector{}),
                                      std::vector<std::shared_ptr<arrow::Array>>{}, 0));
  EXPECT_EQ(no_columns->num_leaf_columns(), 0);
  EXPECT_EQ(no_columns->schema()->num_fields(), 0);
}

TEST_F(ParquetFileTest, TellsColumnsOfTheSameNameApart) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("a", arrow::utf8()),
                     arrow::field("a", arrow::int64())});
  const auto table =
      arrow::Table::Make(schema, Table(arrow::schema({arrow::field("x", arrow::int64()),
                                                      arrow::field("y", arrow::utf8()),
                                                      arrow::field("z", arrow::int64())}),
                                       R"([[1, "p", 10], [2, "q", 20]])")
                                     ->columns());
  const auto file = WriteAndOpen(table);
  EXPECT_EQ(file->LeavesOf(2), std::vector<int>{2});
  ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*file, 0, {2, 1}));
  EXPECT_TRUE(read->column(0)->Equals(*table->column(2)));
  EXPECT_TRUE(read->column(1)->Equals(*table->column(1)));
}

TEST_F(ParquetFileTest, ListsTheLeavesOfNestedColumns) {
  const auto nested = arrow::struct_(
      {arrow::field("p", arrow::int32()), arrow::field("q", arrow::list(arrow::utf8()))});
  const auto file = WriteAndOpen(
      Table(arrow::schema({arrow::field("a", arrow::int64()), arrow::field("s", nested),
                           arrow::field("z", arrow::float64())}),
            R"([[1, {"p": 1, "q": ["x"]}, 0.5]])"));
  EXPECT_EQ(file->num_leaf_columns(), 4);
  EXPECT_EQ(file->LeavesOf(0), std::vector<int>{0});
  EXPECT_EQ(file->LeavesOf(1), (std::vector<int>{1, 2}));
  EXPECT_EQ(file->LeavesOf(2), std::vector<int>{3});
  EXPECT_EQ(file->leaf_path(2), "s.q.list.element");
}

TEST_F(ParquetFileTest, ShowsDictionaryTypesAsTheirValues) {
  const auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto plain = Table(arrow::schema({arrow::field("a", arrow::utf8())}),
                           R"([["x"], [null], ["y"], ["x"]])");
  const auto table = Table(arrow::schema({arrow::field("a", dictionary)}),
                           R"([["x"], [null], ["y"], ["x"]])");
  const auto file = WriteAndOpen(table);
  EXPECT_TRUE(file->schema()->field(0)->type()->Equals(arrow::utf8()));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*file, 0, {0}));
  EXPECT_TRUE(TablesEqual(*plain, *read));
}

TEST_F(ParquetFileTest, ShowsNestedDictionaryTypesAsTheirValues) {
  const auto with = [](const std::shared_ptr<arrow::DataType>& text) {
    return arrow::schema({arrow::field(
        "a",
        arrow::struct_({arrow::field("l", arrow::large_list(text)),
                        arrow::field("d", arrow::duration(arrow::TimeUnit::MILLI))}))});
  };
  const char rows[] =
      R"([[{"l": ["x", "y"], "d": 5}], [{"l": null, "d": null}], [null]])";
  const auto file =
      WriteAndOpen(Table(with(arrow::dictionary(arrow::int32(), arrow::utf8())), rows));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*file, 0, {0}));
  EXPECT_TRUE(TablesEqual(*Table(with(arrow::utf8()), rows), *read));
}

TEST_F(ParquetFileTest, ShowsExtensionTypesAsTheirStorage) {
  const auto storage =
      Table(arrow::schema({arrow::field("a", arrow::fixed_size_binary(16))}),
            R"([["0123456789abcdef"], [null]])");
  const auto array = arrow::ExtensionType::WrapArray(arrow::extension::uuid(),
                                                     storage->column(0)->chunk(0));
  const auto file = WriteAndOpen(arrow::Table::Make(
      arrow::schema({arrow::field("a", arrow::extension::uuid())}), {array}));
  EXPECT_TRUE(file->schema()->field(0)->type()->Equals(arrow::fixed_size_binary(16)));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadAll(*file, 0, {0}));
  EXPECT_TRUE(TablesEqual(*storage, *read));
}

TEST_F(ParquetFileTest, NamesTheColumnThatCannotBeRead) {
  WriteSpec spec;
  spec.dictionary = false;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  std::string bytes = Write(Table(kThreeColumns, kFiveRows), spec);
  {
    MemoryInput input(bytes);
    ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
    ASSERT_OK_AND_ASSIGN(const auto chunks, footer.ColumnChunks(0));
    for (int64_t i = 0; i < chunks[1].data_length; ++i) {
      bytes[static_cast<size_t>(chunks[1].data_offset + i)] = '\0';
    }
  }
  const auto file = Open(bytes);
  const auto result = ReadAll(*file, 0, {0, 1, 2});
  ASSERT_ERROR_KIND(result.status(), ErrorKind::kCorrupt);
  const ErrorDetail* detail = GetErrorDetail(result.status());
  EXPECT_EQ(detail->file, "memory.parquet");
  EXPECT_EQ(detail->row_group, 0);
  EXPECT_EQ(detail->column, "b");
  EXPECT_OK(ReadAll(*file, 0, {0, 2}).status());
}

TEST_F(ParquetFileTest, RefusesPagesThatDoNotMatchTheirChecksum) {
  WriteSpec spec;
  spec.dictionary = false;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  spec.page_checksums = true;
  std::string bytes = Write(
      Table(arrow::schema({arrow::field("a", arrow::int64())}), "[[1], [2]]"), spec);
  MemoryInput input(bytes);
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
  ASSERT_OK_AND_ASSIGN(const auto chunks, footer.ColumnChunks(0));
  bytes[static_cast<size_t>(chunks[0].data_offset + chunks[0].data_length - 1)] ^= 1;
  const auto file = Open(bytes);
  EXPECT_ERROR_KIND(ReadAll(*file, 0, {0}).status(), ErrorKind::kCorrupt);
}

TEST_F(ParquetFileTest, ARefusalOfMemoryComesOutAsOne) {
  std::string rows = "[";
  for (int i = 0; i < 20'000; ++i)
    rows += (i > 0 ? "," : "") + std::string("[\"a long text\"]");
  const std::string bytes =
      Write(Table(arrow::schema({arrow::field("a", arrow::utf8())}), rows + "]"));
  ASSERT_OK_AND_ASSIGN(auto budget, MemoryBudget::Make(MemoryBudget::kMinimumLimit));
  BudgetedPool pool(budget.get(), arrow::default_memory_pool());
  {
    ASSERT_OK_AND_ASSIGN(auto file,
                         ParquetFile::Open(std::make_shared<MemoryInput>(bytes), &pool));
    ASSERT_TRUE(budget->TryReserve(budget->available() - 100'000));
    const auto result = ReadAll(*file, 0, {0}, 20'000);
    EXPECT_TRUE(result.status().IsOutOfMemory()) << result.status();
    EXPECT_ERROR_KIND(result.status(), ErrorKind::kMemoryLimit);
  }
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST_F(ParquetFileTest, ServesManyThreadsAtOnce) {
  WriteSpec spec;
  spec.row_group_rows = 1;
  const auto table = Table(kThreeColumns, kFiveRows);
  const auto file = WriteAndOpen(table, spec);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 20; ++round) {
        const int row_group = (thread + round) % 5;
        auto read = ReadAll(*file, row_group, {0, 1, 2});
        ASSERT_OK(read.status());
        EXPECT_TRUE(TablesEqual(*table->Slice(row_group, 1), **read));
        file->Statistics(row_group, 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace planish
