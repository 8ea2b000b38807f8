// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "format/chunk_bloom_filter.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// Key in the metadata of a field that comes from a flat INT96 column: nanoseconds since
/// the epoch, whose type is decimal128(38, 0) because they need more than 64 bits.
inline constexpr const char* kInt96FieldKey = "planish.int96";

/// What the statistics of one column chunk say. `min` and `max` are null where they say
/// nothing that is sure to bound every non-null value (missing, inexact order, NaN,
/// truncated by rules unknown).
struct ColumnChunkStatistics {
  std::optional<int64_t> null_count;
  std::shared_ptr<arrow::Scalar> min, max;  ///< of the leaf's Arrow type
};

/// What a page index says of one page of a column chunk. Bounds may be wider than the
/// values are.
struct PageStatistics {
  bool all_null = false;
  ColumnChunkStatistics statistics;
};

/// A leaf column of one row group, as `inspect` shows it.
struct ColumnChunkSummary {
  std::string path;  ///< dotted
  std::string codec;
  std::string encoding;  ///< of the data pages: "PLAIN", "DICTIONARY", ...
  int64_t compressed_size = 0, uncompressed_size = 0;
  bool has_bloom_filter = false, has_page_index = false;
};

/// An open Parquet file: Arrow's reader over planish's footer. Thread-safe: any number of
/// threads may read from one object. No Parquet exception leaves it.
class ParquetFile {
 public:
  /// Errors are those of Footer::Read, and kCorrupt or kUnsupported where Arrow cannot
  /// make sense of the footer. All carry the file's path.
  static arrow::Result<std::shared_ptr<ParquetFile>> Open(std::shared_ptr<InputFile> file,
                                                          arrow::MemoryPool* pool);
  virtual ~ParquetFile() = default;

  virtual InputFile& input() const = 0;
  const std::string& path() const { return input().path(); }
  virtual const Footer& footer() const = 0;
  /// Top-level columns as Arrow reads them, dictionary types as their value types... see
  /// docs/semantics.md for INT96, which is read without loss.
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;

  virtual int num_leaf_columns() const = 0;
  virtual std::string leaf_path(int leaf) const = 0;
  /// Leaf columns under the top-level column `column`, ascending.
  virtual std::vector<int> LeavesOf(int column) const = 0;
  virtual ColumnChunkStatistics Statistics(int row_group, int leaf) const = 0;
  virtual ColumnChunkSummary Summary(int row_group, int leaf) const = 0;
  /// Of every page of the column chunk, read from its page index; nothing if it has none,
  /// or one that is damaged or cannot be relied upon.
  virtual std::vector<PageStatistics> Pages(int row_group, int leaf) const = 0;
  /// The bloom filter of a column chunk, to be asked about values of `type`, which the
  /// column's own promotes to without loss. Null if there is none, or none that can be
  /// relied upon for these. This object must outlive it.
  virtual std::unique_ptr<ChunkBloomFilter> OpenBloomFilter(
      int row_group, int leaf, const arrow::DataType& type) const = 0;

  /// Rows of a batch of these top-level columns that takes a few MiB when decoded, as far
  /// as the footer tells, but at most `most`.
  virtual int64_t BatchRows(int row_group, const std::vector<int>& columns,
                            int64_t most) const = 0;

  /// Batches of at most `batch_rows` rows (and no more than BatchRows) of the given
  /// top-level columns (in that order) of one row group, in row order. Decoded memory
  /// comes from the pool given to Open; reads are buffered, not whole column chunks.
  /// Errors while reading carry file, row group and, where one column is to blame, its
  /// name; kind kCorrupt or kUnsupported. This object must outlive it.
  virtual arrow::Result<std::unique_ptr<arrow::RecordBatchReader>> ReadRowGroup(
      int row_group, const std::vector<int>& columns, int64_t batch_rows) const = 0;
};

}  // namespace planish
