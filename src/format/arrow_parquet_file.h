// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/io/interfaces.h"
#include "format/parquet_file.h"
#include "format/parsed_footer.h"
#include "format/row_group_reader.h"
#include "parquet/arrow/reader.h"
#include "parquet/file_reader.h"
#include "parquet/metadata.h"

namespace planish {

/// The ParquetFile that Open gives. Other sources of this folder see Parquet's own view
/// through it.
class ArrowParquetFile : public ParquetFile {
 public:
  /// Throws what Parquet throws.
  static arrow::Result<std::shared_ptr<ArrowParquetFile>> Make(
      std::shared_ptr<InputFile> input, Footer footer, arrow::MemoryPool* pool);

  InputFile& input() const override { return *input_; }
  const Footer& footer() const override { return footer_; }
  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  int num_leaf_columns() const override { return metadata().num_columns(); }
  std::string leaf_path(int leaf) const override;
  std::vector<int> LeavesOf(int column) const override { return leaves_[column]; }
  ColumnChunkStatistics Statistics(int row_group, int leaf) const override;
  ColumnChunkSummary Summary(int row_group, int leaf) const override;
  std::vector<PageStatistics> Pages(int row_group, int leaf) const override;
  std::unique_ptr<ChunkBloomFilter> OpenBloomFilter(
      int row_group, int leaf, const arrow::DataType& type) const override;
  int64_t BatchRows(int row_group, const std::vector<int>& columns,
                    int64_t most) const override;
  arrow::Result<std::unique_ptr<arrow::RecordBatchReader>> ReadRowGroup(
      int row_group, const std::vector<int>& columns, int64_t batch_rows) const override;

  /// What the footer says of the file. Of its row groups, RowGroup.
  const parquet::FileMetaData& metadata() const { return parsed_->file(); }
  using RowGroupView = ParsedFooter::RowGroupView;
  /// Throws what Parquet throws.
  RowGroupView RowGroup(int row_group) const { return parsed_->RowGroup(row_group); }
  const ParsedFooter& parsed_footer() const { return *parsed_; }
  const std::shared_ptr<arrow::io::RandomAccessFile>& stream() const { return stream_; }

  /// The serialized ColumnChunk structures of a row group and where they are; kept for
  /// row groups asked for of late. Views into the footer.
  struct ColumnChunkSet {
    std::vector<std::string_view> structures;
    std::vector<ColumnChunkLayout> layouts;
  };
  arrow::Result<std::shared_ptr<const ColumnChunkSet>> ColumnChunks(int row_group) const;

 private:
  ArrowParquetFile(std::shared_ptr<InputFile> input, Footer footer,
                   arrow::MemoryPool* pool);
  arrow::Status TranslateSchema();
  /// Row counts that cannot be believed are counted in the pages of one column.
  arrow::Status CheckRowCounts() const;
  /// Asks, when memory was refused, whether it is the file that claims too much.
  arrow::Status CheckClaims(int row_group, const std::vector<int>& columns) const;
  /// A reader of its own, for some leaves of a row group, which is the only one it knows;
  /// without leaves, for the schema. It reads through buffers that are small in total.
  arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(
      int row_group, const std::vector<int>& leaves, int64_t buffer_bytes) const;
  /// The same, or, of a file with very many columns, one that was made before: Arrow
  /// looks at all columns to make it, and columns are often read one by one.
  arrow::Result<std::shared_ptr<parquet::arrow::FileReader>> ReaderFor(
      int row_group, const std::vector<int>& leaves) const;
  arrow::Status OpenColumn(int row_group, int index, OpenColumns* opened) const;
  arrow::Result<OpenColumns> Open(int row_group, const std::vector<int>& columns) const;
  std::vector<int> LeavesOf(const std::vector<int>& columns) const;

  const std::shared_ptr<InputFile> input_;
  const Footer footer_;
  arrow::MemoryPool* const pool_;
  std::shared_ptr<arrow::io::RandomAccessFile> stream_;
  std::unique_ptr<ParsedFooter> parsed_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::shared_ptr<arrow::DataType>> leaf_types_;
  std::vector<std::vector<int>> leaves_;  ///< by top-level column

  mutable std::mutex chunks_mutex_;
  mutable std::map<int, std::shared_ptr<const ColumnChunkSet>> chunks_;

  struct KeptReader {
    int row_group = 0;
    int64_t buffer_bytes = 0;
    std::shared_ptr<parquet::arrow::FileReader> reader;
  };
  mutable std::mutex readers_mutex_;
  mutable std::deque<KeptReader> readers_;  ///< used last first
};

}  // namespace planish
