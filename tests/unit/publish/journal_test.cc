// SPDX-License-Identifier: Apache-2.0
#include "publish/journal.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hashing.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Action = JournalEntry::Action;

Journal SampleJournal() {
  Journal journal;
  journal.id = "4711-0123abcd";
  journal.created = "2026-11-22T21:05:09Z";
  journal.entries = {{Action::kReplace,
                      "a.parquet",
                      1234567890123,
                      0xFEDCBA9876543210,
                      {9876543210, 1'790'000'000'123'456'789, 18446744073709551615U}},
                     {Action::kAdd, "p=1/b.parquet", 0, 0, {}},
                     {Action::kRemove, "p=1/q=2/c.parquet", 0, 0, {1, -2, 3}}};
  return journal;
}

void ExpectSame(const Journal& expected, const Journal& actual) {
  EXPECT_EQ(expected.id, actual.id);
  EXPECT_EQ(expected.created, actual.created);
  ASSERT_EQ(expected.entries.size(), actual.entries.size());
  for (size_t i = 0; i < expected.entries.size(); ++i) {
    const JournalEntry &one = expected.entries[i], &other = actual.entries[i];
    EXPECT_EQ(one.action, other.action);
    EXPECT_EQ(one.path, other.path);
    EXPECT_EQ(one.size, other.size);
    EXPECT_EQ(one.checksum, other.checksum);
    EXPECT_EQ(one.old, other.old);
  }
}

/// `text` with its last line made right again.
std::string Resealed(std::string text) {
  text.erase(text.rfind("xxh3 "));
  char sum[32] = {};
  std::snprintf(sum, sizeof(sum), "%016llx",
                static_cast<unsigned long long>(Checksum(text.data(), text.size())));
  return text + "xxh3 " + sum + "\n";
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t place = text.find(what);
  EXPECT_NE(place, std::string::npos) << what;
  return text.replace(place, what.size(), by);
}

TEST(Journal, IsReadBackAsItWasWritten) {
  const Journal journal = SampleJournal();
  ASSERT_OK_AND_ASSIGN(const Journal read, Journal::Parse(journal.ToText(), "journal"));
  ExpectSame(journal, read);
}

TEST(Journal, KeepsEveryNameThatAFileCanHave) {
  Journal journal = SampleJournal();
  journal.entries.clear();
  std::string all;
  for (int c = 1; c < 256; ++c) all += c == '/' ? '_' : static_cast<char>(c);
  for (const std::string& name :
       {all, std::string("100%"), std::string("%41"), std::string("a b\n\"c\"\\"),
        std::string("..."), std::string(".hidden"), std::string("p=%2F/x.parquet"),
        std::string("deep/.planish/x"), std::string("\xff\xfe"), std::string("journal"),
        std::string("-"), std::string(255, 'n')}) {
    journal.entries.push_back({Action::kRemove, name, 0, 0, {}});
  }
  ASSERT_OK_AND_ASSIGN(const Journal read, Journal::Parse(journal.ToText(), "journal"));
  ExpectSame(journal, read);
}

TEST(Journal, IsPlainAsciiTextInLines) {
  Journal journal = SampleJournal();
  journal.entries[0].path = "\xc3\xa4 \xff.parquet";
  for (const char c : journal.ToText()) {
    EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7F)) << static_cast<int>(c);
  }
}

TEST(Journal, EveryDamagedByteIsNoticed) {
  const std::string text = SampleJournal().ToText();
  for (size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      EXPECT_ERROR_KIND(Journal::Parse(damaged, "journal"), ErrorKind::kUnfinished) << i;
    }
  }
}

TEST(Journal, EveryMissingOrAddedPartIsNoticed) {
  const std::string text = SampleJournal().ToText();
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_ERROR_KIND(Journal::Parse(text.substr(0, length), "journal"),
                      ErrorKind::kUnfinished)
        << length;
  }
  for (const char* more : {"\n", " ", "x", "xxh3 0000000000000000\n"}) {
    EXPECT_ERROR_KIND(Journal::Parse(text + more, "journal"), ErrorKind::kUnfinished);
  }
  EXPECT_ERROR_KIND(Journal::Parse(std::string(1000, '\0'), "journal"),
                    ErrorKind::kUnfinished);
}

TEST(Journal, OtherVersionsAreRefusedByNumber) {
  for (const std::string version : {"0", "2", "10", "1.1", "-1", ""}) {
    const std::string text =
        Resealed(Replaced(SampleJournal().ToText(), "planish-journal 1\n",
                          "planish-journal " + version + "\n"));
    const auto refused = Journal::Parse(text, "ds/.planish/journal");
    ASSERT_ERROR_KIND(refused, ErrorKind::kUnfinished);
    const std::string shown = FormatError(refused.status());
    EXPECT_THAT(shown, testing::HasSubstr("version " + version));
    EXPECT_THAT(shown, testing::HasSubstr("ds/.planish/journal"));
    EXPECT_THAT(shown, testing::HasSubstr("nothing was changed"));
  }
}

TEST(Journal, NumbersThatAreNoWholeOnesOrDoNotFitAreRefused) {
  for (const std::string number :
       {"1e99", "-1", "1.5", "18446744073709551616", "\"1\""}) {
    const std::string text =
        Resealed(Replaced(SampleJournal().ToText(), "18446744073709551615", number));
    EXPECT_ERROR_KIND(Journal::Parse(text, "journal"), ErrorKind::kUnfinished) << number;
  }
  const std::string text = Resealed(
      Replaced(SampleJournal().ToText(), "1790000000123456789", "9223372036854775808"));
  EXPECT_ERROR_KIND(Journal::Parse(text, "journal"), ErrorKind::kUnfinished);
}

TEST(Journal, PathsThatLeadOutOfTheDatasetAreRefused) {
  for (const std::string path :
       {"../a", "p=1/../../a", "p=1/..", "..", ".", "./a", "/etc/passwd", "", "a//b",
        "a/", ".planish/journal", ".planish", "%2E%2E/a", "%2Fa", "a%00b",
        "a%2F..%2F..%2Fb"}) {
    const std::string text =
        Resealed(Replaced(SampleJournal().ToText(), "\"a.parquet\"", "\"" + path + "\""));
    EXPECT_ERROR_KIND(Journal::Parse(text, "journal"), ErrorKind::kUnfinished) << path;
  }
}

TEST(Journal, TransactionsThatLeadOutOfTheirDirectoryAreRefused) {
  for (const std::string id : {"..", "../x", "/tmp", "a/b", "", "."}) {
    Journal journal = SampleJournal();
    journal.id = id;
    EXPECT_ERROR_KIND(Journal::Parse(journal.ToText(), "journal"), ErrorKind::kUnfinished)
        << id;
  }
}

TEST(Journal, WhatAJournalDoesNotHaveIsPassedOver) {
  const std::string text = SampleJournal().ToText();
  const std::string more = "\"more\": [0, [{\"path\": \"..\"}], {\"entries\": [1]}], ";
  for (const std::string place : {"\"entries\":", "\"path\":"}) {
    const auto read =
        Journal::Parse(Resealed(Replaced(text, place, more + place)), "journal");
    ASSERT_OK(read.status());
    EXPECT_EQ(read->ToText(), text);
  }
}

TEST(Journal, SealedNonsenseIsRefused) {
  const std::string text = SampleJournal().ToText();
  const std::pair<std::string, std::string> changes[] = {
      {"\"replace\"", "\"rename\""},     {"\"entries\"", "\"list\""},
      {"\"created\"", "\"made\""},       {"1234567890123", "\"many\""},
      {"\"fedcba9876543210\"", "\"g\""}, {"\"a.parquet\"", "\"%4\""},
      {"\"a.parquet\"", "\"%zz\""},      {"\"a.parquet\"", "7"}};
  for (const auto& [what, by] : changes) {
    EXPECT_ERROR_KIND(Journal::Parse(Resealed(Replaced(text, what, by)), "journal"),
                      ErrorKind::kUnfinished)
        << what;
  }
}

TEST(FileChecksum, TellsFilesApartThatDifferAnywhere) {
  const TempDir directory;
  std::string bytes((2 << 20) + 5, 'x');
  const auto sum = [&] {
    WriteTextFile(directory / "file", bytes);
    return FileChecksum(LocalFileSystem(), directory / "file", {}).ValueOrDie();
  };
  const uint64_t before = sum();
  EXPECT_EQ(sum(), before);
  for (const size_t place : {size_t{0}, size_t{1} << 20, bytes.size() - 1}) {
    bytes[place] = 'y';
    EXPECT_NE(sum(), before) << place;
    bytes[place] = 'x';
  }
  bytes.pop_back();
  EXPECT_NE(sum(), before);
  std::string swapped(2 << 20, 'a');
  std::fill(swapped.begin() + (1 << 20), swapped.end(), 'b');
  bytes = swapped;
  const uint64_t one = sum();
  bytes = std::string(swapped.rbegin(), swapped.rend());
  EXPECT_NE(sum(), one);
}

TEST(FileChecksum, StopsWhenItsCallerWants) {
  const TempDir directory;
  WriteTextFile(directory / "file", std::string(3 << 20, 'x'));
  int asked = 0;
  const auto stopped = FileChecksum(LocalFileSystem(), directory / "file", [&] {
    return ++asked == 2 ? arrow::Status::Cancelled("enough") : arrow::Status::OK();
  });
  EXPECT_TRUE(stopped.status().IsCancelled());
}

}  // namespace
}  // namespace planish
