// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/result.h"
#include "format/chunk_transcoder.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// Writes a Parquet file out of pieces of another one and of freshly encoded column
/// chunks. All file-level metadata (schema, key-value entries, created_by, column orders,
/// unknown fields) is that of `base`; offsets, row counts and ordinals are made right.
/// created_by stays because it tells readers which bugs the copied bytes may have.
///
/// Left out: private extensions (field 32767) of structures with offsets, which may
/// repeat old offsets; copies of metadata between column chunks; page indexes and bloom
/// filters that do not fit their chunk. Of a newly encoded chunk also the source's
/// unknown metadata, which describes values that may be gone, and its statistics if the
/// file declares an order for the column other than the type's own.
///
/// Calls: ( CopyRowGroup | BeginRowGroup (AppendChunk | CopyChunk){num_leaf_columns}
/// EndRowGroup )* Finish. Behind the last row group come bloom filters, column indexes,
/// offset indexes, footer; the source's own are read in Finish. After an error the object
/// is of no more use. `out`, `source` and `base` must outlive it. One thread.
class FileSplicer {
 public:
  FileSplicer(FileSplicer&&) noexcept;
  FileSplicer& operator=(FileSplicer&&) noexcept;
  ~FileSplicer();

  /// Writes the leading magic bytes; `out` must be empty.
  static arrow::Result<FileSplicer> Make(OutputFile* out, InputFile* source,
                                         const Footer* base);

  /// Takes over a whole row group of `base`, byte for byte.
  arrow::Status CopyRowGroup(int row_group);

  /// Starts a row group that takes its sorting columns and unknown fields from
  /// `row_group` of base.
  arrow::Status BeginRowGroup(int row_group, int64_t num_rows);
  /// The next leaf column, newly encoded; a bloom filter of the source chunk is taken
  /// over: the rows left are a subset, so it still has no false negatives.
  arrow::Status AppendChunk(const EncodedChunk& chunk);
  /// The next leaf column, taken over from the row group that BeginRowGroup named.
  arrow::Status CopyChunk();
  arrow::Status EndRowGroup();

  /// Writes indexes, bloom filters and footer. Returns the number of rows in the file.
  arrow::Result<int64_t> Finish();

  /// Bytes of column chunks taken over so far.
  int64_t bytes_copied() const;
  /// Page indexes and bloom filters of the source that were damaged, or did not belong to
  /// the data they claimed to, and so were left out. Known after Finish.
  int64_t indexes_left_out() const;

 private:
  struct State;
  explicit FileSplicer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace planish
