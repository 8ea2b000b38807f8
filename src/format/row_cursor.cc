// SPDX-License-Identifier: Apache-2.0
#include "format/row_cursor.h"

#include "arrow/util/bit_run_reader.h"

namespace planish {
namespace {

arrow::Status TooManyRows(int64_t expected) {
  return arrow::Status::Invalid(
      "column chunk holds more rows than its row group, which has: ", expected);
}

}  // namespace

arrow::Result<int64_t> RowCursor::CountDropped(int64_t count) const {
  if (count > dropped_.num_rows - rows_seen_) return TooManyRows(dropped_.num_rows);
  const int64_t begin = dropped_.begin + rows_seen_;
  return dropped_.bitmap->Count(begin, begin + count);
}

arrow::Status RowCursor::TakeFlat(int32_t count, std::vector<KeptRun>* runs) {
  runs->clear();
  if (count > dropped_.num_rows - rows_seen_) return TooManyRows(dropped_.num_rows);
  const int64_t first = dropped_.begin + rows_seen_;
  dropped_.bitmap->CopyWords(first, first + count, &words_);
  arrow::internal::BitRunReader reader(reinterpret_cast<const uint8_t*>(words_.data()),
                                       first % 64, count);
  for (int32_t begin = 0; begin < count;) {
    const arrow::internal::BitRun run = reader.NextRun();
    const auto length = static_cast<int32_t>(run.length);
    if (!run.set && length > 0) {
      runs->push_back({begin, length});
      rows_kept_ += length;
    }
    begin += length;
  }
  rows_seen_ += count;
  return arrow::Status::OK();
}

arrow::Status RowCursor::TakeRepeated(const int16_t* repetition_levels, int32_t count,
                                      std::vector<KeptRun>* runs) {
  runs->clear();
  int32_t begin = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (repetition_levels[i] != 0) {
      if (rows_seen_ > 0) continue;
      return arrow::Status::Invalid("column chunk begins inside a row");
    }
    if (rows_seen_ == dropped_.num_rows) return TooManyRows(dropped_.num_rows);
    const bool keep = !dropped_.Contains(rows_seen_);
    ++rows_seen_;
    rows_kept_ += keep;
    if (keep == keeping_) continue;
    if (keeping_ && i > begin) runs->push_back({begin, i - begin});
    begin = i;
    keeping_ = keep;
  }
  if (keeping_ && count > begin) runs->push_back({begin, count - begin});
  return arrow::Status::OK();
}

arrow::Status RowCursor::CheckComplete() const {
  if (rows_seen_ == dropped_.num_rows) return arrow::Status::OK();
  return arrow::Status::Invalid(
      "column chunk holds fewer rows than its row group, missing: ",
      dropped_.num_rows - rows_seen_);
}

}  // namespace planish
