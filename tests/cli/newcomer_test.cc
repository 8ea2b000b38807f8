// SPDX-License-Identifier: Apache-2.0
// What somebody meets who tries the command without having read about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/sample_dataset.h"
#include "support/file_tree.h"

namespace planish {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class NewcomerTest : public testing::Test {
 protected:
  CommandResult Run(const std::vector<std::string>& arguments) const {
    return RunPlanish(sample_.path(), arguments);
  }

  const SampleDataset sample_;
};

TEST_F(NewcomerTest, AUrlOfAStoreIsAnErrorWhereverAPathGoes) {
  const std::string url = "s3://bucket/x";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"dedup", "in", "--output", url},
           {"dedup", url, "--output", "out"},
           {"dedup", "in", "--in-place", "--keep-backup", url},
           {"dedup", "in", "--dry-run", "--temp-dir", url},
           {"dedup", "in", "--dry-run", "--report", url},
           {"dedup", "in", "--dry-run", "--metrics", url},
           {"check", url},
           {"inspect", url},
           {"recover", url},
           {"restore", "in", "--from", url},
           {"restore", url, "--from", "backup"},
           {"merge", "in", "--source", url, "--key", "id", "--dry-run"},
           {"merge", url, "--source", "in", "--key", "id", "--dry-run"},
           {"merge", "in", "--source", "in", "--key", "id", "--output", url}}) {
    const CommandResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(result.error, HasSubstr("is not a local path: " + url))
        << testing::PrintToString(arguments);
    EXPECT_THAT(result.error, HasSubstr("./" + url)) << testing::PrintToString(arguments);
  }
  EXPECT_FALSE(std::filesystem::exists(sample_ / "s3:"));
}

TEST_F(NewcomerTest, AFileUrlIsTakenForItsPath) {
  const std::string input = "file://" + (sample_ / "in");
  const CommandResult result =
      Run({"dedup", input, "--output", "file://" + (sample_ / "o%20ut"), "--key", "id"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_TRUE(std::filesystem::is_directory(sample_ / "o ut"));
  EXPECT_FALSE(std::filesystem::exists(sample_ / "file:"));
}

TEST_F(NewcomerTest, ADirectoryThatIsCalledLikeAUrlIsWrittenWithADot) {
  const CommandResult result =
      Run({"dedup", "in", "--output", "./s3://bucket/x", "--key", "id"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_TRUE(std::filesystem::is_directory(sample_ / "s3:/bucket/x"));
}

TEST_F(NewcomerTest, ABareVerbShowsHowItIsCalled) {
  for (const std::string verb :
       {"dedup", "check", "merge", "inspect", "recover", "restore", "completion"}) {
    const CommandResult result = Run({verb});
    EXPECT_EQ(result.exit_code, 2) << verb;
    EXPECT_EQ(result.output, "") << verb;
    EXPECT_THAT(result.error, StartsWith("Usage: planish " + verb)) << verb;
    EXPECT_THAT(result.error, HasSubstr("planish " + verb + " --help")) << verb;
  }
}

TEST_F(NewcomerTest, QuietSaysErrorsOnly) {
  const CommandResult done = Run({"dedup", "in", "--output", "out", "--key", "id", "-q"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.output + done.error, "");
  const CommandResult failed =
      Run({"dedup", "in", "--output", "out", "--key", "id", "--quiet"});
  EXPECT_EQ(failed.exit_code, 2);
  EXPECT_THAT(failed.error, StartsWith("error: "));
}

TEST_F(NewcomerTest, VerboseShowsTheLog) {
  const std::vector<std::string> plain = {"dedup", "in", "--dry-run", "--key", "id"};
  EXPECT_THAT(Run(plain).error, Not(HasSubstr("info: ")));
  std::vector<std::string> verbose = plain;
  verbose.push_back("-v");
  EXPECT_THAT(Run(verbose).error, HasSubstr("info: expecting "));
  verbose.push_back("-q");
  EXPECT_EQ(Run(verbose).exit_code, 2);
}

TEST_F(NewcomerTest, ShortRunsSayNothingOfProgressToAPipe) {
  EXPECT_EQ(Run({"dedup", "in", "--dry-run", "--key", "id"}).error, "");
  EXPECT_THAT(Run({"dedup", "in", "--dry-run", "--key", "id", "--progress", "log"}).error,
              HasSubstr("scan begins: "));
}

TEST_F(NewcomerTest, ErrorsNameOptionsAsTheCommandLineDoes) {
  const CommandResult result =
      Run({"dedup", "in", "--output", "out", "--key", "id", "--keep-backup", "b"});
  EXPECT_THAT(result.error, StartsWith("error: --keep-backup needs --in-place\n"));
  EXPECT_THAT(result.error, Not(HasSubstr("`")));
}

TEST_F(NewcomerTest, WithJsonAnErrorIsJsonToo) {
  const CommandResult failed = Run({"check", "in", "--key", "idd", "--json"});
  EXPECT_EQ(failed.exit_code, 2);
  EXPECT_THAT(failed.output, HasSubstr("\"kind\": \"missing_column\""));
  EXPECT_THAT(failed.output, HasSubstr("\"hint\": \"did you mean \\\"id\\\"?\""));
  EXPECT_THAT(failed.error, StartsWith("error: "));
  const CommandResult misused = Run({"check", "in", "--kee", "id", "--json"});
  EXPECT_THAT(misused.output, HasSubstr("\"kind\": \"invalid_option\""));
}

TEST_F(NewcomerTest, BlanksAroundNamesOfTheKeyDoNotMatter) {
  const CommandResult spaced = Run({"check", "in", "--key", " id , name ", "--json"});
  EXPECT_NE(spaced.exit_code, 2) << spaced.error;
}

TEST_F(NewcomerTest, WhatAKilledRunLeftBesideAnOutputThatIsNotThereGoes) {
  const std::string left = sample_ / ".out.planish-new-1-abcdefgh";
  std::filesystem::create_directories(left);
  const CommandResult recovered = Run({"recover", "out"});
  EXPECT_EQ(recovered.exit_code, 0) << recovered.error;
  EXPECT_THAT(recovered.output, HasSubstr("beside it was removed (1 directory)"));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_EQ(Run({"recover", "out"}).exit_code, 2);
}

TEST_F(NewcomerTest, ALimitBelowTheProcessItselfIsAWarningWithThatFigure) {
  const CommandResult result =
      Run({"check", "in", "--key", "id", "--memory-limit", "4M"});
  EXPECT_THAT(result.error, HasSubstr("warning: the memory limit of 4.00 MB is below "
                                      "what the process takes by itself: "));
  EXPECT_EQ(Run({"check", "in", "--key", "id", "--memory-limit", "1G"}).error, "");
}

TEST_F(NewcomerTest, ThereIsOneEstimateOfMemory) {
  const CommandResult result = Run({"dedup", "in", "--key", "id", "--dry-run", "--json"});
  const auto report = nlohmann::json::parse(result.output);
  EXPECT_EQ(report["memory"]["estimated_bytes"],
            report["estimated"]["peak_memory_bytes"]);
}

TEST_F(NewcomerTest, ABackupIsNamedWithTheCommandThatPutsItBack) {
  const FileTree before = ReadTree(sample_ / "in");
  const CommandResult changed =
      Run({"dedup", "in", "--in-place", "--key", "id", "--keep-backup", "be fore"});
  EXPECT_EQ(changed.exit_code, 0) << changed.error;
  EXPECT_THAT(changed.output, HasSubstr("planish restore in --from 'be fore'"));
  EXPECT_FALSE(ReadTree(sample_ / "in") == before);
  const CommandResult planned = Run({"restore", "in", "--from", "be fore", "--dry-run"});
  EXPECT_THAT(planned.output, HasSubstr("nothing was written"));
  const CommandResult restored = Run({"restore", "in", "--from", "be fore"});
  EXPECT_EQ(restored.exit_code, 0) << restored.error;
  EXPECT_TRUE(ReadTree(sample_ / "in") == before);
}

}  // namespace
}  // namespace planish
