// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/status.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/key_match.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// What a change of the target's rows leaves to be done.
struct RowsToInsert {
  RowBitmap rows;  ///< of the source, which the target lacks
  /// Target rows and the source rows that come into other partitions in their place, by
  /// source row, then target row.
  std::vector<RowPair> moved;
  int64_t matched = 0;  ///< target rows whose key the source has
};

/// Writes rows of the source into new files of the target: those in `rows`, once, and
/// those in `moved` as often as they are there, in the order of the source. With
/// MissingSourceColumns::kKeep, rows in `moved` have what the source lacks from the
/// target row that they take the place of. Each row comes into the partition that its
/// values name, there into a directory that the target has for it, with the target's
/// columns as they are in the target as a whole. In all else it is like the file of the
/// target whose columns are most like that, of the partition if there are several, and
/// then the first. Files are called "merge-N-K.parquet", N counting merges into this
/// target.
///
/// Without `output` nothing is written: rows are only held against the errors.
///
/// Errors: kSchemaMismatch for a value that does not fit, or a null where the target
/// requires a value.
arrow::Status InsertRows(Run* run, const std::shared_ptr<const Inventory>& target,
                         const std::shared_ptr<const Inventory>& source,
                         const MergeQuestion& question, const MergeOptions& options,
                         const RowBitmap& rows, const std::vector<RowPair>& moved,
                         MergeOutput* output, Report* report);

}  // namespace planish
