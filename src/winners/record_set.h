// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "winners/record_block.h"

namespace planish {

/// Records that are in memory together, of one partition, in no order.
struct RecordSet {
  std::vector<RecordBlock> blocks;
  int64_t num_records = 0;

  void Add(RecordBlock block) {
    num_records += block.num_records;
    blocks.push_back(std::move(block));
  }
};

}  // namespace planish
