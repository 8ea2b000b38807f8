// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "arrow/util/key_value_metadata.h"
#include "base/arrow_casts.h"
#include "format/changed_columns.h"
#include "io/file_system.h"
#include "parquet/file_reader.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using arrow::field;

/// A file whose row groups are copied while columns are added to it.
class AddedColumnsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(RegisterCasts()); }

  void Write(const std::shared_ptr<arrow::Schema>& schema, const std::string& rows,
             const WriteSpec& spec = {}) {
    ASSERT_OK_AND_ASSIGN(const auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(table, directory_ / "in.parquet", spec));
    ASSERT_OK_AND_ASSIGN(input_, LocalFileSystem()->OpenInput(directory_ / "in.parquet"));
    ASSERT_OK_AND_ASSIGN(file_, ParquetFile::Open(input_, arrow::default_memory_pool()));
  }

  /// Every row group of the file, with `patch` for the first column in the first one.
  void AddTo(const arrow::FieldVector& fields, const ColumnPatch& patch) {
    ASSERT_OK_AND_ASSIGN(
        const auto added,
        ChangedColumns::Make(*file_, {{}, fields}, nullptr, writer_options_,
                             arrow::default_memory_pool()));
    ASSERT_OK_AND_ASSIGN(auto output,
                         LocalFileSystem()->CreateOutput(directory_ / "out.parquet"));
    const Footer& footer = file_->footer();
    ASSERT_OK_AND_ASSIGN(
        FileSplicer splicer,
        FileSplicer::Make(output.get(), input_.get(), &footer, &added->footer()));
    for (int group = 0; group < footer.num_row_groups(); ++group) {
      const int64_t num_rows = footer.row_group_num_rows(group);
      ASSERT_OK(splicer.BeginRowGroup(group, num_rows));
      for (int i = 0; i < file_->num_leaf_columns(); ++i) ASSERT_OK(splicer.CopyChunk());
      for (size_t i = 0; i < fields.size(); ++i) {
        ASSERT_OK_AND_ASSIGN(
            const auto chunks,
            added->EncodeAdded(group, i, num_rows,
                               group == 0 && i == 0 ? patch : ColumnPatch{}));
        for (const EncodedChunk& chunk : chunks) ASSERT_OK(splicer.AppendChunk(chunk));
      }
      ASSERT_OK(splicer.EndRowGroup());
    }
    ASSERT_OK(splicer.Finish());
    ASSERT_OK(output->Close());
  }

  void Expect(const std::shared_ptr<arrow::Schema>& schema, const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    ASSERT_OK_AND_ASSIGN(const auto result, ReadParquet(directory_ / "out.parquet"));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }

  const WriterOptions writer_options_;
  TempDir directory_;
  std::shared_ptr<InputFile> input_;
  std::shared_ptr<ParquetFile> file_;
};

std::shared_ptr<arrow::Array> Values(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& rows) {
  const auto table = TableFromJson(arrow::schema({field("v", type)}), rows).ValueOrDie();
  return table->column(0)->chunk(0);
}

TEST_F(AddedColumnsTest, HaveValuesInTheRowsNamedAndAreNullInOthers) {
  WriteSpec spec;
  spec.row_group_rows = 2;
  Write(arrow::schema({field("a", arrow::int64())}), "[[1], [2], [3]]", spec);
  const auto nested = arrow::list(arrow::struct_({field("x", arrow::utf8())}));
  AddTo({field("n", nested), field("m", arrow::float32())},
        {{1}, Values(nested, R"([[[["p"], null]]])")});
  Expect(arrow::schema({field("a", arrow::int64()), field("n", nested),
                        field("m", arrow::float32())}),
         R"([[1, null, null], [2, [["p"], null], null], [3, null, null]])");
}

TEST_F(AddedColumnsTest, ComeToAFileWithoutRowGroups) {
  Write(arrow::schema({field("a", arrow::int64())}), "[]");
  AddTo({field("n", arrow::decimal128(20, 3))}, {});
  Expect(
      arrow::schema({field("a", arrow::int64()), field("n", arrow::decimal128(20, 3))}),
      "[]");
}

TEST_F(AddedColumnsTest, AreNullableAndHaveNoFieldIds) {
  Write(arrow::schema({field("a", arrow::int64())}), "[[1]]");
  const auto id = arrow::key_value_metadata({"PARQUET:field_id"}, {"1"});
  AddTo({field("n", arrow::struct_({field("x", arrow::int32(), true, id)}), false, id)},
        {});
  const auto reader = parquet::ParquetFileReader::OpenFile(directory_ / "out.parquet");
  const auto* const root = reader->metadata()->schema()->group_node();
  ASSERT_EQ(root->field_count(), 2);
  EXPECT_TRUE(root->field(1)->is_optional());
  EXPECT_EQ(root->field(1)->field_id(), -1);
  EXPECT_EQ(static_cast<const parquet::schema::GroupNode&>(*root->field(1))
                .field(0)
                ->field_id(),
            -1);
}

TEST_F(AddedColumnsTest, LongColumnsHaveSeveralBatches) {
  std::string rows = "[[0]";
  constexpr int64_t kRows = 150'000;
  for (int64_t i = 1; i < kRows; ++i) rows += ",[0]";
  Write(arrow::schema({field("a", arrow::int8())}), rows + "]");
  AddTo({field("n", arrow::int64())},
        {{0, 65'535, 65'536, 149'999}, Values(arrow::int64(), "[[1], [2], [3], [4]]")});
  ASSERT_OK_AND_ASSIGN(const auto result, ReadParquet(directory_ / "out.parquet"));
  const auto column = result->GetColumnByName("n");
  EXPECT_EQ(column->null_count(), kRows - 4);
  for (const auto& [row, value] :
       {std::pair{0, 1}, {65'535, 2}, {65'536, 3}, {149'999, 4}}) {
    ASSERT_OK_AND_ASSIGN(const auto scalar, column->GetScalar(row));
    EXPECT_EQ(scalar->ToString(), std::to_string(value));
  }
}

TEST_F(AddedColumnsTest, ARowGroupCannotBeCopiedWhole) {
  Write(arrow::schema({field("a", arrow::int64())}), "[[1]]");
  ASSERT_OK_AND_ASSIGN(
      const auto added,
      ChangedColumns::Make(*file_, {{}, {field("n", arrow::int64())}}, nullptr,
                           writer_options_, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(auto output,
                       LocalFileSystem()->CreateOutput(directory_ / "out.parquet"));
  ASSERT_OK_AND_ASSIGN(
      FileSplicer splicer,
      FileSplicer::Make(output.get(), input_.get(), &file_->footer(), &added->footer()));
  EXPECT_TRUE(splicer.CopyRowGroup(0).IsInvalid());
  ASSERT_OK(splicer.BeginRowGroup(0, 1));
  ASSERT_OK(splicer.CopyChunk());
  EXPECT_TRUE(splicer.CopyChunk().IsInvalid());
  EXPECT_TRUE(splicer.EndRowGroup().IsInvalid());
}

}  // namespace
}  // namespace planish
