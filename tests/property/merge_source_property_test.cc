// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/table.h"
#include "arrow/type_traits.h"
#include "planish/merge.h"
#include "property/dedup_case.h"
#include "property/merge_case.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/stream_of_batches.h"

// A source in other words gives the same result: as batches whose columns are in any
// order, of types that differ, and missing here and there; and with numbers as numbers of
// another type. The source as files, and by the other engine, is the oracle.

namespace planish {
namespace {

RunContext SomeContext(RandomSource* random) {
  RunContext context;
  context.sync = false;
  context.threads = random->Between(1, 4);
  return context;
}

/// What the two must agree on, and how many rows that took in or changed.
void ExpectSame(const arrow::Result<Report>& expected, const std::string& right,
                const arrow::Result<Report>& actual, const std::string& result) {
  if (!expected.ok()) {
    ASSERT_FALSE(actual.ok()) << "expected: " << expected.status().ToString();
    return;
  }
  ASSERT_OK(actual);
  EXPECT_EQ(actual->merge->source_rows, expected->merge->source_rows);
  EXPECT_EQ(actual->merge->source_duplicates, expected->merge->source_duplicates);
  EXPECT_EQ(actual->merge->inserted, expected->merge->inserted);
  EXPECT_EQ(actual->merge->updated, expected->merge->updated);
  EXPECT_EQ(actual->merge->unchanged, expected->merge->unchanged);
  EXPECT_EQ(actual->merge->deleted, expected->merge->deleted);
  EXPECT_EQ(actual->merge->stale, expected->merge->stale);
  ASSERT_OK_AND_ASSIGN(const TablesByPath tables, ReadTables(right));
  ASSERT_OK_AND_ASSIGN(const TablesByPath others, ReadTables(result));
  EXPECT_TRUE(SameTables(tables, others));
}

/// The source's files, in the order that their rows have, as batches of some rows with
/// columns in any order. Only the first of each file has the file's order, by which
/// columns are added to the target. None if a file has no rows, since only files have
/// columns then.
arrow::Result<arrow::RecordBatchVector> ShuffledBatches(const std::string& directory,
                                                        RandomSource* random) {
  arrow::RecordBatchVector batches;
  ARROW_ASSIGN_OR_RAISE(const auto files, ListDataset(directory));
  for (const FoundFile& file : files) {
    ARROW_ASSIGN_OR_RAISE(auto table, ReadParquet(file.path));
    ARROW_ASSIGN_OR_RAISE(const auto whole, table->CombineChunksToBatch());
    if (whole->num_rows() == 0) return arrow::RecordBatchVector();
    for (int64_t begin = 0; begin < whole->num_rows();) {
      const int64_t rows = random->Between(1, 10);
      std::vector<int> places;
      for (int i = 0; i < whole->num_columns(); ++i) places.push_back(i);
      if (begin > 0) random->Shuffle(&places);
      ARROW_ASSIGN_OR_RAISE(const auto batch,
                            whole->Slice(begin, rows)->SelectColumns(places));
      batches.push_back(batch);
      begin += rows;
    }
  }
  return batches;
}

class MergeSourceTest : public testing::TestWithParam<int> {
 protected:
  /// False where a source as batches is another source: without its hive columns, or
  /// with other types of time, or a column whose types do not go together.
  static bool MayBeBatches(const RandomDataset& source) {
    return source.hive_columns.empty() && source.odd_column.empty() &&
           std::ranges::none_of(source.files,
                                [](const RandomFile& file) { return file.spec.int96; });
  }

  void TryBatches(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, MergeCase::Make(seed));
    if (!MayBeBatches(one->source_dataset())) return;
    SCOPED_TRACE(one->ToString());
    RandomSource* random = one->random();
    ASSERT_OK_AND_ASSIGN(const auto batches, ShuffledBatches(one->source(), random));
    if (batches.empty()) return;
    MergeOptions files = one->WithOutput("files");
    files.engine = random->Pick({Engine::kAuto, Engine::kReference});
    const auto expected = Merge(files, SomeContext(random));
    MergeOptions stream = one->WithOutput("stream");
    stream.source.inputs.clear();
    const auto actual = MergeStream(StreamOf(batches), stream, SomeContext(random));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(expected, files.output, actual, stream.output));
    ++num_tried_;
    num_merged_ += expected.ok();
  }

  void TryNumbers(uint64_t seed);

  int num_tried_ = 0, num_merged_ = 0, num_renumbered_ = 0;
};

bool IsNumeric(const arrow::DataType& type) {
  return (arrow::is_integer(type.id()) || arrow::is_floating(type.id())) &&
         type.id() != arrow::Type::HALF_FLOAT;
}

/// A number in plain C++: long doubles hold those of all types.
long double NumberOf(const arrow::Scalar& scalar) {
  switch (scalar.type->id()) {
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Scalar&>(scalar).value;
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(scalar).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(scalar).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(scalar).value;
    case arrow::Type::UINT8:
      return static_cast<const arrow::UInt8Scalar&>(scalar).value;
    case arrow::Type::UINT16:
      return static_cast<const arrow::UInt16Scalar&>(scalar).value;
    case arrow::Type::UINT32:
      return static_cast<const arrow::UInt32Scalar&>(scalar).value;
    case arrow::Type::UINT64:
      return static_cast<const arrow::UInt64Scalar&>(scalar).value;
    case arrow::Type::FLOAT:
      return static_cast<const arrow::FloatScalar&>(scalar).value;
    default:
      return static_cast<const arrow::DoubleScalar&>(scalar).value;
  }
}

/// Whether only a floating-point column would take the number for another: it keeps the
/// sign of zero, and rounds.
bool IsForFloats(long double number) {
  return (number == 0 && std::signbit(number)) || std::fabs(number) > (1 << 24);
}

/// `column` as int64 or double; null if that is not what one of its values is.
template <typename ArrowType>
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> AsNumbers(
    const arrow::ChunkedArray& column) {
  using Number = typename ArrowType::c_type;
  typename arrow::TypeTraits<ArrowType>::BuilderType builder;
  for (int64_t i = 0; i < column.length(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto scalar, column.GetScalar(i));
    if (!scalar->is_valid) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    const long double number = NumberOf(*scalar);
    const bool in_range =
        number >= static_cast<long double>(std::numeric_limits<Number>::lowest()) &&
        number <= static_cast<long double>(std::numeric_limits<Number>::max());
    if (!in_range) return nullptr;
    const bool floats = arrow::is_floating(column.type()->id());
    if (std::is_integral_v<Number> && floats && IsForFloats(number)) return nullptr;
    const auto value = static_cast<Number>(number);
    if (static_cast<long double>(value) != number) return nullptr;
    ARROW_RETURN_NOT_OK(builder.Append(value));
  }
  ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
  return std::make_shared<arrow::ChunkedArray>(array);
}

/// The source with a column as int64 in all files, or as double; false if that cannot be.
arrow::Result<bool> Renumber(const std::string& name, bool as_double,
                             std::vector<RandomFile>* files) {
  std::vector<RandomFile> made = *files;
  for (RandomFile& file : made) {
    const int column = file.table->schema()->GetFieldIndex(name);
    if (column < 0) continue;
    const auto& field = file.table->schema()->field(column);
    if (!IsNumeric(*field->type())) return false;
    const arrow::ChunkedArray& values = *file.table->column(column);
    ARROW_ASSIGN_OR_RAISE(const auto numbers, as_double
                                                  ? AsNumbers<arrow::DoubleType>(values)
                                                  : AsNumbers<arrow::Int64Type>(values));
    if (numbers == nullptr) return false;
    ARROW_ASSIGN_OR_RAISE(
        file.table,
        file.table->SetColumn(column, field->WithType(numbers->type()), numbers));
    std::erase(file.spec.bloom_filter_columns, name);
  }
  *files = std::move(made);
  return true;
}

void MergeSourceTest::TryNumbers(uint64_t seed) {
  ASSERT_OK_AND_ASSIGN(auto one, MergeCase::Make(seed));
  SCOPED_TRACE(one->ToString());
  RandomSource* random = one->random();
  const auto is_number_of = [](const RandomFile& file, const std::string& name) {
    const auto field = file.table->schema()->GetFieldByName(name);
    return field == nullptr || IsNumeric(*field->type());
  };
  RandomDataset renumbered = one->source_dataset();
  bool any = false;
  for (const std::string& name : renumbered.data_columns) {
    const auto& targets = one->target_dataset().files;
    const bool there = std::ranges::any_of(targets, [&](const RandomFile& file) {
      return file.table->schema()->GetFieldIndex(name) >= 0;
    });
    const bool numbers = std::ranges::all_of(
        targets, [&](const RandomFile& file) { return is_number_of(file, name); });
    if (!there || !numbers) continue;
    ASSERT_OK_AND_ASSIGN(const bool done,
                         Renumber(name, random->OneIn(2), &renumbered.files));
    any |= done;
  }
  if (!any) return;
  ++num_tried_;
  const std::string directory = one->OutputPath("renumbered");
  ASSERT_OK(WriteDataset(renumbered, directory));
  MergeOptions as_it_was = one->WithOutput("as-it-was");
  as_it_was.engine = random->Pick({Engine::kAuto, Engine::kReference});
  const auto expected = Merge(as_it_was, SomeContext(random));
  // What the target cannot hold is an error at another time, or is rounded.
  if (!expected.ok()) return;
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    SCOPED_TRACE(engine == Engine::kAuto ? "auto" : "reference");
    MergeOptions options =
        one->WithOutput(engine == Engine::kAuto ? "auto" : "reference");
    options.engine = engine;
    options.source.inputs = {directory};
    const auto actual = Merge(options, SomeContext(random));
    ASSERT_NO_FATAL_FAILURE(
        ExpectSame(expected, as_it_was.output, actual, options.output));
  }
  ++num_renumbered_;
}

TEST_P(MergeSourceTest, AsShuffledBatchesGivesTheSame) {
  const int iterations = PropertyIterations(800);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryBatches(PropertySeed(GetParam(), i));
  }
  if (iterations < 100) return;
  EXPECT_GT(num_merged_, 5);
}

TEST_P(MergeSourceTest, WithNumbersOfAnotherTypeGivesTheSame) {
  const int iterations = PropertyIterations(800);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryNumbers(PropertySeed(GetParam(), i));
  }
  if (iterations < 100) return;
  EXPECT_GT(num_renumbered_, 5);
}

INSTANTIATE_TEST_SUITE_P(Shard, MergeSourceTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
