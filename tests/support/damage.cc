// SPDX-License-Identifier: Apache-2.0
#include "support/damage.h"

#include <algorithm>
#include <fstream>

#include "parquet/file_reader.h"
#include "support/parquet_files.h"

namespace planish {

arrow::Status DamageColumnChunk(const std::string& path, int row_group, int leaf) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFileBytes(path));
  const auto chunk = parquet::ParquetFileReader::OpenFile(path, /*memory_map=*/false)
                         ->metadata()
                         ->RowGroup(row_group)
                         ->ColumnChunk(leaf);
  int64_t begin = chunk->data_page_offset();
  if (chunk->has_dictionary_page()) {
    begin = std::min(begin, chunk->dictionary_page_offset());
  }
  bytes[static_cast<size_t>(begin + chunk->total_compressed_size() - 1)] ^= 0x55;
  return WriteFileBytes(path, bytes);
}

arrow::Status WriteFileBytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  return file.good() ? arrow::Status::OK()
                     : arrow::Status::IOError("cannot write ", path);
}

}  // namespace planish
