// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_dictionary.h"

#include <algorithm>
#include <string_view>

namespace planish {

arrow::Status ChunkDictionary::Keep(const RawPage& page, PageSource* source) {
  // An entry may be of no bytes only where its length says so.
  const bool sized = column_->physical_type() == parquet::Type::FIXED_LEN_BYTE_ARRAY &&
                     column_->type_length() == 0;
  if (!sized && page.header.num_values > page.header.uncompressed_size) {
    return arrow::Status::Invalid("dictionary page holds fewer entries than it says");
  }
  const auto header_size = static_cast<int64_t>(page.header_bytes.size());
  const auto body_size = static_cast<int64_t>(page.body.size());
  ARROW_ASSIGN_OR_RAISE(page_buffer_,
                        arrow::AllocateBuffer(header_size + body_size, pool_));
  uint8_t* const body = std::copy(page.header_bytes.begin(), page.header_bytes.end(),
                                  page_buffer_->mutable_data());
  std::copy(page.body.begin(), page.body.end(), body);
  const std::string_view bytes(*page_buffer_);
  page_ = {page.header, bytes.substr(0, header_size), bytes.substr(header_size),
           page.huge_offset};
  return source->ReleasePage();
}

arrow::Status ChunkDictionary::CopyHuge(PageSource* source, ValueStatistics* statistics,
                                        ChunkWriter* writer) {
  DictionaryContent content;
  content.num_entries = page_.header.num_values;
  ARROW_ASSIGN_OR_RAISE(filter_, MakeDictionaryFilter(column_, content, /*compact=*/false,
                                                      statistics, pool_));
  ARROW_RETURN_NOT_OK(writer->CopyDictionary(page_.header, page_.header_bytes, {}));
  return source->VisitHugeBody(
      page_, [&](std::string_view piece) { return writer->ContinueDictionary(piece); });
}

/// Values that it lacks get behind its entries.
arrow::Status ChunkDictionary::Extend(const StoredValues& patch,
                                      DictionaryContent* content) {
  ARROW_ASSIGN_OR_RAISE(extension_, ExtendDictionary(column_, *content, patch, pool_));
  content->patch_entries = &extension_->entries;
  if (extension_->num_added == 0) return arrow::Status::OK();
  // Where writers begin to do without a dictionary; larger ones may grow a little.
  constexpr int64_t kLargeBytes = int64_t{1} << 20;
  const auto old_size = static_cast<int64_t>(content->bytes.size());
  const int64_t size = old_size + extension_->added.length();
  too_large_ = size > std::max(kLargeBytes, old_size + old_size / 8);
  if (too_large_) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(extended_, arrow::AllocateBuffer(size, pool_));
  uint8_t* const end =
      std::copy(content->bytes.begin(), content->bytes.end(), extended_->mutable_data());
  std::copy_n(extension_->added.data(), extension_->added.length(), end);
  content->bytes = std::string_view(*extended_);
  content->num_entries += extension_->num_added;
  page_.header.num_values = content->num_entries;
  return arrow::Status::OK();
}

arrow::Status ChunkDictionary::Begin(const Use& use, PageSource* source,
                                     ValueStatistics* statistics, ChunkWriter* writer) {
  if (huge()) return CopyHuge(source, statistics, writer);
  // Entries that no row uses any more are harmless, until they outnumber the rows by far.
  constexpr double kMaxEntriesPerValue = 1.25;
  compact_ = page_.header.num_values > use.values * kMaxEntriesPerValue;
  DictionaryContent content;
  content.num_entries = page_.header.num_values;
  ARROW_ASSIGN_OR_RAISE(const PageContent page,
                        source->Decompress(page_, &decompressed_));
  content.bytes = page.bytes;
  if (use.patch != nullptr) ARROW_RETURN_NOT_OK(Extend(*use.patch, &content));
  if (too_large_) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      filter_, MakeDictionaryFilter(column_, content, compact_, statistics, pool_));
  if (compact_) return arrow::Status::OK();
  const bool copy = use.same_codec && extended_ == nullptr;
  ARROW_RETURN_NOT_OK(
      copy ? writer->CopyDictionary(page_.header, page_.header_bytes, page_.body)
           : writer->AppendDictionary(page_.header, content.bytes));
  // What was compressed has been decompressed and written.
  if (decompressed_ != nullptr) page_buffer_.reset();
  return arrow::Status::OK();
}

arrow::Status ChunkDictionary::Finish(bool used, ChunkWriter* writer) {
  if (filter_ == nullptr) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(filter_->FinishChunk());
  if (!compact_ || !used) return arrow::Status::OK();
  PageHeader header = page_.header;
  arrow::BufferBuilder bytes(pool_);
  ARROW_RETURN_NOT_OK(filter_->WriteDictionary(&bytes, &header.num_values));
  return writer->PrependDictionary(header, {reinterpret_cast<const char*>(bytes.data()),
                                            static_cast<size_t>(bytes.length())});
}

}  // namespace planish
