// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "arrow/status.h"
#include "dataset/inventory.h"
#include "jobs/merge_target.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// What is merged: as much of both sides as can be read.
struct MergeSides {
  MergeTarget target;
  std::shared_ptr<const Inventory> source;
};

/// Whether an error met while rows were changed may say that a column can be read but not
/// written: to leave rows out for that would lose what is there.
bool CannotBeChanged(const arrow::Status& status);

/// The chunks of both sides of a merge that cannot be read.
class MergeSkips {
 public:
  /// `spooled`: the source is a stream that the run itself has written to scratch. Of it,
  /// and of the source of a sync, nothing is skipped: the one is the run's own affair,
  /// and the other drops whatever the source does not have.
  MergeSkips(Run* run, const MergeOptions& options, bool spooled);

  SkippedChunks* target() { return &target_; }
  SkippedChunks* source() { return &source_; }

  /// See SkippedChunks.
  size_t num_findings() const { return target_.num_findings() + source_.num_findings(); }
  /// Skips what the error names on either side, or returns it.
  arrow::Status SkipWhatFailed(const MergeSides& sides, const arrow::Status& status);
  /// Takes out of `sides` what has turned out to be unreadable.
  arrow::Status TakeOut(MergeSides* sides) const;

  /// Fills in what the report says of inputs.
  void Describe(const MergeSides& sides, Report* report) const;

 private:
  SkippedChunks target_, source_;
};

}  // namespace planish
