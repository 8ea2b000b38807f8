// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/chunk_transcoder.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// What a footer says of columns where it differs from the base file's. Serialized
/// structures, one after the other, that take the place of all of the base's.
struct FooterChange {
  std::string schema_elements;  ///< the root's first
  int num_schema_elements = 0;
  /// For each leaf column that of the base file, or -1 for one that is not in it.
  std::vector<int> source_leaves;
  std::string key_values;
  int num_key_values = 0;
};

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
/// With a change of columns every row group has a chunk for each of the new leaf columns,
/// and none can be copied as a whole; key-value entries are those of the change.
///
/// Calls: ( CopyRowGroup | BeginRowGroup (AppendChunk | CopyChunk){num_leaf_columns}
/// EndRowGroup )* Finish. Bloom filters of chunks with new values come behind their row
/// group; behind the last one come the source's bloom filters, column indexes, offset
/// indexes, footer; the source's own are read in Finish. After an error the object is of
/// no more use. `out`, `source` and `base` must outlive it; `source` may be null if
/// nothing of it is taken over. One thread.
class FileSplicer {
 public:
  FileSplicer(FileSplicer&&) noexcept;
  FileSplicer& operator=(FileSplicer&&) noexcept;
  ~FileSplicer();

  /// Writes the leading magic bytes; `out` must be empty. `change`, if not null, must
  /// outlive it. Bloom filters take memory from `pool` for a moment.
  static arrow::Result<FileSplicer> Make(
      OutputFile* out, InputFile* source, const Footer* base,
      const FooterChange* change = nullptr,
      arrow::MemoryPool* pool = arrow::default_memory_pool());

  /// Takes over a whole row group of `base`, byte for byte.
  arrow::Status CopyRowGroup(int row_group);

  /// Starts a row group that takes its sorting columns and unknown fields from
  /// `row_group` of base.
  arrow::Status BeginRowGroup(int row_group, int64_t num_rows);
  /// The next leaf column, newly encoded, with its own bloom filter if it has one. Else a
  /// bloom filter of the source chunk is taken over, with the new values put into it: the
  /// other rows are a subset, so it still has no false negatives. It goes if the new
  /// values are not known (see ExtendBloomFilter for other reasons).
  arrow::Status AppendChunk(const EncodedChunk& chunk);
  /// The next leaf column, taken over from the row group that BeginRowGroup named, which
  /// must have it.
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
