// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// Where a column chunk lies in its file; what a byte copy must know. -1: not present.
/// Field numbers are those of parquet.thrift.
struct ColumnChunkLayout {
  int64_t data_offset = 0;   ///< first byte, of the dictionary page if there is one
  int64_t data_length = 0;   ///< bytes to copy, page headers included
  int64_t num_values = 0;
  int64_t total_uncompressed_size = 0;
  int64_t total_compressed_size = 0;
  int64_t bloom_filter_offset = -1, bloom_filter_length = -1;
  int64_t offset_index_offset = -1, offset_index_length = -1;
  int64_t column_index_offset = -1, column_index_length = -1;
};

/// A Parquet footer, kept as the bytes it was read from. Only what planish needs is looked at; the
/// rest is carried along unseen, so a field that planish does not know survives a copy.
class Footer {
 public:
  /// Reads and checks the end of `file`. Errors: kNotParquet (no magic bytes), kEncrypted,
  /// kCorrupt (length, structure, offsets outside the file).
  static arrow::Result<Footer> Read(InputFile& file);
  /// From the bytes of a serialized FileMetaData. `file_size` bounds the offsets in it.
  static arrow::Result<Footer> Parse(std::string bytes, int64_t file_size);

  int64_t num_rows() const { return num_rows_; }
  int num_row_groups() const { return static_cast<int>(row_groups_.size()); }
  std::string created_by() const;
  /// The serialized FileMetaData.
  std::string_view bytes() const { return bytes_; }
  /// The serialized RowGroup structure.
  std::string_view row_group_bytes(int row_group) const;
  int64_t row_group_num_rows(int row_group) const { return row_groups_[row_group].num_rows; }
  /// Compressed bytes of all its column chunks.
  int64_t row_group_compressed_size(int row_group) const;
  arrow::Result<std::vector<ColumnChunkLayout>> ColumnChunks(int row_group) const;
  /// XXH3 of the footer's bytes.
  uint64_t fingerprint() const;

 private:
  struct RowGroupSpan {
    int64_t begin = 0, length = 0;
    int64_t num_rows = 0;
    int64_t compressed_size = 0;
  };
  Footer() = default;

  std::string bytes_;
  int64_t file_size_ = 0;
  int64_t num_rows_ = 0;
  std::vector<RowGroupSpan> row_groups_;
};

}  // namespace planish
