// SPDX-License-Identifier: Apache-2.0
#include "format/index_splicer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace planish {
namespace {

constexpr int64_t kReadAhead = 256 * 1024;
// Hundreds of thousands of pages. Something that says it is larger is damaged, and must
// not take the memory, of which copying takes three times as much.
constexpr int64_t kMaxPageIndex = 16 * 1024 * 1024;
// A BloomFilterHeader takes about 15 bytes.
constexpr int64_t kMaxBloomFilterHeader = 256;

}  // namespace

arrow::Result<std::string_view> IndexSplicer::ReadAhead::Read(int64_t offset,
                                                              int64_t length) {
  const auto buffered = static_cast<int64_t>(buffer_.size());
  if (offset < begin_ || offset + length > begin_ + buffered) {
    const int64_t count = std::min(std::max(length, kReadAhead), file_->size() - offset);
    buffer_.resize(static_cast<size_t>(std::max(count, length)));
    begin_ = offset;
    const arrow::Status status =
        file_->ReadAt(offset, static_cast<int64_t>(buffer_.size()), buffer_.data());
    if (!status.ok()) {
      buffer_.clear();
      return status;
    }
  }
  return std::string_view(buffer_).substr(static_cast<size_t>(offset - begin_),
                                          static_cast<size_t>(length));
}

arrow::Status IndexSplicer::Write(std::vector<SplicedRowGroup>* row_groups) {
  for (SplicedRowGroup& row_group : *row_groups) {
    if (!row_group.has_bloom_filter) continue;
    ARROW_RETURN_NOT_OK(ForEachChunk(&row_group, &IndexSplicer::WriteBloomFilter));
  }
  for (const WriteOne write :
       {&IndexSplicer::WriteColumnIndex, &IndexSplicer::WriteOffsetIndex}) {
    for (SplicedRowGroup& row_group : *row_groups) {
      if (row_group.has_page_index) ARROW_RETURN_NOT_OK(ForEachChunk(&row_group, write));
    }
  }
  return arrow::Status::OK();
}

// Layouts are read again for every kind of index: kept, they would take more than the
// footer.
arrow::Status IndexSplicer::ForEachChunk(SplicedRowGroup* row_group, WriteOne write) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<ColumnChunkLayout> layouts,
                        base_->ColumnChunks(row_group->source_row_group));
  const ColumnChunkLayout none;
  for (size_t i = 0; i < row_group->chunks.size(); ++i) {
    const int leaf = (*source_leaves_)[i];
    ARROW_RETURN_NOT_OK((this->*write)(
        leaf >= 0 ? layouts[static_cast<size_t>(leaf)] : none, &row_group->chunks[i]));
  }
  return arrow::Status::OK();
}

arrow::Status IndexSplicer::Append(std::string_view bytes, FileRange* range) {
  *range = {out_->position(), static_cast<int64_t>(bytes.size())};
  return out_->Append(bytes.data(), range->length);
}

arrow::Status IndexSplicer::WriteBloomFilter(const ColumnChunkLayout& layout,
                                             SplicedChunk* chunk) {
  const int64_t offset = layout.bloom_filter_offset;
  if (offset < 0) return arrow::Status::OK();
  // The chunk's own is written, or none, as this one would deny values that are there.
  if (chunk->encoded && chunk->encoded->has_new_values) return arrow::Status::OK();
  const int64_t most = source_->size() - offset;
  char header[kMaxBloomFilterHeader];
  const int64_t header_size = std::min(most, kMaxBloomFilterHeader);
  ARROW_RETURN_NOT_OK(source_->ReadAt(offset, header_size, header));
  const arrow::Result<int64_t> length =
      ReadBloomFilterLength({header, static_cast<size_t>(header_size)});
  const bool usable =
      length.ok() && *length <= most && *length <= std::numeric_limits<int32_t>::max() &&
      (layout.bloom_filter_length < 0 || *length == layout.bloom_filter_length);
  if (!usable) {
    ++left_out_;
    return arrow::Status::OK();
  }
  chunk->placement.bloom_filter = {out_->position(), *length};
  return out_->AppendFrom(*source_, offset, *length);
}

arrow::Status IndexSplicer::WriteColumnIndex(const ColumnChunkLayout& layout,
                                             SplicedChunk* chunk) {
  FileRange* range = &chunk->placement.column_index;
  if (chunk->encoded) {
    const std::string& bytes = chunk->encoded->column_index;
    return bytes.empty() ? arrow::Status::OK() : Append(bytes, range);
  }
  if (layout.column_index_offset < 0) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const PageIndex index,
                        ReadPageIndex(layout, chunk->placement.data_shift));
  if (!index.damaged) return Append(index.column_index, range);
  ++left_out_;
  return arrow::Status::OK();
}

arrow::Status IndexSplicer::WriteOffsetIndex(const ColumnChunkLayout& layout,
                                             SplicedChunk* chunk) {
  FileRange* range = &chunk->placement.offset_index;
  if (chunk->encoded) {
    const std::string& bytes = chunk->encoded->offset_index;
    return bytes.empty() ? arrow::Status::OK() : Append(bytes, range);
  }
  if (layout.offset_index_offset < 0) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const PageIndex index,
                        ReadPageIndex(layout, chunk->placement.data_shift));
  if (!index.damaged) return Append(index.offset_index, range);
  ++left_out_;
  return arrow::Status::OK();
}

arrow::Result<IndexSplicer::PageIndex> IndexSplicer::ReadPageIndex(
    const ColumnChunkLayout& layout, int64_t data_shift) {
  PageIndex index;
  index.damaged = layout.column_index_length > kMaxPageIndex ||
                  layout.offset_index_length > kMaxPageIndex;
  if (index.damaged) return index;

  int64_t num_pages = -1;
  if (layout.offset_index_offset >= 0) {
    ARROW_ASSIGN_OR_RAISE(
        const std::string_view bytes,
        offset_indexes_.Read(layout.offset_index_offset, layout.offset_index_length));
    arrow::Result<RelocatedOffsetIndex> relocated =
        RelocateOffsetIndex(bytes, layout.data_offset, layout.data_length, data_shift);
    index.damaged = !relocated.ok();
    if (index.damaged) return index;
    num_pages = relocated->num_pages;
    index.offset_index = std::move(relocated->bytes);
  }
  if (layout.column_index_offset >= 0) {
    ARROW_ASSIGN_OR_RAISE(
        index.column_index,
        column_indexes_.Read(layout.column_index_offset, layout.column_index_length));
    const arrow::Result<int64_t> pages = CountColumnIndexPages(index.column_index);
    index.damaged = !pages.ok() || (num_pages >= 0 && *pages != num_pages);
  }
  return index;
}

}  // namespace planish
