// SPDX-License-Identifier: Apache-2.0
#include "winners/spilled_extent.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error_builder.h"

namespace planish {

namespace {

using Record = RecordStore::Record;

/// Large enough for a disk to be busy with.
constexpr size_t kWriteBytes = size_t{2} << 20;

/// Extents that are stored as they are after one that compression did not make at least
/// an eighth smaller: hashes never compress, and trying costs more than writing.
constexpr int kExtentsBetweenTrials = 15;

/// LZ4 counts in 31 bits.
constexpr size_t kMostCompressed = size_t{1} << 30;

/// The fixed part of a record with a payload.
struct PackedPayloadRecord {
  Record record;
  uint32_t key_length = 0;
  uint32_t payload_length = 0;
};

arrow::Result<std::unique_ptr<arrow::util::Codec>> MakeCodec() {
  return arrow::util::Codec::Create(arrow::Compression::LZ4);
}

size_t RowBytes(const SpilledExtent& extent) {
  return extent.has_wide_rows ? sizeof(uint64_t) : sizeof(uint32_t);
}

}  // namespace

ExtentWriter::ExtentWriter(ScratchFile* file, bool has_payload, int64_t extent_bytes)
    : file_(file), has_payload_(has_payload), extent_bytes_(extent_bytes) {}

arrow::Status ExtentWriter::Add(const std::vector<RecordBlock>& blocks,
                                std::vector<SpilledExtent>* extents) {
  for (const RecordBlock& block : blocks) {
    for (uint32_t i = 0; i < block.num_records; ++i) {
      const Record* record =
          has_payload_ ? &block.entries<PayloadRecord>()[i] : &block.entries<Record>()[i];
      int64_t bytes = sizeof(Record);
      if (has_payload_) {
        bytes = static_cast<int64_t>(sizeof(PackedPayloadRecord)) +
                static_cast<const PayloadRecord*>(record)->ToPayload().length;
      }
      if (gathered_bytes_ > 0 && gathered_bytes_ + bytes > extent_bytes_) {
        ARROW_RETURN_NOT_OK(Pack(extents));
      }
      gathered_.push_back(record);
      gathered_bytes_ += bytes;
    }
  }
  // The blocks are not ours to keep.
  return Pack(extents);
}

arrow::Status ExtentWriter::Pack(std::vector<SpilledExtent>* extents) {
  if (gathered_.empty()) return arrow::Status::OK();
  SpilledExtent extent;
  extent.num_records = static_cast<uint32_t>(gathered_.size());
  if (has_payload_) {
    PackPayloads(&extent);
  } else {
    PackWords(&extent);
  }
  gathered_.clear();
  gathered_bytes_ = 0;
  return Store(extent, extents);
}

void ExtentWriter::PackWords(SpilledExtent* extent) {
  int64_t last_row = 0;
  extent->first_row = std::numeric_limits<int64_t>::max();
  for (const Record* record : gathered_) {
    extent->has_high |= record->high != 0;
    extent->first_row = std::min(extent->first_row, record->row);
    last_row = std::max(last_row, record->row);
  }
  extent->has_wide_rows =
      last_row - extent->first_row > std::numeric_limits<uint32_t>::max();
  const size_t words = extent->has_high ? 2 : 1;
  packed_.resize(gathered_.size() * (words * sizeof(uint64_t) + RowBytes(*extent)));
  auto* low = reinterpret_cast<uint64_t*>(packed_.data());
  uint64_t* high = low + gathered_.size();
  auto* rows = reinterpret_cast<uint8_t*>(low + words * gathered_.size());
  for (const Record* record : gathered_) {
    *low++ = record->low;
    if (extent->has_high) *high++ = record->high;
    const auto row = static_cast<uint64_t>(record->row - extent->first_row);
    std::memcpy(rows, &row, RowBytes(*extent));  // little-endian
    rows += RowBytes(*extent);
  }
}

void ExtentWriter::PackPayloads(SpilledExtent* extent) {
  packed_.resize(static_cast<size_t>(gathered_bytes_));
  uint8_t* next = packed_.data();
  uint8_t* payloads = next + gathered_.size() * sizeof(PackedPayloadRecord);
  for (const Record* record : gathered_) {
    const RecordStore::Payload payload =
        static_cast<const PayloadRecord*>(record)->ToPayload();
    const PackedPayloadRecord packed{*record, payload.key_length, payload.length};
    std::memcpy(next, &packed, sizeof(packed));
    next += sizeof(packed);
    if (payload.length > 0) std::memcpy(payloads, payload.data, payload.length);
    payloads += payload.length;
    extent->payload_bytes += payload.length;
  }
}

arrow::Status ExtentWriter::Store(SpilledExtent extent,
                                  std::vector<SpilledExtent>* extents) {
  const size_t size = packed_.size();
  size_t begin = buffer_.size();
  extent.packed_bytes = static_cast<uint32_t>(size);
  extent.stored_bytes = extent.packed_bytes;
  bool compressed = false;
  if (uncompressed_in_a_row_ == 0 && size <= kMostCompressed) {
    if (codec_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(codec_, MakeCodec());
    }
    const int64_t most =
        codec_->MaxCompressedLen(static_cast<int64_t>(size), packed_.data());
    buffer_.resize(begin + static_cast<size_t>(most));
    ARROW_ASSIGN_OR_RAISE(const int64_t length,
                          codec_->Compress(static_cast<int64_t>(size), packed_.data(),
                                           most, buffer_.data() + begin));
    compressed = static_cast<size_t>(length) <= size - size / 8;
    if (compressed) extent.stored_bytes = static_cast<uint32_t>(length);
    buffer_.resize(begin + (compressed ? extent.stored_bytes : 0));
  }
  if (!compressed) {
    uncompressed_in_a_row_ = (uncompressed_in_a_row_ + 1) % (kExtentsBetweenTrials + 1);
    buffer_.insert(buffer_.end(), packed_.begin(), packed_.end());
  }
  extent.checksum = Checksum(buffer_.data() + begin, extent.stored_bytes);
  extent.offset = static_cast<int64_t>(begin);
  pending_.push_back({extent, extents});
  ++num_extents_;
  return buffer_.size() >= kWriteBytes ? Flush() : arrow::Status::OK();
}

arrow::Status ExtentWriter::Flush() {
  if (buffer_.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      const int64_t offset,
      file_->Append(buffer_.data(), static_cast<int64_t>(buffer_.size())));
  for (Pending& pending : pending_) {
    pending.extent.offset += offset;
    pending.destination->push_back(pending.extent);
  }
  pending_.clear();
  buffer_.clear();
  return arrow::Status::OK();
}

arrow::Result<RecordBlock> ExtentReader::Read(const SpilledExtent& extent,
                                              const HashSlice& slice,
                                              MemoryBudget* budget) {
  RecordBlock block;
  // One slice may hold all of them.
  BlockAllocator allocator(0, budget);
  block.memory = allocator.Allocate(RecordBlockBuilder::BytesFor(
      has_payload_, extent.num_records, extent.payload_bytes));
  if (block.memory.data() == nullptr) return block;
  ARROW_ASSIGN_OR_RAISE(const uint8_t* packed, Fetch(extent));
  if (has_payload_) {
    UnpackPayloads(packed, extent, slice, &block);
  } else {
    UnpackWords(packed, extent, slice, &block);
  }
  return block;
}

arrow::Result<const uint8_t*> ExtentReader::Fetch(const SpilledExtent& extent) {
  stored_.resize(extent.stored_bytes);
  ARROW_RETURN_NOT_OK(file_->ReadAt(extent.offset, extent.stored_bytes, stored_.data()));
  if (Checksum(stored_.data(), stored_.size()) != extent.checksum) {
    return Error(ErrorKind::kIo, "scratch file does not hold what was written to it")
        .File(file_->path())
        .Fact("range", std::to_string(extent.stored_bytes) + " bytes at offset " +
                           std::to_string(extent.offset))
        .Hint("check the disk, or choose another `temp_dir`");
  }
  if (extent.stored_bytes == extent.packed_bytes) return stored_.data();
  if (codec_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(codec_, MakeCodec());
  }
  packed_.resize(extent.packed_bytes);
  ARROW_RETURN_NOT_OK(codec_
                          ->Decompress(extent.stored_bytes, stored_.data(),
                                       extent.packed_bytes, packed_.data())
                          .status());
  return packed_.data();
}

void ExtentReader::UnpackWords(const uint8_t* packed, const SpilledExtent& extent,
                               const HashSlice& slice, RecordBlock* block) {
  RecordBlockBuilder builder(block, false);
  const auto* low = reinterpret_cast<const uint64_t*>(packed);
  const uint64_t* high = low + extent.num_records;
  const auto* rows = reinterpret_cast<const uint8_t*>(extent.has_high ? high : low) +
                     extent.num_records * sizeof(uint64_t);
  for (uint32_t i = 0; i < extent.num_records; ++i) {
    uint64_t row = 0;
    std::memcpy(&row, rows + i * RowBytes(extent), RowBytes(extent));
    const Record record{low[i], extent.has_high ? high[i] : 0,
                        extent.first_row + static_cast<int64_t>(row)};
    if (slice.Contains(record)) builder.Add(record);
  }
}

void ExtentReader::UnpackPayloads(const uint8_t* packed, const SpilledExtent& extent,
                                  const HashSlice& slice, RecordBlock* block) {
  RecordBlockBuilder builder(block, true);
  const uint8_t* payload = packed + extent.num_records * sizeof(PackedPayloadRecord);
  for (uint32_t i = 0; i < extent.num_records; ++i) {
    PackedPayloadRecord record;
    std::memcpy(&record, packed + i * sizeof(record), sizeof(record));
    if (slice.Contains(record.record)) {
      builder.Add(record.record, record.key_length, payload, record.payload_length);
    }
    payload += record.payload_length;
  }
}

}  // namespace planish
