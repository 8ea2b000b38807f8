// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

/// What dedup and other verbs say about an input that none of them can use, if they are
/// not to skip what they cannot read.
std::string Refusals(const SampleDataset& sample, const std::string& input,
                     const std::vector<std::string>& verbs = {"check", "inspect"}) {
  const std::string dedup = Transcript(
      sample.path(),
      {"dedup", input, "--output", "out", "--on-error", "fail", "--progress", "none"});
  EXPECT_FALSE(Exists(sample / "out"));
  for (const std::string& verb : verbs) {
    std::vector<std::string> arguments = {verb, input};
    if (verb == "check") arguments.insert(arguments.end(), {"--on-error", "fail"});
    const CommandResult result = RunPlanish(sample.path(), arguments);
    if (verb == "inspect" && result.exit_code == 3) {
      // It shows what it cannot read, and the rest.
      const size_t begin = dedup.find("error: ") + 7;
      const std::string message = dedup.substr(begin, dedup.find('\n', begin) - begin);
      EXPECT_NE(result.output.find("files that cannot be read"), std::string::npos);
      EXPECT_NE(result.output.find(message), std::string::npos) << result.output;
      continue;
    }
    EXPECT_EQ(result.exit_code, 2) << verb;
    EXPECT_EQ(result.output, "") << verb;
    EXPECT_NE(result.error.find(dedup.substr(
                  dedup.find("error:"), dedup.find("\n[exit") - dedup.find("error:"))),
              std::string::npos)
        << verb << " says: " << result.error;
  }
  return dedup;
}

TEST(DatasetErrorTest, NamesAnInputThatIsNotThere) {
  const SampleDataset sample;
  ExpectGolden("input_missing", Refusals(sample, "nowhere"));
  ExpectGolden("input_glob_without_match", Refusals(sample, "in/*.csv"));
}

TEST(DatasetErrorTest, SaysThatADirectoryHoldsNoData) {
  const SampleDataset sample;
  std::filesystem::create_directories(sample / "empty");
  WriteText(sample / "empty/_SUCCESS", "");
  ExpectGolden("input_empty", Refusals(sample, "empty"));
}

TEST(DatasetErrorTest, NamesAFileThatIsNotParquet) {
  const SampleDataset sample;
  WriteText(sample / "in/c.parquet", "id,name\n1,a\n2,b\n");
  ExpectGolden("input_not_parquet", Refusals(sample, "in"));
}

TEST(DatasetErrorTest, NamesFilesThatAreNotData) {
  const SampleDataset sample;
  WriteText(sample / "in/notes.txt", "nothing");
  std::filesystem::copy_file(sample / "in/a.parquet", sample / "in/a.parquet.bak");
  const CommandResult quiet =
      RunPlanish(sample.path(), {"check", "in", "--key", "id", "--progress", "none"});
  EXPECT_EQ(quiet.error.find("notes.txt"), std::string::npos);
  EXPECT_NE(quiet.error.find("a.parquet.bak"), std::string::npos);
  EXPECT_NE(quiet.output.find("2 not part of the dataset"), std::string::npos);
  const CommandResult told = RunPlanish(
      sample.path(),
      {"check", "in", "--key", "id", "--progress", "none", "--log-level", "info"});
  EXPECT_NE(told.error.find("in/notes.txt"), std::string::npos);
}

TEST(DatasetErrorTest, NamesATableWithALogOfItsOwn) {
  const SampleDataset sample;
  std::filesystem::create_directories(sample / "in/_delta_log");
  ExpectGolden("input_with_log", Refusals(sample, "in"));
}

TEST(DatasetErrorTest, NamesAFileThatIsTruncated) {
  const SampleDataset sample;
  std::filesystem::resize_file(sample / "in/b.parquet",
                               std::filesystem::file_size(sample / "in/b.parquet") - 100);
  // The last bytes that are left depend on the Arrow version that wrote the file.
  static const std::regex kLastBytes("ends with: .*");
  ExpectGolden("input_truncated", std::regex_replace(Refusals(sample, "in"), kLastBytes,
                                                     "ends with: <bytes>"));
}

TEST(DatasetErrorTest, NamesAFileThatIsEncrypted) {
  const SampleDataset sample;
  WriteText(sample / "in/c.parquet", std::string("PARE") + std::string(60, 'x') +
                                         std::string("\x20\0\0\0", 4) + "PARE");
  ExpectGolden("input_encrypted", Refusals(sample, "in"));
}

TEST(DatasetErrorTest, NamesBothFilesThatDisagreeOnAType) {
  const SampleDataset sample;
  const auto table = TableFromJson(arrow::schema({arrow::field("id", arrow::utf8()),
                                                  arrow::field("name", arrow::utf8()),
                                                  arrow::field("v", arrow::float64())}),
                                   R"([["one", "a", 1.5]])");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "in/c.parquet")));
  // inspect shows what they disagree on: see its own test.
  ExpectGolden("schema_mismatch", Refusals(sample, "in", {"check"}));
}

TEST(DatasetErrorTest, NamesAFileThatLacksAColumn) {
  const SampleDataset sample;
  const auto table =
      TableFromJson(arrow::schema({arrow::field("id", arrow::int64())}), "[[8]]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "in/c.parquet")));
  // inspect shows which files those are.
  ExpectGolden("column_missing_in_a_file", Refusals(sample, "in", {"check"}));
}

TEST(DatasetErrorTest, NamesAKeyColumnThatIsNotThere) {
  const SampleDataset sample;
  ExpectGolden(
      "key_column_missing",
      Transcript(sample.path(), {"dedup", "in", "--output", "out", "--key", "user_id",
                                 "--progress", "none"}) +
          Transcript(sample.path(), {"dedup", "in", "--output", "out", "--key", "id",
                                     "--order-by", "-ts", "--progress", "none"}) +
          Transcript(sample.path(),
                     {"check", "in", "--key", "user_id", "--progress", "none"}));
  EXPECT_FALSE(Exists(sample / "out"));
}

TEST(DatasetErrorTest, LeavesAnOutputThatExistsAlone) {
  const SampleDataset sample;
  std::filesystem::create_directories(sample / "out");
  WriteText(sample / "out/precious.txt", "keep me");
  ExpectGolden("output_exists", Transcript(sample.path(), {"dedup", "in", "--output",
                                                           "out", "--progress", "none"}));
  EXPECT_EQ(ReadText(sample / "out/precious.txt"), "keep me");
}

}  // namespace
}  // namespace planish
