// SPDX-License-Identifier: Apache-2.0
// New values for rows of every flat type, in every encoding and page version.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/table.h"
#include "base/gather.h"
#include "base/memory_budget.h"
#include "format/column_patcher.h"
#include "parquet/statistics.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "unit/format/leaf_types.h"
#include "unit/format/transcoded_pages.h"

namespace planish {
namespace {

using parquet::Encoding;

/// What came of patching the only column of a file's only row group.
struct PatchedFile {
  PatchedChunk chunk;
  std::string bytes;  ///< empty without a chunk
};

arrow::Result<std::optional<PatchedFile>> PatchFile(const std::string& bytes,
                                                    const ColumnPatch& patch,
                                                    const IsDropped& is_dropped) {
  auto input = std::make_shared<MemoryInput>(bytes);
  auto* const pool = arrow::default_memory_pool();
  ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::Open(input, pool));
  const RowBitmap dropped = DroppedRows(file->footer().num_rows(), is_dropped);
  const RowBitmapSlice slice{&dropped, 0, file->footer().num_rows()};
  ARROW_ASSIGN_OR_RAISE(auto chunk, PatchFlatColumn(*file, 0, 0, patch, slice, {}, pool));
  if (!chunk) return std::nullopt;
  PatchedFile patched{*std::move(chunk), {}};
  if (!patched.chunk.chunk) return patched;
  MemoryOutput output;
  ARROW_ASSIGN_OR_RAISE(auto splicer,
                        FileSplicer::Make(&output, input.get(), &file->footer()));
  ARROW_RETURN_NOT_OK(splicer.BeginRowGroup(0, slice.num_rows - dropped.Count()));
  ARROW_RETURN_NOT_OK(splicer.AppendChunk(*patched.chunk.chunk));
  ARROW_RETURN_NOT_OK(splicer.EndRowGroup());
  ARROW_RETURN_NOT_OK(splicer.Finish());
  patched.bytes = output.bytes();
  return patched;
}

std::shared_ptr<arrow::Table> TableOf(const std::shared_ptr<arrow::Array>& column,
                                      bool nullable = true) {
  return arrow::Table::Make(arrow::schema({arrow::field("c", column->type(), nullable)}),
                            {column});
}

struct Case {
  LeafType leaf;
  bool nullable;
  bool data_page_v2;
};

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.leaf.name;
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const LeafType& leaf : LeafTypes()) {
    if (leaf.int96) continue;  // not patched
    for (const bool nullable : {false, true}) {
      for (const bool v2 : {false, true}) cases.push_back({leaf, nullable, v2});
    }
  }
  return cases;
}

class PagePatchingTest : public testing::TestWithParam<Case> {
 protected:
  static constexpr int kRows = 700;

  int RandomIndex() {
    if (GetParam().nullable && random_.OneIn(5)) return kNullIndex;
    return random_.Below(random_.OneIn(3) ? 200 : 9);
  }

  std::shared_ptr<arrow::Array> Column(const std::vector<int>& indexes) {
    return ColumnOfValues(GetParam().leaf.type, indexes).ValueOrDie();
  }

  std::string Write(const std::shared_ptr<arrow::Array>& column, const WriteSpec& spec) {
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(TableOf(column, GetParam().nullable), path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  std::vector<WriteSpec> Encodings() const {
    WriteSpec spec;
    spec.data_page_bytes = 300;
    spec.write_batch_rows = 16;
    spec.data_page_v2 = GetParam().data_page_v2;
    spec.page_index = true;
    std::vector<WriteSpec> specs = {spec};
    for (const Encoding::type encoding : GetParam().leaf.encodings) {
      specs.push_back(spec);
      specs.back().dictionary = false;
      specs.back().encodings["c"] = encoding;
    }
    return specs;
  }

  /// Patches a random file at every row of which `chosen` holds.
  void ExpectPatched(const IsDropped& chosen, const IsDropped& is_dropped) {
    for (const WriteSpec& spec : Encodings()) {
      std::vector<int> indexes;
      for (int row = 0; row < kRows; ++row) indexes.push_back(RandomIndex());
      const auto before = Column(indexes);
      const std::string bytes = Write(before, spec);
      ColumnPatch patch;
      std::vector<int> offered;
      std::vector<int> left;
      for (int row = 0; row < kRows; ++row) {
        if (is_dropped(row)) continue;
        if (chosen(row)) {
          patch.rows.push_back(row);
          offered.push_back(RandomIndex());
          indexes[static_cast<size_t>(row)] = offered.back();
        }
        left.push_back(indexes[static_cast<size_t>(row)]);
      }
      patch.values = Column(offered);
      ASSERT_OK_AND_ASSIGN(const auto patched, PatchFile(bytes, patch, is_dropped));
      ASSERT_TRUE(patched.has_value());
      ASSERT_EQ(patched->chunk.differs.size(), patch.rows.size());
      const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
      bool any = false;
      for (size_t i = 0; i < patch.rows.size(); ++i) {
        const bool same =
            before->RangeEquals(*patch.values, patch.rows[i], patch.rows[i] + 1,
                                static_cast<int64_t>(i), options);
        EXPECT_EQ(patched->chunk.differs[i], !same) << patch.rows[i];
        any = any || !same;
      }
      const bool drops = left.size() < indexes.size();
      ASSERT_EQ(patched->chunk.chunk.has_value(), any || drops);
      if (!any && !drops) continue;
      EXPECT_EQ(patched->chunk.chunk->has_new_values, any);
      ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(patched->bytes));
      const auto expected = Column(left);
      EXPECT_TRUE(TablesEqual(*TableOf(expected, GetParam().nullable), *result));
      ExpectStatisticsOf(expected, spec, patched->bytes);
    }
  }

  /// Bounds and null counts of chunk and pages are those of a file written with `column`.
  void ExpectStatisticsOf(const std::shared_ptr<arrow::Array>& column,
                          const WriteSpec& spec, const std::string& bytes) {
    const auto written = ReadMetadata(Write(column, spec));
    const auto expected = written->RowGroup(0)->ColumnChunk(0)->encoded_statistics();
    const auto metadata = ReadMetadata(bytes);
    const auto actual = metadata->RowGroup(0)->ColumnChunk(0)->encoded_statistics();
    ASSERT_EQ(actual == nullptr, expected == nullptr);
    if (expected == nullptr) return;
    EXPECT_EQ(actual->null_count, expected->null_count);
    EXPECT_EQ(actual->has_min, expected->has_min);
    EXPECT_EQ(actual->min(), expected->min());
    EXPECT_EQ(actual->max(), expected->max());
  }

  RandomSource random_{20261123};
  TempDir directory_;
};

TEST_P(PagePatchingTest, ManyRows) {
  ExpectPatched([](int64_t row) { return row % 3 != 1; }, [](int64_t) { return false; });
}

TEST_P(PagePatchingTest, ManyRowsAndOthersGo) {
  ExpectPatched([](int64_t row) { return row % 3 != 1; },
                [](int64_t row) { return row % 5 == 2; });
}

TEST_P(PagePatchingTest, FewRowsOfALatePage) {
  ExpectPatched([](int64_t row) { return row > 600 && row % 20 == 7; },
                [](int64_t) { return false; });
}

TEST_P(PagePatchingTest, OneRow) {
  for (const int64_t chosen : {0, 350, kRows - 1}) {
    ExpectPatched([&](int64_t row) { return row == chosen; },
                  [](int64_t) { return false; });
  }
}

INSTANTIATE_TEST_SUITE_P(All, PagePatchingTest, testing::ValuesIn(Cases()),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return std::string(tested.param.leaf.name) +
                                  (tested.param.nullable ? "_optional" : "_required") +
                                  (tested.param.data_page_v2 ? "_v2" : "_v1");
                         });

class PatchedPagesTest : public TranscodedPagesTest {
 protected:
  static bool None(int64_t) { return false; }
};

TEST_F(PatchedPagesTest, ADictionaryGetsWhatItLacks) {
  const auto values = [](const std::vector<std::string>& texts) {
    arrow::StringBuilder builder;
    EXPECT_OK(builder.AppendValues(texts));
    return builder.Finish().ValueOrDie();
  };
  const std::string bytes = Write(TableOf(values({"a", "b", "a", "b", "a"})));
  ASSERT_OK_AND_ASSIGN(const auto patched,
                       PatchFile(bytes, {{1, 2, 4}, values({"c", "b", "c"})}, None));
  ASSERT_TRUE(patched.has_value());
  EXPECT_EQ(CountPages(bytes).dictionary_entries, 2);
  EXPECT_EQ(CountPages(patched->bytes).dictionary_entries, 3);
  ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(patched->bytes));
  EXPECT_TRUE(TablesEqual(*TableOf(values({"a", "c", "b", "b", "c"})), *result));
}

TEST_F(PatchedPagesTest, ADictionaryThatWouldGetLargeIsNotPatched) {
  const auto text = [](char letter, size_t length) {
    arrow::StringBuilder builder;
    EXPECT_OK(builder.Append(std::string(length, letter)));
    return builder.Finish().ValueOrDie();
  };
  const std::string bytes = Write(TableOf(text('a', 10)));
  ASSERT_OK_AND_ASSIGN(const auto fits, PatchFile(bytes, {{0}, text('b', 1000)}, None));
  EXPECT_TRUE(fits.has_value());
  ASSERT_OK_AND_ASSIGN(const auto large,
                       PatchFile(bytes, {{0}, text('b', 2 << 20)}, None));
  EXPECT_FALSE(large.has_value());
}

// A value that is the same stays as it was, to the bit.
TEST_F(PatchedPagesTest, ZerosAndNansOfAnySignAreTheSame) {
  const auto values = [](const std::vector<double>& numbers) {
    arrow::DoubleBuilder builder;
    EXPECT_OK(builder.AppendValues(numbers));
    return builder.Finish().ValueOrDie();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string bytes = Write(TableOf(values({0.0, nan, 1.0})));
  ASSERT_OK_AND_ASSIGN(
      const auto same,
      PatchFile(bytes, {{0, 1, 2}, values({-0.0, std::copysign(nan, -1), 1.0})}, None));
  ASSERT_TRUE(same.has_value());
  EXPECT_FALSE(same->chunk.chunk.has_value());
  ASSERT_OK_AND_ASSIGN(
      const auto other,
      PatchFile(bytes, {{0, 1, 2}, values({-0.0, std::copysign(nan, -1), 2.0})}, None));
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->chunk.differs, std::vector<bool>({false, false, true}));
  ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(other->bytes));
  const auto& column =
      static_cast<const arrow::DoubleArray&>(*result->column(0)->chunk(0));
  EXPECT_FALSE(std::signbit(column.Value(0)));
  EXPECT_EQ(std::signbit(column.Value(1)), std::signbit(nan));
  EXPECT_EQ(column.Value(2), 2.0);
}

// Levels that are all the same are not spelled out.
TEST_F(PatchedPagesTest, PagesWithoutNullsGetSomeAndOthersLoseTheirs) {
  const auto column = [](const std::vector<int64_t>& nulls) {
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < 1000; ++i) {
      const bool null = std::ranges::find(nulls, i) != nulls.end();
      EXPECT_OK(null ? builder.AppendNull() : builder.Append(i));
    }
    return builder.Finish().ValueOrDie();
  };
  const auto before = column({901});
  for (const bool v2 : {false, true}) {
    WriteSpec spec = SmallPages();
    spec.data_page_v2 = v2;
    spec.dictionary = false;
    const std::string bytes = Write(TableOf(before), spec);
    const auto after = column({0, 30, 31, 500, 999});
    ColumnPatch patch;
    patch.rows = {0, 29, 30, 31, 500, 901, 999};
    ASSERT_OK_AND_ASSIGN(patch.values,
                         Gather(*after, patch.rows, arrow::default_memory_pool()));
    ASSERT_OK_AND_ASSIGN(const auto patched, PatchFile(bytes, patch, None));
    ASSERT_TRUE(patched.has_value());
    ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(patched->bytes));
    EXPECT_TRUE(TablesEqual(*TableOf(after), *result));
    const auto statistics =
        ReadMetadata(patched->bytes)->RowGroup(0)->ColumnChunk(0)->statistics();
    ASSERT_NE(statistics, nullptr);
    EXPECT_EQ(statistics->null_count(), 5);
  }
}

TEST_F(PatchedPagesTest, MoreRowsThanArrowsRowGroupsHave) {
  constexpr int64_t kRows = (int64_t{1} << 20) + 1;
  arrow::Int64Builder zeros, ones;
  ASSERT_OK(zeros.AppendEmptyValues(kRows));
  ColumnPatch patch;
  for (int64_t row = 0; row < kRows; ++row) {
    ASSERT_OK(ones.Append(1));
    patch.rows.push_back(row);
  }
  ASSERT_OK_AND_ASSIGN(patch.values, ones.Finish());
  ASSERT_OK_AND_ASSIGN(const auto before, zeros.Finish());
  WriteSpec spec;
  spec.row_group_rows = kRows;
  const std::string bytes = Write(TableOf(before), spec);
  ASSERT_EQ(ReadMetadata(bytes)->num_row_groups(), 1);
  ASSERT_OK_AND_ASSIGN(const auto patched, PatchFile(bytes, patch, None));
  ASSERT_TRUE(patched.has_value());
  ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(patched->bytes));
  EXPECT_TRUE(TablesEqual(*TableOf(patch.values), *result));
}

// Neighbours that become long end pages among them.
TEST_F(PatchedPagesTest, LongNewValuesDoNotMakeOnePage) {
  const auto strings = [](int64_t length) {
    arrow::StringBuilder builder;
    for (int i = 0; i < 64; ++i) {
      EXPECT_OK(builder.Append(
          std::string(static_cast<size_t>(length), static_cast<char>('0' + i))));
    }
    return builder.Finish().ValueOrDie();
  };
  WriteSpec spec;
  spec.dictionary = false;
  const std::string bytes = Write(TableOf(strings(3)), spec);
  ColumnPatch patch;
  for (int64_t row = 0; row < 64; ++row) patch.rows.push_back(row);
  patch.values = strings(int64_t{1} << 20);
  ASSERT_OK_AND_ASSIGN(const auto patched, PatchFile(bytes, patch, None));
  ASSERT_TRUE(patched.has_value());
  EXPECT_GE(CountPages(patched->bytes).data_v1, 7);
  ASSERT_OK_AND_ASSIGN(const auto result, ReadTable(patched->bytes));
  EXPECT_TRUE(TablesEqual(*TableOf(patch.values), *result));
}

// Arrow's writer, which converts values, crashes where it lacks memory.
TEST_F(PatchedPagesTest, MemoryRefusedAnywhereIsAnErrorAndNothingWorse) {
  const std::string bytes = Write(LongStrings(2000, 30));
  auto input = std::make_shared<MemoryInput>(bytes);
  ASSERT_OK_AND_ASSIGN(auto table, ReadTable(bytes));
  ASSERT_OK_AND_ASSIGN(const auto batch, table->CombineChunksToBatch());
  ColumnPatch patch;
  for (int64_t row = 0; row < 1999; ++row) patch.rows.push_back(row);
  patch.values = batch->column(0)->Slice(1);
  int64_t refused = 0, done = 0;
  for (int64_t limit = MemoryBudget::kMinimumLimit; done == 0 && refused < 500;
       limit += 20'000) {
    ASSERT_OK_AND_ASSIGN(const auto budget, MemoryBudget::Make(limit));
    BudgetedPool pool(budget.get(), arrow::default_memory_pool());
    MemoryReservation others(budget.get());
    ASSERT_TRUE(others.TryGrow(MemoryBudget::kMinimumLimit));
    const auto outcome = [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::Open(input, &pool));
      const RowBitmap dropped(2000);
      return PatchFlatColumn(*file, 0, 0, patch, {&dropped, 0, 2000}, {}, &pool).status();
    }();
    if (outcome.ok()) {
      ++done;
    } else {
      ++refused;
      ASSERT_ERROR_KIND(outcome, ErrorKind::kMemoryLimit);
    }
  }
  EXPECT_EQ(done, 1);
  EXPECT_GT(refused, 2);
}

TEST_F(PatchedPagesTest, ADamagedDictionaryIsAnError) {
  WriteSpec spec;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  arrow::StringBuilder builder;
  ASSERT_OK(builder.AppendValues({"needle", "hay"}));
  ASSERT_OK_AND_ASSIGN(const auto column, builder.Finish());
  std::string bytes = Write(TableOf(column), spec);
  const size_t place = bytes.find("needle");
  ASSERT_NE(place, std::string::npos);
  bytes[place - 4] = '\x7F';
  ASSERT_ERROR_KIND(PatchFile(bytes, {{0}, column->Slice(1, 1)}, None),
                    ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace planish
