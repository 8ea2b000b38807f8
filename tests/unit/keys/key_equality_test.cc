// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "arrow/builder.h"
#include "unit/keys/encoded_keys.h"
#include "unit/keys/key_types.h"
#include "unit/keys/random_arrays.h"
#include "unit/keys/value_rules.h"

namespace planish {
namespace {

constexpr int kRounds = 4;
constexpr int64_t kRows = 50;

bool SameRow(const arrow::RecordBatch& a, int64_t i, const arrow::RecordBatch& b,
             int64_t j) {
  for (int column = 0; column < a.num_columns(); ++column) {
    if (!Same(ValueAt(*a.column(column), i), ValueAt(*b.column(column), j))) return false;
  }
  return true;
}

// Compares every row of one batch with every row of another of the same types.
void ExpectEncodingsAgreeWithValues(const arrow::RecordBatch& a,
                                    const arrow::RecordBatch& b, const KeySpec& spec) {
  const int width = FixedKeyWidth(*a.schema(), spec);
  const bool fits_inline = width >= 0 && width <= 16;
  KeyBatch inline_a, inline_b;
  if (fits_inline) {
    inline_a = Encoded(a, spec, KeyForm::kInline).ValueOrDie();
    inline_b = Encoded(b, spec, KeyForm::kInline).ValueOrDie();
  }
  const KeyBatch bytes_a = Encoded(a, spec, KeyForm::kBytes).ValueOrDie();
  const KeyBatch bytes_b = Encoded(b, spec, KeyForm::kBytes).ValueOrDie();
  const KeyBatch digest_a = Encoded(a, spec, KeyForm::kDigest).ValueOrDie();
  int64_t equal_pairs = 0;
  for (int64_t i = 0; i < a.num_rows(); ++i) {
    EXPECT_TRUE(SameWords(bytes_a, i, digest_a, i)) << "row " << i;
    for (int64_t j = 0; j < b.num_rows(); ++j) {
      const bool same = SameRow(a, i, b, j);
      equal_pairs += same;
      EXPECT_EQ(KeyBytes(bytes_a, i) == KeyBytes(bytes_b, j), same) << i << ", " << j;
      if (same) {
        EXPECT_TRUE(SameWords(bytes_a, i, bytes_b, j)) << i << ", " << j;
      }
      if (fits_inline) {
        EXPECT_EQ(SameWords(inline_a, i, inline_b, j), same) << i << ", " << j;
      }
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(equal_pairs, 0) << "values too rare to test equality";
}

arrow::ArrayVector DrawColumns(RandomArrays* arrays, const arrow::DataTypeVector& types,
                               int null_percent = 20) {
  arrow::ArrayVector columns;
  for (const auto& type : types) {
    columns.push_back(arrays->Draw(type, kRows, null_percent));
  }
  return columns;
}

void ExpectSingleColumnsAgree(const arrow::DataTypeVector& types) {
  for (const auto& type : types) {
    for (int round = 0; round < kRounds && !testing::Test::HasFailure(); ++round) {
      SCOPED_TRACE(type->ToString() + ", seed " + std::to_string(round));
      RandomArrays arrays(round);
      const auto a = BatchOf({arrays.Draw(type, kRows)});
      const auto b = BatchOf({arrays.Draw(type, kRows)});
      ASSERT_TRUE(a->Validate().ok()) << a->Validate().ToString();
      ExpectEncodingsAgreeWithValues(*a, *b, AllColumns(*a));
    }
  }
}

TEST(KeyEqualityTest, FixedWidthKeysAreEqualExactlyIfTheirValuesAre) {
  ExpectSingleColumnsAgree(FixedWidthTypes());
}

TEST(KeyEqualityTest, BinaryKeysAreEqualExactlyIfTheirValuesAre) {
  ExpectSingleColumnsAgree(BinaryTypes());
}

TEST(KeyEqualityTest, NestedKeysAreEqualExactlyIfTheirValuesAre) {
  ExpectSingleColumnsAgree(NestedTypes());
}

TEST(KeyEqualityTest, ColumnsKnownToHaveNoNullNeedNoFlag) {
  for (const arrow::DataTypeVector& types : {FixedWidthTypes(), BinaryTypes()}) {
    for (const auto& type : types) {
      // Wrapped types hide nulls in their values.
      if (type->id() == arrow::Type::DICTIONARY) continue;
      SCOPED_TRACE(type->ToString());
      RandomArrays arrays(1);
      const auto a = BatchOf({arrays.Draw(type, kRows, 0)});
      const auto b = BatchOf({arrays.Draw(type, kRows, 0)});
      KeySpec spec = AllColumns(*a);
      const int nullable_width = FixedKeyWidth(*a->schema(), spec);
      spec.never_null[0] = true;
      ExpectEncodingsAgreeWithValues(*a, *b, spec);
      if (nullable_width > 0) {
        EXPECT_EQ(FixedKeyWidth(*a->schema(), spec), nullable_width - 1);
      }
    }
  }
}

TEST(KeyEqualityTest, CompositeKeysAreEqualExactlyIfEveryComponentIs) {
  arrow::DataTypeVector all = FixedWidthTypes();
  for (const arrow::DataTypeVector& more : {BinaryTypes(), NestedTypes()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  // Components of few values keep equal rows common.
  all.insert(all.end(), 20, arrow::boolean());
  for (uint64_t seed = 0; seed < 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomArrays arrays(seed);
    arrow::DataTypeVector types;
    for (int64_t n = 2 + arrays.Below(3); n > 0; --n) {
      types.push_back(all[arrays.Below(static_cast<int64_t>(all.size()))]);
    }
    const auto a = BatchOf(DrawColumns(&arrays, types, 50));
    // Rows of its own, in another place, so that there are equal ones.
    const auto b = a->Slice(1 + arrays.Below(10));
    ExpectEncodingsAgreeWithValues(*a, *b, AllColumns(*a));
  }
}

// Every pair of a null and strings that can be cut in several ways into two, with and
// without a flag and an empty length in between.
arrow::ArrayVector PairsOfStrings() {
  const std::string between(5, '\0');
  const std::vector<std::string> pool = {"",
                                         "a",
                                         "ab",
                                         "abc",
                                         "b",
                                         "bc",
                                         "c",
                                         "a" + between + "b",
                                         "b" + between + "c",
                                         std::string(1, '\0'),
                                         between,
                                         "\xff",
                                         std::string("\1\0\0\0a", 5)};
  arrow::BinaryBuilder first, second;
  for (size_t i = 0; i <= pool.size(); ++i) {
    for (size_t j = 0; j <= pool.size(); ++j) {
      EXPECT_TRUE((i < pool.size() ? first.Append(pool[i]) : first.AppendNull()).ok());
      EXPECT_TRUE((j < pool.size() ? second.Append(pool[j]) : second.AppendNull()).ok());
    }
  }
  return {first.Finish().ValueOrDie(), second.Finish().ValueOrDie()};
}

TEST(KeyEqualityTest, StringsNeverRunIntoEachOther) {
  const arrow::ArrayVector pairs = PairsOfStrings();
  const std::vector<std::string> names = {"x", "y"};
  const std::shared_ptr<arrow::Array> structs =
      arrow::StructArray::Make(pairs, names).ValueOrDie();
  for (const auto& batch : {BatchOf(pairs), BatchOf({structs})}) {
    SCOPED_TRACE(batch->schema()->ToString());
    const KeyBatch keys =
        Encoded(*batch, AllColumns(*batch), KeyForm::kBytes).ValueOrDie();
    // The rows are distinct, so their bytes must be.
    std::set<std::string_view> distinct;
    for (int64_t i = 0; i < keys.num_rows; ++i) distinct.insert(KeyBytes(keys, i));
    EXPECT_EQ(static_cast<int64_t>(distinct.size()), batch->num_rows());
  }
}

TEST(KeyEqualityTest, ListsAndStringsNeverRunIntoEachOther) {
  RandomArrays arrays(7);
  for (const auto& types : std::vector<arrow::DataTypeVector>{
           {arrow::utf8(), arrow::list(arrow::utf8())},
           {arrow::list(arrow::utf8()), arrow::utf8()},
           {arrow::list(arrow::int8()), arrow::list(arrow::int8())},
           {arrow::binary(), arrow::uint8(), arrow::binary()}}) {
    SCOPED_TRACE(arrow::struct_({arrow::field("", types[0]), arrow::field("", types[1])})
                     ->ToString());
    const auto a = BatchOf(DrawColumns(&arrays, types));
    ExpectEncodingsAgreeWithValues(*a, *a, AllColumns(*a));
  }
}

TEST(KeyEqualityTest, ColumnsAreComparedInTheOrderOfTheSpec) {
  RandomArrays arrays(3);
  const auto batch = BatchOf({arrays.Draw(arrow::int32(), kRows, 0)});
  const auto pair = BatchOf({batch->column(0), arrays.Draw(arrow::int32(), kRows, 0)});
  KeySpec forwards = AllColumns(*pair), backwards = forwards;
  std::swap(backwards.key_columns[0], backwards.key_columns[1]);
  const auto swapped = BatchOf({pair->column(1), pair->column(0)});
  const KeyBatch a = Encoded(*pair, forwards, KeyForm::kInline).ValueOrDie();
  const KeyBatch b = Encoded(*swapped, backwards, KeyForm::kInline).ValueOrDie();
  for (int64_t i = 0; i < kRows; ++i) EXPECT_TRUE(SameWords(a, i, b, i)) << "row " << i;
}

}  // namespace
}  // namespace planish
