// SPDX-License-Identifier: Apache-2.0
// The limit is a promise about the whole process, so the kernel is asked what it had
// resident, of datasets that are large in one way each.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

// Sanitizers take memory of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace planish {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

/// What a process cost that was started and has ended.
struct Outcome {
  int exit_code = -1;
  int64_t peak_resident_bytes = 0;
};

/// Forks, so that what `work` takes is not this process's: a child's peak begins with
/// what its parent had.
Outcome InChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  rusage usage = {};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  const int64_t unit = 1024;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss * unit};
}

/// Numbers below `bound`.
std::shared_ptr<arrow::Array> Numbers(RandomSource* random, int64_t count, int bound) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_OK(builder.Append(random->Below(bound)));
  return builder.Finish().ValueOrDie();
}

class MemoryTest : public testing::Test {
 protected:
  using Writer = std::function<arrow::Status()>;

  /// Writes a dataset.
  void Write(const Writer& write) {
    const Outcome written = InChild([&] {
      const arrow::Status status = write();
      if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
      return status.ok() ? 0 : 1;
    });
    ASSERT_EQ(written.exit_code, 0);
  }

  void ExpectWithin(int64_t megabytes, const std::vector<std::string>& key,
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {
        PLANISH_COMMAND,    "dedup",       In(),        "--output",
        directory_ / "out", "--threads=2", "--no-sync", "--memory-limit"};
    words.push_back(std::to_string(megabytes) + "MB");
    for (const std::string& column : key) {
      words.insert(words.end(), {"--key", column});
    }
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string log = directory_ / "log";
    const Outcome outcome = InChild([&] {
      if (std::freopen(log.c_str(), "w", stdout) == nullptr) return 126;
      dup2(STDOUT_FILENO, STDERR_FILENO);
      execv(arguments[0], arguments.data());
      return 127;
    });
    EXPECT_EQ(outcome.exit_code, 0) << ReadFileBytes(log).ValueOrDie();
    EXPECT_LE(outcome.peak_resident_bytes, megabytes * kMegabyte);
    EXPECT_GT(outcome.peak_resident_bytes, 10 * kMegabyte);
    std::filesystem::remove_all(directory_ / "out");
  }

  std::string In() const { return directory_ / "in"; }

  TempDir directory_;
};

TEST_F(MemoryTest, TwoThousandColumns) {
  Write([&] {
    RandomSource random(1);
    constexpr int64_t kRows = 10'000;
    arrow::FieldVector fields = {arrow::field("id", arrow::int64())};
    arrow::ArrayVector columns = {Numbers(&random, kRows, 9000)};
    const auto payload = Numbers(&random, kRows, 1 << 30);
    for (int i = 1; i < 2000; ++i) {
      fields.push_back(arrow::field("c" + std::to_string(i), arrow::int64()));
      columns.push_back(payload);
    }
    return WriteParquet(*arrow::Table::Make(arrow::schema(fields), columns),
                        In() + "/wide.parquet");
  });
  ExpectWithin(128, {"id"});
}

/// Rows of an identifier and a text of ten megabytes, three of which are alike.
arrow::Status WriteLongTexts(const std::string& path, const WriteSpec& spec) {
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  RandomSource random(1);
  std::string block(1000, '\0');
  for (int row = 0; row < 24; ++row) {
    for (char& c : block) c = static_cast<char>('a' + random.Below(26));
    std::string text;
    while (text.size() < 10'000'000) text += block;
    ARROW_RETURN_NOT_OK(ids.Append(row / 3));
    ARROW_RETURN_NOT_OK(texts.Append(text));
  }
  ARROW_ASSIGN_OR_RAISE(auto id, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(auto text, texts.Finish());
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  return WriteParquet(*arrow::Table::Make(schema, {id, text}), path, spec);
}

TEST_F(MemoryTest, TextsOfTenMegabytesInPagesOfTheirOwn) {
  Write([&] {
    WriteSpec spec;
    spec.dictionary = false;
    spec.write_batch_rows = 1;
    return WriteLongTexts(In() + "/long.parquet", spec);
  });
  ExpectWithin(128, {"id"});
  ExpectWithin(128, {"id"}, {"--verify"});
  ExpectWithin(256, {"text"});
}

TEST_F(MemoryTest, TextsOfTenMegabytesInOneDictionary) {
  Write([&] { return WriteLongTexts(In() + "/long.parquet", {}); });
  ExpectWithin(128, {"id"});
  ExpectWithin(512, {"id"}, {"--verify"});
}

TEST_F(MemoryTest, TextsOfTenMegabytesInOnePage) {
  Write([&] {
    WriteSpec spec;
    spec.dictionary = false;
    spec.row_group_rows = 12;
    return WriteLongTexts(In() + "/long.parquet", spec);
  });
  ExpectWithin(256, {"id"});
  ExpectWithin(256, {"id"}, {"--verify"});
}

TEST_F(MemoryTest, OneLargeRowGroup) {
  Write([&] {
    RandomSource random(1);
    constexpr int64_t kRows = 6'000'000;
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("payload", arrow::int64())});
    WriteSpec spec;
    spec.row_group_rows = kRows;
    spec.dictionary = false;
    return WriteParquet(*arrow::Table::Make(schema, {Numbers(&random, kRows, 5'000'000),
                                                     Numbers(&random, kRows, 1 << 30)}),
                        In() + "/one.parquet", spec);
  });
  ExpectWithin(128, {"id"});
  ExpectWithin(128, {"id"}, {"--verify"});
}

arrow::Status WriteSmallFiles(const std::string& directory, int count, bool hive) {
  RandomSource random(1);
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("payload", arrow::int64())});
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    const std::string path = directory + (hive ? "/day=" : "/") + number +
                             (hive ? "/data.parquet" : ".parquet");
    const auto table = arrow::Table::Make(
        schema, {Numbers(&random, 100, 100'000), Numbers(&random, 100, 1000)});
    ARROW_RETURN_NOT_OK(WriteParquet(*table, path));
  }
  return arrow::Status::OK();
}

TEST_F(MemoryTest, ThousandsOfFiles) {
  Write([&] { return WriteSmallFiles(In(), 3000, /*hive=*/false); });
  ExpectWithin(128, {"id"});
}

TEST_F(MemoryTest, HundredsOfPartitions) {
  Write([&] { return WriteSmallFiles(In(), 500, /*hive=*/true); });
  ExpectWithin(128, {"id"});
}

}  // namespace
}  // namespace planish

#endif
