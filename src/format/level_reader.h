// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "arrow/status.h"
#include "format/page_header.h"
#include "format/value_filter.h"
#include "parquet/column_reader.h"

namespace planish {

/// Reads levels of one kind, definition or repetition, page by page in batches. Throws
/// what Parquet throws.
class LevelReader {
 public:
  explicit LevelReader(int16_t max_level) : max_level_(max_level) {}

  /// Version 1 of data pages: the levels are at the front of `bytes` and are taken off.
  void BeginPage(const PageHeader& header, parquet::Encoding::type encoding,
                 std::string_view* bytes) {
    if (max_level_ == 0) return;
    const auto size = static_cast<int32_t>(
        std::min<size_t>(bytes->size(), std::numeric_limits<int32_t>::max()));
    const int used =
        decoder_.SetData(encoding, max_level_, header.num_values,
                         reinterpret_cast<const uint8_t*>(bytes->data()), size);
    bytes->remove_prefix(static_cast<size_t>(used));
  }

  /// Version 2: `bytes` are the levels.
  void BeginPageV2(const PageHeader& header, std::string_view bytes) {
    if (max_level_ == 0) return;
    decoder_.SetDataV2(static_cast<int32_t>(bytes.size()), max_level_, header.num_values,
                       reinterpret_cast<const uint8_t*>(bytes.data()));
  }

  /// Reads exactly `count` levels, at most kFilterBatch.
  arrow::Status Read(int32_t count) {
    if (max_level_ == 0 || decoder_.Decode(count, levels_.data()) == count) {
      return arrow::Status::OK();
    }
    return arrow::Status::Invalid("page holds fewer levels than it says");
  }

  /// Of the levels read last, moves those in `runs` to the front.
  void Keep(const std::vector<KeptRun>& runs) {
    if (max_level_ == 0) return;
    int16_t* out = levels_.data();
    for (const KeptRun& run : runs) {
      out = std::copy_n(levels_.data() + run.begin, run.length, out);
    }
  }

  bool present() const { return max_level_ > 0; }
  int16_t max_level() const { return max_level_; }
  /// Levels read last; null if there are none in this column.
  const int16_t* levels() const { return present() ? levels_.data() : nullptr; }

 private:
  const int16_t max_level_;
  parquet::LevelDecoder decoder_;
  std::array<int16_t, kFilterBatch> levels_;
};

}  // namespace planish
