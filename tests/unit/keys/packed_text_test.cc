// SPDX-License-Identifier: Apache-2.0
#include "keys/packed_text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/builder_binary.h"
#include "arrow/record_batch.h"
#include "keys/key_encoder.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

constexpr std::string_view kNull = "null marker";

using Packed = std::pair<uint64_t, uint64_t>;

bool Fits(TextPacking packing, std::string_view value, bool is_null = false) {
  KeyBatch::Words words;
  return PackText(packing, value, is_null, &words);
}

Packed PackedOf(TextPacking packing, std::string_view value, bool is_null = false) {
  KeyBatch::Words words;
  EXPECT_TRUE(PackText(packing, value, is_null, &words)) << value;
  return {words.low, words.high};
}

std::string RandomHex(std::mt19937_64* random) {
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx",
                static_cast<unsigned long long>((*random)()),
                static_cast<unsigned long long>((*random)()));
  return text;
}

std::string ToUuid(const std::string& hex) {
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

TEST(PackedTextTest, EveryDigitOfHexCountsInEveryPlace) {
  const std::string zeros(32, '0');
  std::set<Packed> seen;
  for (size_t place = 0; place < 32; ++place) {
    for (const char digit : std::string("123456789abcdef")) {
      std::string text = zeros;
      text[place] = digit;
      seen.insert(PackedOf(TextPacking::kHex, text));
      seen.insert(PackedOf(TextPacking::kUuid, ToUuid(text)));
    }
  }
  EXPECT_EQ(seen.size(), 32u * 15);
}

TEST(PackedTextTest, RandomHexIsToldApart) {
  std::mt19937_64 random(3);
  std::set<std::string> texts;
  std::set<Packed> packed;
  for (int i = 0; i < 10'000; ++i) {
    texts.insert(RandomHex(&random));
  }
  for (const std::string& text : texts) packed.insert(PackedOf(TextPacking::kHex, text));
  EXPECT_EQ(packed.size(), texts.size());
}

TEST(PackedTextTest, HexIsNothingButThirtyTwoLowerCaseDigits) {
  const std::string good(32, 'a');
  EXPECT_TRUE(Fits(TextPacking::kHex, good));
  EXPECT_FALSE(Fits(TextPacking::kHex, good, true));
  EXPECT_FALSE(Fits(TextPacking::kHex, good.substr(1)));
  EXPECT_FALSE(Fits(TextPacking::kHex, good + "a"));
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
    for (const size_t place : {0, 7, 8, 31}) {
      std::string text = good;
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(Fits(TextPacking::kHex, text), is_digit) << byte;
    }
  }
}

TEST(PackedTextTest, AUuidHasHyphensInItsFourPlaces) {
  const std::string good = "01234567-89ab-cdef-0123-456789abcdef";
  EXPECT_TRUE(Fits(TextPacking::kUuid, good));
  for (size_t place = 0; place < good.size(); ++place) {
    std::string text = good;
    text[place] = good[place] == '-' ? '0' : '-';
    EXPECT_FALSE(Fits(TextPacking::kUuid, text)) << place;
  }
  EXPECT_FALSE(Fits(TextPacking::kUuid, good.substr(1)));
}

TEST(PackedTextTest, ShortTextIsToldApartByLengthAndNullToo) {
  std::set<Packed> seen;
  std::vector<std::string> texts = {"", "a", "b"};
  for (size_t length = 1; length <= 15; ++length) {
    texts.push_back(std::string(length, '\0'));
    texts.push_back(std::string(length, '\xff'));
    texts.push_back(std::string(length - 1, '\0') + "x");
  }
  for (const std::string& text : texts) {
    seen.insert(PackedOf(TextPacking::kShort, text));
  }
  seen.insert(PackedOf(TextPacking::kShort, "", true));
  EXPECT_EQ(seen.size(), texts.size() + 1);
  EXPECT_FALSE(Fits(TextPacking::kShort, std::string(16, 'x')));
}

TEST(ChoosePackingTest, TakesTheFormThatAllHave) {
  const std::string hex(32, '7');
  const std::string uuid = ToUuid(hex);
  const std::vector<std::pair<std::vector<std::string_view>, TextPacking>> cases = {
      {{}, TextPacking::kNone},
      {{hex, hex}, TextPacking::kHex},
      {{uuid}, TextPacking::kUuid},
      {{hex, uuid}, TextPacking::kNone},
      {{"short", kNull, ""}, TextPacking::kShort},
      {{hex, kNull}, TextPacking::kNone},
      {{"short", "more than fifteen bytes"}, TextPacking::kNone}};
  for (const auto& [sample, packing] : cases) {
    EXPECT_EQ(ChoosePacking(sample, kNull), packing);
  }
}

TEST(PackedKeysTest, AValueOfAnotherFormFailsTheEncoder) {
  arrow::StringBuilder builder;
  ASSERT_OK(builder.Append("short"));
  ASSERT_OK(builder.AppendNull());
  ASSERT_OK_AND_ASSIGN(const auto fitting, builder.Finish());
  ASSERT_OK(builder.Append("longer than any fifteen bytes"));
  ASSERT_OK_AND_ASSIGN(const auto other, builder.Finish());
  const auto schema = arrow::schema({arrow::field("k", arrow::utf8())});
  KeySpec spec;
  spec.key_columns = {0};
  const auto first = arrow::RecordBatch::Make(schema, 2, {fitting});
  ASSERT_OK_AND_ASSIGN(spec.packing,
                       ChoosePacking(*first, spec, arrow::default_memory_pool()));
  EXPECT_EQ(spec.packing, TextPacking::kShort);
  EXPECT_EQ(FixedKeyWidth(*schema, spec), 16);
  ASSERT_OK_AND_ASSIGN(auto encoder, KeyEncoder::Make(schema, spec, KeyForm::kInline,
                                                      arrow::default_memory_pool()));
  KeyBatch keys;
  ASSERT_OK(encoder->Encode(*first, &keys));
  EXPECT_FALSE(encoder->packing_failed());
  EXPECT_NE(keys.words[0].low, keys.words[1].low);
  EXPECT_FALSE(
      encoder->Encode(*arrow::RecordBatch::Make(schema, 1, {other}), &keys).ok());
  EXPECT_TRUE(encoder->packing_failed());
}

}  // namespace
}  // namespace planish
