// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace planish::cli {

/// The command, with the arguments of `main`; returns the exit code.
int RunCommandLine(int argc, char** argv);

}  // namespace planish::cli
