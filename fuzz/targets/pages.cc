// SPDX-License-Identifier: Apache-2.0
// The bytes of a column chunk: page headers, their claims, and what follows them.
#include <memory>
#include <string>

#include "arrow/util/compression.h"
#include "bounded_pool.h"
#include "format/page_header.h"
#include "format/page_source.h"
#include "fuzz_target.h"
#include "support/memory_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using planish::fuzz::Require;
  if (size < 2) return 0;
  // The first byte says which codec, the second how many values the footer promised.
  constexpr arrow::Compression::type kCodecs[] = {
      arrow::Compression::UNCOMPRESSED, arrow::Compression::SNAPPY,
      arrow::Compression::ZSTD, arrow::Compression::LZ4};
  std::unique_ptr<arrow::util::Codec> codec;
  const arrow::Compression::type type = kCodecs[data[0] % 4];
  if (type != arrow::Compression::UNCOMPRESSED) {
    auto made = arrow::util::Codec::Create(type);
    if (!made.ok()) return 0;
    codec = std::move(*made);
  }
  planish::MemoryInput file(std::string(planish::fuzz::Bytes(data + 2, size - 2)));
  planish::ColumnChunkLayout layout;
  layout.data_length = file.size();
  layout.num_values = int64_t{data[1]} * 4;

  planish::fuzz::BoundedPool pool;
  planish::PageSource source(&file, layout, codec.get(), &pool);
  std::unique_ptr<arrow::ResizableBuffer> buffer;
  planish::RawPage page;
  while (true) {
    const auto found = source.Next(&page);
    if (!found.ok() || !*found) break;
    Require(page.header.compressed_size >= 0, "a page's size is not negative");
    if (page.huge_offset >= 0) {
      const auto status = source.VisitHugeBody(
          page, [](std::string_view) { return arrow::Status::OK(); });
      if (!status.ok()) break;
      continue;
    }
    Require(static_cast<int32_t>(page.body.size()) == page.header.compressed_size,
            "a page that is handed out is there as a whole");
    const auto content = source.Decompress(page, &buffer);
    if (!content.ok()) break;
    std::string again;
    planish::AppendPageHeader(page.header, "", &again);
    int64_t length = 0;
    Require(planish::ReadPageHeader(again, &length).ok(),
            "a page header that is written can be read");
    Require(length == static_cast<int64_t>(again.size()), "and is as long as it was");
  }
  return 0;
}
