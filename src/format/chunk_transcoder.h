// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "format/encoded_bytes.h"
#include "format/parquet_file.h"
#include "planish/writer_options.h"

namespace planish {

class StoredValues;

/// An encoded column chunk, ready for a FileSplicer.
struct EncodedChunk {
  EncodedBytes data;  ///< pages with their headers, dictionary page first
  /// Serialized ColumnChunk structure; its offsets count from the first byte of `data`.
  std::string column_chunk;
  /// Serialized indexes, empty if the source chunk had none. Offsets as in
  /// `column_chunk`.
  std::string offset_index, column_index;
  int64_t decoded_bytes = 0;  ///< compressed size of the source chunk
  /// Whether there are values in it that the source chunk may not have: then what the
  /// source says of its values (sort order, bounds) is not taken over.
  bool has_new_values = false;
  /// Serialized bloom filter of all its values, header first; null if there is none.
  std::shared_ptr<arrow::Buffer> bloom_filter;
  /// FilterHashOf the values that the source chunk may not have: with them its bloom
  /// filter is one of this chunk, too. Nothing where they are not known.
  std::optional<std::vector<uint64_t>> new_value_hashes;
};

/// Leaves the rows in `dropped` out of a column chunk. Pages are taken apart one by one,
/// and what is left goes into new pages as the source encodes it: values and levels pass
/// through unchanged, nested or not.
///
/// As in the source: encoding of each page, with dictionary, without, or falling back;
/// codec (unless `options` name one), LZ4 in Hadoop's frames included; version of data
/// pages; checksums; which statistics chunk and pages have; page indexes; size
/// statistics. Statistics are exact for the rows that are left. Pages that lost more than
/// half of their rows are joined. A dictionary is taken over with entries that no row
/// uses any more, until they are too many.
///
/// Not as in the source: levels are never bit-packed in the deprecated way; compression
/// has the codec's default level, as files do not say which they have; bounds of more
/// than 4 KiB and distinct counts are left out. Pages of several MiB become smaller ones.
/// Dictionaries of more than 32 MiB are taken over without a look into them, so there are
/// no bounds then, nor sizes of values, and the codec stays.
///
/// Errors carry file, row group and column: kCorrupt (a wrong checksum too), kUnsupported
/// (a codec or encoding that Arrow lacks), kMemoryLimit. `file` must come from
/// ParquetFile::Open. Memory, from `pool`: a page twice, and of the encoded chunk what
/// `room` has a place for (all of it if that is null). The result depends on nothing but
/// the first five arguments. Thread-safe.
arrow::Result<EncodedChunk> TranscodeColumnChunk(const ParquetFile& file, int row_group,
                                                 int leaf, const RowBitmapSlice& dropped,
                                                 const WriterOptions& options,
                                                 arrow::MemoryPool* pool,
                                                 WaitingRoom* room = nullptr);

/// New values for rows of a column chunk that is neither nested nor repeated.
struct ChunkPatch {
  const std::vector<int64_t>* rows = nullptr;  ///< ascending, none of them dropped
  const StoredValues* values = nullptr;        ///< one for each
};

/// What comes of a patch.
struct PatchedChunk {
  /// By value of the patch: whether it is another one than was there.
  std::vector<bool> differs;
  /// Nothing if none does and no row is dropped: then the source's chunk is as good.
  std::optional<EncodedChunk> chunk;
  /// The patch would make the dictionary much larger than dictionaries are, so that it is
  /// better to encode the column anew. `differs` and `chunk` say nothing then.
  bool dictionary_too_large = false;
};

/// The same with the values of `patch`, in the encoding of the page that each comes into;
/// a dictionary gets what it lacks of them. Values that are what was there stay as they
/// were: any NaN is the same as any other, and -0.0 as 0.0. Memory besides, not from
/// `pool`: up to 100 bytes for each different value that comes into a dictionary.
arrow::Result<PatchedChunk> PatchColumnChunk(const ParquetFile& file, int row_group,
                                             int leaf, const ChunkPatch& patch,
                                             const RowBitmapSlice& dropped,
                                             const WriterOptions& options,
                                             arrow::MemoryPool* pool,
                                             WaitingRoom* room = nullptr);

}  // namespace planish
