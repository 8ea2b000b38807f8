// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "dataset/inventory.h"
#include "planish/report.h"

/// \file
/// What a run will cost, from footers and options alone.

namespace planish {

/// What the cost of a run depends on.
struct Workload {
  int64_t rows = 0, files = 0, bytes = 0;
  int64_t columns = 0;                  ///< leaf columns of the widest file
  int64_t largest_row_group_bytes = 0;  ///< compressed
  int64_t scanned_columns = 0;          ///< key and order columns
  bool inline_keys = false;             ///< keys of a few fixed bytes
  bool rewrites = false;                ///< and not only finds duplicates
  bool syncs = false;
  int threads = 1;
  int64_t memory_limit = 0;
};

/// The part of a workload that the inventory tells.
Workload WorkloadOf(const Inventory& inventory);

/// As if each row group kept some rows and lost others, and nothing else took memory. To
/// within a factor of two on machines like the one it was measured on; pure.
RunFigures EstimateRun(const Workload& workload);

}  // namespace planish
