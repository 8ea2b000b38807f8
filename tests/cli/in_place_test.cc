// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

std::string InPlace(const std::string& directory, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"dedup", "in",         "--in-place", "--key",
                                        "id",    "--progress", "none"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Transcript(directory, arguments);
}

TEST(InPlaceTest, SaysWhatBecameOfFilesAndThatNothingIsLeftToDo) {
  const SampleDataset sample;
  const std::string first = InPlace(sample.path(), {"--verify"});
  EXPECT_EQ(Ids(sample / "in"), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7}));
  std::string text = first + "\n" + InPlace(sample.path()) + "\n";
  text += Transcript(sample.path(), {"recover", "in"});
  ExpectGolden("in_place", text);
}

TEST(InPlaceTest, SwapsAndKeepsABackup) {
  const SampleDataset sample;
  ExpectGolden("in_place_swap",
               InPlace(sample.path(), {"--publish", "swap", "--keep-backup", "old"}));
  EXPECT_EQ(Ids(sample / "in").size(), 7U);
  EXPECT_EQ(Ids(sample / "old").size(), 9U);
}

TEST(InPlaceTest, SaysWhatBecameOfFilesThatDescribeTheData) {
  const SampleDataset sample;
  WriteText(sample / "in/_metadata", "PAR1, but not whole");
  for (const auto& entry : stdfs::directory_iterator(sample / "in")) {
    if (entry.path().extension() != ".parquet") continue;
    const std::string name = entry.path().filename().string();
    WriteText(sample / ("in/." + name + ".crc"), "crc");
  }
  ExpectGolden("in_place_sidecars", InPlace(sample.path()));
  EXPECT_FALSE(Exists(sample / "in/_metadata"));
}

TEST(InPlaceTest, PlansWithoutTouchingAnything) {
  const SampleDataset sample;
  ExpectGolden("in_place_dry_run", InPlace(sample.path(), {"--dry-run"}));
  EXPECT_EQ(Ids(sample / "in").size(), 9U);
}

TEST(InPlaceTest, RecoveryRollsBackWhatWasNotCommitted) {
  const SampleDataset sample;
  stdfs::create_directories(sample / "in/.planish/77-0123abcd");
  WriteText(sample / "in/.planish/77-0123abcd/a.parquet", "half a file");
  std::string text = Transcript(sample.path(), {"inspect", "in"}) + "\n";
  text += Transcript(sample.path(), {"recover", "in"}) + "\n";
  text += Transcript(sample.path(), {"recover", "in"});
  ExpectGolden("recover_back", text);
  EXPECT_FALSE(Exists(sample / "in/.planish"));
}

TEST(InPlaceTest, ADamagedJournalIsRefusedByEveryVerb) {
  const SampleDataset sample;
  stdfs::create_directories(sample / "in/.planish");
  WriteText(sample / "in/.planish/journal", "planish-journal 1\n{}\nxxh3 0\n");
  std::string all;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"recover", "in"},
        {"dedup", "in", "--in-place", "--progress", "none"},
        {"dedup", "in", "--output", "out", "--progress", "none"},
        {"check", "in", "--progress", "none"}}) {
    all += Transcript(sample.path(), words) + "\n";
  }
  WriteText(sample / "in/.planish/journal", "planish-journal 2\n");
  ExpectGolden("journal_unusable", all + Transcript(sample.path(), {"recover", "in"}));
  EXPECT_EQ(Ids(sample / "in").size(), 9U);
  EXPECT_EQ(ReadText(sample / "in/.planish/journal"), "planish-journal 2\n");
}

/// The lock of a directory, held by this process.
class HeldLock {
 public:
  explicit HeldLock(const std::string& directory)
      : directory_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    EXPECT_EQ(flock(directory_, LOCK_EX | LOCK_NB), 0);
  }
  ~HeldLock() { close(directory_); }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;

 private:
  const int directory_;
};

TEST(InPlaceTest, NamesWhoHoldsTheLock) {
  const SampleDataset sample;
  std::string text;
  {
    const HeldLock lock(sample / "in");
    text = InPlace(sample.path()) + "\n";
    text += Transcript(sample.path(), {"recover", "in", "--lock-timeout", "0.1"});
  }
  EXPECT_NE(text.find("process " + std::to_string(getpid()) + " on "), std::string::npos)
      << text;
  static const std::regex kHolder("process .*, started .*");
  static const std::regex kUser("user:( +)[^\n]*"), kCommand("command:( +)[^\n]*");
  text = std::regex_replace(text, kHolder, "<process>");
  text = std::regex_replace(text, kUser, "user:$1<user>");
  ExpectGolden("locked", std::regex_replace(text, kCommand, "command:$1<command>"));
  EXPECT_EQ(Ids(sample / "in").size(), 9U);
}

TEST(InPlaceTest, WaitsForTheLockIfAskedTo) {
  const SampleDataset sample;
  auto lock = std::make_unique<HeldLock>(sample / "in");
  Command waiting(sample.path(), {"dedup", "in", "--in-place", "--key", "id",
                                  "--lock-timeout", "600", "--progress", "log"});
  ASSERT_TRUE(waiting.WaitForError("] dataset"));
  lock.reset();
  EXPECT_EQ(waiting.Wait().exit_code, 0);
  EXPECT_EQ(Ids(sample / "in").size(), 7U);
}

/// So much that a run can be stopped on its way.
void WriteManyRows(const std::string& path) {
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < 1'000'000; ++i) {
    ASSERT_TRUE(IsOk(ids.Append(i * 7919 % 750'000)));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64())}), {ids.Finish().ValueOrDie()});
  WriteSpec spec;
  spec.row_group_rows = 50'000;
  ASSERT_TRUE(IsOk(WriteParquet(*table, path, spec)));
}

TEST(InPlaceTest, ListsWhatHasChangedMeanwhile) {
  // A run may be over before it is stopped; then it is no test, and the next one is.
  while (true) {
    const TempDir directory;
    WriteManyRows(directory / "in/many.parquet");
    Command command(directory.path(),
                    {"dedup", "in", "--in-place", "--key", "id", "--progress", "log"});
    ASSERT_TRUE(command.WaitForError("] rewrite"));
    command.Send(SIGSTOP);
    stdfs::create_directories(directory / "in/late");
    stdfs::copy(directory / "in/many.parquet", directory / "in/late/more.parquet");
    command.Send(SIGCONT);
    const CommandResult result = command.Wait();
    if (result.exit_code == 0) continue;
    EXPECT_EQ(result.exit_code, 2);
    ExpectGolden("drift", result.error.substr(result.error.find("error:")));
    EXPECT_EQ(Ids(directory / "in").size(), 2'000'000U);
    EXPECT_FALSE(Exists(directory / "in/.planish"));
    return;
  }
}

}  // namespace
}  // namespace planish
