// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_code.h"
#include "cli/messages.h"

namespace planish::cli {

void AddCompletionCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      "completion", "Print a script that completes planish in a shell");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "bash, zsh or fish")
      ->type_name("bash|zsh|fish")
      ->check(OneOf({"bash", "zsh", "fish"}))
      ->required();
  verb->footer(
      "Examples:\n"
      "  planish completion bash > ~/.local/share/bash-completion/completions/planish\n"
      "  planish completion zsh > \"${fpath[1]}/_planish\"\n"
      "  planish completion fish > ~/.config/fish/completions/planish.fish");
  verb->callback([app, action, shell] {
    *action = [app, shell] {
      if (*shell == "zsh") return Deliver(ZshCompletion(*app), kDone);
      if (*shell == "fish") return Deliver(FishCompletion(*app), kDone);
      return Deliver(BashCompletion(*app), kDone);
    };
  });
}

}  // namespace planish::cli
