// SPDX-License-Identifier: Apache-2.0
#include "jobs/other_files.h"

#include <string>

#include "dataset/data_file_names.h"
#include "planish/quantities.h"

namespace planish {
namespace {

/// So that a directory of a million others does not become a million messages.
constexpr int64_t kMostNamed = 1000;

void Name(Run* run, const OtherFile& file) {
  if (file.is_excluded) {
    return run->Log(LogLevel::kInfo, "left out by include or exclude: " + file.path);
  }
  if (!file.reason.empty()) {
    return run->Log(LogLevel::kWarning, "passed over: " + file.path + ": " + file.reason);
  }
  const auto begin = LookAtFirstBytes(run->fs(), file.path);
  if (!begin.ok() || *begin == FirstBytes::kOther) {
    return run->Log(LogLevel::kInfo, "not data by its name: " + file.path);
  }
  run->Log(LogLevel::kWarning,
           std::string("begins as ") +
               (*begin == FirstBytes::kParquet ? "Parquet" : "Arrow IPC") +
               " does, but is not data by its name: " + file.path);
}

}  // namespace

void NoteOtherFiles(Run* run, const Inventory& inventory, Report* report) {
  const auto count = static_cast<int64_t>(inventory.other_files().size());
  report->other_files += count;
  if (!run->context().on_log) return;
  int64_t named = 0;
  for (const OtherFile& file : inventory.other_files()) {
    if (named++ == kMostNamed) {
      run->Log(LogLevel::kInfo, "and " + FormatCount(count - kMostNamed) +
                                    " more files that are not part of the dataset");
      break;
    }
    Name(run, file);
  }
}

}  // namespace planish
