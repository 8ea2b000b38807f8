// SPDX-License-Identifier: Apache-2.0
// A whole Parquet file: opened, its statistics, indexes and filters asked, read, and
// written again without every second row of its first row group.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/row_bitmap.h"
#include "bounded_pool.h"
#include "format/chunk_transcoder.h"
#include "format/file_splicer.h"
#include "format/footer.h"
#include "format/parquet_file.h"
#include "fuzz_target.h"
#include "support/memory_files.h"

namespace planish::fuzz {
namespace {

// A footer may promise more than this target has time for.
constexpr int kMostRowGroups = 4, kMostColumns = 16;
constexpr int64_t kMostRows = int64_t{1} << 16;

void AskColumn(const ParquetFile& file, int row_group, int column) {
  const std::vector<int> leaves = file.LeavesOf(column);
  for (const int leaf : leaves) {
    file.Statistics(row_group, leaf);
    file.Summary(row_group, leaf);
    file.Pages(row_group, leaf);
  }
  const arrow::DataType& type = *file.schema()->field(column)->type();
  if (leaves.size() == 1) file.OpenBloomFilter(row_group, leaves.front(), type);
}

void ReadRows(const ParquetFile& file, int row_group, int column) {
  const auto batches = file.ReadRowGroup(row_group, {column}, 1000);
  if (!batches.ok()) return;
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t rows = 0;
  while ((*batches)->ReadNext(&batch).ok() && batch != nullptr && rows < kMostRows) {
    Require(batch->Validate().ok(), "a batch that is handed out is valid");
    rows += batch->num_rows();
  }
}

/// Rows of the new file, or an error.
arrow::Result<int64_t> WriteAgain(const ParquetFile& file, MemoryOutput* output,
                                  BoundedPool* pool) {
  const Footer& footer = file.footer();
  const int64_t num_rows = footer.row_group_num_rows(0);
  RowBitmap dropped(num_rows);
  for (int64_t row = 0; row < num_rows; row += 2) dropped.Add(row);
  const RowBitmapSlice slice{&dropped, 0, num_rows};
  ARROW_ASSIGN_OR_RAISE(FileSplicer splicer,
                        FileSplicer::Make(output, &file.input(), &footer, nullptr, pool));
  ARROW_RETURN_NOT_OK(splicer.BeginRowGroup(0, num_rows - slice.Count()));
  for (int leaf = 0; leaf < file.num_leaf_columns(); ++leaf) {
    ARROW_ASSIGN_OR_RAISE(const EncodedChunk chunk,
                          TranscodeColumnChunk(file, 0, leaf, slice, {}, pool));
    ARROW_RETURN_NOT_OK(splicer.AppendChunk(chunk));
  }
  ARROW_RETURN_NOT_OK(splicer.EndRowGroup());
  for (int group = 1; group < footer.num_row_groups(); ++group) {
    ARROW_RETURN_NOT_OK(splicer.CopyRowGroup(group));
  }
  return splicer.Finish();
}

void Run(const std::string& bytes, BoundedPool* pool) {
  const auto opened = ParquetFile::Open(std::make_shared<MemoryInput>(bytes), pool);
  if (!opened.ok()) return;
  const ParquetFile& file = **opened;
  const int num_groups = std::min(file.footer().num_row_groups(), kMostRowGroups);
  const int num_columns = std::min(file.schema()->num_fields(), kMostColumns);
  for (int group = 0; group < num_groups; ++group) {
    for (int column = 0; column < num_columns; ++column) {
      AskColumn(file, group, column);
      ReadRows(file, group, column);
    }
  }
  if (num_groups == 0 || file.num_leaf_columns() > kMostColumns ||
      file.footer().row_group_num_rows(0) > kMostRows) {
    return;
  }
  MemoryOutput output;
  const auto rows = WriteAgain(file, &output, pool);
  if (!rows.ok()) return;
  MemoryInput written(output.bytes());
  const auto again = Footer::Read(written);
  Require(again.ok(), "a file that is written can be read");
  Require(again->num_rows() == *rows, "and has the rows it was said to have");
}

}  // namespace
}  // namespace planish::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  planish::fuzz::BoundedPool pool;
  planish::fuzz::Run(std::string(planish::fuzz::Bytes(data, size)), &pool);
  planish::fuzz::Require(pool.bytes_allocated() == 0, "every buffer is given back");
  return 0;
}
