// SPDX-License-Identifier: Apache-2.0
// INT96 over its whole range, as key, order and payload: both engines give what a loop
// over rows gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "planish/dedup.h"
#include "planish/merge.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/int96_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Rows = std::vector<Int96Row>;

/// Few different ones, near to the ends of what INT96 holds, of what 64 bits of
/// nanoseconds hold, and of the year 9999.
std::optional<arrow::Decimal128> RandomTime(RandomSource* random) {
  if (random->OneIn(8)) return std::nullopt;
  const int64_t first = int64_t{std::numeric_limits<int32_t>::min()} - 2'440'588;
  const int64_t last = int64_t{std::numeric_limits<int32_t>::max()} - 2'440'588;
  const int64_t day =
      random->Pick<int64_t>({first, last, 0, -1, 106'751, 106'752, -106'752, 2'932'896});
  return Midnight(day) +
         arrow::Decimal128(random->Pick<int64_t>({0, 1, 999, 86'399'999'999'999}));
}

Rows RandomRows(RandomSource* random, int most) {
  Rows rows(static_cast<size_t>(random->Between(0, most)));
  for (Int96Row& row : rows) {
    row = {random->Between(0, 9), RandomTime(random), random->Between(0, 2)};
  }
  return rows;
}

RunContext SomeContext(RandomSource* random) {
  RunContext context;
  context.sync = false;
  context.threads = random->Between(1, 3);
  return context;
}

/// In the order of an order column: null comes last.
bool IsBefore(const Int96Row& a, const Int96Row& b) {
  if (!a.t || !b.t) return a.t.has_value() && !b.t.has_value();
  return *a.t < *b.t;
}

class Int96Property : public testing::TestWithParam<int> {
 protected:
  /// Rows of two files, in order.
  static Rows WriteTwoFiles(RandomSource* random, const std::string& directory) {
    Rows all;
    for (const char* const name : {"/a.parquet", "/b.parquet"}) {
      const Rows rows = RandomRows(random, 12);
      EXPECT_OK(WriteInt96Rows(rows, directory + name, random->Between(1, 5)));
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }

  static void TryDedup(uint64_t seed) {
    SCOPED_TRACE("PLANISH_PROPERTY_SEED=" + std::to_string(seed));
    RandomSource random(seed);
    TempDir directory;
    const Rows rows = WriteTwoFiles(&random, directory / "in");
    const bool by_time = random.OneIn(2), last = random.OneIn(2);
    const auto same_key = [&](const Int96Row& a, const Int96Row& b) {
      return by_time ? a.t == b.t : a.id == b.id;
    };
    Rows expected;
    for (size_t i = 0; i < rows.size(); ++i) {
      bool wins = true;
      for (size_t k = 0; k < rows.size(); ++k) {
        if (k == i || !same_key(rows[i], rows[k])) continue;
        // By id the least time wins, or the greatest; by time the row that comes first.
        const bool beaten =
            by_time ? k < i
            : last  ? IsBefore(rows[i], rows[k]) || (k > i && !IsBefore(rows[k], rows[i]))
                   : IsBefore(rows[k], rows[i]) || (k < i && !IsBefore(rows[i], rows[k]));
        wins = wins && !beaten;
      }
      if (wins) expected.push_back(rows[i]);
    }
    DedupOptions options;
    options.dataset.inputs = {directory / "in"};
    options.key = {by_time ? "t" : "id"};
    if (!by_time) {
      options.order_by = {"t"};
      if (last) options.keep = Keep::kLast;
    }
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      options.engine = engine;
      options.output = directory / (engine == Engine::kAuto ? "auto" : "reference");
      ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, SomeContext(&random)));
      EXPECT_TRUE(report.skipped.empty());
      ASSERT_OK_AND_ASSIGN(const Rows result, ReadInt96Rows(options.output));
      ASSERT_TRUE(result == expected) << options.output;
    }
  }

  static void TryMerge(uint64_t seed) {
    SCOPED_TRACE("PLANISH_PROPERTY_SEED=" + std::to_string(seed));
    RandomSource random(seed);
    TempDir directory;
    const bool by_time = random.OneIn(3);
    Rows target = WriteTwoFiles(&random, directory / "target");
    const Rows source = RandomRows(&random, 8);
    ASSERT_OK(WriteInt96Rows(source, directory / "source/s.parquet", 3));
    const auto same_key = [&](const Int96Row& a, const Int96Row& b) {
      return by_time ? a.t == b.t : a.id == b.id;
    };
    // The last row of a key counts.
    Rows news;
    for (size_t i = 0; i < source.size(); ++i) {
      const bool beaten =
          std::any_of(source.begin() + static_cast<std::ptrdiff_t>(i) + 1, source.end(),
                      [&](const Int96Row& later) { return same_key(source[i], later); });
      if (!beaten) news.push_back(source[i]);
    }
    Rows expected = target;
    for (const Int96Row& row : news) {
      bool met = false;
      for (Int96Row& old : expected) {
        if (!same_key(old, row)) continue;
        old = row;
        met = true;
      }
      if (!met) expected.push_back(row);
    }
    MergeOptions options;
    options.target = directory / "target";
    options.source.inputs = {directory / "source"};
    options.strategy = MergeStrategy::kUpsert;
    options.key = {by_time ? "t" : "id"};
    options.verify = random.OneIn(2);
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      options.engine = engine;
      options.output = directory / (engine == Engine::kAuto ? "auto" : "reference");
      ASSERT_OK(Merge(options, SomeContext(&random)));
      ASSERT_OK_AND_ASSIGN(const Rows result, ReadInt96Rows(options.output));
      ASSERT_TRUE(result == expected) << options.output;
    }
  }
};

TEST_P(Int96Property, DedupGivesWhatALoopOverRowsGives) {
  const int iterations = PropertyIterations(400);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryDedup(PropertySeed(GetParam(), i));
  }
}

TEST_P(Int96Property, MergeGivesWhatALoopOverRowsGives) {
  const int iterations = PropertyIterations(400);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryMerge(PropertySeed(GetParam(), i));
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, Int96Property, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
