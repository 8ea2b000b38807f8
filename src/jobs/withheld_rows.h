// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"

namespace planish {

/// Takes out of `rows`, source rows whose key the target was not found to have, those
/// whose key may be in a part of the target that cannot be read, as far as its partition
/// and its statistics tell: to insert them might double a key. Returns how many they are,
/// and adds to `bytes_read`.
arrow::Result<int64_t> WithholdRows(Run* run, const Inventory& target,
                                    const std::shared_ptr<const Inventory>& source,
                                    const MergeQuestion& question, RowBitmap* rows,
                                    int64_t* bytes_read);

}  // namespace planish
