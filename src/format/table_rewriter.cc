// SPDX-License-Identifier: Apache-2.0
#include "format/table_rewriter.h"

#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "arrow/table.h"
#include "arrow/util/compression.h"
#include "arrow/util/key_value_metadata.h"
#include "base/error_builder.h"
#include "base/overdraft_pool.h"
#include "format/arrow_parquet_file.h"
#include "format/chunk_form.h"
#include "format/column_chunk_facts.h"
#include "format/int96_reader.h"
#include "format/modelled_writer.h"
#include "format/parquet_boundary.h"
#include "format/schema_translation.h"
#include "format/writable_form.h"
#include "io/arrow_file.h"
#include "parquet/arrow/writer.h"
#include "parquet/properties.h"

namespace planish {
namespace {

/// Arrow writes no LZ4 framed the way of Hadoop; the same algorithm framed anew comes
/// closest.
arrow::Compression::type Writable(arrow::Compression::type codec) {
  return codec == arrow::Compression::LZ4_HADOOP ? arrow::Compression::LZ4 : codec;
}

arrow::Result<std::shared_ptr<parquet::WriterProperties>> MakeProperties(
    const ArrowParquetFile& file, const WriterOptions& options, arrow::MemoryPool* pool) {
  const parquet::FileMetaData& metadata = file.metadata();
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool);
  // A row group for a row group, however many rows it has.
  builder.max_row_group_length(std::numeric_limits<int64_t>::max());
  if (!options.compression.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int32_t codec, CodecOf(options));
    builder.compression(ArrowCodec(codec));
    if (options.compression_level) builder.compression_level(*options.compression_level);
    return builder.build();
  }
  if (file.footer().num_row_groups() == 0) return builder.build();
  const auto first = file.RowGroup(0);
  for (int leaf = 0; leaf < metadata.num_columns(); ++leaf) {
    const auto codec = first->ColumnChunk(leaf)->compression();
    builder.compression(metadata.schema()->Column(leaf)->path(), Writable(codec));
  }
  return builder.build();
}

/// Whether timestamps are INT96 here, all of them: Arrow writes either none or all that
/// way.
bool WritesInt96(const parquet::SchemaDescriptor& schema) {
  bool int96 = false, other = false;
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf) {
    const parquet::ColumnDescriptor* column = schema.Column(leaf);
    int96 |= column->physical_type() == parquet::Type::INT96;
    other |= column->logical_type() != nullptr && column->logical_type()->is_timestamp();
  }
  return int96 && !other;
}

std::shared_ptr<parquet::ArrowWriterProperties> MakeArrowProperties(
    const parquet::FileMetaData& metadata) {
  parquet::ArrowWriterProperties::Builder builder;
  const auto& entries = metadata.key_value_metadata();
  if (entries != nullptr && entries->Contains(kArrowSchemaKey)) builder.store_schema();
  if (WritesInt96(*metadata.schema())) builder.enable_deprecated_int96_timestamps();
  return builder.build();
}

/// Of one row group, or for the schema with -1, the types that the file's own Arrow
/// schema names, dictionaries and extensions too.
arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> OpenAsWritten(
    const ArrowParquetFile& file, int row_group, arrow::MemoryPool* pool) {
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  parquet::ReaderProperties reader_properties(pool);
  reader_properties.set_page_checksum_verification(true);
  ARROW_ASSIGN_OR_RAISE(auto metadata,
                        file.parsed_footer().ToRead(row_group, /*plain=*/false));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(
      builder.Open(file.stream(), reader_properties, std::move(metadata)));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_RETURN_NOT_OK(builder.memory_pool(pool)->properties(properties)->Build(&reader));
  return reader;
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadRowGroupTable(
    parquet::arrow::FileReader& reader) {
  constexpr int row_group = 0;
  const parquet::FileMetaData& metadata = *reader.parquet_reader()->metadata();
  auto row_group_reader = reader.parquet_reader()->RowGroup(row_group);
  std::vector<int> leaves(metadata.num_columns());
  std::iota(leaves.begin(), leaves.end(), 0);
  for (int leaf : leaves) {
    ARROW_RETURN_NOT_OK(CheckPhysicalType(metadata, row_group, leaf));
    if (metadata.schema()->Column(leaf)->physical_type() == parquet::Type::INT96) {
      ARROW_RETURN_NOT_OK(CheckInt96FitsNanoseconds(*row_group_reader, leaf));
    }
  }
  // Arrow changed how whole tables are returned twice since 21; a batch reader stayed.
  ARROW_ASSIGN_OR_RAISE(auto batches, reader.GetRecordBatchReader({row_group}, leaves));
  return batches->ToTable();
}

/// Slices and concatenates: Arrow's filter has no kernels for views.
arrow::Result<std::shared_ptr<arrow::Table>> WithoutDropped(
    const std::shared_ptr<arrow::Table>& table, const RowBitmapSlice& dropped,
    int64_t first_row, arrow::MemoryPool* pool) {
  std::vector<std::shared_ptr<arrow::Table>> runs = {table->Slice(0, 0)};
  for (int64_t begin = 0; begin < table->num_rows();) {
    int64_t end = begin;
    while (end < table->num_rows() && !dropped.Contains(first_row + end)) ++end;
    if (end > begin) runs.push_back(table->Slice(begin, end - begin));
    begin = end + 1;
  }
  ARROW_ASSIGN_OR_RAISE(auto kept, arrow::ConcatenateTables(runs));
  return kept->CombineChunks(pool);
}

/// Entries of the file itself, which need not be the schema's. The writer makes its own
/// Arrow schema.
arrow::Status CopyEntries(const parquet::FileMetaData& metadata,
                          parquet::arrow::FileWriter* writer) {
  const auto& entries = metadata.key_value_metadata();
  if (entries == nullptr) return arrow::Status::OK();
  auto copied = entries->Copy();
  if (copied->Contains(kArrowSchemaKey))
    ARROW_RETURN_NOT_OK(copied->Delete(kArrowSchemaKey));
  return writer->AddKeyValueMetadata(copied);
}

/// Timestamps that Arrow's tables do not hold over their whole range.
bool HasFlatInt96(const parquet::SchemaDescriptor& schema) {
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf) {
    if (IsFlatInt96(schema, leaf)) return true;
  }
  return false;
}

/// The same with a writer that knows INT96, and columns as the file has them where they
/// can be written so.
arrow::Result<int64_t> RewriteWithInt96(const ArrowParquetFile& file,
                                        const std::set<int>& skipped,
                                        const RowBitmapSlice& dropped,
                                        const WriterOptions& options, OutputFile* out,
                                        arrow::MemoryPool* pool, int* row_group) {
  BatchWriterOptions writer_options;
  writer_options.writer = options;
  writer_options.row_group_rows = std::numeric_limits<int64_t>::max();
  SchemaChange layouts;
  std::vector<int> columns(static_cast<size_t>(file.schema()->num_fields()));
  std::iota(columns.begin(), columns.end(), 0);
  for (const int column : columns) {
    if (CheckWritable(file, column).ok()) continue;
    layouts.retyped.push_back({column, file.schema()->field(column)});
  }
  ModelledWriter writer(out, writer_options, pool);
  ARROW_RETURN_NOT_OK(writer.Open(file, layouts));
  int64_t first_row = 0, rows_written = 0;
  for (*row_group = 0; *row_group < file.footer().num_row_groups(); ++*row_group) {
    const int64_t num_rows = file.footer().row_group_num_rows(*row_group);
    const int64_t begin = first_row;
    first_row += num_rows;
    if (skipped.contains(*row_group)) continue;
    ARROW_ASSIGN_OR_RAISE(auto reader, file.ReadRowGroup(*row_group, columns, num_rows));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    if (table->num_rows() != num_rows) {
      return arrow::Status::Invalid("row group has another number of rows than it says");
    }
    ARROW_ASSIGN_OR_RAISE(const auto kept, WithoutDropped(table, dropped, begin, pool));
    rows_written += kept->num_rows();
    if (kept->num_rows() == 0) continue;
    ARROW_ASSIGN_OR_RAISE(const auto batch, kept->CombineChunksToBatch(pool));
    ARROW_RETURN_NOT_OK(writer.Write(*batch));
    ARROW_RETURN_NOT_OK(writer.CutRowGroup());
  }
  ARROW_RETURN_NOT_OK(writer.Complete());
  return rows_written;
}

/// Leaves the row group at work in `row_group`.
arrow::Result<int64_t> Rewrite(const ArrowParquetFile& file, const std::set<int>& skipped,
                               const RowBitmapSlice& dropped,
                               const WriterOptions& options, OutputFile* out,
                               arrow::MemoryPool* pool, int* row_group) {
  const parquet::FileMetaData& metadata = file.metadata();
  if (metadata.num_columns() == 0 && metadata.num_rows() > 0) {
    return arrow::Status::NotImplemented("rows without columns cannot be written");
  }
  if (HasFlatInt96(*metadata.schema())) {
    return RewriteWithInt96(file, skipped, dropped, options, out, pool, row_group);
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenAsWritten(file, /*row_group=*/-1, pool));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  OverdraftPool writer_pool(pool);
  ARROW_ASSIGN_OR_RAISE(auto properties, MakeProperties(file, options, &writer_pool));
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(
                       *schema, &writer_pool, MakeArrowOutput(out), std::move(properties),
                       MakeArrowProperties(metadata)));
  ARROW_RETURN_NOT_OK(CopyEntries(metadata, writer.get()));
  int64_t first_row = 0, rows_written = 0;
  for (*row_group = 0; *row_group < file.footer().num_row_groups(); ++*row_group) {
    const int64_t num_rows = file.footer().row_group_num_rows(*row_group);
    first_row += num_rows;
    if (skipped.contains(*row_group)) continue;
    ARROW_ASSIGN_OR_RAISE(reader, OpenAsWritten(file, *row_group, pool));
    ARROW_ASSIGN_OR_RAISE(auto table, ReadRowGroupTable(*reader));
    if (table->num_rows() != num_rows) {
      return arrow::Status::Invalid("row group has another number of rows than it says");
    }
    ARROW_ASSIGN_OR_RAISE(auto kept,
                          WithoutDropped(table, dropped, first_row - num_rows, pool));
    rows_written += kept->num_rows();
    if (kept->num_rows() == 0) continue;
    ARROW_RETURN_NOT_OK(writer->WriteTable(*kept, kept->num_rows()));
    ARROW_RETURN_NOT_OK(writer_pool.refusal());
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_RETURN_NOT_OK(writer_pool.refusal());
  return rows_written;
}

}  // namespace

arrow::Result<int64_t> RewriteAsTables(const ParquetFile& file,
                                       const std::set<int>& skipped,
                                       const RowBitmapSlice& dropped,
                                       const WriterOptions& options, OutputFile* out,
                                       arrow::MemoryPool* pool) {
  int64_t rows_written = 0;
  int row_group = -1;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(rows_written,
                          Rewrite(static_cast<const ArrowParquetFile&>(file), skipped,
                                  dropped, options, out, pool, &row_group));
    return arrow::Status::OK();
  });
  if (status.ok()) return rows_written;
  return AddContext(status, KindOfReadError(status), file.path(), row_group);
}

}  // namespace planish
