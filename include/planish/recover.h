// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "arrow/result.h"
#include "planish/run_context.h"

/// \file
/// recover: settles what an interrupted run has left of changing a dataset in place.

namespace planish {

/// What was found, and what has become of it.
struct Recovery {
  enum class Outcome {
    kNothingToDo,    ///< no run was interrupted
    kRolledBack,     ///< it had not been committed: the dataset is the old one
    kRolledForward,  ///< it had been committed: the dataset is the new one
  };
  Outcome outcome = Outcome::kNothingToDo;
  std::string reason;       ///< one sentence
  std::string transaction;  ///< its name; empty if it had none yet
  std::string created;      ///< when it was committed, in UTC; empty if it was not
  /// Files of a committed transaction, those included that were in place already.
  int64_t files_replaced = 0, files_added = 0, files_removed = 0;
  /// What was kept because the run was to keep a backup; empty if nothing.
  std::string kept;

  /// One JSON object, as described in docs/report.md.
  std::string ToJson() const;
};

/// "nothing_to_do", "rolled_back" or "rolled_forward".
const char* RecoveryOutcomeName(Recovery::Outcome outcome);

struct RecoverOptions {
  /// A directory. If it does not exist, it is the output of a run that was killed before
  /// it made it, and what that run left beside it goes; kMissingPath if there is nothing.
  std::string dataset;
  /// How long to wait for another run that holds the dataset's lock. Not negative.
  std::chrono::milliseconds lock_timeout{0};
};

/// Rolls an interrupted publish forward or back. What cannot be settled safely, because
/// the journal is damaged or of another version, or because files have changed since, is
/// an error (kUnfinished) that changes and deletes nothing. A second call finds nothing
/// to do. Every run that writes into a dataset does the same before it starts.
arrow::Result<Recovery> Recover(const RecoverOptions& options,
                                const RunContext& context = {});

}  // namespace planish
