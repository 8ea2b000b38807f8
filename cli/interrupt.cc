// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <csignal>

namespace planish::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "used by a signal handler");

void OnSignal(int number) {
  if (!interrupted.exchange(true)) return;
  // Whoever waits for this process shall see that it was killed. Blocked until this
  // returns, and then it is the end.
  signal(number, SIG_DFL);
  raise(number);
}

}  // namespace

const std::atomic<bool>* CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  // Reads and writes go on: the run stops at its next chunk, not in the middle of one.
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return &interrupted;
}

bool Interrupted() {
  return interrupted.load();
}

}  // namespace planish::cli
