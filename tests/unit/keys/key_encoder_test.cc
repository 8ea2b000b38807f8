// SPDX-License-Identifier: Apache-2.0
#include "keys/key_encoder.h"

#include <gtest/gtest.h>

#include "arrow/builder.h"
#include "base/hashing.h"
#include "planish/error.h"
#include "unit/keys/encoded_keys.h"
#include "unit/keys/key_types.h"
#include "unit/keys/random_arrays.h"
#include "unit/keys/value_rules.h"

namespace planish {
namespace {

std::shared_ptr<arrow::Array> Strings(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

int Width(const arrow::DataTypeVector& types, bool never_null = false) {
  arrow::FieldVector fields;
  KeySpec spec;
  for (size_t i = 0; i < types.size(); ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), types[i]));
    spec.key_columns.push_back(static_cast<int>(i));
    spec.never_null.push_back(never_null);
  }
  return FixedKeyWidth(*arrow::schema(fields), spec);
}

TEST(FixedKeyWidthTest, CountsValuesAndAFlagBitForEachNullableColumn) {
  EXPECT_EQ(Width({}), 0);
  EXPECT_EQ(Width({arrow::null()}), 0);
  EXPECT_EQ(Width({arrow::int64()}), 9);
  EXPECT_EQ(Width({arrow::int64()}, true), 8);
  EXPECT_EQ(Width({arrow::decimal128(20, 2)}, true), 16);
  EXPECT_EQ(Width({arrow::decimal256(60, 2)}, true), 32);
  EXPECT_EQ(Width({arrow::int64(), arrow::int32(), arrow::int16(), arrow::boolean()}),
            16);
  EXPECT_EQ(Width(arrow::DataTypeVector(8, arrow::int8())), 9);
  EXPECT_EQ(Width(arrow::DataTypeVector(9, arrow::int8())), 11);
  EXPECT_EQ(Width({arrow::extension::uuid()}, true), 16);
  EXPECT_EQ(Width({arrow::dictionary(arrow::int8(), arrow::int64())}, true), 8);
}

TEST(FixedKeyWidthTest, IsNegativeIfAColumnVaries) {
  EXPECT_EQ(Width({arrow::int8(), arrow::utf8()}), -1);
  EXPECT_EQ(Width({arrow::list(arrow::int8())}), -1);
  EXPECT_EQ(Width({arrow::dictionary(arrow::int8(), arrow::utf8())}), -1);
}

TEST(KeyEncoderTest, RefusesInlineKeysThatDoNotFit) {
  const auto schema = arrow::schema({arrow::field("d", arrow::decimal128(20, 2))});
  KeySpec spec;
  spec.key_columns = {0};
  EXPECT_FALSE(
      KeyEncoder::Make(schema, spec, KeyForm::kInline, arrow::default_memory_pool())
          .ok());
  spec.never_null = {true};
  EXPECT_TRUE(
      KeyEncoder::Make(schema, spec, KeyForm::kInline, arrow::default_memory_pool())
          .ok());
}

TEST(KeyEncoderTest, NamesTheColumnThatHasNoRule) {
  const auto dense = arrow::dense_union({arrow::field("x", arrow::int8())});
  const auto sparse = arrow::sparse_union({arrow::field("x", arrow::int8())});
  for (const auto& type :
       {dense, sparse, arrow::list(dense), arrow::run_end_encoded(arrow::int32(), sparse),
        arrow::struct_({arrow::field("u", dense)})}) {
    SCOPED_TRACE(type->ToString());
    const auto schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("any", type)});
    KeySpec spec;
    spec.key_columns = {0, 1};
    const arrow::Status status =
        KeyEncoder::Make(schema, spec, KeyForm::kDigest, arrow::default_memory_pool())
            .status();
    const ErrorDetail* detail = GetErrorDetail(status);
    ASSERT_NE(detail, nullptr) << status.ToString();
    EXPECT_EQ(detail->kind, ErrorKind::kUnsupported);
    EXPECT_EQ(detail->column, "any");
  }
}

TEST(KeyEncoderTest, NullsThatStatisticsDeniedAreAnError) {
  arrow::Int64Builder builder;
  ASSERT_TRUE(builder.AppendNulls(2).ok());
  const auto batch = BatchOf({builder.Finish().ValueOrDie()});
  KeySpec spec = AllColumns(*batch);
  spec.never_null = {true};
  const arrow::Status status = Encoded(*batch, spec, KeyForm::kInline).status();
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr) << status.ToString();
  EXPECT_EQ(detail->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(detail->column, "c0");
}

TEST(KeyEncoderTest, RefusesABatchOfOtherTypes) {
  const auto schema = arrow::schema({arrow::field("c0", arrow::int64())});
  KeySpec spec;
  spec.key_columns = {0};
  const auto encoder =
      KeyEncoder::Make(schema, spec, KeyForm::kInline, arrow::default_memory_pool())
          .ValueOrDie();
  KeyBatch out;
  EXPECT_FALSE(encoder->Encode(*BatchOf({Strings({"a"})}), &out).ok());
}

TEST(KeyEncoderTest, MarksRowsWithANaNAnywhereIfNaNDiffers) {
  arrow::DataTypeVector types = FixedWidthTypes();
  for (const auto& type : NestedTypes()) types.push_back(type);
  for (const auto& type : types) {
    for (const KeyForm form : {KeyForm::kDigest, KeyForm::kBytes}) {
      SCOPED_TRACE(type->ToString());
      RandomArrays arrays(9);
      const auto batch =
          BatchOf({arrays.Draw(type, 80), arrays.Draw(arrow::utf8(), 80, 0)});
      KeySpec spec = AllColumns(*batch);
      spec.nan_equal = false;
      const KeyBatch keys = Encoded(*batch, spec, form).ValueOrDie();
      bool any = false;
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        const bool unmatchable = !keys.unmatchable.empty() && keys.unmatchable[i] != 0;
        any |= unmatchable;
        EXPECT_EQ(unmatchable, HoldsNaN(ValueAt(*batch->column(0), i))) << "row " << i;
      }
      EXPECT_EQ(keys.unmatchable.empty(), !any);
    }
  }
}

TEST(KeyEncoderTest, MarksInlineKeysWithANaN) {
  RandomArrays arrays(2);
  const auto batch =
      BatchOf({arrays.Draw(arrow::float32(), 80), arrays.Draw(arrow::float64(), 80)});
  KeySpec spec = AllColumns(*batch);
  EXPECT_TRUE(Encoded(*batch, spec, KeyForm::kInline)->unmatchable.empty());
  spec.nan_equal = false;
  const KeyBatch keys = Encoded(*batch, spec, KeyForm::kInline).ValueOrDie();
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    const bool holds =
        IsNaN(*ValueAt(*batch->column(0), i)) || IsNaN(*ValueAt(*batch->column(1), i));
    EXPECT_EQ(keys.unmatchable[i] != 0, holds) << "row " << i;
  }
}

TEST(KeyEncoderTest, DigestsAreNarrowedWithTheHashes) {
  const uint64_t mask = internal::hash_mask;
  RandomArrays arrays(4);
  const auto batch = BatchOf(
      {arrays.Draw(arrow::utf8(), 50), arrays.Draw(arrow::decimal256(50, 1), 50)});
  NarrowHashesForTesting(4);
  for (const KeyForm form : {KeyForm::kDigest, KeyForm::kBytes}) {
    for (const std::vector<int>& columns : {std::vector<int>{0}, {1}, {0, 1}}) {
      KeySpec spec;
      spec.key_columns = columns;
      const KeyBatch keys = Encoded(*batch, spec, form).ValueOrDie();
      for (const KeyBatch::Words& words : keys.words) {
        EXPECT_LT(words.low, 16u);
        EXPECT_EQ(words.high, 0u);
      }
    }
  }
  internal::hash_mask = mask;
}

TEST(KeyEncoderTest, ALongBatchGivesWhatItsSlicesGive) {
  RandomArrays arrays(8);
  const int64_t num_rows = 2 * 1024 + 77;
  const auto batch = BatchOf({arrays.Draw(arrow::float64(), num_rows),
                              arrays.Draw(arrow::utf8(), num_rows),
                              arrays.Draw(arrow::list(arrow::boolean()), num_rows),
                              arrays.Draw(arrow::binary_view(), num_rows)});
  KeySpec spec = AllColumns(*batch);
  spec.order_columns = {{1, true}, {0, false}};
  const KeyBatch whole = Encoded(*batch, spec, KeyForm::kBytes).ValueOrDie();
  const auto encoder = KeyEncoder::Make(batch->schema(), spec, KeyForm::kBytes,
                                        arrow::default_memory_pool())
                           .ValueOrDie();
  KeyBatch part;  // used again and again, as a scan does
  for (int64_t begin = 0; begin < num_rows; begin += 700) {
    const auto slice = batch->Slice(begin, 700);
    ASSERT_TRUE(encoder->Encode(*slice, &part).ok());
    ASSERT_EQ(part.num_rows, slice->num_rows());
    for (int64_t i = 0; i < part.num_rows; ++i) {
      ASSERT_TRUE(SameWords(part, i, whole, begin + i)) << "row " << begin + i;
      ASSERT_EQ(Payload(part, i), Payload(whole, begin + i)) << "row " << begin + i;
    }
  }
}

TEST(KeyEncoderTest, KeysLongerThanABlockAreEncodedWhole) {
  std::vector<std::string> values;
  for (int i = 0; i < 12; ++i) {
    // Pairs, a third of them longer than what is encoded at a time.
    values.emplace_back(i / 2 % 3 == 0 ? 600'000 : 100'000,
                        static_cast<char>('a' + i / 2));
  }
  const auto batch = BatchOf({Strings(values), Strings(values)});
  const KeySpec spec = AllColumns(*batch);
  const KeyBatch bytes = Encoded(*batch, spec, KeyForm::kBytes).ValueOrDie();
  const KeyBatch digest = Encoded(*batch, spec, KeyForm::kDigest).ValueOrDie();
  for (int i = 0; i < 12; ++i) {
    EXPECT_GE(KeyBytes(bytes, i).size(), 2 * values[i].size());
    EXPECT_TRUE(SameWords(bytes, i, digest, i));
    for (int j = 0; j < 12; ++j) {
      EXPECT_EQ(KeyBytes(bytes, i) == KeyBytes(bytes, j), i / 2 == j / 2);
    }
  }
}

TEST(KeyEncoderTest, RefusesAKeyOfFourGibibytes) {
  // Views of one megabyte, 4,097 times.
  const int32_t size = 1 << 20;
  const int64_t count = 4097;
  const auto value = arrow::Buffer::FromString(std::string(size, 'x'));
  const std::vector<arrow::BinaryViewType::c_type> views(
      count, arrow::util::ToNonInlineBinaryView(value->data(), size, 0, 0));
  const auto elements = arrow::ArrayData::Make(
      arrow::binary_view(), count, {nullptr, arrow::Buffer::Wrap(views), value}, 0);
  const std::vector<int32_t> offsets = {0, static_cast<int32_t>(count)};
  const auto lists =
      arrow::ArrayData::Make(arrow::list(arrow::binary_view()), 1,
                             {nullptr, arrow::Buffer::Wrap(offsets)}, {elements}, 0);
  const auto batch = BatchOf({arrow::MakeArray(lists)});
  const arrow::Status status =
      Encoded(*batch, AllColumns(*batch), KeyForm::kDigest).status();
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr) << status.ToString();
  EXPECT_EQ(detail->kind, ErrorKind::kUnsupported);
}

TEST(KeyEncoderTest, AnEmptyBatchReplacesAFullOne) {
  RandomArrays arrays(1);
  const auto batch = BatchOf({arrays.Draw(arrow::float64(), 100)});
  KeySpec spec = AllColumns(*batch);
  spec.order_columns = {{0, false}};
  spec.nan_equal = false;
  const auto encoder = KeyEncoder::Make(batch->schema(), spec, KeyForm::kInline,
                                        arrow::default_memory_pool())
                           .ValueOrDie();
  KeyBatch out;
  ASSERT_TRUE(encoder->Encode(*batch, &out).ok());
  ASSERT_TRUE(encoder->Encode(*batch->Slice(0, 0), &out).ok());
  EXPECT_EQ(out.num_rows, 0);
  EXPECT_TRUE(out.words.empty());
  EXPECT_TRUE(out.payload.empty());
  EXPECT_EQ(out.payload_offsets, std::vector<uint64_t>{0});
  EXPECT_TRUE(out.unmatchable.empty());
}

}  // namespace
}  // namespace planish
