// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include "arrow/status.h"
#include "format/page_header.h"
#include "format/value_filter.h"
#include "parquet/column_reader.h"

namespace planish {

/// Reads levels of one kind, definition or repetition, page by page in batches. Those of
/// a page that are all the greatest, which one run says, are not spelled out. Throws what
/// Parquet throws.
class LevelReader {
 public:
  /// `spells_out`: levels are there even where all are the greatest.
  LevelReader(int16_t max_level, bool spells_out)
      : max_level_(max_level), spells_out_(spells_out) {}

  /// Version 1 of data pages: the levels are at the front of `bytes` and are taken off.
  void BeginPage(const PageHeader& header, parquet::Encoding::type encoding,
                 std::string_view* bytes) {
    if (max_level_ == 0) return;
    const auto size = static_cast<int32_t>(
        std::min<size_t>(bytes->size(), std::numeric_limits<int32_t>::max()));
    const int used =
        decoder_.SetData(encoding, max_level_, header.num_values,
                         reinterpret_cast<const uint8_t*>(bytes->data()), size);
    // Behind their length.
    constexpr int kLength = sizeof(uint32_t);
    all_greatest_ =
        encoding == parquet::Encoding::RLE && used > kLength &&
        IsRunOfGreatest(bytes->substr(kLength, used - kLength), header.num_values);
    bytes->remove_prefix(static_cast<size_t>(used));
  }

  /// Version 2: `bytes` are the levels.
  void BeginPageV2(const PageHeader& header, std::string_view bytes) {
    if (max_level_ == 0) return;
    decoder_.SetDataV2(static_cast<int32_t>(bytes.size()), max_level_, header.num_values,
                       reinterpret_cast<const uint8_t*>(bytes.data()));
    all_greatest_ = IsRunOfGreatest(bytes, header.num_values);
  }

  /// Reads exactly `count` levels, at most kFilterBatch.
  arrow::Status Read(int32_t count) {
    if (max_level_ == 0 || all_greatest_ ||
        decoder_.Decode(count, levels_.data()) == count) {
      return arrow::Status::OK();
    }
    return arrow::Status::Invalid("page holds fewer levels than it says");
  }

  /// Of the levels read last, moves those in `runs` to the front.
  void Keep(const std::vector<KeptRun>& runs) {
    if (max_level_ == 0 || all_greatest_) return;
    int16_t* out = levels_.data();
    for (const KeptRun& run : runs) {
      out = std::copy_n(levels_.data() + run.begin, run.length, out);
    }
  }

  bool present() const { return max_level_ > 0; }
  int16_t max_level() const { return max_level_; }
  /// Whether all levels of the page are the greatest.
  bool all_greatest() const { return all_greatest_; }
  /// Levels read last; null if there are none in this column, or all_greatest.
  const int16_t* levels() const {
    return present() && !all_greatest_ ? levels_.data() : nullptr;
  }

 private:
  /// Whether `bytes` begin with a run of at least `count` times the greatest level.
  bool IsRunOfGreatest(std::string_view bytes, int32_t count) const {
    if (spells_out_ || max_level_ > kMostOneByte) return false;
    constexpr int kMostBytes = 5;
    uint64_t header = 0;
    for (int i = 0; i < kMostBytes && i + 1 < std::ssize(bytes); ++i) {
      const auto byte = static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
      header |= uint64_t{byte & 0x7FU} << (7 * i);
      if ((byte & 0x80) != 0) continue;
      const bool repeated = (header & 1) == 0;
      const auto level = static_cast<uint8_t>(bytes[static_cast<size_t>(i + 1)]);
      return repeated && header >> 1 >= static_cast<uint64_t>(count) &&
             level == max_level_;
    }
    return false;
  }

  static constexpr int16_t kMostOneByte = 255;
  const int16_t max_level_;
  const bool spells_out_;
  parquet::LevelDecoder decoder_;
  bool all_greatest_ = false;
  std::array<int16_t, kFilterBatch> levels_;
};

}  // namespace planish
