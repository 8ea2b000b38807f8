// SPDX-License-Identifier: Apache-2.0
#include "dataset/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"
#include "unit/dataset/dataset_files.h"

namespace planish {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const auto kIds = arrow::schema({arrow::field("id", arrow::int32())});

class InventoryTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
             const std::string& rows, const WriteSpec& spec = {}) {
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(table, directory_ / path, spec));
  }

  arrow::Result<std::shared_ptr<const Inventory>> Take(std::vector<std::string> inputs,
                                                       bool hive = true,
                                                       bool by_size = false) {
    DatasetOptions options;
    for (const std::string& input : inputs) options.inputs.push_back(directory_ / input);
    options.missing_columns = missing_columns_;
    return Inventory::Make(&files_, options, hive, by_size, arrow::default_memory_pool());
  }

  static std::vector<std::string> Order(const Inventory& inventory) {
    std::vector<std::string> paths;
    for (const DataFile& file : inventory.files()) paths.push_back(file.relative_path);
    return paths;
  }

  TempDir directory_;
  ListingOrderFileSystem files_{/*reverse=*/true};
  MissingColumns missing_columns_ = MissingColumns::kError;
};

TEST_F(InventoryTest, NumbersRowsThroughRowGroupsAndFiles) {
  WriteSpec two_rows;
  two_rows.row_group_rows = 2;
  Write("d/b.parquet", kIds, "[[4]]");
  Write("d/a.parquet", kIds, "[[1], [2], [3]]", two_rows);
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(Order(*inventory), ElementsAre("a.parquet", "b.parquet"));
  EXPECT_EQ(inventory->num_rows(), 4);
  EXPECT_EQ(inventory->num_row_groups(), 3);
  const auto row_groups = inventory->RowGroups();
  ASSERT_EQ(row_groups.size(), 3);
  EXPECT_EQ(row_groups[1].file, 0);
  EXPECT_EQ(row_groups[1].row_group, 1);
  EXPECT_EQ(row_groups[1].first_row, 2);
  EXPECT_EQ(row_groups[1].num_rows, 1);
  EXPECT_EQ(row_groups[2].file, 1);
  EXPECT_EQ(row_groups[2].first_row, 3);
  const DataFile& file = inventory->files()[0];
  EXPECT_EQ(file.identity.size,
            static_cast<int64_t>(std::filesystem::file_size(directory_ / "d/a.parquet")));
  EXPECT_EQ(inventory->num_bytes(),
            file.identity.size + inventory->files()[1].identity.size);
  EXPECT_GT(file.row_group_bytes[0], 0);
  EXPECT_EQ(file.num_leaf_columns, 1);
}

TEST_F(InventoryTest, OrdersByPartitionPathBeforeFilePath) {
  // By path alone, "b" would come before "z".
  Write("d/b/year=2025/x", kIds, "[[1]]");
  Write("d/z/year=2024/x", kIds, "[[1]]");
  Write("d/a/year=2025/x", kIds, "[[1]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(Order(*inventory),
              ElementsAre("z/year=2024/x", "a/year=2025/x", "b/year=2025/x"));
  EXPECT_EQ(inventory->schema()->ToString(), "id: int32\nyear: int64");
  EXPECT_EQ(inventory->num_data_columns(), 1);
  EXPECT_EQ(inventory->files()[2].partition, 1);
  EXPECT_EQ(inventory->partitions()[1].values[0]->ToString(), "2025");
}

TEST_F(InventoryTest, FilesAreBySizeAndPartitionsUnseenIfAskedFor) {
  std::string ids = "[[0]";
  for (int id = 1; id < 1000; ++id) ids += ", [" + std::to_string(id) + "]";
  ids += "]";
  Write("d/p=1/a", kIds, ids);
  Write("d/p=2/b", kIds, "[[1]]");
  Write("d/p=2/a", kIds, "[[1]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}, /*hive=*/false, /*by_size=*/true));
  EXPECT_THAT(Order(*inventory), ElementsAre("p=2/a", "p=2/b", "p=1/a"));
  EXPECT_EQ(inventory->schema()->ToString(), "id: int32");
  ASSERT_EQ(inventory->partitions().size(), 1);
  EXPECT_TRUE(inventory->partitions()[0].values.empty());
}

TEST_F(InventoryTest, FilesOfTwoRootsGetDistinctRelativePaths) {
  Write("x/a.parquet", kIds, "[[1]]");
  Write("y/a.parquet", kIds, "[[1]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"y", "x"}));
  EXPECT_THAT(Order(*inventory), ElementsAre("a.parquet", "a-1.parquet"));
  EXPECT_EQ(inventory->files()[0].path, directory_ / "x/a.parquet");
}

TEST_F(InventoryTest, MapsColumnsOfEachFileByName) {
  const auto name = arrow::field("name", arrow::utf8());
  Write("d/a", arrow::schema({kIds->field(0), name}), R"([[1, "x"]])");
  Write("d/b", arrow::schema({name, arrow::field("id", arrow::int64())}),
        R"([["x", 1]])");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_EQ(inventory->schema()->ToString(), "id: int64\nname: string");
  EXPECT_THAT(inventory->files()[0].columns, ElementsAre(0, 1));
  EXPECT_THAT(inventory->files()[1].columns, ElementsAre(1, 0));
}

TEST_F(InventoryTest, FillsMissingColumnsOnlyIfAskedTo) {
  Write("d/a", kIds, "[[1]]");
  Write("d/b", arrow::schema({arrow::field("name", arrow::utf8())}), R"([["x"]])");
  ASSERT_OK_AND_ASSIGN(const auto not_filled, Take({"d"}));
  const arrow::Status refused = not_filled->CheckTypesAgree({1});
  ASSERT_ERROR_KIND(refused, ErrorKind::kMissingColumn);
  EXPECT_THAT(refused.ToString(), AllOf(HasSubstr("d/a"), HasSubstr("d/b")));
  missing_columns_ = MissingColumns::kNull;
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(inventory->files()[0].columns, ElementsAre(0, -1));
  EXPECT_THAT(inventory->never_null(), ElementsAre(false, false));
}

TEST_F(InventoryTest, KnowsWhichColumnsAreNeverNull) {
  const auto schema = arrow::schema({arrow::field("required", arrow::int32(), false),
                                     arrow::field("full", arrow::int32()),
                                     arrow::field("holes", arrow::int32()),
                                     arrow::field("list", arrow::list(arrow::int32()))});
  WriteSpec one_row;
  one_row.row_group_rows = 1;
  Write("d/p=1/a", schema, "[[1, 1, 1, [1]], [2, 2, null, [2]]]", one_row);
  Write("d/p=2/a", schema, "[[1, 1, 1, [1]]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(inventory->never_null(), ElementsAre(true, true, false, false, true));
}

TEST_F(InventoryTest, WithoutStatisticsOnlyRequiredColumnsAreNeverNull) {
  const auto schema = arrow::schema({arrow::field("required", arrow::int32(), false),
                                     arrow::field("full", arrow::int32())});
  WriteSpec no_statistics;
  no_statistics.statistics = false;
  Write("d/p=__HIVE_DEFAULT_PARTITION__/a", schema, "[[1, 1]]", no_statistics);
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(inventory->never_null(), ElementsAre(true, false, false));
}

TEST_F(InventoryTest, DatasetsWithoutRowsKeepTheirSchema) {
  Write("d/a", kIds, "[]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_EQ(inventory->num_rows(), 0);
  EXPECT_EQ(inventory->schema()->ToString(), "id: int32");
}

TEST_F(InventoryTest, NamesFilesThatAreDataByTheirNamesOnly) {
  Write("d/a.parquet", kIds, "[[1]]");
  Touch(directory_ / "d/notes.parquet", "nothing that looks like Parquet");
  auto inventory = Take({"d"});
  ASSERT_ERROR_KIND(inventory, ErrorKind::kNotParquet);
  const ErrorDetail* detail = GetErrorDetail(inventory.status());
  EXPECT_EQ(detail->file, directory_ / "d/notes.parquet");
  EXPECT_THAT(detail->hint, HasSubstr("`exclude`"));
}

TEST_F(InventoryTest, KnowsTheFilesThatAreNotPartOfIt) {
  Write("d/a.parquet", kIds, "[[1]]");
  Touch(directory_ / "d/year=1/README.md", "no data");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  EXPECT_THAT(Order(*inventory), ElementsAre("a.parquet"));
  ASSERT_EQ(inventory->other_files().size(), 1);
  EXPECT_EQ(inventory->other_files()[0].relative_path, "year=1/README.md");
  // A directory without data is no partition.
  EXPECT_EQ(inventory->schema()->num_fields(), 1);
}

TEST_F(InventoryTest, TakesEveryFileThatPlanishMade) {
  Write("d/a.bak", kIds, "[[1]]");
  EXPECT_ERROR_KIND(Take({"d"}), ErrorKind::kEmptyDataset);
  DatasetOptions options;
  options.inputs = {directory_ / "d"};
  ASSERT_OK_AND_ASSIGN(auto inventory,
                       Inventory::MakeOfOwnFiles(&files_, options, true, false,
                                                 arrow::default_memory_pool()));
  EXPECT_THAT(Order(*inventory), ElementsAre("a.bak"));
}

TEST_F(InventoryTest, NamesTruncatedAndEmptyFiles) {
  Write("d/a.parquet", kIds, "[[1]]");
  std::filesystem::resize_file(directory_ / "d/a.parquet", 100);
  auto truncated = Take({"d"});
  ASSERT_FALSE(truncated.ok());
  EXPECT_EQ(GetErrorDetail(truncated.status())->file, directory_ / "d/a.parquet");
  std::filesystem::resize_file(directory_ / "d/a.parquet", 0);
  auto empty = Take({"d"});
  ASSERT_ERROR_KIND(empty, ErrorKind::kNotParquet);
  EXPECT_EQ(GetErrorDetail(empty.status())->file, directory_ / "d/a.parquet");
}

TEST_F(InventoryTest, OpensTheFilesItKnows) {
  Write("d/a", kIds, "[[1]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  ASSERT_OK_AND_ASSIGN(auto file, OpenDataFile(&files_, inventory->files()[0],
                                               arrow::default_memory_pool()));
  EXPECT_EQ(file->footer().num_rows(), 1);
}

TEST_F(InventoryTest, AFileThatChangedIsDrift) {
  Write("d/a", kIds, "[[1]]");
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  const DataFile& file = inventory->files()[0];
  const auto open = [&](const DataFile& data_file) {
    return OpenDataFile(&files_, data_file, arrow::default_memory_pool());
  };
  DataFile other_footer = file;
  other_footer.footer_fingerprint ^= 1;
  EXPECT_ERROR_KIND(open(other_footer), ErrorKind::kDrift);
  Write("d/a", kIds, "[[1], [2]]");
  EXPECT_ERROR_KIND(open(file), ErrorKind::kDrift);
  std::filesystem::remove(directory_ / "d/a");
  auto gone = open(file);
  ASSERT_ERROR_KIND(gone, ErrorKind::kDrift);
  EXPECT_EQ(GetErrorDetail(gone.status())->file, directory_ / "d/a");
}

TEST_F(InventoryTest, LeavesOutFilesThatItsCallerCanDoWithout) {
  Write("d/a.parquet", kIds, "[[1]]");
  Touch(directory_ / "d/b.parquet", "not Parquet");
  Write("d/c.parquet", kIds, "[[2], [3]]");
  DatasetOptions options;
  options.inputs = {directory_ / "d"};
  std::vector<std::string> asked;
  const auto make = [&](const arrow::Status& answer) {
    return Inventory::Make(
        &files_, options, true, false, arrow::default_memory_pool(),
        [&](const std::string& path, int64_t bytes, const arrow::Status& status) {
          EXPECT_ERROR_KIND(status, ErrorKind::kNotParquet);
          EXPECT_EQ(bytes, 11);
          asked.push_back(path);
          return answer;
        });
  };
  ASSERT_OK_AND_ASSIGN(auto inventory, make(arrow::Status::OK()));
  EXPECT_THAT(asked, ElementsAre(directory_ / "d/b.parquet"));
  EXPECT_THAT(Order(*inventory), ElementsAre("a.parquet", "c.parquet"));
  EXPECT_EQ(inventory->num_rows(), 3);
  EXPECT_EQ(inventory->files()[1].first_row, 1);
  EXPECT_FALSE(make(arrow::Status::IOError("no")).ok());
}

TEST_F(InventoryTest, FurtherColumnsAreInNoFileAndBeforeHiveColumns) {
  const auto two = arrow::schema(
      {arrow::field("id", arrow::int32()), arrow::field("a", arrow::int8(), false)});
  Write("d/p=1/a.parquet", kIds, "[[1]]");
  Write("d/p=1/b.parquet", two, "[[2, 2]]");
  missing_columns_ = MissingColumns::kNull;
  ASSERT_OK_AND_ASSIGN(const auto inventory, Take({"d"}));
  const auto wider = inventory->WithColumns(
      {arrow::field("b", arrow::utf8()), arrow::field("c", arrow::int64())});
  EXPECT_THAT(wider->schema()->field_names(), ElementsAre("id", "a", "b", "c", "p"));
  EXPECT_EQ(wider->num_data_columns(), 4);
  EXPECT_THAT(wider->never_null(), ElementsAre(true, false, false, false, true));
  EXPECT_THAT(wider->files()[0].columns, ElementsAre(0, -1, -1, -1));
  EXPECT_THAT(wider->files()[1].columns, ElementsAre(0, 1, -1, -1));
  EXPECT_EQ(inventory->num_data_columns(), 2);
}

TEST_F(InventoryTest, NumbersRowsAlikeWithoutSomeRowGroups) {
  WriteSpec two_rows;
  two_rows.row_group_rows = 2;
  Write("d/a.parquet", kIds, "[[1], [2], [3], [4], [5]]", two_rows);
  ASSERT_OK_AND_ASSIGN(auto inventory, Take({"d"}));
  const auto once = inventory->Without({inventory->RowGroups()[1]});
  ASSERT_EQ(once->RowGroups().size(), 2U);
  EXPECT_EQ(once->RowGroups()[1].row_group, 2);
  EXPECT_EQ(once->RowGroups()[1].first_row, 4);
  EXPECT_EQ(once->num_rows(), 5);
  const auto twice = once->Without({inventory->RowGroups()[0]});
  EXPECT_EQ(twice->RowGroups().size(), 1U);
  EXPECT_EQ(inventory->RowGroups().size(), 3U);
}

}  // namespace
}  // namespace planish
