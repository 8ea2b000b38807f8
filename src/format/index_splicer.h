// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "format/footer.h"
#include "format/spliced_row_group.h"
#include "io/file_system.h"

namespace planish {

/// Writes what stands between the last row group and the footer: bloom filters, then
/// column indexes, then offset indexes, the ones that readers want together next to each
/// other and the small ones next to the footer.
///
/// What a copied chunk has of them is checked against the chunk, and left out where it
/// does not fit: readers can do without, and a wrong index gives wrong answers.
class IndexSplicer {
 public:
  /// All must outlive it. `source_leaves`: for each column chunk of a row group, that of
  /// `base` which it comes from, or -1.
  IndexSplicer(OutputFile* out, InputFile* source, const Footer* base,
               const std::vector<int>* source_leaves)
      : out_(out),
        source_(source),
        base_(base),
        source_leaves_(source_leaves),
        column_indexes_(source),
        offset_indexes_(source) {}

  /// Fills in the placements of everything written.
  arrow::Status Write(std::vector<SplicedRowGroup>* row_groups);

  int64_t left_out() const { return left_out_; }

 private:
  // Reads small ranges that mostly follow each other.
  class ReadAhead {
   public:
    explicit ReadAhead(InputFile* file) : file_(file) {}
    // Valid until the next call.
    arrow::Result<std::string_view> Read(int64_t offset, int64_t length);

   private:
    InputFile* file_;
    std::string buffer_;
    int64_t begin_ = 0;
  };

  // The page index of a copied chunk; a part is empty if there is none.
  struct PageIndex {
    std::string_view column_index;
    std::string offset_index;
    bool damaged = false;
  };

  using WriteOne = arrow::Status (IndexSplicer::*)(const ColumnChunkLayout&,
                                                   SplicedChunk*);

  arrow::Status ForEachChunk(SplicedRowGroup* row_group, WriteOne write);
  arrow::Status WriteBloomFilter(const ColumnChunkLayout& layout, SplicedChunk* chunk);
  arrow::Status WriteColumnIndex(const ColumnChunkLayout& layout, SplicedChunk* chunk);
  arrow::Status WriteOffsetIndex(const ColumnChunkLayout& layout, SplicedChunk* chunk);
  arrow::Result<PageIndex> ReadPageIndex(const ColumnChunkLayout& layout,
                                         int64_t data_shift);
  arrow::Status Append(std::string_view bytes, FileRange* range);

  OutputFile* out_;
  InputFile* source_;
  const Footer* base_;
  const std::vector<int>* source_leaves_;
  ReadAhead column_indexes_, offset_indexes_;
  int64_t left_out_ = 0;
};

}  // namespace planish
