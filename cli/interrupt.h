// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace planish::cli {

/// From here on the first SIGINT or SIGTERM asks the run to stop, the second kills the
/// process at once, as if it were not caught. Returns the flag for RunContext::cancel; it
/// lives as long as the process.
const std::atomic<bool>* CatchInterrupts();

/// Whether a signal has asked the run to stop.
bool Interrupted();

}  // namespace planish::cli
