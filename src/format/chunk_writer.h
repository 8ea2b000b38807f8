// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "arrow/buffer_builder.h"
#include "arrow/result.h"
#include "arrow/util/compression.h"
#include "format/chunk_form.h"
#include "format/chunk_metadata.h"
#include "format/chunk_transcoder.h"
#include "format/encoded_bytes.h"
#include "format/page_header.h"
#include "format/value_filter.h"
#include "format/value_statistics.h"
#include "parquet/page_index.h"
#include "parquet/schema.h"
#include "parquet/size_statistics.h"

namespace planish {

/// Builds an encoded column chunk out of pages. Calls: (CopyDictionary
/// ContinueDictionary* | AppendDictionary)?
/// (levels, then FinishPage)* PrependDictionary? Finish. May throw what Parquet throws.
class ChunkWriter {
 public:
  /// `form` says how chunk and pages are to look; `codec` is null for no compression.
  /// All arguments must outlive it. `room`: as for ChunkSink.
  ChunkWriter(const parquet::ColumnDescriptor* column, const ChunkForm* form,
              arrow::util::Codec* codec, ValueStatistics* statistics, WaitingRoom* room,
              arrow::MemoryPool* pool);

  /// Makes room for about as many bytes as there will be.
  arrow::Status Reserve(int64_t bytes) { return data_.Reserve(bytes); }

  /// Takes over a dictionary page, header and all, before any data page; all of its body,
  /// or the first piece.
  arrow::Status CopyDictionary(const PageHeader& header, std::string_view header_bytes,
                               std::string_view body);
  /// The next piece of that body.
  arrow::Status ContinueDictionary(std::string_view body);
  /// Writes a dictionary page before any data page.
  arrow::Status AppendDictionary(const PageHeader& header, std::string_view bytes);
  /// Puts a dictionary page in front of all pages there are.
  arrow::Status PrependDictionary(const PageHeader& header, std::string_view bytes);

  /// Adds levels of positions to the page at work; null where the maximum is 0, and
  /// `definition` also where all are the greatest. `num_values` of them have a value.
  arrow::Status AppendLevels(const int16_t* repetition, const int16_t* definition,
                             int32_t num_levels, int32_t num_values);
  int32_t pending_levels() const { return num_levels_; }
  /// Writes the page at work, if it has any positions, with the values that `values`
  /// holds.
  arrow::Status FinishPage(ValueFilter* values, parquet::Encoding::type encoding);

  /// The chunk, with `statistics` finished. Nothing may be called after.
  arrow::Result<EncodedChunk> Finish();

 private:
  arrow::Status AppendDefinition(const int16_t* levels, int32_t num_levels);
  arrow::Status AppendLevelBytes(const arrow::TypedBufferBuilder<int16_t>& levels,
                                 int16_t max_level, bool all_greatest, int32_t* size);
  /// The parts of a page in its final form, one behind the other.
  using PageParts = std::array<std::string_view, 3>;
  arrow::Result<PageParts> EncodePage(PageHeader* header, std::string_view levels,
                                      std::string_view values,
                                      std::string_view statistics);
  void CountPage(const PageHeader& header, int64_t header_size);
  void IndexPage(int64_t offset, const parquet::EncodedStatistics& bounds);
  parquet::SizeStatistics TakeSizes();
  arrow::Status WriteIndexes(EncodedChunk* chunk);
  int32_t CountRows() const;

  const parquet::ColumnDescriptor* const column_;
  const ChunkForm* const form_;
  arrow::util::Codec* const codec_;
  ValueStatistics* const statistics_;
  arrow::MemoryPool* const pool_;

  // The page at work.
  arrow::TypedBufferBuilder<int16_t> repetition_, definition_;
  /// Definition levels that are all the greatest are only counted, by num_levels_, and
  /// not in `definition_`.
  bool all_defined_ = true;
  int32_t num_levels_ = 0;
  int32_t num_values_ = 0;
  arrow::BufferBuilder level_bytes_;
  arrow::BufferBuilder compressed_;
  std::string header_bytes_;

  // The chunk.
  ChunkSink data_;
  std::shared_ptr<arrow::Buffer> prepended_;
  int64_t dictionary_size_ = 0;
  int64_t uncompressed_size_ = 0;
  int64_t total_levels_ = 0;
  int64_t total_rows_ = 0;
  std::map<PageKind, int32_t> page_counts_;
  parquet::SizeStatistics sizes_;
  std::unique_ptr<parquet::OffsetIndexBuilder> offset_index_;
  std::unique_ptr<parquet::ColumnIndexBuilder> column_index_;
};

}  // namespace planish
