// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"
#include "planish/version.h"

/// \file
/// What wheel/command.c calls. The glue for Python has an entry of its own.

extern "C" {

__attribute__((visibility("default"))) int planish_command(int argc, char** argv) {
  return planish::cli::RunCommandLine(argc, argv);
}

__attribute__((visibility("default"))) const char* planish_version() {
  return planish::Version();
}

}  // extern "C"
