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
#include "format/chunk_transcoder.h"
#include "format/column_patcher.h"
#include "format/file_splicer.h"
#include "format/parquet_file.h"
#include "planish/writer_options.h"

namespace planish {

/// Columns that a new version of a file has behind those of the old one. They are
/// nullable and have no field ids. Codec, page version and page index are those of the
/// row group's first column.
///
/// The Arrow schema among the file's key-value entries gets the columns too; where there
/// is none, one is made if Parquet's own types do not say what the columns are. Entries
/// of Spark and Avro that repeat the schema are left out: those readers would go by them
/// and not see the columns.
class AddedColumns {
 public:
  /// `fields` as ParquetFile::schema has them, of names that `file` does not have. Errors
  /// carry file and column: kUnsupported for a type that Parquet has not, or with a
  /// fixed-size list, of which Arrow cannot read nulls. All arguments must outlive it.
  static arrow::Result<std::shared_ptr<const AddedColumns>> Make(
      const ParquetFile& file, const arrow::FieldVector& fields,
      const WriterOptions& options, arrow::MemoryPool* pool);
  virtual ~AddedColumns() = default;

  virtual const arrow::FieldVector& fields() const = 0;
  virtual const FooterAddition& footer() const = 0;

  /// The leaves of column `index` for a row group of `num_rows` rows that takes after the
  /// file's `row_group`: null but for the rows of `patch`. Memory as PatchColumn. Any
  /// thread.
  virtual arrow::Result<std::vector<EncodedChunk>> Encode(
      int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
      WaitingRoom* room = nullptr) const = 0;
};

/// Whether there is a fixed-size list at any depth.
bool HasFixedSizeList(const arrow::DataType& type);

}  // namespace planish
