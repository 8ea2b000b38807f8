// SPDX-License-Identifier: Apache-2.0
#include "format/page_source.h"

#include <algorithm>
#include <cstring>

#include "arrow/util/crc32.h"

namespace planish {
namespace {

/// Read at a time, so that a page costs no system call of its own.
constexpr int64_t kReadBytes = int64_t{1} << 20;
/// Headers hold statistics, but nothing sensible comes near this.
constexpr int64_t kMaxHeaderBytes = int64_t{16} << 20;
constexpr int64_t kFirstHeaderBytes = int64_t{4} << 10;

/// Buffers that take more are not kept for the next page.
constexpr int64_t kKeptBytes = int64_t{8} << 20;

arrow::Status WrongChecksum() {
  return arrow::Status::Invalid("page does not match its checksum");
}

arrow::Status CheckChecksum(const RawPage& page) {
  if (!page.header.checksum) return arrow::Status::OK();
  const uint32_t actual = arrow::internal::crc32(0, page.body.data(), page.body.size());
  return actual == *page.header.checksum ? arrow::Status::OK() : WrongChecksum();
}

bool IsHuge(const PageHeader& header) {
  return header.type == parquet::PageType::DICTIONARY_PAGE &&
         std::max(header.compressed_size, header.uncompressed_size) >
             kHugeDictionaryBytes;
}

arrow::Status BeyondChunk() {
  return arrow::Status::Invalid("page reaches beyond its column chunk");
}

arrow::Status Resize(std::unique_ptr<arrow::ResizableBuffer>* buffer, int64_t size,
                     arrow::MemoryPool* pool) {
  if (*buffer == nullptr) return arrow::AllocateResizableBuffer(size, pool).Value(buffer);
  if (size <= (*buffer)->capacity())
    return (*buffer)->Resize(size, /*shrink_to_fit=*/false);
  // Nothing in it is needed any more, so nothing is to be carried over.
  buffer->reset();
  return arrow::AllocateResizableBuffer(size, pool).Value(buffer);
}

}  // namespace

std::string_view PageSource::Available() const {
  if (buffer_ == nullptr) return {};
  return {reinterpret_cast<const char*>(buffer_->data()) + (position_ - buffer_begin_),
          static_cast<size_t>(buffer_end_ - position_)};
}

/// Makes `size` bytes from `position_` on available, or all that are left.
arrow::Status PageSource::Require(int64_t size) {
  const int64_t held = buffer_end_ - position_;
  if (size <= held || Unread() == 0) return arrow::Status::OK();
  const int64_t read = std::min(std::max(size - held, kReadBytes), Unread());
  if (buffer_ == nullptr || held + read > buffer_->capacity()) {
    ARROW_ASSIGN_OR_RAISE(auto larger,
                          arrow::AllocateResizableBuffer(held + read, pool_));
    if (held > 0) std::memcpy(larger->mutable_data(), Available().data(), held);
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_->mutable_data(), Available().data(), held);
  }
  buffer_begin_ = position_;
  ARROW_RETURN_NOT_OK(file_->ReadAt(layout_.data_offset + buffer_end_, read,
                                    buffer_->mutable_data() + held));
  buffer_end_ += read;
  return arrow::Status::OK();
}

arrow::Result<PageHeader> PageSource::NextHeader(int64_t* size) {
  for (int64_t wanted = kFirstHeaderBytes;; wanted *= 4) {
    ARROW_RETURN_NOT_OK(Require(wanted));
    auto header = ReadPageHeader(Available(), size);
    const bool all_seen = Unread() == 0 || wanted >= kMaxHeaderBytes;
    if (header.ok() || all_seen) return header;
  }
}

/// Passes over bytes, in the buffer or behind it.
void PageSource::Skip(int64_t size) {
  position_ += size;
  if (position_ > buffer_end_) buffer_begin_ = buffer_end_ = position_;
}

arrow::Status PageSource::VisitHugeBody(
    const RawPage& page, const std::function<arrow::Status(std::string_view)>& visit) {
  ARROW_ASSIGN_OR_RAISE(auto piece, arrow::AllocateBuffer(kReadBytes, pool_));
  uint32_t checksum = 0;
  for (int64_t done = 0; done < page.header.compressed_size; done += kReadBytes) {
    const int64_t size = std::min(page.header.compressed_size - done, kReadBytes);
    ARROW_RETURN_NOT_OK(
        file_->ReadAt(page.huge_offset + done, size, piece->mutable_data()));
    checksum = arrow::internal::crc32(checksum, piece->data(), static_cast<size_t>(size));
    ARROW_RETURN_NOT_OK(
        visit(std::string_view(*piece).substr(0, static_cast<size_t>(size))));
  }
  return page.header.checksum.value_or(checksum) == checksum ? arrow::Status::OK()
                                                             : WrongChecksum();
}

arrow::Status PageSource::ReleasePage() {
  if (buffer_ == nullptr || buffer_->capacity() <= kKeptBytes) {
    return arrow::Status::OK();
  }
  std::unique_ptr<arrow::ResizableBuffer> smaller;
  const std::string_view held = Available();
  const auto size = static_cast<int64_t>(held.size());
  if (size > 0) {
    ARROW_ASSIGN_OR_RAISE(smaller, arrow::AllocateResizableBuffer(size, pool_));
    std::memcpy(smaller->mutable_data(), held.data(), held.size());
  }
  buffer_ = std::move(smaller);
  buffer_begin_ = position_;
  return arrow::Status::OK();
}

/// Before memory is asked for by what the page says of itself.
arrow::Status PageSource::CheckClaims(const PageHeader& header,
                                      int64_t header_size) const {
  if (header.compressed_size > layout_.data_length - position_ - header_size) {
    return BeyondChunk();
  }
  // Some writers count less than there is, but not by that much.
  constexpr int64_t kHarmlessBytes = int64_t{1} << 20;
  if (header.uncompressed_size >
      std::max(kHarmlessBytes, layout_.total_uncompressed_size)) {
    return arrow::Status::Invalid("page claims to be larger than its column chunk");
  }
  return arrow::Status::OK();
}

arrow::Result<bool> PageSource::Next(RawPage* page) {
  while (values_seen_ < layout_.num_values) {
    int64_t header_size = 0;
    ARROW_ASSIGN_OR_RAISE(page->header, NextHeader(&header_size));
    const int64_t body_size = page->header.compressed_size;
    ARROW_RETURN_NOT_OK(CheckClaims(page->header, header_size));
    page->huge_offset = -1;
    if (IsHuge(page->header)) {
      page->header_bytes = Available().substr(0, header_size);
      page->body = {};
      page->huge_offset = layout_.data_offset + position_ + header_size;
      Skip(header_size + body_size);
      return position_ > layout_.data_length ? BeyondChunk() : arrow::Result<bool>(true);
    }
    ARROW_RETURN_NOT_OK(Require(header_size + body_size));
    if (static_cast<int64_t>(Available().size()) < header_size + body_size) {
      return BeyondChunk();
    }
    page->header_bytes = Available().substr(0, header_size);
    page->body = Available().substr(header_size, body_size);
    position_ += header_size + body_size;
    const bool dictionary = page->header.type == parquet::PageType::DICTIONARY_PAGE;
    // Index pages were never defined; readers pass them over.
    if (!dictionary && !page->header.is_data()) continue;
    if (page->header.is_data()) values_seen_ += page->header.num_values;
    ARROW_RETURN_NOT_OK(CheckChecksum(*page));
    return true;
  }
  return false;
}

arrow::Result<PageContent> PageSource::Decompress(
    const RawPage& page, std::unique_ptr<arrow::ResizableBuffer>* buffer) const {
  const PageHeader& header = page.header;
  PageContent content;
  content.bytes = page.body;
  int64_t size = header.uncompressed_size;
  bool compressed = codec_ != nullptr;
  if (header.type == parquet::PageType::DATA_PAGE_V2) {
    const int64_t levels = int64_t{header.repetition_size} + header.definition_size;
    if (levels > static_cast<int64_t>(page.body.size()) || levels > size) {
      return arrow::Status::Invalid("levels reach beyond their page");
    }
    content.repetition = page.body.substr(0, header.repetition_size);
    content.definition = page.body.substr(header.repetition_size, header.definition_size);
    content.bytes = page.body.substr(levels);
    size -= levels;
    // Some writers say "compressed" of no bytes at all.
    compressed &= header.is_compressed && !content.bytes.empty();
  }
  if (!compressed) return content;
  ARROW_RETURN_NOT_OK(Resize(buffer, size, pool_));
  ARROW_ASSIGN_OR_RAISE(
      const int64_t actual,
      codec_->Decompress(static_cast<int64_t>(content.bytes.size()),
                         reinterpret_cast<const uint8_t*>(content.bytes.data()), size,
                         (*buffer)->mutable_data()));
  if (actual != size) return arrow::Status::Invalid("page decompresses to a wrong size");
  content.bytes = {reinterpret_cast<const char*>((*buffer)->data()),
                   static_cast<size_t>(size)};
  return content;
}

}  // namespace planish
