// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/result.h"
#include "format/chunk_transcoder.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// What a footer says of columns behind those of the base file. Serialized structures,
/// one after the other.
struct FooterAddition {
  std::string schema_elements;
  int num_schema_elements = 0;
  int num_columns = 0;  ///< at the top level
  int num_leaves = 0;
  /// All key-value entries: they take the place of the base's.
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
/// With added columns their chunks, newly encoded, come last in every row group, none of
/// which can be copied as a whole then; and key-value entries are those of the addition.
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

  /// Writes the leading magic bytes; `out` must be empty. `added`, if not null, must
  /// outlive it.
  static arrow::Result<FileSplicer> Make(OutputFile* out, InputFile* source,
                                         const Footer* base,
                                         const FooterAddition* added = nullptr);

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
