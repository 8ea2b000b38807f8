// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/metadata_size.h"
#include "io/file_system.h"

namespace planish {

struct SchemaShape;

/// Where a column chunk lies in its file; what a byte copy must know. -1: not present.
/// Field numbers are those of parquet.thrift.
struct ColumnChunkLayout {
  int64_t data_offset = 0;  ///< first byte, of the dictionary page if there is one
  /// Bytes to copy, page headers included. More than total_compressed_size where readers
  /// take more because the file's writer is known to have understated it.
  int64_t data_length = 0;
  int64_t num_values = 0;
  int64_t total_uncompressed_size = 0;
  int64_t total_compressed_size = 0;
  /// A location outside the file counts as not present. A bloom filter may lack its
  /// length.
  int64_t bloom_filter_offset = -1, bloom_filter_length = -1;
  int64_t offset_index_offset = -1, offset_index_length = -1;
  int64_t column_index_offset = -1, column_index_length = -1;
};

/// A Parquet footer, kept as the bytes it was read from. Only what planish needs is
/// looked at; the rest is carried along unseen, so a field that planish does not know
/// survives a copy.
class Footer {
 public:
  /// Reads and checks the end of `file`. Errors: kNotParquet (no magic bytes),
  /// kEncrypted, kCorrupt (length, structure, offsets outside the file), kUnsupported
  /// (column chunks in other files; one that takes more of the memory of `pool` than a
  /// file's may).
  static arrow::Result<Footer> Read(InputFile& file,
                                    const arrow::MemoryPool* pool = nullptr);
  /// From the bytes of a serialized FileMetaData. `file_size` bounds the offsets in it.
  static arrow::Result<Footer> Parse(std::string bytes, int64_t file_size,
                                     const arrow::MemoryPool* pool = nullptr);

  /// Sum over the row groups; some writers leave the file's own count at 0.
  int64_t num_rows() const { return num_rows_; }
  int num_row_groups() const { return static_cast<int>(row_groups_.size()); }
  std::string created_by() const;
  /// Leaf columns of the schema; every row group has a column chunk for each.
  int num_leaf_columns() const { return num_leaf_columns_; }
  /// The serialized FileMetaData.
  std::string_view bytes() const { return bytes_; }
  /// What is made of it when it is parsed.
  const MetadataSize& metadata_size() const { return metadata_size_; }
  /// The serialized RowGroup structure.
  std::string_view row_group_bytes(int row_group) const;
  int64_t row_group_num_rows(int row_group) const {
    return row_groups_[row_group].num_rows;
  }
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
  arrow::Status Measure(const arrow::MemoryPool* pool);
  arrow::Status ParseBytes(const arrow::MemoryPool* pool);
  arrow::Status ParseRowGroup(std::string_view bytes, const SchemaShape& shape);
  arrow::Result<ColumnChunkLayout> ParseColumnChunk(std::string_view bytes) const;

  std::string bytes_;
  MetadataSize metadata_size_;
  int64_t file_size_ = 0;
  int64_t num_rows_ = 0;
  /// Of all row groups; bounded, so that sums of it do not overflow.
  int64_t uncompressed_size_ = 0;
  int num_leaf_columns_ = 0;
  int64_t created_by_begin_ = 0, created_by_length_ = 0;
  /// Readers take up to this many bytes more than total_compressed_size.
  int64_t chunk_padding_ = 0;
  std::vector<RowGroupSpan> row_groups_;
};

}  // namespace planish
