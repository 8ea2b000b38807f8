// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/array.h"
#include "arrow/io/memory.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "base/overdraft_pool.h"
#include "format/chunk_transcoder.h"
#include "format/footer.h"
#include "parquet/arrow/writer.h"
#include "parquet/column_writer.h"
#include "parquet/file_writer.h"
#include "parquet/properties.h"
#include "parquet/schema.h"

namespace planish {

/// How a top-level column is written.
struct ColumnForm {
  std::shared_ptr<parquet::schema::GroupNode> schema;  ///< of that column alone
  std::shared_ptr<arrow::Field> field;                 ///< as ParquetFile::schema has it
  std::shared_ptr<parquet::WriterProperties> properties;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties;
};

/// Encodes one column as one row group of a file in memory, whose column chunks it then
/// gives, with bloom filters where the properties ask for them. A flat INT96 column is
/// written over its whole range. May throw what Parquet throws. One thread.
class ColumnEncoder {
 public:
  /// Errors name `path`. The writer's properties get a pool of this object's own, as
  /// Arrow's writer does not survive a refusal.
  ColumnEncoder(ColumnForm form, std::string path, arrow::MemoryPool* pool)
      : form_(std::move(form)), path_(std::move(path)), pool_(pool), writer_pool_(pool) {}

  arrow::Status Open(int64_t expected_bytes);
  /// Values of the type of the form's field.
  arrow::Status Write(const std::shared_ptr<arrow::Array>& array);
  /// The file, in memory of the pool. Call this or Finish, once.
  arrow::Result<std::shared_ptr<arrow::Buffer>> FinishFile();
  /// A chunk for each leaf, all of whose values are new.
  arrow::Result<std::vector<EncodedChunk>> Finish(WaitingRoom* room);

 private:
  arrow::Result<std::vector<EncodedChunk>> TakeApart(std::string_view bytes,
                                                     WaitingRoom* room);
  arrow::Status TakeChunk(std::string_view bytes, std::string_view structure,
                          const ColumnChunkLayout& layout, WaitingRoom* room,
                          EncodedChunk* chunk);
  /// Nanoseconds since the epoch. Arrow's writer takes 64 bits of them only.
  arrow::Status WriteInt96(const arrow::Array& nanoseconds);

  const ColumnForm form_;
  const std::string path_;
  arrow::MemoryPool* const pool_;
  OverdraftPool writer_pool_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::BufferOutputStream> sink_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  /// In place of writer_ for a flat INT96 column.
  std::unique_ptr<parquet::ParquetFileWriter> parquet_writer_;
  parquet::Int96Writer* int96_writer_ = nullptr;
};

/// The footer of a Parquet file in memory that planish or Arrow has just written.
arrow::Result<Footer> FooterOf(std::string_view file);

}  // namespace planish
