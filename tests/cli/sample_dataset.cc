// SPDX-License-Identifier: Apache-2.0
#include "cli/sample_dataset.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "arrow/scalar.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

void Write(const std::string& rows, const std::string& path) {
  static const auto kSchema = arrow::schema({arrow::field("id", arrow::int64()),
                                             arrow::field("name", arrow::utf8()),
                                             arrow::field("v", arrow::float64())});
  WriteSpec spec;
  spec.row_group_rows = 2;
  spec.page_index = true;
  const auto table = TableFromJson(kSchema, rows);
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, path, spec)));
}

/// One text for each row.
std::vector<std::string> Column(const std::string& directory, const std::string& name) {
  std::vector<std::string> values;
  const auto table = ReadDataset(directory);
  EXPECT_TRUE(IsOk(table.status()));
  if (!table.ok()) return values;
  const auto column = (*table)->GetColumnByName(name);
  for (int64_t i = 0; i < (*table)->num_rows(); ++i) {
    values.push_back(column->GetScalar(i).ValueOrDie()->ToString());
  }
  return values;
}

}  // namespace

SampleDataset::SampleDataset() {
  Write(R"([[1, "a1", 1.5], [1, "a2", 2.5], [2, "b", 3.5], [3, "c", 4.5], [4, "d", 5.5],
            [5, "e", 6.5]])",
        *this / "in/a.parquet");
  Write(R"([[6, "f", 1], [7, "g", 2], [3, "c", 4.5]])", *this / "in/b.parquet");
}

std::vector<int64_t> Ids(const std::string& directory) {
  std::vector<int64_t> ids;
  for (const std::string& text : Column(directory, "id")) ids.push_back(std::stoll(text));
  return ids;
}

std::vector<std::string> Names(const std::string& directory) {
  return Column(directory, "name");
}

bool Exists(const std::string& path) {
  return std::filesystem::exists(path);
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace planish
