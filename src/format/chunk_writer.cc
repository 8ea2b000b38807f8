// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_writer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "arrow/io/memory.h"
#include "arrow/util/crc32.h"
#include "format/rle_hybrid.h"

namespace planish {
namespace {

std::string_view View(const arrow::BufferBuilder& builder) {
  return {reinterpret_cast<const char*>(builder.data()),
          static_cast<size_t>(builder.length())};
}

void CountLevels(const arrow::TypedBufferBuilder<int16_t>& levels, int16_t max_level,
                 std::vector<int64_t>* histogram) {
  if (max_level == 0) return;
  histogram->assign(max_level + 1, 0);
  const int16_t* const begin = levels.data();
  const int16_t* const end = begin + levels.length();
  // A pass for each of a few levels is vectorised, counting all at once is not.
  constexpr int16_t kFewLevels = 8;
  if (max_level < kFewLevels) {
    for (int16_t level = 0; level <= max_level; ++level) {
      (*histogram)[level] = std::count(begin, end, level);
    }
    return;
  }
  for (const int16_t* level = begin; level < end; ++level) ++(*histogram)[*level];
}

template <typename IndexBuilder>
arrow::Result<std::string> Serialize(const IndexBuilder& builder,
                                     arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create(1024, pool));
  builder.WriteTo(stream.get());
  ARROW_ASSIGN_OR_RAISE(auto buffer, stream->Finish());
  return buffer->ToString();
}

}  // namespace

ChunkWriter::ChunkWriter(const parquet::ColumnDescriptor* column, const ChunkForm* form,
                         arrow::util::Codec* codec, ValueStatistics* statistics,
                         WaitingRoom* room, arrow::MemoryPool* pool)
    : column_(column),
      form_(form),
      codec_(codec),
      statistics_(statistics),
      pool_(pool),
      repetition_(pool),
      definition_(pool),
      level_bytes_(pool),
      compressed_(pool),
      data_(room, pool) {
  if (form->offset_index) offset_index_ = parquet::OffsetIndexBuilder::Make();
  if (form->column_index) column_index_ = parquet::ColumnIndexBuilder::Make(column);
}

arrow::Status ChunkWriter::CopyDictionary(const PageHeader& header,
                                          std::string_view header_bytes,
                                          std::string_view body) {
  ARROW_RETURN_NOT_OK(data_.Append(header_bytes));
  CountPage(header, static_cast<int64_t>(header_bytes.size()));
  return ContinueDictionary(body);
}

arrow::Status ChunkWriter::ContinueDictionary(std::string_view body) {
  ARROW_RETURN_NOT_OK(data_.Append(body));
  dictionary_size_ = data_.length();
  return arrow::Status::OK();
}

arrow::Status ChunkWriter::AppendDictionary(const PageHeader& source,
                                            std::string_view bytes) {
  PageHeader header = source;
  ARROW_ASSIGN_OR_RAISE(const PageParts parts, EncodePage(&header, {}, bytes, {}));
  for (const std::string_view part : parts) ARROW_RETURN_NOT_OK(data_.Append(part));
  dictionary_size_ = data_.length();
  return arrow::Status::OK();
}

arrow::Status ChunkWriter::PrependDictionary(const PageHeader& source,
                                             std::string_view bytes) {
  PageHeader header = source;
  arrow::BufferBuilder page(pool_);
  ARROW_ASSIGN_OR_RAISE(const PageParts parts, EncodePage(&header, {}, bytes, {}));
  for (const std::string_view part : parts) ARROW_RETURN_NOT_OK(AppendBytes(part, &page));
  dictionary_size_ = page.length();
  return page.Finish().Value(&prepended_);
}

arrow::Status ChunkWriter::AppendLevels(const int16_t* repetition,
                                        const int16_t* definition, int32_t num_levels,
                                        int32_t num_values) {
  if (repetition != nullptr) {
    ARROW_RETURN_NOT_OK(repetition_.Append(repetition, num_levels));
  }
  ARROW_RETURN_NOT_OK(AppendDefinition(definition, num_levels));
  num_levels_ += num_levels;
  num_values_ += num_values;
  return arrow::Status::OK();
}

arrow::Status ChunkWriter::AppendDefinition(const int16_t* levels, int32_t num_levels) {
  const int16_t greatest = column_->max_definition_level();
  if (greatest == 0) return arrow::Status::OK();
  if (levels == nullptr) {
    return all_defined_ ? arrow::Status::OK() : definition_.Append(num_levels, greatest);
  }
  if (all_defined_) {
    all_defined_ = false;
    ARROW_RETURN_NOT_OK(definition_.Append(num_levels_, greatest));
  }
  return definition_.Append(levels, num_levels);
}

int32_t ChunkWriter::CountRows() const {
  if (column_->max_repetition_level() == 0) return num_levels_;
  const int16_t* levels = repetition_.data();
  return static_cast<int32_t>(std::count(levels, levels + repetition_.length(), 0));
}

/// Version 1 of data pages has the size in front.
arrow::Status ChunkWriter::AppendLevelBytes(
    const arrow::TypedBufferBuilder<int16_t>& levels, int16_t max_level,
    bool all_greatest, int32_t* size) {
  if (max_level == 0) return arrow::Status::OK();
  const int64_t begin = level_bytes_.length();
  if (!form_->data_page_v2) ARROW_RETURN_NOT_OK(level_bytes_.Append(4, 0));
  const int64_t levels_begin = level_bytes_.length();
  const auto greatest = static_cast<uint32_t>(max_level);
  const int bit_width = BitWidth(greatest);
  ARROW_RETURN_NOT_OK(
      all_greatest
          ? AppendRleRun(greatest, num_levels_, bit_width, &level_bytes_)
          : AppendRleHybrid(levels.data(), levels.length(), bit_width, &level_bytes_));
  *size = static_cast<int32_t>(level_bytes_.length() - levels_begin);
  if (!form_->data_page_v2) {
    std::memcpy(level_bytes_.mutable_data() + begin, size, sizeof(*size));
  }
  return arrow::Status::OK();
}

arrow::Status ChunkWriter::FinishPage(ValueFilter* values,
                                      parquet::Encoding::type encoding) {
  if (num_levels_ == 0) return arrow::Status::OK();
  PageHeader header;
  header.type = form_->data_page_v2 ? parquet::PageType::DATA_PAGE_V2
                                    : parquet::PageType::DATA_PAGE;
  header.encoding = encoding;
  header.num_values = num_levels_;
  header.num_nulls = num_levels_ - num_values_;
  header.num_rows = CountRows();
  level_bytes_.Rewind(0);
  ARROW_RETURN_NOT_OK(AppendLevelBytes(repetition_, column_->max_repetition_level(),
                                       /*all_greatest=*/false, &header.repetition_size));
  ARROW_RETURN_NOT_OK(AppendLevelBytes(definition_, column_->max_definition_level(),
                                       all_defined_, &header.definition_size));
  const std::string_view levels = View(level_bytes_);
  const bool v2 = form_->data_page_v2;
  ARROW_ASSIGN_OR_RAISE(const std::string_view body,
                        values->FinishPage(v2 ? std::string_view() : levels));
  if (body.size() + levels.size() > std::numeric_limits<int32_t>::max()) {
    return arrow::Status::NotImplemented("page of more than 2 GiB");
  }
  const auto bounds = statistics_->FinishPage(num_values_, header.num_nulls);
  std::string statistics;
  if (form_->page_statistics.any()) {
    AppendStatistics(form_->page_statistics, bounds,
                     column_->sort_order() == parquet::SortOrder::SIGNED, &statistics);
  }
  const int64_t offset = data_.length();
  ARROW_ASSIGN_OR_RAISE(
      const PageParts parts,
      EncodePage(&header, v2 ? levels : std::string_view(), body, statistics));
  for (const std::string_view part : parts) ARROW_RETURN_NOT_OK(data_.Append(part));
  IndexPage(offset, bounds);
  total_levels_ += num_levels_;
  total_rows_ += header.num_rows;
  num_levels_ = num_values_ = 0;
  repetition_.bytes_builder()->Rewind(0);
  definition_.bytes_builder()->Rewind(0);
  all_defined_ = true;
  return arrow::Status::OK();
}

arrow::Result<ChunkWriter::PageParts> ChunkWriter::EncodePage(
    PageHeader* header, std::string_view levels, std::string_view values,
    std::string_view statistics) {
  std::string_view body = values;
  // No bytes compress to some bytes, which not every reader expects.
  header->is_compressed = codec_ != nullptr && !values.empty();
  const bool v2 = header->type == parquet::PageType::DATA_PAGE_V2;
  if (header->is_compressed || (codec_ != nullptr && !v2)) {
    const auto size = static_cast<int64_t>(values.size());
    const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
    const int64_t most = codec_->MaxCompressedLen(size, bytes);
    compressed_.Rewind(0);
    ARROW_RETURN_NOT_OK(compressed_.Reserve(most));
    ARROW_ASSIGN_OR_RAISE(
        const int64_t actual,
        codec_->Compress(size, bytes, most, compressed_.mutable_data()));
    compressed_.UnsafeAdvance(actual);
    body = View(compressed_);
  }
  header->uncompressed_size = static_cast<int32_t>(levels.size() + values.size());
  header->compressed_size = static_cast<int32_t>(levels.size() + body.size());
  header->checksum.reset();
  if (form_->checksums) {
    const uint32_t crc = arrow::internal::crc32(0, levels.data(), levels.size());
    header->checksum = arrow::internal::crc32(crc, body.data(), body.size());
  }
  header_bytes_.clear();
  AppendPageHeader(*header, statistics, &header_bytes_);
  CountPage(*header, static_cast<int64_t>(header_bytes_.size()));
  return PageParts{header_bytes_, levels, body};
}

void ChunkWriter::CountPage(const PageHeader& header, int64_t header_size) {
  uncompressed_size_ += header_size + header.uncompressed_size;
  ++page_counts_[{header.type, header.encoding}];
}

parquet::SizeStatistics ChunkWriter::TakeSizes() {
  parquet::SizeStatistics sizes;
  if (!form_->size_statistics) return sizes;
  CountLevels(repetition_, column_->max_repetition_level(),
              &sizes.repetition_level_histogram);
  const int16_t greatest = column_->max_definition_level();
  CountLevels(definition_, greatest, &sizes.definition_level_histogram);
  if (all_defined_ && greatest > 0) {
    sizes.definition_level_histogram[static_cast<size_t>(greatest)] = num_levels_;
  }
  if (statistics_->wanted().unencoded_bytes) {
    sizes.unencoded_byte_array_data_bytes = statistics_->TakeUnencodedBytes();
  }
  if (total_levels_ == 0) {
    sizes_ = sizes;
  } else {
    sizes_.Merge(sizes);
  }
  return sizes;
}

void ChunkWriter::IndexPage(int64_t offset, const parquet::EncodedStatistics& bounds) {
  const parquet::SizeStatistics sizes = TakeSizes();
  const auto page_size = static_cast<int32_t>(data_.length() - offset);
  if (offset_index_ != nullptr) {
    offset_index_->AddPage(offset, page_size, total_rows_,
                           sizes.unencoded_byte_array_data_bytes);
  }
  if (column_index_ != nullptr) column_index_->AddPage(bounds, sizes);
}

arrow::Status ChunkWriter::WriteIndexes(EncodedChunk* chunk) {
  if (total_levels_ == 0) return arrow::Status::OK();
  if (offset_index_ != nullptr) {
    offset_index_->Finish(prepended_ == nullptr ? 0 : prepended_->size());
    ARROW_ASSIGN_OR_RAISE(chunk->offset_index, Serialize(*offset_index_, pool_));
  }
  if (column_index_ != nullptr) {
    column_index_->Finish();
    ARROW_ASSIGN_OR_RAISE(chunk->column_index, Serialize(*column_index_, pool_));
  }
  return arrow::Status::OK();
}

arrow::Result<EncodedChunk> ChunkWriter::Finish() {
  EncodedChunk chunk;
  ARROW_RETURN_NOT_OK(WriteIndexes(&chunk));
  ARROW_ASSIGN_OR_RAISE(chunk.data, data_.Finish(std::move(prepended_)));
  ChunkMetadata metadata;
  metadata.form = form_;
  metadata.compressed_size = chunk.data.size();
  metadata.uncompressed_size = uncompressed_size_;
  metadata.num_values = total_levels_;
  metadata.dictionary_size = dictionary_size_;
  metadata.page_counts = page_counts_;
  metadata.statistics = statistics_->FinishChunk();
  metadata.signed_order = column_->sort_order() == parquet::SortOrder::SIGNED;
  metadata.sizes = sizes_;
  chunk.column_chunk = SerializeColumnChunk(metadata);
  return chunk;
}

}  // namespace planish
