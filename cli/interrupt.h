// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace planish::cli {

/// From here on the first SIGINT or SIGTERM asks the run to stop, the second ends the
/// process at once. Returns the flag for RunContext::cancel; it lives as long as the
/// process.
const std::atomic<bool>* CatchInterrupts();

/// Whether a signal has asked the run to stop.
bool Interrupted();

}  // namespace planish::cli
