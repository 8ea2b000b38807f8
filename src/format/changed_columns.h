// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "base/row_bitmap.h"
#include "format/chunk_transcoder.h"
#include "format/column_patcher.h"
#include "format/file_splicer.h"
#include "format/parquet_file.h"
#include "format/schema_change.h"
#include "planish/writer_options.h"

namespace planish {

/// Columns that a new version of a file has and the old one has not: behind the old ones,
/// or in the place of one of them, whose values they have in another type.
///
/// Those behind are nullable and have no field ids. Codec, page version and page index
/// are those of the row group's first column. Those in the place of others have their
/// codec, page version, page index and bloom filter, and the field ids of what is called
/// the same in them.
///
/// The Arrow schema among the file's key-value entries gets the columns too; where there
/// is none, one is made if Parquet's own types do not say what the columns are. Entries
/// of Spark and Avro that repeat the schema are left out: those readers would go by them
/// and not see the columns as they are.
class ChangedColumns {
 public:
  /// Names of added columns are such that `file` does not have; they become nullable.
  /// Only columns in the place of others need `convert`. Errors carry file and column:
  /// kUnsupported for a type that Parquet has not, or with a fixed-size list, of which
  /// Arrow cannot read nulls. References must outlive it.
  static arrow::Result<std::shared_ptr<const ChangedColumns>> Make(
      const ParquetFile& file, const SchemaChange& change, ConvertValues convert,
      const WriterOptions& options, arrow::MemoryPool* pool);
  virtual ~ChangedColumns() = default;

  virtual const SchemaChange& change() const = 0;
  virtual const FooterChange& footer() const = 0;

  /// The leaves of added column `index` for a row group of `num_rows` rows that takes
  /// after the file's `row_group`: null but for the rows of `patch`. Memory as
  /// PatchColumn. Any thread.
  virtual arrow::Result<std::vector<EncodedChunk>> EncodeAdded(
      int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
      WaitingRoom* room = nullptr) const = 0;

  /// The leaves of retyped column `index` with the values of the file's row group, but
  /// for what `patch` and `dropped` say, as in PatchColumn. Any thread.
  virtual arrow::Result<std::vector<EncodedChunk>> EncodeRetyped(
      int row_group, size_t index, const ColumnPatch& patch,
      const RowBitmapSlice& dropped, WaitingRoom* room = nullptr) const = 0;
};

/// Whether there is a fixed-size list at any depth.
bool HasFixedSizeList(const arrow::DataType& type);

}  // namespace planish
