// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/terminal.h"

namespace planish {
namespace {

const char* const kVerbs[] = {"dedup", "merge", "check", "inspect", "completion", "help"};

TEST(HelpTest, ExplainsTheCommandAndEveryVerb) {
  ExpectGolden("help", Transcript("/", {"--help"}));
  for (const char* verb : kVerbs) {
    ExpectGolden(std::string("help_") + verb, Transcript("/", {verb, "--help"}));
  }
}

TEST(HelpTest, IsTheSameAsVerbAndAsOption) {
  EXPECT_EQ(RunPlanish("/", {"help"}).output, RunPlanish("/", {"--help"}).output);
  const CommandResult alone = RunPlanish("/", {});
  EXPECT_EQ(alone.exit_code, 0);
  EXPECT_EQ(alone.output, RunPlanish("/", {"--help"}).output);
  for (const char* verb : kVerbs) {
    const CommandResult result = RunPlanish("/", {"help", verb});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.output, RunPlanish("/", {verb, "-h"}).output);
  }
}

TEST(HelpTest, FitsNinetyColumns) {
  for (const char* verb : kVerbs) {
    std::istringstream lines(RunPlanish("/", {"help", verb}).output);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(cli::DisplayWidth(line), 90) << line;
    }
  }
}

TEST(HelpTest, GoesToStandardOutputWithoutComplaint) {
  const CommandResult result = RunPlanish("/", {"dedup", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error, "");
}

TEST(HelpTest, VersionNamesPlanishAndArrow) {
  ExpectGolden("version", Transcript("/", {"--version"}));
}

}  // namespace
}  // namespace planish
