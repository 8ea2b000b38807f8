// SPDX-License-Identifier: Apache-2.0
#include "format/thrift_compact.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

using std::string_literals::operator""s;

// Reads all fields; an error is a failure of the test.
std::vector<ThriftField> Fields(std::string_view structure) {
  std::vector<ThriftField> fields;
  EXPECT_OK(VisitFields(structure, [&](const ThriftField& field) {
    fields.push_back(field);
    return arrow::Status::OK();
  }));
  return fields;
}

arrow::Status Walk(std::string_view structure) {
  return VisitFields(structure, [](const ThriftField&) { return arrow::Status::OK(); });
}

// A structure of one field of every type, nested values included.
std::string EveryType() {
  std::string out;
  ThriftStructWriter writer(&out);
  writer.Header(1, ThriftType::kTrue);
  writer.Header(2, ThriftType::kFalse);
  writer.Header(3, ThriftType::kByte);
  out += '\x7F';
  writer.I16(4, -7);
  writer.I32(5, std::numeric_limits<int32_t>::min());
  writer.I64(6, std::numeric_limits<int64_t>::max());
  writer.Header(7, ThriftType::kDouble);
  out += "12345678";
  writer.Binary(8, "bytes\0with nul"s);
  writer.Header(9, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kTrue, 3, &out);
  out += "\1\2\1";
  writer.Header(10, ThriftType::kSet);
  AppendThriftListHeader(ThriftType::kI32, 20, &out);
  out += std::string(20, '\2');
  writer.Header(11, ThriftType::kMap);
  out += "\2\x85\3key\4\3two\6"s;  // 2 entries, binary to i32
  writer.Header(12, ThriftType::kMap);
  out += '\0';
  writer.Header(13, ThriftType::kStruct);
  ThriftStructWriter inner(&out);
  inner.I64(300, 1);
  inner.Stop();
  writer.Header(14, ThriftType::kUuid);
  out += "0123456789abcdef";
  writer.Stop();
  return out;
}

TEST(ThriftStructReaderTest, FindsFieldsOfEveryType) {
  const std::string bytes = EveryType();
  const std::vector<ThriftField> fields = Fields(bytes);
  ASSERT_EQ(fields.size(), 14u);
  for (size_t i = 0; i < fields.size(); ++i)
    EXPECT_EQ(fields[i].id, static_cast<int>(i) + 1);
  EXPECT_EQ(fields[0].type, ThriftType::kTrue);
  EXPECT_EQ(fields[1].type, ThriftType::kFalse);
  EXPECT_EQ(fields[3].I16().ValueOrDie(), -7);
  EXPECT_EQ(fields[4].I32().ValueOrDie(), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(fields[5].I64().ValueOrDie(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(fields[7].Binary().ValueOrDie(), "bytes\0with nul"s);
  EXPECT_EQ(Fields(fields[12].Struct().ValueOrDie())[0].id, 300);
}

TEST(ThriftStructReaderTest, StopsAtTheEndOfTheStructure) {
  const std::string bytes = EveryType();
  const std::string longer = bytes + "more";
  ThriftStructReader reader(longer);
  ThriftField field;
  bool found = true;
  while (found) {
    ASSERT_OK_AND_ASSIGN(found, reader.Next(&field));
  }
  EXPECT_EQ(reader.consumed(), bytes.size());
}

TEST(ThriftStructWriterTest, WritesBackWhatWasRead) {
  const std::string bytes = EveryType();
  std::string copy;
  ThriftStructWriter writer(&copy);
  for (const ThriftField& field : Fields(bytes)) writer.Field(field);
  writer.Stop();
  EXPECT_EQ(copy, bytes);
}

TEST(ThriftStructWriterTest, WritesTheBytesOfTheProtocol) {
  std::string out;
  ThriftStructWriter writer(&out);
  writer.I32(1, 1);
  writer.I64(16, -1);       // 15 on: still short
  writer.Binary(32, "ab");  // 16 on: long
  writer.I16(5, 300);       // back: long
  writer.Stop();
  EXPECT_EQ(out,
            "\x15\x02\xF6\x01\x08\x40\x02"
            "ab\x04\x0A\xD8\x04\x00"s);
}

TEST(ThriftStructWriterTest, HandlesFieldNumbersOutOfOrder) {
  std::string out;
  ThriftStructWriter writer(&out);
  for (const int16_t id : std::vector<int16_t>{5, 5, 3, -2, 32767, -32768, 1})
    writer.I16(id, id);
  writer.Stop();
  std::vector<int64_t> ids;
  for (const ThriftField& field : Fields(out)) {
    ids.push_back(field.id);
    EXPECT_EQ(field.I16().ValueOrDie(), field.id);
  }
  EXPECT_EQ(ids, (std::vector<int64_t>{5, 5, 3, -2, 32767, -32768, 1}));
}

TEST(ThriftListReaderTest, WalksShortAndLongLists) {
  for (const int32_t size : {0, 1, 14, 15, 200}) {
    std::string value;
    AppendThriftListHeader(ThriftType::kBinary, size, &value);
    for (int32_t i = 0; i < size; ++i) value += "\1x";
    ASSERT_OK_AND_ASSIGN(ThriftListReader reader,
                         ThriftListReader::Make({1, ThriftType::kList, value}));
    EXPECT_EQ(reader.size(), size);
    int32_t count = 0;
    for (; !reader.AtEnd(); ++count) {
      ASSERT_OK_AND_ASSIGN(const std::string_view element, reader.Next());
      EXPECT_EQ(element, "\1x");
    }
    EXPECT_EQ(count, size);
  }
}

TEST(ThriftStructReaderTest, RefusesEveryTruncation) {
  const std::string bytes = EveryType();
  for (size_t length = 0; length < bytes.size(); ++length) {
    // A copy of its own, so that a sanitizer sees a read past its end.
    EXPECT_FALSE(Walk(std::string(bytes, 0, length)).ok()) << length;
  }
}

TEST(ThriftStructReaderTest, RefusesLengthsBeyondTheBytes) {
  EXPECT_FALSE(Walk("\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
                    "ab\0"s)
                   .ok());  // binary
  EXPECT_FALSE(
      Walk("\x19\xFC\xFF\xFF\xFF\xFF\x07\0\0"s).ok());  // list of 2^31 structures
  EXPECT_FALSE(
      Walk("\x19\xFC\xFF\xFF\xFF\xFF\x7F\0\0"s).ok());  // list longer than an int32
  EXPECT_FALSE(Walk("\x1B\xFF\xFF\xFF\xFF\x07\x88\0\0"s).ok());  // map
}

TEST(ThriftStructReaderTest, RefusesIntegersThatDoNotEnd) {
  EXPECT_FALSE(Walk("\x16"s + std::string(11, '\xFF') + "\0"s).ok());
  EXPECT_FALSE(Walk("\x16"s + std::string(9, '\xFF') + "\x02\0"s).ok());
  EXPECT_OK(Walk("\x16"s + std::string(9, '\xFF') + "\x01\0"s));
}

TEST(ThriftStructReaderTest, RefusesUnknownTypesAndFieldNumbersOutOfRange) {
  EXPECT_FALSE(Walk("\x1E\x01\0"s).ok());
  EXPECT_FALSE(Walk("\x05\x80\x80\x08\x02\0"s).ok());
  EXPECT_FALSE(Walk("\x05\xFE\xFF\x03\x02\x15\x02\0"s).ok());  // 32767, then one more
  EXPECT_FALSE(Walk("\x19\x10\0"s).ok());                      // a list of stops
}

TEST(ThriftStructReaderTest, RefusesDeepNesting) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '\x1C') +
           std::string(static_cast<size_t>(depth) + 1, '\0');
  };
  EXPECT_OK(Walk(nested(60)));
  EXPECT_FALSE(Walk(nested(70)).ok());
  EXPECT_FALSE(Walk(nested(1'000'000)).ok());
  std::string lists = "\x19";
  lists += std::string(1'000'000, '\x19') + std::string(2, '\0');
  EXPECT_FALSE(Walk(lists).ok());
}

TEST(ThriftFieldTest, RefusesValuesOfOtherTypes) {
  std::string out;
  ThriftStructWriter writer(&out);
  writer.I64(1, int64_t{1} << 40);
  writer.Header(2, ThriftType::kI32);
  out += "\x80\x80\x80\x80\x80\x01";  // 2^34
  writer.Header(3, ThriftType::kTrue);
  writer.Stop();
  const std::vector<ThriftField> fields = Fields(out);
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_FALSE(fields[0].I32().ok());
  EXPECT_FALSE(fields[0].Binary().ok());
  EXPECT_FALSE(fields[0].Struct().ok());
  EXPECT_FALSE(ThriftListReader::Make(fields[0]).ok());
  EXPECT_FALSE(fields[1].I32().ok());
  EXPECT_FALSE(fields[2].I64().ok());
}

}  // namespace
}  // namespace planish
