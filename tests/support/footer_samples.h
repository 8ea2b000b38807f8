// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Footers made by hand, with whatever Arrow's writer would not write.

namespace planish {

/// A ColumnChunk. Fields that are not set are not written.
struct ChunkSample {
  std::optional<std::string> file_path = {};
  int64_t file_offset = 0;
  std::string name = "a";
  int64_t num_values = 3, uncompressed_size = 12, compressed_size = 10;
  std::optional<std::string> key_value = {};  ///< value of the key "k"
  int64_t data_page = 4;
  std::optional<int64_t> index_page = {}, dictionary_page = {}, bloom_filter = {};
  std::optional<int32_t> bloom_filter_length = {};
  std::optional<std::string> statistics_max = {};
  std::optional<int64_t> offset_index = {}, column_index = {};
  int32_t offset_index_length = 0, column_index_length = 0;
  bool encrypted = false;

  std::string Serialize(bool unknown_fields = false) const;
};

struct RowGroupSample {
  std::vector<ChunkSample> chunks = {ChunkSample{}};
  int64_t total_byte_size = 12, num_rows = 3;
  std::optional<int64_t> file_offset = {}, total_compressed_size = {};
  std::optional<int16_t> ordinal = {};
};

struct FooterSample {
  int leaf_columns = 1;
  /// The list of schema elements, if it is not to be so many required INT64 leaves.
  std::string schema = {};
  std::vector<RowGroupSample> row_groups = {RowGroupSample{}};
  int64_t num_rows = 3;
  std::string created_by = "planish test";
  bool encrypted = false;
  /// Fields that parquet.thrift does not have, at every level.
  bool unknown_fields = false;
  /// Of the first column: 1 for the type's own order.
  std::optional<int16_t> column_order = {};

  std::string Serialize() const;
};

/// Magic bytes, `data`, `footer`, its length, magic bytes.
std::string FileWith(std::string_view data, std::string_view footer);

/// The value of field `key` of a serialized structure, as bytes; nullopt if it has none.
std::optional<std::string> FieldBytes(std::string_view structure, int32_t key);
std::optional<int64_t> FieldI64(std::string_view structure, int32_t key);
/// Element `index` of a list of structures.
std::string ElementBytes(std::string_view structure, int32_t list_key, int index);

/// What differs between two footers beside places in the file, row counts and ordinals;
/// empty if nothing does. Compares bytes, so fields nobody knows count too.
std::string FooterDifference(std::string_view expected, std::string_view actual);

}  // namespace planish
