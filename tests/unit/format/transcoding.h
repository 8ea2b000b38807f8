// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/builder_primitive.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/io/memory.h"
#include "arrow/table.h"
#include "base/arrow_casts.h"
#include "base/row_bitmap.h"
#include "format/chunk_transcoder.h"
#include "format/file_splicer.h"
#include "format/parquet_file.h"
#include "parquet/arrow/reader.h"
#include "parquet/exception.h"
#include "parquet/file_reader.h"
#include "support/memory_files.h"

/// \file
/// Whole files through the transcoder, and what must come out of it.

namespace planish {

/// By row of the file.
using IsDropped = std::function<bool(int64_t row)>;

inline RowBitmap DroppedRows(int64_t num_rows, const IsDropped& is_dropped) {
  RowBitmap dropped(num_rows);
  for (int64_t row = 0; row < num_rows; ++row) {
    if (is_dropped(row)) dropped.Add(row);
  }
  return dropped;
}

/// Transcodes every column chunk of every row group that keeps a row.
inline arrow::Result<std::string> TranscodeFile(
    const std::string& bytes, const IsDropped& is_dropped,
    const WriterOptions& options = {},
    arrow::MemoryPool* pool = arrow::default_memory_pool(), WaitingRoom* room = nullptr) {
  auto input = std::make_shared<MemoryInput>(bytes);
  ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::Open(input, pool));
  MemoryOutput output;
  ARROW_ASSIGN_OR_RAISE(auto splicer,
                        FileSplicer::Make(&output, input.get(), &file->footer()));
  const RowBitmap dropped = DroppedRows(file->footer().num_rows(), is_dropped);
  RowBitmapSlice slice{&dropped, 0, 0};
  for (int i = 0; i < file->footer().num_row_groups(); ++i) {
    slice.begin += slice.num_rows;
    slice.num_rows = file->footer().row_group_num_rows(i);
    const int64_t num_kept = slice.num_rows - slice.Count();
    if (num_kept == 0) continue;
    ARROW_RETURN_NOT_OK(splicer.BeginRowGroup(i, num_kept));
    for (int leaf = 0; leaf < file->num_leaf_columns(); ++leaf) {
      ARROW_ASSIGN_OR_RAISE(
          auto chunk, TranscodeColumnChunk(*file, i, leaf, slice, options, pool, room));
      ARROW_RETURN_NOT_OK(splicer.AppendChunk(chunk));
    }
    ARROW_RETURN_NOT_OK(splicer.EndRowGroup());
  }
  ARROW_RETURN_NOT_OK(splicer.Finish());
  return output.bytes();
}

/// As Arrow reads it, validated.
inline arrow::Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& bytes) {
  try {
    auto input =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(std::move(input)));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    ARROW_RETURN_NOT_OK(builder.Build(&reader));
    ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader());
    ARROW_ASSIGN_OR_RAISE(auto table, batches->ToTable());
    ARROW_RETURN_NOT_OK(table->ValidateFull());
    return table;
  } catch (const parquet::ParquetException& e) {
    return arrow::Status::IOError(e.what());
  }
}

inline arrow::Result<std::shared_ptr<arrow::Table>> FilterTable(
    const std::shared_ptr<arrow::Table>& table, const IsDropped& is_dropped) {
  ARROW_RETURN_NOT_OK(RegisterCasts());
  arrow::BooleanBuilder kept;
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    ARROW_RETURN_NOT_OK(kept.Append(!is_dropped(row)));
  }
  ARROW_ASSIGN_OR_RAISE(auto mask, kept.Finish());
  ARROW_ASSIGN_OR_RAISE(arrow::Datum filtered, arrow::compute::Filter(table, mask));
  return filtered.table();
}

/// The metadata of a file in memory.
inline std::shared_ptr<parquet::FileMetaData> ReadMetadata(const std::string& bytes) {
  return parquet::ParquetFileReader::Open(
             std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)))
      ->metadata();
}

}  // namespace planish
