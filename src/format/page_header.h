// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arrow/result.h"
#include "format/statistics_fields.h"
#include "parquet/types.h"

namespace planish {

/// A page's header, of whatever kind. What a kind has not is as initialised here.
struct PageHeader {
  parquet::PageType::type type = parquet::PageType::DATA_PAGE;
  int32_t uncompressed_size = 0;
  int32_t compressed_size = 0;
  std::optional<uint32_t> checksum;
  int32_t num_values = 0;  ///< levels of a data page, entries of a dictionary
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
  parquet::Encoding::type definition_encoding = parquet::Encoding::RLE;
  parquet::Encoding::type repetition_encoding = parquet::Encoding::RLE;
  StatisticsFields statistics;
  /// Version 2 of data pages only.
  int32_t num_nulls = 0;
  int32_t num_rows = 0;
  int32_t definition_size = 0;
  int32_t repetition_size = 0;
  bool is_compressed = true;

  bool is_data() const {
    return type == parquet::PageType::DATA_PAGE ||
           type == parquet::PageType::DATA_PAGE_V2;
  }
};

/// Reads the header that `bytes` begin with and sets `size` to its length. An error where
/// it is damaged or does not end in `bytes`.
arrow::Result<PageHeader> ReadPageHeader(std::string_view bytes, int64_t* size);

/// Appends `header`. `statistics` is a serialized Statistics; empty leaves them out.
void AppendPageHeader(const PageHeader& header, std::string_view statistics,
                      std::string* out);

}  // namespace planish
