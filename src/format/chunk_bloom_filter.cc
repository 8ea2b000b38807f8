// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_bloom_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr int64_t kBlockBytes = 32;
/// What the system reads at least.
constexpr int64_t kPageBytes = 4096;
constexpr int64_t kMaxHeaderBytes = 256;
/// Of the chunk's size, what may be read to do without it.
constexpr int64_t kShareOfChunk = 2;
/// So many values leave no page of a filter empty.
constexpr int64_t kValuesPerPage = 32;

/// Of parquet.thrift's split block bloom filter.
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                            0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                            0x9efc4947U, 0x5c6bfb31U};

int64_t BlockOf(uint64_t hash, int64_t num_blocks) {
  return static_cast<int64_t>(((hash >> 32) * static_cast<uint64_t>(num_blocks)) >> 32);
}

uint32_t LoadWord(const char* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return std::endian::native == std::endian::little ? word : __builtin_bswap32(word);
}

bool BlockMayHold(const char* block, uint64_t hash) {
  const auto low = static_cast<uint32_t>(hash);
  for (size_t i = 0; i < kSalts.size(); ++i) {
    const uint32_t bit = uint32_t{1} << ((low * kSalts[i]) >> 27);
    if ((LoadWord(block + i * sizeof(uint32_t)) & bit) == 0) return false;
  }
  return true;
}

/// Whether a union has its first member, which is empty.
arrow::Result<bool> IsFirstMember(const ThriftField& field) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view value, field.Struct());
  bool first = false;
  ARROW_RETURN_NOT_OK(VisitFields(value, [&](const ThriftField& member) {
    first = member.key() == bloom_filter_field::kFirstMember;
    return arrow::Status::OK();
  }));
  return first;
}

}  // namespace

arrow::Result<std::unique_ptr<ChunkBloomFilter>> ChunkBloomFilter::Open(
    InputFile* input, const ColumnChunkLayout& layout, const StoredForm& form) {
  if (layout.bloom_filter_offset < 0) return nullptr;
  std::unique_ptr<ChunkBloomFilter> filter(new ChunkBloomFilter(input, layout, form));
  ARROW_RETURN_NOT_OK(filter->ReadHeader());
  return filter;
}

arrow::Status ChunkBloomFilter::ReadHeader() {
  const int64_t offset = layout_.bloom_filter_offset;
  const int64_t most = input_->size() - offset;
  std::string bytes(static_cast<size_t>(std::min(most, kMaxHeaderBytes)), '\0');
  ARROW_RETURN_NOT_OK(
      input_->ReadAt(offset, static_cast<int64_t>(bytes.size()), bytes.data()));
  ThriftStructReader reader(bytes);
  ThriftField field;
  int64_t num_bytes = 0;
  int known = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Next(&field));
    if (!found) break;
    switch (field.key()) {
      case bloom_filter_field::kNumBytes: {
        ARROW_ASSIGN_OR_RAISE(num_bytes, field.I32());
        break;
      }
      case bloom_filter_field::kAlgorithm:
      case bloom_filter_field::kHash:
      case bloom_filter_field::kCompression: {
        ARROW_ASSIGN_OR_RAISE(const bool first, IsFirstMember(field));
        if (first) ++known;
        break;
      }
      default:
        break;
    }
  }
  if (known != 3) return arrow::Status::NotImplemented("bloom filter of another kind");
  const auto header = static_cast<int64_t>(reader.consumed());
  const bool fits = num_bytes >= kBlockBytes && num_bytes % kBlockBytes == 0 &&
                    header + num_bytes <= most &&
                    (layout_.bloom_filter_length < 0 ||
                     layout_.bloom_filter_length == header + num_bytes);
  if (!fits) return arrow::Status::Invalid("bloom filter has no sensible size");
  begin_ = offset + header;
  num_blocks_ = num_bytes / kBlockBytes;
  return arrow::Status::OK();
}

bool ChunkBloomFilter::MayHoldAny(std::span<const FilterValue> values) {
  // Whatever goes wrong, the chunk has the last word.
  return Find(values).ValueOr(true);
}

arrow::Result<bool> ChunkBloomFilter::Find(std::span<const FilterValue> values) {
  std::vector<uint64_t> hashes;
  hashes.reserve(values.size());
  for (const FilterValue& value : values) form_.Hash(value, &hashes);
  // In the order of the file, in which blocks follow the hash: each page is read once.
  std::ranges::sort(hashes);
  for (const uint64_t hash : hashes) {
    const int64_t block = BlockOf(hash, num_blocks_);
    ARROW_ASSIGN_OR_RAISE(const bool read, ReadPageOf(block));
    if (!read || IsSuspicious()) return true;
    const int64_t at = block * kBlockBytes - page_begin_;
    if (BlockMayHold(page_.data() + at, hash)) return true;
  }
  return false;
}

arrow::Result<bool> ChunkBloomFilter::ReadPageOf(int64_t block) {
  const int64_t page_begin = block * kBlockBytes / kPageBytes * kPageBytes;
  if (page_begin == page_begin_) return true;
  const int64_t length = std::min(kPageBytes, num_blocks_ * kBlockBytes - page_begin);
  const int64_t most = layout_.total_compressed_size / kShareOfChunk;
  if (bytes_read_ > 0 && bytes_read_ + length > most) return false;
  page_.resize(static_cast<size_t>(length));
  page_begin_ = -1;
  ARROW_RETURN_NOT_OK(input_->ReadAt(begin_ + page_begin, length, page_.data()));
  page_begin_ = page_begin;
  bytes_read_ += length;
  return true;
}

/// An empty page of a filter of many values has been lost. Nothing else tells of damage.
bool ChunkBloomFilter::IsSuspicious() const {
  const int64_t pages = (num_blocks_ * kBlockBytes + kPageBytes - 1) / kPageBytes;
  if (layout_.num_values / pages < kValuesPerPage) return false;
  return page_.find_first_not_of('\0') == std::string::npos;
}

}  // namespace planish
