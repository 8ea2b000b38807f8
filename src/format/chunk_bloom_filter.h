// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/footer.h"
#include "format/stored_form.h"
#include "io/file_system.h"

namespace planish {

/// The serialized bloom filter of a column chunk, header first, with further values in
/// it, whose FilterHashOf are `hashes`. Null if the chunk has none; if it is damaged or
/// of a kind that is not known; if it is larger than a filter has any reason to be; or if
/// the values leave so few of its bits unset that it tells little.
arrow::Result<std::shared_ptr<arrow::Buffer>> ExtendBloomFilter(
    InputFile* input, const ColumnChunkLayout& layout, std::span<const uint64_t> hashes,
    arrow::MemoryPool* pool);

/// The bloom filter of a column chunk, asked without being loaded: of a filter of
/// megabytes a value concerns 32 bytes. One thread.
class ChunkBloomFilter {
 public:
  /// Null if the chunk has none. An error for one that is damaged or of a kind that is
  /// not known. `input` must outlive it.
  static arrow::Result<std::unique_ptr<ChunkBloomFilter>> Open(
      InputFile* input, const ColumnChunkLayout& layout, const StoredForm& form);

  /// False only if the chunk has none of `values`, which are of the type that the form
  /// was made for. True, too, where finding out would read more than it can spare: the
  /// chunk itself can be read.
  bool MayHoldAny(std::span<const FilterValue> values);

 private:
  ChunkBloomFilter(InputFile* input, const ColumnChunkLayout& layout,
                   const StoredForm& form)
      : input_(input), layout_(layout), form_(form) {}

  arrow::Result<bool> Find(std::span<const FilterValue> values);
  /// Makes page_ the page that has the block; false if enough has been read.
  arrow::Result<bool> ReadPageOf(int64_t block);

  InputFile* const input_;
  const ColumnChunkLayout layout_;
  const StoredForm form_;
  int64_t begin_ = 0;  ///< of the first block, in the file
  int64_t num_blocks_ = 0;
  std::string page_;
  int64_t page_begin_ = -1;  ///< of its first block in the filter, in bytes
  int64_t bytes_read_ = 0;
};

}  // namespace planish
