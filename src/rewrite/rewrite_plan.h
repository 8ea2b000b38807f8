// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/row_bitmap.h"
#include "dataset/inventory.h"

namespace planish {

/// What becomes of a row group, or of a file as a whole.
enum class Fate {
  kCopy,       ///< every row stays: taken over as bytes
  kDrop,       ///< no row stays
  kTranscode,  ///< some rows stay: decoded, filtered, encoded
  kSkip,       ///< taken for absent, because it cannot be read
  kLeave,      ///< every row stays, and so does the file, where it is
};

struct RowGroupPlan {
  int row_group = 0;
  Fate fate = Fate::kCopy;
  int64_t first_row = 0;  ///< global ordinal
  int64_t num_rows = 0;
  int64_t rows_kept = 0;
};

struct FilePlan {
  int file = 0;  ///< index into Inventory::files
  /// kCopy: the file is copied as a file, its row groups are not looked at. kTranscode:
  /// it is spliced from its row groups as `row_groups` says.
  Fate fate = Fate::kCopy;
  int64_t rows_kept = 0;
  int64_t rows_dropped = 0;  ///< those of skipped row groups are not among them
  std::vector<RowGroupPlan> row_groups;

  bool WritesFile() const { return fate == Fate::kCopy || fate == Fate::kTranscode; }
};

struct RewritePlan {
  std::vector<FilePlan> files;  ///< one for each data file, in their order
  int64_t rows_kept = 0;
  int64_t rows_dropped = 0;
};

/// Decides how a result is written cheapest; does no I/O. `losers` are global ordinals.
/// With `copy_files` off, files without losers are spliced; with `copy_row_groups` off,
/// every row group that keeps a row is transcoded. A file is skipped if all of its row
/// groups are. A dataset that would be left without a file keeps the first one not
/// skipped, without rows, so that its schema stays.
RewritePlan MakeRewritePlan(const std::vector<DataFile>& files, const RowBitmap& losers,
                            bool copy_files, bool copy_row_groups);

/// For a result in the place of its source: files without losers are left.
void LeaveFilesWithoutLosers(RewritePlan* plan);

}  // namespace planish
