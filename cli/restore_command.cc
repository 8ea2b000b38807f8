// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "cli/text_table.h"
#include "planish/quantities.h"
#include "planish/restore.h"

namespace planish::cli {
namespace {

using Align = TextTable::Align;
using Fate = RestoredFile::Fate;
constexpr size_t kListedFiles = 20;

struct RestoreArguments {
  RestoreOptions options;
  bool json = false;
};

std::string Table(const Restoration& restoration) {
  TextTable table({Align::kLeft, Align::kLeft});
  table.Add({"what", "file"});
  const size_t listed = std::min(restoration.files.size(), kListedFiles);
  for (size_t i = 0; i < listed; ++i) {
    const RestoredFile& file = restoration.files[i];
    table.Add({RestoredFateName(file.fate), Printable(file.path)});
  }
  std::string out = "\n" + table.ToString(2);
  const auto more = static_cast<int64_t>(restoration.files.size() - listed);
  if (more > 0) out += "  and " + FormatCount(more) + " more (--json lists all)\n";
  return out;
}

std::string Summary(const Restoration& restoration) {
  std::string text;
  if (!restoration.recovered.empty()) {
    text += "recovered   an interrupted run was " +
            std::string(restoration.recovered == "rolled_back" ? "rolled back"
                                                               : "rolled forward") +
            " first\n";
  }
  if (restoration.files.empty()) {
    return text + "nothing to do: the dataset is as it was before that run\n";
  }
  text += restoration.dry_run ? "dry run     nothing was written; this would be done\n"
                              : "restored: the dataset is as it was before that run\n";
  return text + "run         " + restoration.run + ", backup made " +
         restoration.created + "\n" + "files       " +
         FormatCount(restoration.CountOf(Fate::kReplaced)) + " replaced, " +
         FormatCount(restoration.CountOf(Fate::kAdded)) + " added, " +
         FormatCount(restoration.CountOf(Fate::kRemoved)) + " removed\n" +
         (restoration.dry_run ? Table(restoration) : "");
}

int RunRestore(const RestoreArguments& arguments) {
  RunContext context;
  context.cancel = CatchInterrupts();
  const auto restoration = Restore(arguments.options, context);
  if (!restoration.ok()) return Fail(restoration.status());
  return Deliver(arguments.json ? restoration->ToJson() : Summary(*restoration), kDone);
}

}  // namespace

void AddRestoreCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      "restore", "Undo a change of a dataset in place, by the backup that it kept");
  auto arguments = std::make_shared<RestoreArguments>();
  verb->add_option("DATASET", arguments->options.dataset, "The dataset's directory")
      ->required()
      ->type_name("DATASET");
  verb->add_option("--from", arguments->options.backup,
                   "The backup: what was given to the run as --keep-backup")
      ->required()
      ->type_name("DIR");
  verb->add_flag("--dry-run", arguments->options.dry_run,
                 "Check everything and show what would be done, but write nothing")
      ->disable_flag_override();
  AddLockTimeout(verb, &arguments->options.lock_timeout);
  verb->add_flag("--json", arguments->json,
                 "Print what was done as JSON, and nothing else, on standard output")
      ->disable_flag_override();
  verb->footer(
      "All or nothing, as every change of a dataset. A dataset that has changed since "
      "the\n"
      "backup was made is an error that names the file, and nothing is changed. The "
      "backup\n"
      "stays.\n"
      "\n"
      "Examples:\n"
      "  planish dedup events/ --in-place --key id --keep-backup before/\n"
      "  planish restore events/ --from before/ --dry-run\n"
      "  planish restore events/ --from before/");
  verb->callback(
      [action, arguments] { *action = [arguments] { return RunRestore(*arguments); }; });
}

}  // namespace planish::cli
