// SPDX-License-Identifier: Apache-2.0
// A serialized FileMetaData: the Thrift walker, the footer, its schema, its column
// chunks.
#include "format/footer.h"

#include <string>

#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using planish::fuzz::Require;
  const std::string bytes(planish::fuzz::Bytes(data, size));
  // Offsets in the footer are taken for good up to here.
  constexpr int64_t kFileSize = int64_t{1} << 20;
  const auto footer = planish::Footer::Parse(bytes, kFileSize);
  if (!footer.ok()) return 0;
  Require(footer->bytes() == bytes, "a footer keeps the bytes it was read from");
  Require(footer->num_rows() >= 0, "a footer's rows are counted from zero");
  int64_t rows = 0;
  for (int group = 0; group < footer->num_row_groups(); ++group) {
    rows += footer->row_group_num_rows(group);
    Require(footer->row_group_compressed_size(group) >= 0, "sizes are not negative");
    const auto chunks = footer->ColumnChunks(group);
    if (!chunks.ok()) continue;
    Require(static_cast<int>(chunks->size()) == footer->num_leaf_columns(),
            "a row group has a chunk for each leaf column");
    for (const auto& chunk : *chunks) {
      Require(chunk.data_offset >= 0 && chunk.data_length >= 0 &&
                  chunk.data_offset <= kFileSize - chunk.data_length,
              "a chunk that is handed out lies in the file");
    }
  }
  Require(rows == footer->num_rows(), "a footer's rows are those of its row groups");
  return 0;
}
