// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_verification.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "base/error_builder.h"
#include "format/arrow_parquet_file.h"
#include "format/chunk_form.h"
#include "format/column_chunk_facts.h"
#include "format/level_reader.h"
#include "format/page_source.h"
#include "format/parquet_boundary.h"
#include "format/rle_hybrid.h"
#include "format/value_filter.h"

namespace planish {
namespace {

/// Compared at a time.
constexpr int64_t kPieceBytes = int64_t{1} << 20;
/// Buffers that take more are not kept for the next page.
constexpr int64_t kKeptBytes = int64_t{8} << 20;

bool IsDictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY ||
         encoding == parquet::Encoding::RLE_DICTIONARY;
}

/// Reads one column chunk and keeps nothing of it.
class ChunkVerifier {
 public:
  ChunkVerifier(const parquet::ColumnDescriptor* column, arrow::MemoryPool* pool)
      : column_(column),
        pool_(pool),
        repetition_(column->max_repetition_level(), /*spells_out=*/true),
        definition_(column->max_definition_level(), /*spells_out=*/false) {}

  arrow::Status Verify(const ArrowParquetFile& file, int row_group, int leaf) {
    ARROW_RETURN_NOT_OK(CheckPhysicalType(file.metadata(), row_group, leaf));
    ARROW_ASSIGN_OR_RAISE(const auto chunks, file.ColumnChunks(row_group));
    ARROW_ASSIGN_OR_RAISE(const ChunkForm form,
                          ReadChunkForm(chunks->structures[static_cast<size_t>(leaf)]));
    ARROW_ASSIGN_OR_RAISE(const auto codec, MakeCodec(form.codec));
    PageSource pages(&file.input(), chunks->layouts[static_cast<size_t>(leaf)],
                     codec.get(), pool_);
    RawPage page;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, pages.Next(&page));
      if (!more) break;
      ARROW_RETURN_NOT_OK(page.header.is_data() ? VerifyData(page, pages)
                                                : VerifyDictionary(page, &pages));
      if (content_ != nullptr && content_->capacity() > kKeptBytes) content_.reset();
      ARROW_RETURN_NOT_OK(pages.ReleasePage());
    }
    const int64_t expected = file.metadata().RowGroup(row_group)->num_rows();
    if (num_rows_ == expected) return arrow::Status::OK();
    return arrow::Status::Invalid("column chunk has another number of rows: ", num_rows_,
                                  " instead of ", expected);
  }

 private:
  arrow::Status VerifyDictionary(RawPage page, PageSource* pages) {
    if (has_dictionary_ || num_rows_ > 0) {
      return arrow::Status::Invalid("column chunk has a dictionary page out of place");
    }
    has_dictionary_ = true;
    num_entries_ = static_cast<uint32_t>(std::max(page.header.num_values, 0));
    std::unique_ptr<arrow::ResizableBuffer> body;
    if (page.huge_offset >= 0) {
      ARROW_ASSIGN_OR_RAISE(
          body, arrow::AllocateResizableBuffer(page.header.compressed_size, pool_));
      uint8_t* end = body->mutable_data();
      ARROW_RETURN_NOT_OK(pages->VisitHugeBody(page, [&](std::string_view piece) {
        end = std::copy(piece.begin(), piece.end(), end);
        return arrow::Status::OK();
      }));
      page.body = std::string_view(*body);
    }
    ARROW_ASSIGN_OR_RAISE(const PageContent content, pages->Decompress(page, &content_));
    // Whatever the header calls it.
    return VerifyValues(parquet::Encoding::PLAIN, content.bytes, page.header.num_values);
  }

  arrow::Status VerifyData(const RawPage& page, const PageSource& pages) {
    ARROW_ASSIGN_OR_RAISE(PageContent content, pages.Decompress(page, &content_));
    const PageHeader& header = page.header;
    if (header.num_values == 0) return arrow::Status::OK();
    if (header.type == parquet::PageType::DATA_PAGE_V2) {
      repetition_.BeginPageV2(header, content.repetition);
      definition_.BeginPageV2(header, content.definition);
    } else {
      repetition_.BeginPage(header, header.repetition_encoding, &content.bytes);
      definition_.BeginPage(header, header.definition_encoding, &content.bytes);
    }
    int64_t num_values = 0;
    for (int32_t left = header.num_values; left > 0;) {
      const int32_t count = std::min(left, kFilterBatch);
      ARROW_RETURN_NOT_OK(repetition_.Read(count));
      ARROW_RETURN_NOT_OK(definition_.Read(count));
      ARROW_RETURN_NOT_OK(CountRows(count));
      const int16_t* const levels = definition_.levels();
      num_values += levels == nullptr
                        ? count
                        : std::count(levels, levels + count, definition_.max_level());
      left -= count;
    }
    return IsDictionary(header.encoding)
               ? VerifyIndices(content.bytes, num_values)
               : VerifyValues(header.encoding, content.bytes, num_values);
  }

  arrow::Status CountRows(int32_t count) {
    if (!repetition_.present()) {
      num_rows_ += count;
      return arrow::Status::OK();
    }
    const int16_t* const levels = repetition_.levels();
    if (num_rows_ == 0 && levels[0] != 0) {
      return arrow::Status::Invalid("column chunk begins within a row");
    }
    num_rows_ += std::count(levels, levels + count, 0);
    return arrow::Status::OK();
  }

  arrow::Status VerifyIndices(std::string_view bytes, int64_t count) {
    if (!has_dictionary_) {
      return arrow::Status::Invalid(
          "page needs a dictionary, but the column chunk has none");
    }
    // A page of nulls alone may lack even the bit width.
    const int bit_width = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
    if (bit_width > 32) return arrow::Status::Invalid("index bit width: ", bit_width);
    if (!bytes.empty()) bytes.remove_prefix(1);
    RleHybridReader reader(reinterpret_cast<const uint8_t*>(bytes.data()),
                           static_cast<int64_t>(bytes.size()), bit_width);
    while (count > 0) {
      const int64_t batch = std::min<int64_t>(count, kFilterBatch);
      ARROW_RETURN_NOT_OK(reader.Read(batch, indices_.data()));
      const uint32_t largest =
          *std::max_element(indices_.begin(), indices_.begin() + batch);
      if (largest >= num_entries_) {
        return arrow::Status::Invalid("index beyond its dictionary, which has: ",
                                      num_entries_);
      }
      count -= batch;
    }
    return arrow::Status::OK();
  }

  /// Whether so many values are there: passed over, and decoded where that is the only
  /// way to do so.
  arrow::Status VerifyValues(parquet::Encoding::type encoding, std::string_view bytes,
                             int64_t count) {
    std::unique_ptr<ValueFilter>& filter = filters_[encoding];
    if (filter == nullptr) {
      const bool plain = encoding == parquet::Encoding::PLAIN &&
                         column_->physical_type() != parquet::Type::BOOLEAN;
      // Statistics are of what is kept, and nothing is.
      filter = plain ? MakePlainFilter(column_, /*statistics=*/nullptr, pool_)
                     : MakeCodedFilter(column_, encoding, /*statistics=*/nullptr, pool_);
    }
    ARROW_RETURN_NOT_OK(filter->BeginPage(bytes, static_cast<int32_t>(count)));
    while (count > 0) {
      const auto batch = static_cast<int32_t>(std::min<int64_t>(count, kFilterBatch));
      ARROW_RETURN_NOT_OK(filter->Take(batch, {}));
      count -= batch;
    }
    return arrow::Status::OK();
  }

  const parquet::ColumnDescriptor* const column_;
  arrow::MemoryPool* const pool_;
  LevelReader repetition_, definition_;
  std::map<parquet::Encoding::type, std::unique_ptr<ValueFilter>> filters_;
  std::unique_ptr<arrow::ResizableBuffer> content_;
  std::array<uint32_t, kFilterBatch> indices_;
  bool has_dictionary_ = false;
  uint32_t num_entries_ = 0;
  int64_t num_rows_ = 0;
};

const ArrowParquetFile& AsArrow(const ParquetFile& file) {
  return static_cast<const ArrowParquetFile&>(file);
}

arrow::Result<ColumnChunkLayout> LayoutOf(const ColumnChunkPlace& place) {
  ARROW_ASSIGN_OR_RAISE(const auto chunks,
                        AsArrow(*place.file).ColumnChunks(place.row_group));
  return chunks->layouts[static_cast<size_t>(place.leaf)];
}

}  // namespace

arrow::Status VerifyColumnChunk(const ParquetFile& file, int row_group, int leaf,
                                arrow::MemoryPool* pool) {
  const ArrowParquetFile& arrow_file = AsArrow(file);
  const arrow::Status status = CatchParquet([&] {
    // Its batches are too large for the stacks of some threads.
    const auto verifier = std::make_unique<ChunkVerifier>(
        arrow_file.metadata().schema()->Column(leaf), pool);
    return verifier->Verify(arrow_file, row_group, leaf);
  });
  return AddContext(status, KindOfReadError(status), file.path(), row_group,
                    file.leaf_path(leaf));
}

arrow::Result<bool> HaveSamePages(const ColumnChunkPlace& left,
                                  const ColumnChunkPlace& right,
                                  arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(const ColumnChunkLayout a, LayoutOf(left));
  ARROW_ASSIGN_OR_RAISE(const ColumnChunkLayout b, LayoutOf(right));
  if (a.data_length != b.data_length || a.num_values != b.num_values) return false;
  ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::AllocateBuffer(2 * kPieceBytes, pool));
  uint8_t* const of_left = bytes->mutable_data();
  uint8_t* const of_right = of_left + kPieceBytes;
  for (int64_t done = 0; done < a.data_length; done += kPieceBytes) {
    const int64_t size = std::min(kPieceBytes, a.data_length - done);
    ARROW_RETURN_NOT_OK(left.file->input().ReadAt(a.data_offset + done, size, of_left));
    ARROW_RETURN_NOT_OK(right.file->input().ReadAt(b.data_offset + done, size, of_right));
    if (std::memcmp(of_left, of_right, static_cast<size_t>(size)) != 0) return false;
  }
  return true;
}

}  // namespace planish
