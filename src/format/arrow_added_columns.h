// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/util/key_value_metadata.h"
#include "format/added_columns.h"
#include "format/arrow_parquet_file.h"
#include "parquet/properties.h"
#include "parquet/schema.h"

namespace planish {

/// The AddedColumns that Make gives, as other sources of this folder see it.
class ArrowAddedColumns : public AddedColumns {
 public:
  ArrowAddedColumns(const ArrowParquetFile& file, arrow::FieldVector fields,
                    const WriterOptions& options, arrow::MemoryPool* pool)
      : file_(file), fields_(std::move(fields)), options_(options), pool_(pool) {}

  /// Call first. Throws what Parquet throws.
  arrow::Status Translate();

  const arrow::FieldVector& fields() const override { return fields_; }
  const FooterAddition& footer() const override { return footer_; }
  arrow::Result<std::vector<EncodedChunk>> Encode(int row_group, size_t index,
                                                  int64_t num_rows,
                                                  const ColumnPatch& patch,
                                                  WaitingRoom* room) const override;

  /// Copies of the columns' nodes.
  parquet::schema::NodeVector CopyNodes() const;
  /// Key-value entries of the file with these columns; null if there are none.
  std::shared_ptr<const arrow::KeyValueMetadata> KeyValues() const;
  bool has_int96() const { return has_int96_; }

 private:
  arrow::Status TranslateField(const std::shared_ptr<arrow::Field>& field);
  arrow::Status DescribeSchema();
  arrow::Status ExtendArrowSchema();
  arrow::Status EditKeyValues();
  arrow::Result<std::vector<EncodedChunk>> EncodeColumn(int row_group, size_t index,
                                                        int64_t num_rows,
                                                        const ColumnPatch& patch,
                                                        WaitingRoom* room) const;

  const ArrowParquetFile& file_;
  arrow::FieldVector fields_;
  const WriterOptions& options_;
  arrow::MemoryPool* const pool_;
  parquet::schema::NodeVector nodes_;
  bool has_int96_ = false;
  /// For the key-value entries; none if there need not be one.
  std::optional<std::string> arrow_schema_;
  FooterAddition footer_;
};

}  // namespace planish
