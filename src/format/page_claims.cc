// SPDX-License-Identifier: Apache-2.0
#include "format/page_claims.h"

#include <limits>
#include <string>

#include "base/error_builder.h"
#include "format/page_source.h"

namespace planish {
namespace {

/// Below this many rows a false number costs next to nothing.
constexpr int64_t kHarmlessRows = 1 << 20;
/// More rows in a byte than files have that are not all nulls or one value.
constexpr int64_t kPlausibleRowsPerByte = 64;

}  // namespace

bool IsImplausible(int64_t num_rows, int64_t compressed_bytes) {
  return num_rows > kHarmlessRows && num_rows / kPlausibleRowsPerByte > compressed_bytes;
}

arrow::Status CheckPageClaims(InputFile* file, const ColumnChunkLayout& layout,
                              arrow::MemoryPool* pool) {
  // A footer that claims more values than there are makes the source run off the chunk's
  // end, where there is no header.
  PageSource pages(file, layout, /*codec=*/nullptr, pool);
  int64_t num_values = 0;
  RawPage page;
  while (true) {
    const arrow::Result<bool> found = pages.Next(&page);
    if (!found.ok()) {
      if (found.status().IsOutOfMemory() || GetErrorDetail(found.status()) != nullptr) {
        return found.status();
      }
      return Error(ErrorKind::kCorrupt, "pages do not hold what the footer says")
          .Fact("values in the footer", std::to_string(layout.num_values))
          .Fact("values found in pages", std::to_string(num_values))
          .Cause(found.status());
    }
    if (!*found) return arrow::Status::OK();
    if (page.header.is_data()) num_values += page.header.num_values;
  }
}

}  // namespace planish
