// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "arrow/buffer_builder.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/row_cursor.h"
#include "format/stored_values.h"
#include "format/value_statistics.h"
#include "parquet/schema.h"
#include "parquet/types.h"

namespace planish {

/// Levels and values of at most this many positions are looked at together, to stay in
/// the first level of cache. Does not show in the result.
inline constexpr int32_t kFilterBatch = 2048;

/// Appends bytes, or none at all: copying none from nowhere is more than C++ allows.
inline arrow::Status AppendBytes(std::string_view bytes, arrow::BufferBuilder* out) {
  return bytes.empty() ? arrow::Status::OK() : out->Append(bytes);
}
inline arrow::Status AppendBytes(const uint8_t* bytes, int64_t size,
                                 arrow::BufferBuilder* out) {
  return size == 0 ? arrow::Status::OK() : out->Append(bytes, size);
}

/// New values for some of a batch.
struct BatchPatch {
  std::span<const int32_t> positions;  ///< in the batch, ascending
  const StoredValues* values = nullptr;
  size_t first = 0;  ///< of `values`, goes with the first position
  /// By value: set where it is another one than was there.
  std::vector<bool>* differs = nullptr;

  std::string_view value(size_t i) const { return *(*values)[first + i]; }
};

/// Takes the values of data pages of one encoding apart and puts those that are kept into
/// new pages of the same encoding. Calls may throw what Parquet throws.
class ValueFilter {
 public:
  virtual ~ValueFilter() = default;

  /// Starts on the values of a page. The bytes must stay until the page's last Take.
  /// `max_values` bounds their number.
  virtual arrow::Status BeginPage(std::string_view bytes, int32_t max_values) = 0;
  /// Keeps `runs` of the next `count` values, at most kFilterBatch.
  virtual arrow::Status Take(int32_t count, const std::vector<KeptRun>& runs) = 0;
  /// Keeps all of the next `count` values, but for those that a patch replaces with
  /// others that are not null.
  virtual arrow::Status TakePatched(int32_t count, const BatchPatch& patch) = 0;
  /// Adds value `i` of `values`, which is not null, between those taken before and after.
  virtual arrow::Status Put(const StoredValues& values, size_t i) = 0;
  /// The next value, which is not kept, as StoredValues would hold it. Its bytes stay
  /// until the next call of Take or Pass.
  virtual arrow::Result<std::string_view> Pass() = 0;
  /// Keeps what the call of Pass just before gave, after all.
  virtual arrow::Status PutBack(std::string_view passed) = 0;
  /// Bytes that the values kept since the last FinishPage would take, about.
  virtual int64_t pending_bytes() const = 0;
  /// `front`, and behind it the values kept since the last call, as a page holds them.
  /// They stay until more values are kept.
  virtual arrow::Result<std::string_view> FinishPage(std::string_view front) = 0;
};

/// A dictionary page, decompressed. Owns nothing.
struct DictionaryContent {
  std::string_view bytes;
  int32_t num_entries = 0;
  /// The entries of a patch's values, where these are not null; null for no patch, and
  /// then no value may be passed.
  const std::vector<uint32_t>* patch_entries = nullptr;
};

/// The filter of dictionary-encoded pages: moves indices, values stay where they are.
/// What is put are values of the one patch that DictionaryContent names.
class DictionaryFilter : public ValueFilter {
 public:
  /// Tells the chunk's statistics which entries occur, at the end of the chunk.
  virtual arrow::Status FinishChunk() = 0;
  /// With `compact`: a dictionary page's bytes with the entries that occur alone, in the
  /// order of the new indices, and their number.
  virtual arrow::Status WriteDictionary(arrow::BufferBuilder* out,
                                        int32_t* num_entries) = 0;
};

/// PLAIN values of all types but BOOLEAN.
std::unique_ptr<ValueFilter> MakePlainFilter(const parquet::ColumnDescriptor* column,
                                             ValueStatistics* statistics,
                                             arrow::MemoryPool* pool);

/// Any encoding that Arrow decodes and encodes.
std::unique_ptr<ValueFilter> MakeCodedFilter(const parquet::ColumnDescriptor* column,
                                             parquet::Encoding::type encoding,
                                             ValueStatistics* statistics,
                                             arrow::MemoryPool* pool);

/// `dictionary` must outlive the filter. With `compact`, entries are numbered anew as
/// they occur.
arrow::Result<std::unique_ptr<DictionaryFilter>> MakeDictionaryFilter(
    const parquet::ColumnDescriptor* column, const DictionaryContent& dictionary,
    bool compact, ValueStatistics* statistics, arrow::MemoryPool* pool);

}  // namespace planish
