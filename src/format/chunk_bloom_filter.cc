// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_bloom_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "arrow/util/bitmap_ops.h"
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
/// Larger ones are not taken into memory to be extended.
constexpr int64_t kMostBlocks = (int64_t{16} << 20) / kBlockBytes;
/// With three quarters of the bits set, one value in ten is taken for there in error.
constexpr int64_t kMostSetBitsPerByte = 6;

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

/// Where the blocks of a filter are.
struct FilterBlocks {
  int64_t header_bytes = 0;
  int64_t num_blocks = 0;
};

arrow::Result<FilterBlocks> ReadHeader(InputFile* input,
                                       const ColumnChunkLayout& layout) {
  const int64_t offset = layout.bloom_filter_offset;
  const int64_t most = input->size() - offset;
  std::string bytes(static_cast<size_t>(std::min(most, kMaxHeaderBytes)), '\0');
  ARROW_RETURN_NOT_OK(
      input->ReadAt(offset, static_cast<int64_t>(bytes.size()), bytes.data()));
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
                    (layout.bloom_filter_length < 0 ||
                     layout.bloom_filter_length == header + num_bytes);
  if (!fits) return arrow::Status::Invalid("bloom filter has no sensible size");
  return FilterBlocks{header, num_bytes / kBlockBytes};
}

/// Whether a page of the filter is empty although the chunk has many values: it has been
/// lost then. Nothing else tells of damage.
bool IsSuspicious(std::string_view page, const ColumnChunkLayout& layout,
                  int64_t num_blocks) {
  const int64_t pages = (num_blocks * kBlockBytes + kPageBytes - 1) / kPageBytes;
  if (layout.num_values / pages < kValuesPerPage) return false;
  return page.find_first_not_of('\0') == std::string_view::npos;
}

void SetBits(char* block, uint64_t hash) {
  const auto low = static_cast<uint32_t>(hash);
  for (size_t i = 0; i < kSalts.size(); ++i) {
    const uint32_t bit = uint32_t{1} << ((low * kSalts[i]) >> 27);
    char* const word = block + i * sizeof(uint32_t);
    uint32_t set = LoadWord(word) | bit;
    if (std::endian::native != std::endian::little) set = __builtin_bswap32(set);
    std::memcpy(word, &set, sizeof(set));
  }
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Buffer>> ExtendBloomFilter(
    InputFile* input, const ColumnChunkLayout& layout, std::span<const uint64_t> hashes,
    arrow::MemoryPool* pool) {
  if (layout.bloom_filter_offset < 0) return nullptr;
  const auto blocks = ReadHeader(input, layout);
  if (!blocks.ok() || blocks->num_blocks > kMostBlocks) return nullptr;
  const int64_t num_bytes = blocks->num_blocks * kBlockBytes;
  auto allocated = arrow::AllocateBuffer(blocks->header_bytes + num_bytes, pool);
  // A filter is a help to readers, not worth a run.
  if (allocated.status().IsOutOfMemory()) return nullptr;
  ARROW_ASSIGN_OR_RAISE(auto filter, std::move(allocated));
  ARROW_RETURN_NOT_OK(
      input->ReadAt(layout.bloom_filter_offset, filter->size(), filter->mutable_data()));
  char* const first =
      reinterpret_cast<char*>(filter->mutable_data()) + blocks->header_bytes;
  for (int64_t begin = 0; begin < num_bytes; begin += kPageBytes) {
    const int64_t length = std::min(kPageBytes, num_bytes - begin);
    const std::string_view page(first + begin, static_cast<size_t>(length));
    if (IsSuspicious(page, layout, blocks->num_blocks)) return nullptr;
  }
  for (const uint64_t hash : hashes) {
    SetBits(first + BlockOf(hash, blocks->num_blocks) * kBlockBytes, hash);
  }
  const int64_t set_bits = arrow::internal::CountSetBits(
      filter->data(), blocks->header_bytes * 8, num_bytes * 8);
  if (set_bits > num_bytes * kMostSetBitsPerByte) return nullptr;
  return std::shared_ptr<arrow::Buffer>(std::move(filter));
}

arrow::Result<std::unique_ptr<ChunkBloomFilter>> ChunkBloomFilter::Open(
    InputFile* input, const ColumnChunkLayout& layout, const StoredForm& form) {
  if (layout.bloom_filter_offset < 0) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const FilterBlocks blocks, ReadHeader(input, layout));
  std::unique_ptr<ChunkBloomFilter> filter(new ChunkBloomFilter(input, layout, form));
  filter->begin_ = layout.bloom_filter_offset + blocks.header_bytes;
  filter->num_blocks_ = blocks.num_blocks;
  return filter;
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
    if (!read || IsSuspicious(page_, layout_, num_blocks_)) return true;
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

}  // namespace planish
