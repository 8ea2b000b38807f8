// SPDX-License-Identifier: Apache-2.0
// Runs planish in place, or recovery, and kills itself at an operation on files that
// changes something:
//
//   killed_run files|swap|recover DATASET OPERATION
//
// Prints the operation it has died at; or else, how many there were. What is written into
// files before they are published does not count.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "planish/dedup.h"
#include "planish/recover.h"
#include "support/faulty_file_system.h"

namespace {

using planish::Fault;
using planish::FileOperation;

bool Changes(const FileOperation& operation) {
  using Kind = FileOperation::Kind;
  return operation.kind != Kind::kStat && operation.kind != Kind::kList &&
         operation.kind != Kind::kOpen && operation.kind != Kind::kRead &&
         operation.kind != Kind::kLock && operation.kind != Kind::kSync &&
         operation.kind != Kind::kSyncDirectory && operation.kind != Kind::kWrite &&
         operation.kind != Kind::kClose;
}

arrow::Status Run(const std::string& what, const std::string& dataset) {
  planish::RunContext context;
  context.threads = 1;
  // A process that dies loses nothing that is not synced.
  context.sync = false;
  if (what == "recover") {
    planish::RecoverOptions options;
    options.dataset = dataset;
    return planish::Recover(options, context).status();
  }
  planish::DedupOptions options;
  options.dataset.inputs = {dataset};
  options.key = {"id"};
  options.in_place = true;
  options.in_place_options.publish =
      what == "swap" ? planish::PublishMode::kSwap : planish::PublishMode::kFiles;
  options.verify = true;
  return planish::Dedup(options, context).status();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const long last = std::strtol(argv[3], nullptr, 10);
  long seen = 0;
  planish::FaultyFileSystem files(planish::LocalFileSystem(),
                                  [&](const FileOperation& operation) {
                                    if (Changes(operation) && seen++ == last) {
                                      std::cout << operation.ToString() << std::endl;
                                      std::raise(SIGKILL);
                                    }
                                    return Fault{};
                                  });
  const planish::FileSystemOverride override(&files);
  const arrow::Status done = Run(argv[1], argv[2]);
  if (done.ok()) {
    std::cout << seen << std::endl;
    return 0;
  }
  std::cerr << done.ToString() << std::endl;
  return 1;
}
