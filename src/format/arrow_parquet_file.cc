// SPDX-License-Identifier: Apache-2.0
#include "format/arrow_parquet_file.h"

#include <algorithm>
#include <utility>

#include "arrow/util/key_value_metadata.h"
#include "base/error_builder.h"
#include "format/column_chunk_facts.h"
#include "format/decoded_size.h"
#include "format/int96_reader.h"
#include "format/page_claims.h"
#include "format/page_statistics.h"
#include "format/parquet_boundary.h"
#include "format/parquet_fields.h"
#include "format/row_group_reader.h"
#include "format/schema_translation.h"
#include "format/stored_form.h"
#include "format/thrift_compact.h"
#include "io/arrow_file.h"
#include "parquet/arrow/schema.h"

namespace planish {
namespace {

/// What the read buffers of one row group may take together, and one of them at least and
/// at most.
constexpr int64_t kBuffersBytes = int64_t{32} << 20;
constexpr int64_t kMinBufferBytes = int64_t{16} << 10;
constexpr int64_t kMaxBufferBytes = int64_t{1} << 20;

/// What a batch takes when decoded, about: enough that calls for each batch cost nothing,
/// little enough to stay in the second level of cache.
constexpr double kBatchBytes = double{4} * (1 << 20);

/// From so many columns on, to make a reader costs more than to read a small column.
constexpr int kManyColumns = 256;
/// Readers that are kept have so many columns together.
constexpr size_t kKeptColumns = 16 * 1024;

int64_t BufferShare(size_t leaves) {
  const auto count = static_cast<int64_t>(std::max<size_t>(leaves, 1));
  return std::clamp(kBuffersBytes / count, kMinBufferBytes, kMaxBufferBytes);
}

/// No buffer needs to be larger than the largest chunk read through it.
int64_t BufferBytes(const parquet::RowGroupMetaData& row_group,
                    const std::vector<int>& leaves) {
  int64_t largest = 1;
  for (int leaf : leaves) {
    largest = std::max(largest, row_group.ColumnChunk(leaf)->total_compressed_size());
  }
  return std::min(BufferShare(leaves.size()), largest);
}

}  // namespace

ArrowParquetFile::ArrowParquetFile(std::shared_ptr<InputFile> input, Footer footer,
                                   arrow::MemoryPool* pool)
    : input_(std::move(input)), footer_(std::move(footer)), pool_(pool) {}

arrow::Result<std::shared_ptr<ArrowParquetFile>> ArrowParquetFile::Make(
    std::shared_ptr<InputFile> input, Footer footer, arrow::MemoryPool* pool) {
  std::shared_ptr<ArrowParquetFile> file(
      new ArrowParquetFile(std::move(input), std::move(footer), pool));
  ARROW_ASSIGN_OR_RAISE(file->parsed_, ParsedFooter::Make(&file->footer_, pool));
  file->stream_ = MakeArrowFile(file->input_, pool);
  if (file->footer_.num_leaf_columns() != file->num_leaf_columns()) {
    return arrow::Status::Invalid(
        "row group has another number of columns than the schema");
  }
  ARROW_RETURN_NOT_OK(file->TranslateSchema());
  ARROW_RETURN_NOT_OK(file->CheckRowCounts());
  return file;
}

arrow::Status ArrowParquetFile::TranslateSchema() {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(0, {}, 0));
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema_));
  const parquet::SchemaDescriptor& parquet_schema = *metadata().schema();
  const parquet::schema::GroupNode& root = *parquet_schema.group_node();
  leaves_.resize(root.field_count());
  arrow::FieldVector fields = schema_->fields();
  int column = 0;
  for (int leaf = 0; leaf < num_leaf_columns(); ++leaf) {
    // By identity, as names need not be unique; leaves come in the order of columns.
    while (root.field(column).get() != parquet_schema.GetColumnRoot(leaf)) ++column;
    leaves_[column].push_back(leaf);
    const parquet::arrow::SchemaField* field = nullptr;
    ARROW_RETURN_NOT_OK(reader->manifest().GetColumnField(leaf, &field));
    leaf_types_.push_back(field->field->type());
    if (IsFlatInt96(parquet_schema, leaf)) {
      leaf_types_.back() = Int96ValueType();
      fields[column] = fields[column]
                           ->WithType(Int96ValueType())
                           ->WithMergedMetadata(arrow::key_value_metadata(
                               {kInt96FieldKey}, {"nanoseconds"}));
    }
  }
  schema_ = arrow::schema(std::move(fields), schema_->metadata());
  return arrow::Status::OK();
}

arrow::Status ArrowParquetFile::CheckRowCounts() const {
  for (int i = 0; i < footer_.num_row_groups() && num_leaf_columns() > 0; ++i) {
    if (!IsImplausible(footer_.row_group_num_rows(i),
                       footer_.row_group_compressed_size(i))) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto layouts, footer_.ColumnChunks(i));
    const ColumnChunkLayout& smallest =
        *std::ranges::min_element(layouts, {}, &ColumnChunkLayout::total_compressed_size);
    const arrow::Status status = CheckPageClaims(input_.get(), smallest, pool_);
    if (!status.ok()) return AddContext(status, ErrorKind::kCorrupt, path(), i);
  }
  return arrow::Status::OK();
}

arrow::Status ArrowParquetFile::CheckClaims(int row_group,
                                            const std::vector<int>& columns) const {
  ARROW_ASSIGN_OR_RAISE(const auto chunks, ColumnChunks(row_group));
  for (const int column : columns) {
    for (const int leaf : leaves_[column]) {
      const arrow::Status status = CheckPageClaims(
          input_.get(), chunks->layouts[static_cast<size_t>(leaf)], pool_);
      if (status.ok()) continue;
      return AddContext(status, KindOfReadError(status), path(), row_group,
                        schema_->field(column)->name());
    }
  }
  return arrow::Status::OK();
}

std::string ArrowParquetFile::leaf_path(int leaf) const {
  return metadata().schema()->Column(leaf)->path()->ToDotString();
}

ColumnChunkStatistics ArrowParquetFile::Statistics(int row_group, int leaf) const {
  ColumnChunkStatistics statistics;
  // Statistics that cannot be understood are as good as none.
  arrow::Status ignored = CatchParquet([&] {
    const RowGroupView group = RowGroup(row_group);
    const auto chunk = group->ColumnChunk(leaf);
    statistics =
        StatisticsOf(*chunk, *metadata().schema()->Column(leaf), leaf_types_[leaf]);
    return arrow::Status::OK();
  });
  return ignored.ok() ? statistics : ColumnChunkStatistics{};
}

ColumnChunkSummary ArrowParquetFile::Summary(int row_group, int leaf) const {
  ColumnChunkSummary summary;
  summary.path = leaf_path(leaf);
  arrow::Status ignored = CatchParquet([&] {
    const RowGroupView group = RowGroup(row_group);
    Summarize(*group->ColumnChunk(leaf), &summary);
    return arrow::Status::OK();
  });
  return summary;
}

std::vector<PageStatistics> ArrowParquetFile::Pages(int row_group, int leaf) const {
  std::vector<PageStatistics> pages;
  // An index that cannot be read is as good as none.
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto chunks, ColumnChunks(row_group));
    return ReadPageStatistics(*input_, chunks->layouts[static_cast<size_t>(leaf)],
                              *metadata().schema()->Column(leaf), leaf_types_[leaf],
                              pool_)
        .Value(&pages);
  });
  return status.ok() ? pages : std::vector<PageStatistics>();
}

std::unique_ptr<ChunkBloomFilter> ArrowParquetFile::OpenBloomFilter(
    int row_group, int leaf, const arrow::DataType& type) const {
  std::unique_ptr<ChunkBloomFilter> filter;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    const auto form =
        StoredForm::Make(*metadata().schema()->Column(leaf), *leaf_types_[leaf], type);
    if (!form) return arrow::Status::OK();
    const RowGroupView group = RowGroup(row_group);
    ARROW_RETURN_NOT_OK(CheckPhysicalType(*group.metadata, group.index, leaf));
    ARROW_ASSIGN_OR_RAISE(const auto chunks, ColumnChunks(row_group));
    return ChunkBloomFilter::Open(input_.get(),
                                  chunks->layouts[static_cast<size_t>(leaf)], *form)
        .Value(&filter);
  });
  return status.ok() ? std::move(filter) : nullptr;
}

arrow::Result<std::shared_ptr<const ArrowParquetFile::ColumnChunkSet>>
ArrowParquetFile::ColumnChunks(int row_group) const {
  // Column chunks of a row group are transcoded one by one, row groups about in order,
  // and finding a chunk takes a walk over all of them.
  constexpr size_t kKept = 8;
  std::lock_guard lock(chunks_mutex_);
  if (const auto found = chunks_.find(row_group); found != chunks_.end())
    return found->second;
  auto chunks = std::make_shared<ColumnChunkSet>();
  ARROW_ASSIGN_OR_RAISE(chunks->layouts, footer_.ColumnChunks(row_group));
  ARROW_RETURN_NOT_OK(
      VisitFields(footer_.row_group_bytes(row_group), [&](const ThriftField& field) {
        if (field.key() != row_group_field::kColumns) return arrow::Status::OK();
        return VisitStructs(field, [&](std::string_view structure) {
          chunks->structures.push_back(structure);
          return arrow::Status::OK();
        });
      }));
  if (chunks->layouts.size() != static_cast<size_t>(num_leaf_columns()) ||
      chunks->structures.size() != chunks->layouts.size()) {
    return arrow::Status::Invalid(
        "row group has another number of columns than the schema");
  }
  while (chunks_.size() >= kKept) chunks_.erase(chunks_.begin());
  chunks_[row_group] = chunks;
  return chunks;
}

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> ArrowParquetFile::OpenReader(
    int row_group, const std::vector<int>& leaves, int64_t buffer_bytes) const {
  parquet::ReaderProperties properties(pool_);
  // What is decided by damaged values is wrong without anybody noticing.
  properties.set_page_checksum_verification(true);
  if (!leaves.empty()) {
    properties.enable_buffered_stream();
    properties.set_buffer_size(buffer_bytes);
  }
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_pre_buffer(false);
  // Arrow's readers of single columns read all row groups that there are.
  ARROW_ASSIGN_OR_RAISE(auto metadata,
                        parsed_->ToRead(leaves.empty() ? -1 : row_group, /*plain=*/true));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(stream_, properties, std::move(metadata)));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_RETURN_NOT_OK(
      builder.memory_pool(pool_)->properties(arrow_properties)->Build(&reader));
  return reader;
}

arrow::Result<std::shared_ptr<parquet::arrow::FileReader>> ArrowParquetFile::ReaderFor(
    int row_group, const std::vector<int>& leaves) const {
  if (num_leaf_columns() < kManyColumns || leaves.empty()) {
    int64_t buffer_bytes = 0;
    if (!leaves.empty()) {
      const RowGroupView group = RowGroup(row_group);
      buffer_bytes = BufferBytes(*group.metadata->RowGroup(group.index), leaves);
    }
    return OpenReader(row_group, leaves, buffer_bytes);
  }
  const int64_t buffer_bytes = BufferShare(leaves.size());
  const std::lock_guard lock(readers_mutex_);
  const auto found = std::ranges::find_if(readers_, [&](const KeptReader& kept) {
    return kept.row_group == row_group && kept.buffer_bytes == buffer_bytes;
  });
  if (found != readers_.end()) {
    std::rotate(readers_.begin(), found, found + 1);
    return readers_.front().reader;
  }
  const size_t most = kKeptColumns / static_cast<size_t>(num_leaf_columns()) + 1;
  while (readers_.size() >= most) readers_.pop_back();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<parquet::arrow::FileReader> reader,
                        OpenReader(row_group, leaves, buffer_bytes));
  readers_.push_front({row_group, buffer_bytes, reader});
  return reader;
}

arrow::Status ArrowParquetFile::OpenColumn(int row_group, int index,
                                           OpenColumns* opened) const {
  OpenColumns::Column& column = opened->columns.emplace_back();
  column.field = schema_->field(index);
  const std::vector<int>& leaves = leaves_[index];
  if (leaves.empty()) return arrow::Status::NotImplemented("group without columns");
  const RowGroupView view = RowGroup(row_group);
  for (int leaf : leaves) {
    ARROW_RETURN_NOT_OK(CheckPhysicalType(*view.metadata, view.index, leaf));
    if (metadata().schema()->Column(leaf)->physical_type() != parquet::Type::INT96)
      continue;
    const auto group = opened->reader->parquet_reader()->RowGroup(0);
    if (IsFlatInt96(*metadata().schema(), leaf)) {
      column.int96_reader = std::make_unique<Int96Reader>(group->Column(leaf), pool_);
      return arrow::Status::OK();
    }
    ARROW_RETURN_NOT_OK(CheckInt96FitsNanoseconds(*group, leaf));
  }
  return opened->reader->GetColumn(index, &column.arrow_reader);
}

arrow::Result<OpenColumns> ArrowParquetFile::Open(int row_group,
                                                  const std::vector<int>& columns) const {
  OpenColumns opened;
  const std::vector<int> leaves = LeavesOf(columns);
  if (leaves.empty() && columns.empty()) return opened;
  const arrow::Status status =
      CatchParquet([&] { return ReaderFor(row_group, leaves).Value(&opened.reader); });
  if (!status.ok()) {
    return AddContext(status, KindOfReadError(status), path(), row_group);
  }
  for (int index : columns) {
    const arrow::Status column =
        CatchParquet([&] { return OpenColumn(row_group, index, &opened); });
    if (!column.ok()) {
      return AddContext(column, KindOfReadError(column), path(), row_group,
                        schema_->field(index)->name());
    }
  }
  return opened;
}

std::vector<int> ArrowParquetFile::LeavesOf(const std::vector<int>& columns) const {
  std::vector<int> leaves;
  for (int column : columns) {
    leaves.insert(leaves.end(), leaves_[column].begin(), leaves_[column].end());
  }
  return leaves;
}

int64_t ArrowParquetFile::BatchRows(int row_group, const std::vector<int>& columns,
                                    int64_t most) const {
  double row_bytes = 0;
  // What cannot be told bounds nothing.
  (void)CatchParquet([&] {
    const RowGroupView group = RowGroup(row_group);
    row_bytes = DecodedBytesPerRow(*group.metadata, group.index, LeavesOf(columns));
    return arrow::Status::OK();
  });
  const double rows = kBatchBytes / std::max(row_bytes, 1.0);
  return rows < static_cast<double>(most)
             ? std::max<int64_t>(1, static_cast<int64_t>(rows))
             : most;
}

arrow::Result<std::unique_ptr<arrow::RecordBatchReader>> ArrowParquetFile::ReadRowGroup(
    int row_group, const std::vector<int>& columns, int64_t batch_rows) const {
  std::unique_ptr<RowGroupBatchReader> reader;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    arrow::FieldVector fields;
    for (int column : columns) fields.push_back(schema_->field(column));
    reader = std::make_unique<RowGroupBatchReader>(
        [this, row_group, columns] { return Open(row_group, columns); },
        [this, row_group, columns] { return CheckClaims(row_group, columns); },
        arrow::schema(std::move(fields)), footer_.row_group_num_rows(row_group),
        BatchRows(row_group, columns, batch_rows), pool_, path(), row_group);
    return reader->Open();
  });
  if (status.ok()) return reader;
  return AddContext(status, KindOfReadError(status), path(), row_group);
}

}  // namespace planish
