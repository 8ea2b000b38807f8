// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/util/compression.h"
#include "format/footer.h"
#include "format/page_header.h"
#include "io/file_system.h"

namespace planish {

/// Dictionary pages of more than this are not read as a whole.
inline constexpr int64_t kHugeDictionaryBytes = int64_t{32} << 20;

/// A page as it lies in the file. The bytes are valid until the next one is asked for.
struct RawPage {
  PageHeader header;
  std::string_view header_bytes;
  std::string_view body;
  /// Where the body is in the file, if this is a huge dictionary page: its `body` is
  /// empty, VisitHugeBody reads it. Else -1.
  int64_t huge_offset = -1;
};

/// The parts of a page, decompressed.
struct PageContent {
  std::string_view repetition, definition;  ///< level bytes; version 2 of data pages only
  std::string_view bytes;                   ///< everything else
};

/// Reads the pages of a column chunk, one behind the other, through a buffer.
class PageSource {
 public:
  /// `codec` is null for no compression. `file` and `codec` must outlive it.
  PageSource(InputFile* file, const ColumnChunkLayout& layout, arrow::util::Codec* codec,
             arrow::MemoryPool* pool)
      : file_(file), layout_(layout), codec_(codec), pool_(pool) {}

  /// False when all values have been read. Checks a checksum that the page has.
  arrow::Result<bool> Next(RawPage* page);

  /// Reads the body of a huge page, of whatever age, piece by piece; its checksum is
  /// checked at the end.
  arrow::Status VisitHugeBody(
      const RawPage& page, const std::function<arrow::Status(std::string_view)>& visit);

  /// The content of a page. It refers to the page's bytes or to those of `buffer`, which
  /// is made or enlarged as need be.
  arrow::Result<PageContent> Decompress(
      const RawPage& page, std::unique_ptr<arrow::ResizableBuffer>* buffer) const;
  /// Gives up the bytes of the page handed out last, if they take memory to speak of.
  arrow::Status ReleasePage();

 private:
  arrow::Status Require(int64_t size);
  arrow::Result<PageHeader> NextHeader(int64_t* size);
  arrow::Status CheckClaims(const PageHeader& header, int64_t header_size) const;
  void Skip(int64_t size);
  std::string_view Available() const;
  int64_t Unread() const { return layout_.data_length - buffer_end_; }

  InputFile* const file_;
  const ColumnChunkLayout layout_;
  arrow::util::Codec* const codec_;
  arrow::MemoryPool* const pool_;
  /// Bytes [buffer_begin_, buffer_end_) of the chunk; `position_` of them, counted
  /// likewise from the chunk's first byte, have been handed out.
  std::unique_ptr<arrow::ResizableBuffer> buffer_;
  int64_t buffer_begin_ = 0, buffer_end_ = 0;
  int64_t position_ = 0;
  int64_t values_seen_ = 0;
};

}  // namespace planish
