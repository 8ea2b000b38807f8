// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>

#include "arrow/array/concatenate.h"
#include "arrow/builder.h"
#include "arrow/compute/cast.h"
#include "unit/keys/encoded_keys.h"
#include "unit/keys/key_types.h"
#include "unit/keys/random_arrays.h"

namespace planish {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

constexpr int64_t kRows = 100;

// Every layout of the same values, alone and before another column, has the same keys,
// and order bytes if asked for.
void ExpectSameKeys(const arrow::ArrayVector& layouts, bool ordered = false) {
  RandomArrays arrays(1);
  const ArrayPtr other = arrays.Draw(arrow::utf8(), layouts[0]->length());
  for (const bool composite : {false, true}) {
    std::optional<KeyBatch> expected;
    for (const ArrayPtr& layout : layouts) {
      SCOPED_TRACE(layout->type()->ToString());
      const auto batch = BatchOf(composite ? arrow::ArrayVector{layout, other}
                                           : arrow::ArrayVector{layout});
      KeySpec spec = AllColumns(*batch);
      if (ordered) spec.order_columns = {{0, true}};
      const KeyBatch keys = Encoded(*batch, spec, KeyForm::kBytes).ValueOrDie();
      if (!expected) expected = keys;
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        ASSERT_EQ(Payload(keys, i), Payload(*expected, i)) << "row " << i;
        ASSERT_EQ(keys.words[i].low, expected->words[i].low) << "row " << i;
        ASSERT_EQ(keys.words[i].high, expected->words[i].high) << "row " << i;
      }
    }
  }
}

// The values of `array`, each found through a code.
ArrayPtr AsDictionary(const ArrayPtr& array) {
  arrow::Int16Builder codes;
  for (int64_t i = 0; i < array->length(); ++i) {
    EXPECT_TRUE(codes.Append(static_cast<int16_t>(array->length() - 1 - i)).ok());
  }
  arrow::ArrayVector backwards;
  for (int64_t i = array->length() - 1; i >= 0; --i) {
    backwards.push_back(array->Slice(i, 1));
  }
  return arrow::DictionaryArray::FromArrays(codes.Finish().ValueOrDie(),
                                            arrow::Concatenate(backwards).ValueOrDie())
      .ValueOrDie();
}

// The values of `array`, each a run of its own.
ArrayPtr AsRuns(const ArrayPtr& array) {
  arrow::Int64Builder ends;
  for (int64_t i = 1; i <= array->length(); ++i) EXPECT_TRUE(ends.Append(i).ok());
  return arrow::RunEndEncodedArray::Make(array->length(), ends.Finish().ValueOrDie(),
                                         array)
      .ValueOrDie();
}

ArrayPtr AsType(const ArrayPtr& array, const std::shared_ptr<arrow::DataType>& type) {
  return arrow::compute::Cast(*array, type).ValueOrDie();
}

TEST(KeyLayoutsTest, StringsOfEveryLayoutHaveTheSameKeys) {
  RandomArrays arrays(1);
  const ArrayPtr plain = arrays.Draw(arrow::binary(), kRows);
  ExpectSameKeys(
      {plain, AsType(plain, arrow::large_binary()), AsType(plain, arrow::binary_view()),
       AsDictionary(plain), AsRuns(plain)},
      true);
}

TEST(KeyLayoutsTest, ListsOfEveryLayoutHaveTheSameKeys) {
  RandomArrays arrays(2);
  arrow::MemoryPool* pool = arrow::default_memory_pool();
  const ArrayPtr plain = arrays.Draw(arrow::list(arrow::float64()), kRows);
  const ArrayPtr large = AsType(plain, arrow::large_list(arrow::float64()));
  const ArrayPtr view =
      arrow::ListViewArray::FromList(static_cast<const arrow::ListArray&>(*plain), pool)
          .ValueOrDie();
  const ArrayPtr large_view = arrow::LargeListViewArray::FromList(
                                  static_cast<const arrow::LargeListArray&>(*large), pool)
                                  .ValueOrDie();
  ExpectSameKeys({plain, large, view, large_view, AsDictionary(plain), AsRuns(plain)});
}

TEST(KeyLayoutsTest, EveryTypeHasTheKeysOfItsDictionary) {
  for (const arrow::DataTypeVector& types : {FixedWidthTypes(), NestedTypes()}) {
    for (const auto& type : types) {
      // Arrow concatenates neither of these.
      if (type->id() == arrow::Type::DICTIONARY ||
          type->id() == arrow::Type::RUN_END_ENCODED) {
        continue;
      }
      SCOPED_TRACE(type->ToString());
      RandomArrays arrays(3);
      const ArrayPtr plain = arrays.Draw(type, kRows);
      ExpectSameKeys({plain, AsDictionary(plain), AsRuns(plain)});
    }
  }
}

TEST(KeyLayoutsTest, ExtensionsHaveTheKeysOfTheirStorage) {
  RandomArrays arrays(4);
  const ArrayPtr uuids = arrays.Draw(arrow::extension::uuid(), kRows);
  ExpectSameKeys({uuids, static_cast<const arrow::ExtensionArray&>(*uuids).storage()});
}

}  // namespace
}  // namespace planish
