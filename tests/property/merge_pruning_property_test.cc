// SPDX-License-Identifier: Apache-2.0
// Pruning never changes what a merge does: few keys against targets with statistics, page
// indexes and bloom filters, in types that promote to each other.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "planish/merge.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

struct Types {
  TypePtr target, source;
};

std::vector<Types> KeyTypes() {
  using arrow::TimeUnit;
  const auto ms = arrow::timestamp(TimeUnit::MILLI),
             us = arrow::timestamp(TimeUnit::MICRO);
  return {{arrow::int32(), arrow::int64()},
          {arrow::int64(), arrow::int32()},
          {arrow::int64(), arrow::int64()},
          {arrow::uint8(), arrow::int64()},
          {arrow::uint32(), arrow::int64()},
          {arrow::uint64(), arrow::uint16()},
          {arrow::int16(), arrow::float32()},
          {arrow::int32(), arrow::float64()},
          {arrow::float64(), arrow::int32()},
          {arrow::float32(), arrow::float64()},
          {arrow::float64(), arrow::float32()},
          {arrow::int64(), arrow::float64()},
          {arrow::uint16(), arrow::float64()},
          {arrow::int64(), arrow::float32()},
          {arrow::float64(), arrow::int64()},
          {arrow::float32(), arrow::uint64()},
          {arrow::uint64(), arrow::int64()},
          {arrow::int64(), arrow::uint64()},
          {ms, us},
          {us, ms},
          {arrow::time32(TimeUnit::MILLI), arrow::time64(TimeUnit::MICRO)},
          {arrow::date32(), arrow::date32()},
          {arrow::duration(TimeUnit::MILLI), arrow::duration(TimeUnit::MICRO)},
          {arrow::utf8(), arrow::large_utf8()},
          {arrow::large_utf8(), arrow::utf8()},
          {arrow::fixed_size_binary(3), arrow::fixed_size_binary(3)},
          {arrow::decimal128(6, 1), arrow::decimal128(8, 2)},
          {arrow::decimal128(8, 2), arrow::int16()},
          {arrow::boolean(), arrow::boolean()}};
}

/// The `number`-th value of a type as JSON. The same number is the same value in all
/// types that can hold it; others hold a value close by.
std::string Value(const arrow::DataType& type, int number, RandomSource* random) {
  const int positive = std::abs(number);
  switch (type.id()) {
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      if (random->OneIn(20)) return "NaN";
      if (number == 0) return random->OneIn(2) ? "0.0" : "-0.0";
      return std::to_string(number) + (random->OneIn(4) ? ".5" : ".0");
    case arrow::Type::TIMESTAMP:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::DURATION: {
      const bool fine = type.ToString().find("us") != std::string::npos;
      const int more = fine && random->OneIn(4) ? 1 : 0;
      return std::to_string(positive * (fine ? 1000 : 1) + more);
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return "\"key " + std::to_string(number) + "\"";
    case arrow::Type::FIXED_SIZE_BINARY:
      return "\"" + std::to_string(100 + positive) + "\"";
    case arrow::Type::DECIMAL128:
      return "\"" + std::to_string(number) +
             (static_cast<const arrow::Decimal128Type&>(type).scale() == 1 ? ".0\""
                                                                           : ".00\"");
    case arrow::Type::BOOL:
      return number % 2 == 0 ? "true" : "false";
    default:
      return std::to_string(arrow::is_unsigned_integer(type.id()) ? positive : number);
  }
}

class PruningCase {
 public:
  explicit PruningCase(uint64_t seed) : seed_(seed), random_(seed) {}

  arrow::Status Write() {
    types_ = random_.Pick(KeyTypes());
    two_keys_ = random_.OneIn(4);
    const int files = random_.Between(1, 3);
    for (int i = 0; i < files; ++i) {
      WriteSpec spec;
      spec.row_group_rows = random_.Between(2, 12);
      spec.statistics = !random_.OneIn(3);
      spec.page_index = !random_.OneIn(3);
      spec.dictionary = random_.OneIn(3);
      spec.data_page_bytes = 1;
      spec.write_batch_rows = random_.Between(1, 4);
      const bool filter = BloomFiltersWritable() && !random_.OneIn(3) &&
                          types_.target->id() != arrow::Type::BOOL;
      if (filter) spec.bloom_filter_columns = {"k"};
      ARROW_RETURN_NOT_OK(WriteRows("target/" + std::to_string(i) + ".parquet",
                                    types_.target, random_.Between(0, 40), spec));
    }
    return WriteRows("source/s.parquet", types_.source, random_.Between(1, 3), {});
  }

  MergeOptions Options(const std::string& name) {
    MergeOptions options;
    options.target = directory_ / "target";
    options.source.inputs = {directory_ / "source"};
    options.key = {"k"};
    if (two_keys_) options.key.emplace_back("second");
    options.strategy = strategy_;
    options.allow_empty_source = true;
    options.output = directory_ / name;
    return options;
  }

  std::string ToString() const {
    return "PLANISH_PROPERTY_SEED=" + std::to_string(seed_) +
           " reproduces this: " + types_.target->ToString() + " in the target, " +
           types_.source->ToString() + " in the source";
  }
  RandomSource* random() { return &random_; }

 private:
  arrow::Status WriteRows(const std::string& path, const TypePtr& type, int num_rows,
                          const WriteSpec& spec) {
    // Parts of the range of keys, so that there are some between and beyond them.
    const int width = random_.Pick({1, 2, 3, 20, 60});
    int first = random_.Between(-60, 60);
    std::ostringstream rows;
    rows << "[";
    for (int i = 0; i < num_rows; ++i) {
      if (random_.OneIn(6)) first = random_.Between(-60, 60);
      const int number = std::clamp(first + random_.Between(0, width), -99, 99);
      rows << (i == 0 ? "[" : ", [")
           << (random_.OneIn(12) ? "null" : Value(*type, number, &random_)) << ", "
           << (random_.OneIn(8) ? "null" : std::to_string(random_.Between(0, 3))) << ", "
           << random_.Between(0, 2) << "]";
    }
    rows << "]";
    const auto schema =
        arrow::schema({arrow::field("k", type), arrow::field("second", arrow::int32()),
                       arrow::field("v", arrow::int64())});
    ARROW_ASSIGN_OR_RAISE(const auto table, TableFromJson(schema, rows.str()));
    return WriteParquet(table, directory_ / path, spec);
  }

  const uint64_t seed_;
  RandomSource random_;
  TempDir directory_;
  Types types_;
  bool two_keys_ = false;
  const MergeStrategy strategy_ = random_.Pick(
      {MergeStrategy::kInsert, MergeStrategy::kUpdate, MergeStrategy::kUpsert,
       MergeStrategy::kDelete, MergeStrategy::kSync});
};

class MergePruningTest : public testing::TestWithParam<int> {
 protected:
  static RunContext Context() {
    RunContext context;
    context.sync = false;
    context.threads = 2;
    return context;
  }

  void Try(uint64_t seed) {
    PruningCase one(seed);
    ASSERT_OK(one.Write());
    SCOPED_TRACE(one.ToString());
    MergeOptions naive = one.Options("reference");
    naive.engine = Engine::kReference;
    MergeOptions all = one.Options("all");
    all.prune = false;
    const MergeOptions pruned = one.Options("pruned");
    const auto expected = Merge(naive, Context());
    const auto unpruned = Merge(all, Context());
    const auto actual = Merge(pruned, Context());
    ASSERT_EQ(actual.ok(), expected.ok()) << actual.status().ToString();
    ASSERT_EQ(unpruned.ok(), expected.ok()) << expected.status().ToString();
    if (!expected.ok()) return;
    ASSERT_OK_AND_ASSIGN(const TablesByPath right, ReadTables(naive.output));
    for (const MergeOptions& options : {all, pruned}) {
      ASSERT_OK_AND_ASSIGN(const TablesByPath tables, ReadTables(options.output));
      ASSERT_TRUE(SameTables(right, tables)) << (options.prune ? "pruned" : "unpruned");
    }
    EXPECT_EQ(actual->merge->updated, expected->merge->updated);
    EXPECT_EQ(actual->merge->deleted, expected->merge->deleted);
    EXPECT_EQ(actual->merge->inserted, expected->merge->inserted);
    EXPECT_EQ(actual->merge->unchanged, expected->merge->unchanged);
    EXPECT_EQ(unpruned->merge->pruned_row_groups, 0);
    total_.statistics += actual->merge->pruned.statistics;
    total_.page_index += actual->merge->pruned.page_index;
    total_.bloom_filter += actual->merge->pruned.bloom_filter;
  }

  PrunedRowGroups total_;
};

TEST_P(MergePruningTest, ChangesNoResultAndEveryMeansRulesSomethingOut) {
  const int iterations = PropertyIterations(1000);
  for (int i = 0; i < iterations && !HasFailure(); ++i) Try(PropertySeed(GetParam(), i));
  if (iterations < 200 || HasFailure()) return;
  EXPECT_GT(total_.statistics, 0);
  EXPECT_GT(total_.page_index, 0);
  EXPECT_TRUE(!BloomFiltersWritable() || total_.bloom_filter > 0);
}

INSTANTIATE_TEST_SUITE_P(Shard, MergePruningTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
