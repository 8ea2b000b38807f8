// SPDX-License-Identifier: Apache-2.0
#include "format/file_splicer.h"

#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/buffer.h"
#include "base/error_builder.h"
#include "format/chunk_bloom_filter.h"
#include "format/index_splicer.h"
#include "format/parquet_fields.h"
#include "format/spliced_row_group.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr std::string_view kMagic = "PAR1";

// Leaf columns whose statistics follow an order that planish's encoder does not write.
// Empty if there are none.
arrow::Result<std::vector<bool>> ColumnsOfOtherOrder(std::string_view file_metadata) {
  std::vector<bool> other;
  bool any = false;
  const auto add_column = [&](std::string_view column_order) -> arrow::Status {
    ThriftStructReader reader(column_order);
    ThriftField field;
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Next(&field));
    other.push_back(!found || field.key() != column_order_field::kTypeDefined);
    any = any || other.back();
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(VisitFields(file_metadata, [&](const ThriftField& field) {
    return field.key() == file_field::kColumnOrders ? VisitStructs(field, add_column)
                                                    : arrow::Status::OK();
  }));
  if (!any) other.clear();
  return other;
}

/// Whether no column that the row group claims to be sorted by has got new values, or
/// another place.
arrow::Result<bool> KeepsOrder(std::string_view row_group,
                               const std::vector<SplicedChunk>& chunks,
                               const std::vector<int>& source_leaves) {
  bool keeps = true;
  const auto check = [&](std::string_view sorting_column) {
    return VisitFields(sorting_column, [&](const ThriftField& field) -> arrow::Status {
      if (field.key() != sorting_field::kColumnIndex) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(const int64_t leaf, field.I32());
      if (leaf < 0 || leaf >= static_cast<int64_t>(chunks.size())) {
        return arrow::Status::OK();
      }
      const SplicedChunk& chunk = chunks[static_cast<size_t>(leaf)];
      keeps = keeps && !(chunk.encoded && chunk.encoded->has_new_values) &&
              source_leaves[static_cast<size_t>(leaf)] == leaf;
      return arrow::Status::OK();
    });
  };
  ARROW_RETURN_NOT_OK(VisitFields(row_group, [&](const ThriftField& field) {
    return field.key() == row_group_field::kSortingColumns ? VisitStructs(field, check)
                                                           : arrow::Status::OK();
  }));
  return keeps;
}

/// Whether a field of the footer says something else with other columns.
bool IsAboutColumns(const ThriftField& field) {
  return field.key() == file_field::kSchema || field.key() == file_field::kColumnOrders ||
         field.key() == file_field::kKeyValueMetadata;
}

}  // namespace

struct FileSplicer::State {
  OutputFile* out;
  InputFile* source;
  const Footer* base;
  const FooterChange* change;  // null: none
  arrow::MemoryPool* pool;
  // For each leaf column that of `base`, or -1.
  std::vector<int> source_leaves = {};
  // Of the row group being rebuilt: bloom filters, and the chunks that they are of.
  std::vector<std::pair<size_t, std::shared_ptr<arrow::Buffer>>> bloom_filters = {};
  std::vector<bool> other_order = {};
  std::vector<SplicedRowGroup> row_groups = {};
  // Of the base row group that is being copied or rebuilt.
  std::vector<ColumnChunkLayout> layouts = {};
  bool in_row_group = false, finished = false;
  int64_t bytes_copied = 0;
  int64_t indexes_left_out = 0;

  arrow::Status StartRowGroup(int row_group, int64_t num_rows);
  arrow::Status CopyAllChunks();
  arrow::Status CheckInRowGroup() const;
  size_t num_chunks() const { return source_leaves.size(); }
  // Of the base file's chunk for the next column; null if it has none.
  const ColumnChunkLayout* NextLayout() const {
    const int leaf = source_leaves[row_groups.back().chunks.size()];
    return leaf < 0 ? nullptr : &layouts[static_cast<size_t>(leaf)];
  }
  arrow::Status TakeBloomFilter(const EncodedChunk& chunk);
  arrow::Status CopyBytes(int64_t offset, int64_t length);
  bool KeepOrderStatistics(size_t chunk) const {
    const int leaf = source_leaves[chunk];
    return leaf < 0 || static_cast<size_t>(leaf) >= other_order.size() ||
           !other_order[static_cast<size_t>(leaf)];
  }
  int64_t NumRows() const;
  arrow::Status AppendBytes(std::string* bytes);
  arrow::Status WriteFooter();
  arrow::Status WriteRowGroups();
  arrow::Status WriteChanged(const ThriftField& field, ThriftStructWriter* writer,
                             std::string* bytes) const;
  arrow::Status WriteColumnOrders(const ThriftField& field, std::string* bytes) const;
  arrow::Status WriteChunkMetadata(const SplicedRowGroup& row_group, size_t index,
                                   std::string_view source_chunk,
                                   std::string* bytes) const;
};

FileSplicer::FileSplicer(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileSplicer::FileSplicer(FileSplicer&&) noexcept = default;
FileSplicer& FileSplicer::operator=(FileSplicer&&) noexcept = default;
FileSplicer::~FileSplicer() = default;

int64_t FileSplicer::bytes_copied() const {
  return state_->bytes_copied;
}
int64_t FileSplicer::indexes_left_out() const {
  return state_->indexes_left_out;
}

arrow::Result<FileSplicer> FileSplicer::Make(OutputFile* out, InputFile* source,
                                             const Footer* base,
                                             const FooterChange* change,
                                             arrow::MemoryPool* pool) {
  if (out->position() != 0)
    return arrow::Status::Invalid("splicing needs an empty output file");
  auto state = std::make_unique<State>(State{out, source, base, change, pool});
  if (change != nullptr) {
    state->source_leaves = change->source_leaves;
  } else {
    state->source_leaves.resize(static_cast<size_t>(base->num_leaf_columns()));
    std::iota(state->source_leaves.begin(), state->source_leaves.end(), 0);
  }
  ARROW_ASSIGN_OR_RAISE(state->other_order, ColumnsOfOtherOrder(base->bytes()));
  ARROW_RETURN_NOT_OK(out->Append(kMagic.data(), static_cast<int64_t>(kMagic.size())));
  return FileSplicer(std::move(state));
}

arrow::Status FileSplicer::State::StartRowGroup(int row_group, int64_t num_rows) {
  if (in_row_group || finished) {
    return arrow::Status::Invalid("row group begun before the last one ended");
  }
  if (row_group < 0 || row_group >= base->num_row_groups()) {
    return arrow::Status::Invalid("no such row group: ", row_group);
  }
  ARROW_ASSIGN_OR_RAISE(layouts, base->ColumnChunks(row_group));
  SplicedRowGroup& begun = row_groups.emplace_back();
  begun.source_row_group = row_group;
  begun.placement.num_rows = num_rows;
  begun.placement.file_offset = out->position();
  begun.placement.ordinal = static_cast<int>(row_groups.size()) - 1;
  for (const ColumnChunkLayout& layout : layouts) {
    begun.has_bloom_filter |= layout.bloom_filter_offset >= 0;
    begun.has_page_index |=
        layout.column_index_offset >= 0 || layout.offset_index_offset >= 0;
  }
  begun.chunks.reserve(num_chunks());
  in_row_group = true;
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::CheckInRowGroup() const {
  if (!in_row_group) return arrow::Status::Invalid("column chunk outside a row group");
  if (row_groups.back().chunks.size() == num_chunks()) {
    return arrow::Status::Invalid("row group has all its column chunks already");
  }
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::CopyBytes(int64_t offset, int64_t length) {
  if (length == 0) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(out->AppendFrom(*source, offset, length));
  bytes_copied += length;
  return arrow::Status::OK();
}

arrow::Status FileSplicer::CopyRowGroup(int row_group) {
  State& state = *state_;
  if (state.change != nullptr) {
    return arrow::Status::Invalid(
        "a row group whose columns change cannot be copied whole");
  }
  const bool exists = row_group >= 0 && row_group < state.base->num_row_groups();
  ARROW_RETURN_NOT_OK(state.StartRowGroup(
      row_group, exists ? state.base->row_group_num_rows(row_group) : 0));
  ARROW_RETURN_NOT_OK(state.CopyAllChunks());
  state.in_row_group = false;
  return arrow::Status::OK();
}

// Chunks that follow each other are copied in one go. Between others there may be
// anything, old copies of metadata for instance, that must not come along.
arrow::Status FileSplicer::State::CopyAllChunks() {
  int64_t begin = 0, length = 0;
  for (const ColumnChunkLayout& layout : layouts) {
    if (layout.data_length > 0 && layout.data_offset != begin + length) {
      ARROW_RETURN_NOT_OK(CopyBytes(begin, length));
      begin = layout.data_offset;
      length = 0;
    }
    SplicedChunk& chunk = row_groups.back().chunks.emplace_back();
    chunk.placement.data_shift = out->position() + length - layout.data_offset;
    length += layout.data_length;
  }
  return CopyBytes(begin, length);
}

arrow::Status FileSplicer::BeginRowGroup(int row_group, int64_t num_rows) {
  ARROW_RETURN_NOT_OK(state_->StartRowGroup(row_group, num_rows));
  RowGroupPlacement& placement = state_->row_groups.back().placement;
  placement.total_byte_size = placement.total_compressed_size = 0;
  return arrow::Status::OK();
}

arrow::Status FileSplicer::AppendChunk(const EncodedChunk& chunk) {
  State& state = *state_;
  ARROW_RETURN_NOT_OK(state.CheckInRowGroup());
  ARROW_ASSIGN_OR_RAISE(const EncodedSizes sizes, ReadEncodedSizes(chunk.column_chunk));
  if (sizes.compressed != chunk.data.size()) {
    return arrow::Status::Invalid("encoded column chunk has ", chunk.data.size(),
                                  " bytes, but says ", sizes.compressed);
  }
  SplicedRowGroup& row_group = state.row_groups.back();
  SplicedChunk spliced;
  spliced.placement.data_shift = state.out->position();
  spliced.encoded = std::make_unique<EncodedMetadata>();
  spliced.encoded->column_chunk = chunk.column_chunk;
  spliced.encoded->has_new_values = chunk.has_new_values;
  if (state.KeepOrderStatistics(row_group.chunks.size())) {
    spliced.encoded->column_index = chunk.column_index;
  }
  if (!chunk.offset_index.empty()) {
    ARROW_ASSIGN_OR_RAISE(RelocatedOffsetIndex index,
                          RelocateOffsetIndex(chunk.offset_index, 0, sizes.compressed,
                                              spliced.placement.data_shift));
    spliced.encoded->offset_index = std::move(index.bytes);
  }
  row_group.has_page_index |= !chunk.offset_index.empty() || !chunk.column_index.empty();
  ARROW_RETURN_NOT_OK(state.TakeBloomFilter(chunk));
  ARROW_RETURN_NOT_OK(chunk.data.AppendTo(state.out));
  row_group.placement.total_byte_size += sizes.uncompressed;
  row_group.placement.total_compressed_size += sizes.compressed;
  row_group.chunks.push_back(std::move(spliced));
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::TakeBloomFilter(const EncodedChunk& chunk) {
  std::shared_ptr<arrow::Buffer> filter = chunk.bloom_filter;
  const ColumnChunkLayout* const layout = NextLayout();
  if (filter == nullptr && chunk.new_value_hashes && layout != nullptr) {
    ARROW_ASSIGN_OR_RAISE(
        filter, ExtendBloomFilter(source, *layout, *chunk.new_value_hashes, pool));
  }
  if (filter != nullptr) {
    bloom_filters.emplace_back(row_groups.back().chunks.size(), std::move(filter));
  }
  return arrow::Status::OK();
}

arrow::Status FileSplicer::CopyChunk() {
  State& state = *state_;
  ARROW_RETURN_NOT_OK(state.CheckInRowGroup());
  SplicedRowGroup& row_group = state.row_groups.back();
  if (state.NextLayout() == nullptr) {
    return arrow::Status::Invalid("a new column has no column chunk to copy");
  }
  const ColumnChunkLayout& layout = *state.NextLayout();
  SplicedChunk chunk;
  chunk.placement.data_shift = state.out->position() - layout.data_offset;
  ARROW_RETURN_NOT_OK(state.CopyBytes(layout.data_offset, layout.data_length));
  row_group.placement.total_byte_size += layout.total_uncompressed_size;
  row_group.placement.total_compressed_size += layout.total_compressed_size;
  row_group.chunks.push_back(std::move(chunk));
  return arrow::Status::OK();
}

arrow::Status FileSplicer::EndRowGroup() {
  if (!state_->in_row_group) return arrow::Status::Invalid("no row group to end");
  SplicedRowGroup& row_group = state_->row_groups.back();
  ARROW_ASSIGN_OR_RAISE(
      row_group.placement.keep_sorting,
      KeepsOrder(state_->base->row_group_bytes(row_group.source_row_group),
                 row_group.chunks, state_->source_leaves));
  const size_t num_chunks = state_->row_groups.back().chunks.size();
  if (num_chunks != state_->num_chunks()) {
    return arrow::Status::Invalid("row group ended with ", num_chunks, " of ",
                                  state_->num_chunks(), " column chunks");
  }
  for (const auto& [chunk, filter] : state_->bloom_filters) {
    row_group.chunks[chunk].placement.bloom_filter = {state_->out->position(),
                                                      filter->size()};
    ARROW_RETURN_NOT_OK(state_->out->Append(filter->data(), filter->size()));
  }
  state_->bloom_filters.clear();
  state_->in_row_group = false;
  return arrow::Status::OK();
}

int64_t FileSplicer::State::NumRows() const {
  int64_t num_rows = 0;
  for (const SplicedRowGroup& row_group : row_groups)
    num_rows += row_group.placement.num_rows;
  return num_rows;
}

arrow::Result<int64_t> FileSplicer::Finish() {
  State& state = *state_;
  if (state.in_row_group || state.finished) {
    return arrow::Status::Invalid("file finished twice, or within a row group");
  }
  state.finished = true;
  IndexSplicer indexes(state.out, state.source, state.base, &state.source_leaves);
  ARROW_RETURN_NOT_OK(indexes.Write(&state.row_groups));
  state.indexes_left_out = indexes.left_out();
  ARROW_RETURN_NOT_OK(state.WriteFooter());
  return state.NumRows();
}

arrow::Status FileSplicer::State::AppendBytes(std::string* bytes) {
  const arrow::Status status =
      out->Append(bytes->data(), static_cast<int64_t>(bytes->size()));
  bytes->clear();
  return status;
}

// Written as it comes into being: it may be as large as the one in memory.
arrow::Status FileSplicer::State::WriteFooter() {
  const int64_t begin = out->position();
  std::string bytes;
  ThriftStructWriter writer(&bytes);
  bool has_key_values = change == nullptr;
  const auto write_key_values = [&] {
    if (has_key_values || change->num_key_values == 0) return;
    has_key_values = true;
    writer.Header(FieldId(file_field::kKeyValueMetadata), ThriftType::kList);
    AppendThriftListHeader(ThriftType::kStruct, change->num_key_values, &bytes);
    bytes += change->key_values;
  };
  ARROW_RETURN_NOT_OK(
      VisitFields(base->bytes(), [&](const ThriftField& field) -> arrow::Status {
        if (field.id >= FieldId(file_field::kKeyValueMetadata)) write_key_values();
        if (change != nullptr && IsAboutColumns(field)) {
          return WriteChanged(field, &writer, &bytes);
        }
        switch (field.key()) {
          case file_field::kNumRows:
            writer.I64(field.id, NumRows());
            break;
          case file_field::kRowGroups:
            writer.Header(field.id, ThriftType::kList);
            AppendThriftListHeader(ThriftType::kStruct,
                                   static_cast<int32_t>(row_groups.size()), &bytes);
            ARROW_RETURN_NOT_OK(AppendBytes(&bytes));
            return WriteRowGroups();
          case kExtensionField:
          case kPrintedExtensionField:
            break;
          default:
            writer.Field(field);
        }
        return arrow::Status::OK();
      }));
  write_key_values();
  writer.Stop();
  ARROW_RETURN_NOT_OK(AppendBytes(&bytes));
  const int64_t length = out->position() - begin;
  if (length > std::numeric_limits<uint32_t>::max()) {
    return Error(ErrorKind::kUnsupported, "footer would be larger than Parquet allows")
        .File(out->path())
        .Fact("size", std::to_string(length) + " bytes");
  }
  for (int shift = 0; shift < 32; shift += 8)
    bytes.push_back(static_cast<char>(length >> shift));
  bytes.append(kMagic);
  return AppendBytes(&bytes);
}

arrow::Status FileSplicer::State::WriteChanged(const ThriftField& field,
                                               ThriftStructWriter* writer,
                                               std::string* bytes) const {
  if (field.key() == file_field::kKeyValueMetadata) return arrow::Status::OK();
  writer->Header(field.id, field.type);
  if (field.key() != file_field::kSchema) return WriteColumnOrders(field, bytes);
  AppendThriftListHeader(ThriftType::kStruct, change->num_schema_elements, bytes);
  *bytes += change->schema_elements;
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::WriteColumnOrders(const ThriftField& field,
                                                    std::string* bytes) const {
  std::vector<std::string_view> orders;
  ARROW_RETURN_NOT_OK(VisitStructs(field, [&](std::string_view order) {
    orders.push_back(order);
    return arrow::Status::OK();
  }));
  AppendThriftListHeader(ThriftType::kStruct, static_cast<int32_t>(source_leaves.size()),
                         bytes);
  for (const int leaf : source_leaves) {
    if (leaf >= 0 && static_cast<size_t>(leaf) < orders.size()) {
      *bytes += orders[static_cast<size_t>(leaf)];
      continue;
    }
    ThriftStructWriter order(bytes);
    order.Header(FieldId(column_order_field::kTypeDefined), ThriftType::kStruct);
    ThriftStructWriter(bytes).Stop();
    order.Stop();
  }
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::WriteRowGroups() {
  std::string bytes;
  for (const SplicedRowGroup& row_group : row_groups) {
    ARROW_ASSIGN_OR_RAISE(layouts, base->ColumnChunks(row_group.source_row_group));
    const auto write_chunk = [&](int index, std::string_view source_chunk) {
      return WriteChunkMetadata(row_group, static_cast<size_t>(index), source_chunk,
                                &bytes);
    };
    ARROW_RETURN_NOT_OK(
        RelocateRowGroup(base->row_group_bytes(row_group.source_row_group),
                         row_group.placement, source_leaves, write_chunk, &bytes));
    ARROW_RETURN_NOT_OK(AppendBytes(&bytes));
  }
  return arrow::Status::OK();
}

arrow::Status FileSplicer::State::WriteChunkMetadata(const SplicedRowGroup& row_group,
                                                     size_t index,
                                                     std::string_view source_chunk,
                                                     std::string* bytes) const {
  const SplicedChunk& chunk = row_group.chunks[index];
  if (!chunk.encoded) {
    const auto leaf = static_cast<size_t>(source_leaves[index]);
    return RelocateChunk(source_chunk, layouts[leaf], chunk.placement, bytes);
  }
  return WriteEncodedChunk(chunk.encoded->column_chunk,
                           chunk.encoded->has_new_values ? "" : source_chunk,
                           chunk.placement, KeepOrderStatistics(index), bytes);
}

}  // namespace planish
