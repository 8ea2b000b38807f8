// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/chunk_writer.h"
#include "format/dictionary_extension.h"
#include "format/page_source.h"
#include "format/stored_values.h"
#include "format/value_filter.h"
#include "parquet/schema.h"

namespace planish {

/// The dictionary of a column chunk that is transcoded: taken over as it is, with entries
/// added for a patch, or without those that no row uses any more. Calls: Keep? Begin,
/// data pages, Finish. May throw what Parquet throws.
class ChunkDictionary {
 public:
  /// Both must outlive it.
  ChunkDictionary(const parquet::ColumnDescriptor* column, arrow::MemoryPool* pool)
      : column_(column), pool_(pool) {}

  /// Takes the page over from `source`, for when more is known.
  arrow::Status Keep(const RawPage& page, PageSource* source);
  /// Whether there is one that has not been written yet.
  bool kept() const { return page_buffer_ != nullptr; }
  /// Too large to be looked into: see kHugeDictionaryBytes.
  bool huge() const { return page_.huge_offset >= 0; }

  struct Use {
    double values = 0;  ///< of the chunk, about as many as are left
    bool same_codec = true;
    const StoredValues* patch = nullptr;  ///< values to add; not for a huge one
  };
  /// Writes the page, unless that has to wait for the last data page. All must outlive
  /// the data pages.
  arrow::Status Begin(const Use& use, PageSource* source, ValueStatistics* statistics,
                      ChunkWriter* writer);
  /// After Begin: the patch makes it much larger than dictionaries are. Nothing has been
  /// written then.
  bool too_large() const { return too_large_; }

  /// For pages that use it; null if there is none.
  DictionaryFilter* filter() const { return filter_.get(); }
  /// `used`: by any data page that was written.
  arrow::Status Finish(bool used, ChunkWriter* writer);

 private:
  arrow::Status CopyHuge(PageSource* source, ValueStatistics* statistics,
                         ChunkWriter* writer);
  arrow::Status Extend(const StoredValues& patch, DictionaryContent* content);

  const parquet::ColumnDescriptor* const column_;
  arrow::MemoryPool* const pool_;
  /// The page as it lies in the file, and what is in it.
  std::unique_ptr<arrow::Buffer> page_buffer_;
  RawPage page_;
  std::unique_ptr<arrow::ResizableBuffer> decompressed_;
  std::optional<ExtendedDictionary> extension_;
  std::unique_ptr<arrow::Buffer> extended_;  ///< page and extension
  bool too_large_ = false;
  /// Entries are numbered anew as they occur.
  bool compact_ = false;
  std::unique_ptr<DictionaryFilter> filter_;
};

}  // namespace planish
