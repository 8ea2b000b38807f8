// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>

#include "cli/arguments.h"

namespace planish::cli {
namespace {

constexpr char kGroup[] = "In place";
constexpr double kLongestTimeout = 1e6;  // seconds: eleven days

}  // namespace

CLI::Option* AddLockTimeout(CLI::App* verb, std::chrono::milliseconds* timeout) {
  auto parse = [timeout](double seconds) {
    if (!(seconds >= 0) || seconds > kLongestTimeout) {
      throw CLI::ValidationError("--lock-timeout", "must be 0 to 1000000 seconds");
    }
    *timeout = std::chrono::milliseconds(std::llround(seconds * 1000));
  };
  return verb
      ->add_option_function<double>(
          "--lock-timeout", parse,
          "How long to wait for another run that is writing into the dataset; by default "
          "not at all")
      ->type_name("SECONDS");
}

void AddInPlaceOptions(CLI::App* verb, InPlaceOptions* options) {
  AddChoice<PublishMode>(
      verb, "--publish", &options->publish,
      {{"files", PublishMode::kFiles}, {"swap", PublishMode::kSwap}},
      "swap exchanges the whole directory in one step, for readers that must never see "
      "two states")
      ->group(kGroup);
  verb->add_option("--keep-backup", options->keep_backup,
                   "Keep files that are replaced or removed there, by hard links where "
                   "possible; with swap, all of the old dataset")
      ->type_name("DIR")
      ->group(kGroup);
  AddLockTimeout(verb, &options->lock_timeout)->group(kGroup);
}

}  // namespace planish::cli
