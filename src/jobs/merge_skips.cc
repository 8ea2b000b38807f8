// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_skips.h"

#include <utility>

namespace planish {

namespace {

OnError OfSource(const MergeOptions& options, bool spooled) {
  const bool whole = spooled || options.strategy == MergeStrategy::kSync;
  return whole && options.on_error == OnError::kSkip ? OnError::kFail : options.on_error;
}

}  // namespace

bool CannotBeChanged(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr && detail->kind == ErrorKind::kUnsupported;
}

MergeSkips::MergeSkips(Run* run, const MergeOptions& options, bool spooled)
    : target_(run, options.on_error, options.in_place),
      source_(run, OfSource(options, spooled)) {}

arrow::Status MergeSkips::SkipWhatFailed(const MergeSides& sides,
                                         const arrow::Status& status) {
  if (CannotBeChanged(status)) return status;
  const size_t known = num_findings();
  // Either may return OK without having found anything new: a file can be on both sides.
  const arrow::Status of_target = target_.SkipWhatFailed(*sides.target.inventory, status);
  if (of_target.ok() && num_findings() > known) return of_target;
  const arrow::Status of_source = source_.SkipWhatFailed(*sides.source, status);
  if (of_source.ok() && num_findings() > known) return of_source;
  return status;
}

arrow::Status MergeSkips::TakeOut(MergeSides* sides) const {
  ARROW_ASSIGN_OR_RAISE(sides->target.inventory, target_.Rest(sides->target.inventory));
  return source_.Rest(sides->source).Value(&sides->source);
}

void MergeSkips::Describe(const MergeSides& sides, Report* report) const {
  const Inventory& target = *sides.target.inventory;
  const Inventory& source = *sides.source;
  report->merge->source_rows = source.num_rows();
  report->merge->target_rows_before = target.num_rows();
  report->rows_in = source.num_rows() + target.num_rows();
  Report of_target, of_source;
  if (sides.target.exists) target_.Describe(target, &of_target);
  source_.Describe(source, &of_source);
  report->files_in = of_target.files_in + of_source.files_in;
  report->bytes_in = of_target.bytes_in + of_source.bytes_in;
  report->files.skipped = of_target.files.skipped + of_source.files.skipped;
  report->row_groups.skipped =
      of_target.row_groups.skipped + of_source.row_groups.skipped;
  report->skipped = std::move(of_target.skipped);
  report->skipped.insert(report->skipped.end(), of_source.skipped.begin(),
                         of_source.skipped.end());
}

}  // namespace planish
