// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "format/chunk_transcoder.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// Writes a Parquet file out of pieces of another one and of freshly encoded column chunks. All
/// file-level metadata (schema, key-value entries, created_by, column orders, unknown fields) is
/// that of `base`; offsets, row counts and ordinals are made right.
///
/// Calls: ( CopyRowGroup | BeginRowGroup (AppendChunk | CopyChunk){num_leaf_columns} EndRowGroup )*
/// Finish. Page indexes and bloom filters are written behind the last row group. `out`, `source` and
/// `base` must outlive it. One thread.
class FileSplicer {
 public:
  /// Writes the leading magic bytes.
  static arrow::Result<FileSplicer> Make(OutputFile* out, InputFile* source, const Footer* base);

  /// Takes over a whole row group of `base`, byte for byte.
  arrow::Status CopyRowGroup(int row_group);

  /// Starts a row group that takes its sorting columns and unknown fields from `row_group` of base.
  arrow::Status BeginRowGroup(int row_group, int64_t num_rows);
  /// The next leaf column, newly encoded; a bloom filter of the source chunk is taken over: the
  /// rows left are a subset, so it still has no false negatives.
  arrow::Status AppendChunk(const EncodedChunk& chunk);
  /// The next leaf column, taken over from the row group that BeginRowGroup named.
  arrow::Status CopyChunk();
  arrow::Status EndRowGroup();

  /// Writes indexes, bloom filters and footer. Returns the number of rows in the file.
  arrow::Result<int64_t> Finish();

  int64_t bytes_copied() const { return bytes_copied_; }

 private:
  struct PendingIndex;
  // (private members are the implementation's business)
  int64_t bytes_copied_ = 0;
};

}  // namespace planish
