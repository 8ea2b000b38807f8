// SPDX-License-Identifier: Apache-2.0
#include "planish/error_text.h"

#include <gtest/gtest.h>

#include "base/error_builder.h"

namespace planish {
namespace {

constexpr OptionStyle kAll[] = {OptionStyle::kField, OptionStyle::kFlag,
                                OptionStyle::kKeyword};

std::string Flags(const std::string& text) {
  return WithOptions(text, OptionStyle::kFlag);
}

std::string Keywords(const std::string& text) {
  return WithOptions(text, OptionStyle::kKeyword);
}

TEST(OptionNamesTest, ASwitchIsCalledAsTheCallerAsksForIt) {
  const std::string text = "leave out `in_place` or `nan_equal`";
  EXPECT_EQ(WithOptions(text, OptionStyle::kField), text);
  EXPECT_EQ(Flags(text), "leave out --in-place or --nan-distinct");
  EXPECT_EQ(Keywords(text), "leave out in_place=True or nan_equal=False");
}

TEST(OptionNamesTest, AValueIsWrittenAsTheCallerWritesIt) {
  EXPECT_EQ(Flags("set `on_error=retry` or `retries=3`"),
            "set --on-error retry or --retries 3");
  EXPECT_EQ(Keywords("set `on_error=retry` or `retries=3`"),
            "set on_error=\"retry\" or retries=3");
  EXPECT_EQ(Flags("`target_file_bytes` and `inputs`"), "--target-file-size and INPUT");
  EXPECT_EQ(Keywords("`target_file_bytes` and `inputs`"), "target_file_bytes and inputs");
}

TEST(OptionNamesTest, WhatIsNoOptionStaysAsItIs) {
  for (const char* text :
       {"", "`", "a ` b", "`no_such`", "``", "in_place", "`in_place", "`a b`c`"}) {
    for (const OptionStyle style : kAll) EXPECT_EQ(WithOptions(text, style), text);
  }
}

TEST(OptionNamesTest, MessageAndHintAreInTheCallersWordsButFactsAreNot) {
  const arrow::Status status = Error(ErrorKind::kInvalidOption, "no `output` given")
                                   .Fact("column", "`output`")
                                   .Hint("ask for `in_place`");
  EXPECT_EQ(FormatError(status, OptionStyle::kFlag),
            "no --output given\n  column: `output`\n\nhint: ask for --in-place");
  EXPECT_EQ(FormatError(status, OptionStyle::kField), FormatError(status));
}

TEST(ErrorToJsonTest, HasEveryPartOfTheErrorAsAFieldOfItsOwn) {
  const arrow::Status status = Error(ErrorKind::kCorrupt, "page is damaged")
                                   .File("a\xff.parquet")
                                   .RowGroup(2)
                                   .Column("id")
                                   .Fact("page", "7")
                                   .Hint("see `on_error`");
  EXPECT_EQ(ErrorToJson(status, OptionStyle::kFlag), R"({
  "error": {
    "kind": "corrupt",
    "message": "page is damaged",
    "file": "a)"
                                                     "\xef\xbf\xbd"
                                                     R"(.parquet",
    "row_group": 2,
    "column": "id",
    "facts": {
      "page": "7"
    },
    "hint": "see --on-error"
  }
}
)");
}

TEST(ErrorToJsonTest, WhatIsNotKnownIsNull) {
  EXPECT_EQ(ErrorToJson(arrow::Status::Invalid("no"), OptionStyle::kFlag), R"({
  "error": {
    "kind": "unknown",
    "message": "no",
    "file": null,
    "row_group": null,
    "column": null,
    "facts": {},
    "hint": null
  }
}
)");
}

}  // namespace
}  // namespace planish
