// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/util/key_value_metadata.h"
#include "format/arrow_parquet_file.h"
#include "format/changed_columns.h"
#include "format/column_encoder.h"
#include "parquet/properties.h"
#include "parquet/schema.h"

namespace planish {

/// The ChangedColumns that Make gives, as other sources of this folder see it.
class ArrowChangedColumns : public ChangedColumns {
 public:
  ArrowChangedColumns(const ArrowParquetFile& file, SchemaChange change,
                      ConvertValues convert, const WriterOptions& options,
                      arrow::MemoryPool* pool)
      : file_(file),
        change_(std::move(change)),
        convert_(std::move(convert)),
        options_(options),
        pool_(pool) {}

  /// Call first. Throws what Parquet throws.
  arrow::Status Translate();

  const SchemaChange& change() const override { return change_; }
  const FooterChange& footer() const override { return footer_; }
  arrow::Result<std::vector<EncodedChunk>> EncodeAdded(int row_group, size_t index,
                                                       int64_t num_rows,
                                                       const ColumnPatch& patch,
                                                       WaitingRoom* room) const override;
  arrow::Result<std::vector<EncodedChunk>> EncodeRetyped(
      int row_group, size_t index, const ColumnPatch& patch,
      const RowBitmapSlice& dropped, WaitingRoom* room) const override;

  /// How a column, of those of the file and then those added, is written in row groups
  /// like `row_group` of at most `row_group_rows` rows; a negative one is like none.
  arrow::Result<ColumnForm> FormOf(int column, int row_group,
                                   int64_t row_group_rows) const;
  int num_columns() const {
    return file_.schema()->num_fields() + static_cast<int>(change_.added.size());
  }
  /// Key-value entries of the file with these columns; null if there are none.
  std::shared_ptr<const arrow::KeyValueMetadata> KeyValues() const;

 private:
  arrow::Result<parquet::schema::NodePtr> Translate(
      const std::shared_ptr<arrow::Field>& field, const parquet::schema::Node* old) const;
  arrow::Status DescribeSchema();
  arrow::Status ExtendArrowSchema();
  arrow::Status EditKeyValues();
  arrow::Result<std::vector<EncodedChunk>> EncodeColumn(int row_group, size_t index,
                                                        int64_t num_rows,
                                                        const ColumnPatch& patch,
                                                        WaitingRoom* room) const;
  /// Nodes of columns that change: those retyped, then those added.
  const parquet::schema::NodePtr& NodeOfAdded(size_t index) const {
    return nodes_[change_.retyped.size() + index];
  }

  const ArrowParquetFile& file_;
  SchemaChange change_;
  const ConvertValues convert_;
  const WriterOptions& options_;
  arrow::MemoryPool* const pool_;
  parquet::schema::NodeVector nodes_;
  /// For the key-value entries; none if there need not be one.
  std::optional<std::string> arrow_schema_;
  FooterChange footer_;
};

}  // namespace planish
