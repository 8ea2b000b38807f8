// SPDX-License-Identifier: Apache-2.0
#include "planish/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "arrow/result.h"
#include "base/error_builder.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

arrow::Status MissingColumn() {
  return Error(ErrorKind::kMissingColumn, "key column not found: user_id")
      .File("events/2024-03-07.parquet (1 of 48 inputs; the other 47 have it)")
      .Fact("has", "userId, ts, payload")
      .Hint("rename userId in that file, or leave the file out of the inputs");
}

TEST(FormatErrorTest, SaysWhatThenWhereThenWhatNext) {
  EXPECT_EQ(FormatError(MissingColumn()),
            "key column not found: user_id\n"
            "  file: events/2024-03-07.parquet (1 of 48 inputs; the other 47 have it)\n"
            "  has:  userId, ts, payload\n"
            "\n"
            "hint: rename userId in that file, or leave the file out of the inputs");
}

TEST(FormatErrorTest, AlignsEveryPlaceAndFact) {
  const arrow::Status status = Error(ErrorKind::kCorrupt, "cannot decode column chunk")
                                   .Fact("codec", "ZSTD")
                                   .Column("payload")
                                   .RowGroup(0)
                                   .File("a.parquet")
                                   .Cause(arrow::Status::IOError("bad frame"));
  EXPECT_EQ(FormatError(status),
            "cannot decode column chunk\n"
            "  file:      a.parquet\n"
            "  row group: 0\n"
            "  column:    payload\n"
            "  codec:     ZSTD\n"
            "  cause:     bad frame");
}

TEST(FormatErrorTest, IndentsFurtherLinesOfAFact) {
  const arrow::Status status =
      Error(ErrorKind::kIo, "cannot read").Fact("cause", "one\ntwo").Hint("look");
  EXPECT_EQ(FormatError(status), "cannot read\n  cause: one\n         two\n\nhint: look");
}

TEST(FormatErrorTest, ALineEndInANameMakesNoLineOfItsOwn) {
  const arrow::Status status = Error(ErrorKind::kIo, "cannot read: a\nb")
                                   .File("c\nerror: forged")
                                   .Fact("input", "d\r\ne")
                                   .Hint("look at f\ng");
  EXPECT_EQ(FormatError(status),
            "cannot read: a\\nb\n"
            "  file:  c\\nerror: forged\n"
            "  input: d\\r\\ne\n"
            "\n"
            "hint: look at f\\ng");
}

TEST(FormatErrorTest, ShowsOnlyTheMessageWhereThereIsNoMore) {
  EXPECT_EQ(FormatError(Error(ErrorKind::kCancelled, "cancelled")), "cancelled");
  EXPECT_EQ(FormatError(arrow::Status::Invalid("from elsewhere")), "from elsewhere");
  EXPECT_EQ(FormatError(arrow::Status::OK()), "");
}

TEST(ErrorTest, StatusTextHoldsEverythingOnOneLine) {
  EXPECT_EQ(MissingColumn().message(), "key column not found: user_id");
  EXPECT_EQ(
      MissingColumn().ToString(),
      "Key error: key column not found: user_id. Detail: [missing_column] file: "
      "events/2024-03-07.parquet (1 of 48 inputs; the other 47 have it); has: "
      "userId, ts, payload; hint: rename userId in that file, or leave the file out "
      "of the inputs");
}

TEST(ErrorTest, DetailHoldsThePlace) {
  const arrow::Status status =
      Error(ErrorKind::kCorrupt, "bad page").File("a.parquet").RowGroup(3).Column("x.y");
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(detail->file, "a.parquet");
  EXPECT_EQ(detail->row_group, 3);
  EXPECT_EQ(detail->column, "x.y");
  EXPECT_EQ(detail->hint, "");
}

TEST(ErrorTest, StatusesOfOneBuilderAreIndependent) {
  Error error(ErrorKind::kIo, "cannot read");
  const arrow::Status first = error.File("a");
  const arrow::Status second = error.File("b");
  EXPECT_EQ(GetErrorDetail(first)->file, "a");
  EXPECT_EQ(GetErrorDetail(second)->file, "b");
}

TEST(ErrorTest, IsReturnedFromFunctionsOfEitherType) {
  const auto number = []() -> arrow::Result<int> {
    return Error(ErrorKind::kIo, "no number").File("a");
  };
  const auto pointer = []() -> arrow::Result<std::unique_ptr<std::string>> {
    return Error(ErrorKind::kIo, "no pointer");
  };
  EXPECT_EQ(GetErrorDetail(number().status())->file, "a");
  EXPECT_ERROR_KIND(pointer(), ErrorKind::kIo);
}

TEST(ErrorTest, CodeFollowsFromTheKind) {
  const auto code = [](ErrorKind kind) {
    return static_cast<arrow::Status>(Error(kind, "x")).code();
  };
  EXPECT_EQ(code(ErrorKind::kInvalidOption), arrow::StatusCode::Invalid);
  EXPECT_EQ(code(ErrorKind::kMissingPath), arrow::StatusCode::IOError);
  EXPECT_EQ(code(ErrorKind::kMissingColumn), arrow::StatusCode::KeyError);
  EXPECT_EQ(code(ErrorKind::kSchemaMismatch), arrow::StatusCode::TypeError);
  EXPECT_EQ(code(ErrorKind::kEncrypted), arrow::StatusCode::NotImplemented);
  EXPECT_EQ(code(ErrorKind::kUnsupported), arrow::StatusCode::NotImplemented);
  EXPECT_EQ(code(ErrorKind::kOutputExists), arrow::StatusCode::AlreadyExists);
  EXPECT_EQ(code(ErrorKind::kMemoryLimit), arrow::StatusCode::OutOfMemory);
  EXPECT_EQ(code(ErrorKind::kCancelled), arrow::StatusCode::Cancelled);
}

TEST(ErrorTest, EveryKindHasANameOfItsOwn) {
  std::set<std::string> names;
  const int count = static_cast<int>(ErrorKind::kVerification) + 1;
  for (int i = 0; i < count; ++i) names.insert(ErrorKindName(static_cast<ErrorKind>(i)));
  EXPECT_EQ(static_cast<int>(names.size()), count);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_STREQ(ErrorKindName(ErrorKind::kMissingColumn), "missing_column");
}

TEST(AddContextTest, LeavesSuccessAlone) {
  EXPECT_OK(AddContext(arrow::Status::OK(), ErrorKind::kIo, "a"));
}

TEST(AddContextTest, FillsInOnlyWhatIsMissing) {
  const arrow::Status inner =
      Error(ErrorKind::kNotParquet, "no magic").Column("x").Fact("size", "3").Hint("h");
  const arrow::Status status = AddContext(inner, ErrorKind::kIo, "a.parquet", 2, "y");
  EXPECT_EQ(FormatError(status),
            "no magic\n"
            "  file:      a.parquet\n"
            "  row group: 2\n"
            "  column:    x\n"
            "  size:      3\n"
            "\n"
            "hint: h");
  EXPECT_ERROR_KIND(status, ErrorKind::kNotParquet);
  EXPECT_EQ(GetErrorDetail(inner)->file, "");
}

TEST(AddContextTest, GivesAForeignStatusAKindAndAPlace) {
  const arrow::Status status =
      AddContext(arrow::Status::Invalid("unexpected end of stream"), ErrorKind::kCorrupt,
                 "a.parquet", 1, "x");
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_TRUE(status.IsIOError());
  EXPECT_EQ(status.message(), "unexpected end of stream");
  EXPECT_EQ(GetErrorDetail(status)->row_group, 1);
}

TEST(AddContextTest, DoesNotTalkOverWhatAForeignStatusSays) {
  const auto kind = [](const arrow::Status& status) {
    return GetErrorDetail(AddContext(status, ErrorKind::kCorrupt, "a"))->kind;
  };
  EXPECT_EQ(kind(arrow::Status::OutOfMemory("x")), ErrorKind::kMemoryLimit);
  EXPECT_EQ(kind(arrow::Status::Cancelled("x")), ErrorKind::kCancelled);
  EXPECT_EQ(kind(arrow::Status::NotImplemented("x")), ErrorKind::kUnsupported);
}

TEST(GetErrorDetailTest, IsNullWithoutADetailOfPlanish) {
  EXPECT_EQ(GetErrorDetail(arrow::Status::OK()), nullptr);
  EXPECT_EQ(GetErrorDetail(arrow::Status::Invalid("x")), nullptr);
}

}  // namespace
}  // namespace planish
