// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdio>
#include <regex>
#include <set>

#include "cli/command.h"
#include "cli/sample_dataset.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

const char* const kVerbs[] = {"dedup", "check", "inspect", "completion", "help"};

std::string Script(const std::string& shell) {
  const CommandResult result = RunPlanish("/", {"completion", shell});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  return result.output;
}

/// Long options that a verb's help lists.
std::set<std::string> Options(const std::string& verb) {
  const std::string help = RunPlanish("/", {verb, "--help"}).output;
  static const std::regex kOption("\n  (?:-h, )?--([a-z-]+)");
  std::set<std::string> names;
  for (std::sregex_iterator match(help.begin(), help.end(), kOption), end; match != end;
       ++match) {
    names.insert((*match)[1]);
  }
  return names;
}

/// What a bash command prints on standard output.
std::string Bash(const std::string& command) {
  std::string output;
  FILE* pipe = popen(("bash -c '" + command + "'").c_str(), "r");
  if (pipe == nullptr) return output;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

TEST(CompletionTest, KnowsEveryOptionOfEveryVerbInEveryShell) {
  const std::string bash = Script("bash"), zsh = Script("zsh"), fish = Script("fish");
  for (const std::string verb : kVerbs) {
    for (const std::string& option : Options(verb)) {
      EXPECT_TRUE(std::regex_search(bash, std::regex("[' ]--" + option + "[' ]")))
          << option;
      EXPECT_NE(zsh.find("--" + option + "["), std::string::npos) << option;
      EXPECT_NE(fish.find("from " + verb + "' -l " + option + " "), std::string::npos)
          << verb << " --" << option;
    }
  }
}

TEST(CompletionTest, IsAValidBashScript) {
  const TempDir directory;
  WriteText(directory / "planish.bash", Script("bash"));
  EXPECT_EQ(Bash("bash -n " + directory / "planish.bash"), "");
}

TEST(CompletionTest, CompletesInBash) {
  const TempDir directory;
  WriteText(directory / "planish.bash", Script("bash"));
  const auto complete = [&](const std::string& words, int index) {
    return Bash("source " + directory / "planish.bash" + "; COMP_WORDS=(" + words +
                "); COMP_CWORD=" + std::to_string(index) +
                "; _planish; echo ${COMPREPLY[*]}");
  };
  EXPECT_EQ(complete("planish de", 1), "dedup\n");
  EXPECT_EQ(complete("planish dedup --ke", 2), "--key --keep --keep-backup\n");
  EXPECT_EQ(complete("planish dedup in --keep l", 4), "last\n");
  EXPECT_EQ(complete("planish check --scope \"\"", 3), "dataset partition\n");
  EXPECT_EQ(complete("planish completion \"\"", 2), "bash zsh fish\n");
  EXPECT_EQ(complete("planish help insp", 2), "inspect\n");
}

}  // namespace
}  // namespace planish
