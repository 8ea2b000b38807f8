// SPDX-License-Identifier: Apache-2.0
#include "dataset/partition_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "arrow/array/array_binary.h"
#include "base/arrow_casts.h"
#include "dataset/hive_partitions.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

std::vector<std::string> TextsOf(const std::shared_ptr<arrow::DataType>& type,
                                 const std::string& rows) {
  std::vector<std::string> texts;
  EXPECT_OK(RegisterCasts());
  auto table = TableFromJson(arrow::schema({arrow::field("v", type)}), rows);
  EXPECT_OK(table);
  auto array =
      PartitionTexts((*table)->column(0)->chunk(0), arrow::default_memory_pool());
  EXPECT_OK(array);
  const auto& values = static_cast<const arrow::LargeStringArray&>(**array);
  for (int64_t i = 0; i < values.length(); ++i) {
    texts.push_back(values.IsNull(i) ? "(null)" : values.GetString(i));
  }
  return texts;
}

TEST(PartitionPath, ValuesHaveOneTextEach) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(TextsOf(arrow::int8(), "[[-4], [7], [null]]"), (Texts{"-4", "7", "(null)"}));
  EXPECT_EQ(TextsOf(arrow::uint64(), "[[18446744073709551615]]"),
            (Texts{"18446744073709551615"}));
  EXPECT_EQ(TextsOf(arrow::boolean(), "[[true], [false]]"), (Texts{"true", "false"}));
  EXPECT_EQ(TextsOf(arrow::utf8(), R"([["01"], [""]])"), (Texts{"01", ""}));
  EXPECT_EQ(TextsOf(arrow::date32(), "[[19789], [-1]]"),
            (Texts{"2024-03-07", "1969-12-31"}));
  EXPECT_EQ(TextsOf(arrow::timestamp(arrow::TimeUnit::SECOND), "[[1709803800]]"),
            (Texts{"2024-03-07 09:30:00"}));
}

TEST(PartitionPath, FloatsAndNestedValuesHaveNone) {
  EXPECT_FALSE(HasPartitionText(*arrow::float64()));
  EXPECT_FALSE(HasPartitionText(*arrow::binary()));
  EXPECT_FALSE(HasPartitionText(*arrow::list(arrow::int32())));
}

TEST(PartitionPath, NamesReadAsWhatTheyWereMadeOf) {
  const std::vector<PartitionText> values = {
      std::nullopt, "",       "a b",
      "50%",        "x/y=z",  "__HIVE_DEFAULT_PARTITION__",
      "\xc3\xbc",   "a\nb\t", "\"*?<>|:\\#'",
      "%41",        "..",     std::string("\0", 1)};
  for (const PartitionText& value : values) {
    const std::string name = HiveDirectoryName("k=1 ", value);
    EXPECT_EQ(name.find('/'), std::string::npos);
    DiscoveredFile file;
    file.relative_path = name + "/a.parquet";
    ASSERT_OK_AND_ASSIGN(const HiveLayout layout,
                         ReadHiveLayout({file}, MissingColumns::kError));
    ASSERT_EQ(layout.columns.size(), 1U);
    EXPECT_EQ(layout.columns[0]->name(), "k=1 ");
    EXPECT_EQ(TextOfHiveValue(*layout.partitions[0].values[0]), value) << name;
  }
}

}  // namespace
}  // namespace planish
