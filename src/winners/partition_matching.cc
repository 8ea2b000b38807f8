// SPDX-License-Identifier: Apache-2.0
#include "winners/partition_matching.h"

#include "base/error_builder.h"
#include "base/raised_limit.h"
#include "planish/quantities.h"

namespace planish {

arrow::Status PartitionOutOfMemory(int64_t num_records, const MemoryBudget& budget) {
  const auto needed = num_records * static_cast<int64_t>(sizeof(uint32_t));
  return Error(ErrorKind::kMemoryLimit,
               "memory limit reached: deciding a partition of keys")
      .Fact("stage", "winners")
      .Fact("records", FormatCount(num_records))
      .Fact("asked for", FormatByteSize(needed))
      .Fact("in use", FormatByteSize(budget.used()))
      .Fact("limit", FormatByteSize(budget.limit()))
      .Hint("raise `memory_limit` to " +
            RaisedLimit(budget.limit(), budget.limit() + needed) +
            " or more, or use fewer threads");
}

}  // namespace planish
