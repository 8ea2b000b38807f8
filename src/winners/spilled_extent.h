// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "arrow/util/compression.h"
#include "base/hashing.h"
#include "io/scratch_directory.h"
#include "winners/record_block.h"

/// \file
/// How records lie in a scratch file. Records without payloads: all low words, all high
/// words unless all are 0, all rows, as distances from the smallest if those have 32
/// bits: 12 bytes a record instead of 24 where keys have 8. Records with payloads: their
/// fixed parts, then their payloads. In the machine's own byte order: nobody else reads
/// it.

namespace planish {

/// Records of one partition in a scratch file.
struct SpilledExtent {
  int64_t offset = 0;
  uint32_t stored_bytes = 0;
  uint32_t packed_bytes = 0;  ///< more than stored_bytes if compressed
  uint32_t num_records = 0;
  bool has_high = false;
  bool has_wide_rows = false;
  int64_t first_row = 0;  ///< smallest ordinal
  int64_t payload_bytes = 0;
  uint64_t checksum = 0;  ///< of what is stored
};

/// Which records of a partition to take: those of one of `count` (a power of two, at most
/// 65536) slices by hash.
struct HashSlice {
  uint32_t count = 1;
  uint32_t index = 0;

  bool Contains(const RecordStore::Record& record) const {
    // Partitions are told by the highest bits, slots of a table by the lowest.
    return count == 1 ||
           ((HashWords(record.low, record.high) >> 32) & (count - 1)) == index;
  }
};

/// Packs records of partitions into a buffer and appends that to a scratch file in large
/// pieces. One thread.
class ExtentWriter {
 public:
  /// Extents have at most `extent_bytes` of records, unless one record is larger.
  ExtentWriter(ScratchFile* file, bool has_payload, int64_t extent_bytes);

  /// Packs the records of `blocks`. Where they lie is appended to `extents` at once, or
  /// by a later call: `extents` must stay where it is until Flush.
  arrow::Status Add(const std::vector<RecordBlock>& blocks,
                    std::vector<SpilledExtent>* extents);
  /// Writes what is buffered.
  arrow::Status Flush();
  int64_t num_extents() const { return num_extents_; }

 private:
  struct Pending {
    SpilledExtent extent;
    std::vector<SpilledExtent>* destination;
  };

  arrow::Status Pack(std::vector<SpilledExtent>* extents);
  void PackWords(SpilledExtent* extent);
  void PackPayloads(SpilledExtent* extent);
  arrow::Status Store(SpilledExtent extent, std::vector<SpilledExtent>* extents);

  ScratchFile* const file_;
  const bool has_payload_;
  const int64_t extent_bytes_;
  /// The records of the extent that is being gathered.
  std::vector<const RecordStore::Record*> gathered_;
  int64_t gathered_bytes_ = 0;
  std::vector<uint8_t> packed_;
  std::vector<uint8_t> buffer_;
  std::vector<Pending> pending_;
  std::unique_ptr<arrow::util::Codec> codec_;
  int uncompressed_in_a_row_ = 0;
  int64_t num_extents_ = 0;
};

/// Reads extents back. One thread.
class ExtentReader {
 public:
  ExtentReader(ScratchFile* file, bool has_payload)
      : file_(file), has_payload_(has_payload) {}

  /// The records of an extent that are in `slice`, in memory taken from the budget; a
  /// block without memory if that refuses. kCorrupt if they are not what was written.
  arrow::Result<RecordBlock> Read(const SpilledExtent& extent, const HashSlice& slice,
                                  MemoryBudget* budget);

 private:
  arrow::Result<const uint8_t*> Fetch(const SpilledExtent& extent);
  void UnpackWords(const uint8_t* packed, const SpilledExtent& extent,
                   const HashSlice& slice, RecordBlock* block);
  void UnpackPayloads(const uint8_t* packed, const SpilledExtent& extent,
                      const HashSlice& slice, RecordBlock* block);

  ScratchFile* file_;
  bool has_payload_;
  std::vector<uint8_t> stored_, packed_;
  std::unique_ptr<arrow::util::Codec> codec_;
};

}  // namespace planish
