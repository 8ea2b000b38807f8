// SPDX-License-Identifier: Apache-2.0
#include "dataset/ipc_import.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "dataset/inventory.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

std::shared_ptr<arrow::RecordBatch> Ids(const std::string& ids,
                                        std::shared_ptr<arrow::DataType> type) {
  auto column = arrow::json::ArrayFromJSONString(type, ids).ValueOrDie();
  const int64_t num_rows = column->length();
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("id", std::move(type))}),
                                  num_rows, {std::move(column)});
}

class IpcImportTest : public testing::Test {
 protected:
  static constexpr int64_t kMemoryLimit = int64_t{64} << 20;

  arrow::Status AddIpc(const std::string& name, const std::string& ids,
                       IpcFormat format = IpcFormat::kStream) {
    return WriteIpc({Ids(ids, arrow::int32())}, directory_ / ("in/" + name), format);
  }
  arrow::Status AddParquet(const std::string& name, const std::string& ids) {
    ARROW_ASSIGN_OR_RAISE(auto table,
                          arrow::Table::FromRecordBatches({Ids(ids, arrow::int64())}));
    return WriteParquet(*table, directory_ / ("in/" + name));
  }
  arrow::Result<std::shared_ptr<const Inventory>> Take(
      const std::vector<std::string>& inputs, ScratchDirectory* scratch,
      int64_t memory_limit = kMemoryLimit) const {
    DatasetOptions options;
    for (const std::string& input : inputs) {
      options.inputs.push_back(directory_ / input);
    }
    arrow::MemoryPool* pool = arrow::default_memory_pool();
    const IpcImport import(LocalFileSystem(), scratch, memory_limit, writer_, pool);
    return Inventory::Make(LocalFileSystem(), options, /*hive=*/true, /*by_size=*/false,
                           pool, {}, &import);
  }
  arrow::Result<std::shared_ptr<const Inventory>> Take(
      const std::vector<std::string>& inputs) {
    return Take(inputs, &scratch_);
  }

  TempDir directory_;
  const WriterOptions writer_;
  ScratchDirectory scratch_{LocalFileSystem(), directory_ / "scratch", 0};
};

TEST_F(IpcImportTest, RowsTakePartInTheirPlace) {
  ASSERT_OK(AddIpc("a.arrows", "[1, 2]"));
  ASSERT_OK(AddParquet("b.parquet", "[3]"));
  ASSERT_OK(AddIpc("c.feather", "[4, 5, 6]", IpcFormat::kFile));
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"in"}));
  ASSERT_EQ(inventory->files().size(), 3u);
  std::vector<std::string> relative_paths;
  std::vector<int64_t> first_rows;
  for (const DataFile& file : inventory->files()) {
    relative_paths.push_back(file.relative_path);
    first_rows.push_back(file.first_row);
    ASSERT_OK(OpenDataFile(LocalFileSystem(), file, arrow::default_memory_pool()));
  }
  EXPECT_EQ(relative_paths,
            (std::vector<std::string>{"a.parquet", "b.parquet", "c.parquet"}));
  EXPECT_EQ(first_rows, (std::vector<int64_t>{0, 2, 3}));
  EXPECT_EQ(inventory->num_rows(), 6);
  EXPECT_EQ(inventory->files()[0].path, directory_ / "in/a.arrows");
  EXPECT_NE(inventory->files()[0].stored_path, inventory->files()[0].path);
  EXPECT_EQ(inventory->files()[1].stored_path, inventory->files()[1].path);
  // int32 and int64.
  EXPECT_TRUE(inventory->schema()->field(0)->type()->Equals(arrow::int64()));
}

TEST_F(IpcImportTest, GoesByTheFirstBytesWhateverTheName) {
  ASSERT_OK(AddIpc("day=1/rows", "[1]"));
  ASSERT_OK(AddIpc("day=1/rows.v2", "[1]", IpcFormat::kFile));
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"in/day=1/rows", "in/day=1/rows.v2"}));
  EXPECT_EQ(inventory->files()[0].relative_path, "day=1/rows.parquet");
  EXPECT_EQ(inventory->files()[1].relative_path, "day=1/rows.v2.parquet");
}

TEST_F(IpcImportTest, TwoFilesThatWouldBecomeOneAreAnError) {
  ASSERT_OK(AddIpc("a.arrow", "[1]"));
  ASSERT_OK(AddIpc("a.ipc", "[1]"));
  EXPECT_ERROR_KIND(Take({"in"}), ErrorKind::kInvalidOption);
  ASSERT_OK(AddParquet("p/a.parquet", "[1]"));
  ASSERT_OK(AddIpc("p/a.arrow", "[1]"));
  EXPECT_ERROR_KIND(Take({"in/p"}), ErrorKind::kInvalidOption);
}

TEST_F(IpcImportTest, DamageNamesTheFile) {
  ASSERT_OK(AddIpc("a.arrows", "[1, 2, 3]"));
  std::filesystem::resize_file(
      directory_ / "in/a.arrows",
      std::filesystem::file_size(directory_ / "in/a.arrows") - 12);
  const auto taken = Take({"in"});
  ASSERT_ERROR_KIND(taken, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(taken.status())->file, directory_ / "in/a.arrows");
}

TEST_F(IpcImportTest, TypesThatParquetHasNotAreNamed) {
  const auto type = arrow::month_day_nano_interval();
  ASSERT_OK(WriteIpc({Ids("[[1, 2, 3]]", type)}, directory_ / "in/a.arrow"));
  const auto taken = Take({"in"});
  ASSERT_ERROR_KIND(taken, ErrorKind::kUnsupported);
  EXPECT_EQ(GetErrorDetail(taken.status())->column, "id");
  EXPECT_EQ(GetErrorDetail(taken.status())->file, directory_ / "in/a.arrow");
}

TEST_F(IpcImportTest, FileWithTheWrongNameIsToldSo) {
  ASSERT_OK(AddIpc("a.parquet", "[1]"));
  const auto taken = Take({"in"});
  ASSERT_ERROR_KIND(taken, ErrorKind::kNotParquet);
  EXPECT_NE(GetErrorDetail(taken.status())->hint.find("Arrow IPC"), std::string::npos);
}

TEST_F(IpcImportTest, MakesTheSameFileUnderEveryLimitFrom128MegabytesOn) {
  // More rows than fit in a row group.
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 3'000'000; ++i)
    ASSERT_OK(builder.Append(i * 7'919 % 3'000'017));
  ASSERT_OK_AND_ASSIGN(auto ids, builder.Finish());
  ASSERT_OK(WriteIpc(
      {arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}),
                                ids->length(), {ids})},
      directory_ / "in/a.arrow", IpcFormat::kFile));
  std::vector<uintmax_t> sizes;
  for (const int64_t limit : {int64_t{128'000'000}, int64_t{8'000'000'000}}) {
    ASSERT_OK_AND_ASSIGN(auto inventory, Take({"in"}, &scratch_, limit));
    EXPECT_GT(inventory->files()[0].row_group_rows.size(), 1u);
    sizes.push_back(std::filesystem::file_size(inventory->files()[0].stored_path));
  }
  EXPECT_EQ(sizes[0], sizes[1]);
}

TEST_F(IpcImportTest, NeedsScratch) {
  ASSERT_OK(AddIpc("a.arrow", "[1]"));
  EXPECT_ERROR_KIND(Take({"in"}, nullptr), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
