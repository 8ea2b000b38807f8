// SPDX-License-Identifier: Apache-2.0
#include "support/footer_samples.h"

#include <algorithm>
#include <set>

#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr int16_t kUnknownId = 900;

void EndStruct(ThriftStructWriter* writer, bool unknown_field) {
  if (unknown_field) writer->Binary(kUnknownId, "nobody knows me");
  writer->Stop();
}

void WriteKeyValue(int16_t id, std::string_view value, ThriftStructWriter* writer,
                   std::string* out) {
  writer->Header(id, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kStruct, 1, out);
  ThriftStructWriter entry(out);
  entry.Binary(1, "k");
  entry.Binary(2, value);
  entry.Stop();
}

void WriteMetaData(const ChunkSample& chunk, bool unknown_fields, std::string* out) {
  ThriftStructWriter writer(out);
  writer.I32(1, 2);  // INT64
  writer.Header(2, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kI32, 1, out);
  out->push_back('\0');  // PLAIN
  writer.Header(3, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kBinary, 1, out);
  out->push_back(static_cast<char>(chunk.name.size()));
  out->append(chunk.name);
  writer.I32(4, 0);
  writer.I64(5, chunk.num_values);
  writer.I64(6, chunk.uncompressed_size);
  writer.I64(7, chunk.compressed_size);
  if (chunk.key_value) WriteKeyValue(8, *chunk.key_value, &writer, out);
  writer.I64(9, chunk.data_page);
  if (chunk.index_page) writer.I64(10, *chunk.index_page);
  if (chunk.dictionary_page) writer.I64(11, *chunk.dictionary_page);
  if (chunk.statistics_max) {
    writer.Header(12, ThriftType::kStruct);
    ThriftStructWriter statistics(out);
    statistics.Binary(5, *chunk.statistics_max);
    statistics.Stop();
  }
  if (chunk.bloom_filter) writer.I64(14, *chunk.bloom_filter);
  if (chunk.bloom_filter_length) writer.I32(15, *chunk.bloom_filter_length);
  EndStruct(&writer, unknown_fields);
}

void WriteRowGroup(const RowGroupSample& row_group, bool unknown_fields,
                   std::string* out) {
  ThriftStructWriter writer(out);
  writer.Header(1, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kStruct,
                         static_cast<int32_t>(row_group.chunks.size()), out);
  for (const ChunkSample& chunk : row_group.chunks) {
    out->append(chunk.Serialize(unknown_fields));
  }
  writer.I64(2, row_group.total_byte_size);
  writer.I64(3, row_group.num_rows);
  if (row_group.file_offset) writer.I64(5, *row_group.file_offset);
  if (row_group.total_compressed_size) writer.I64(6, *row_group.total_compressed_size);
  if (row_group.ordinal) writer.I16(7, *row_group.ordinal);
  EndStruct(&writer, unknown_fields);
}

void WriteSchema(int leaf_columns, std::string* out) {
  AppendThriftListHeader(ThriftType::kStruct, leaf_columns + 1, out);
  ThriftStructWriter root(out);
  root.Binary(4, "schema");
  root.I32(5, leaf_columns);
  root.Stop();
  for (int i = 0; i < leaf_columns; ++i) {
    ThriftStructWriter leaf(out);
    leaf.I32(1, 2);
    leaf.I32(3, 0);
    leaf.Binary(4, std::string(1, static_cast<char>('a' + i)));
    leaf.Stop();
  }
}

std::vector<ThriftField> Fields(std::string_view structure) {
  std::vector<ThriftField> fields;
  const arrow::Status status = VisitFields(structure, [&](const ThriftField& field) {
    fields.push_back(field);
    return arrow::Status::OK();
  });
  return status.ok() ? fields : std::vector<ThriftField>();
}

std::vector<std::string_view> Elements(std::string_view structure, int32_t list_key) {
  std::vector<std::string_view> elements;
  for (const ThriftField& field : Fields(structure)) {
    if (field.key() != list_key) continue;
    const arrow::Status status = VisitStructs(field, [&](std::string_view element) {
      elements.push_back(element);
      return arrow::Status::OK();
    });
    if (!status.ok()) elements.clear();
  }
  return elements;
}

// Compares two structures but for the values of `free` fields, which need only be there.
std::string Difference(const std::string& where, std::string_view expected,
                       std::string_view actual, const std::set<int32_t>& free) {
  const std::vector<ThriftField> a = Fields(expected), b = Fields(actual);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string field =
        where + " field " + std::to_string((i < a.size() ? a : b)[i].id);
    if (i >= a.size() || i >= b.size() || a[i].id != b[i].id || a[i].type != b[i].type) {
      return field + " is missing, new, or of another type";
    }
    if (!free.contains(a[i].key()) && a[i].value != b[i].value) return field + " differs";
  }
  return "";
}

std::string ChunkDifference(const std::string& where, std::string_view expected,
                            std::string_view actual) {
  using namespace chunk_field;  // NOLINT(google-build-using-namespace): field numbers
  const std::string chunk =
      Difference(where, expected, actual,
                 {kFileOffset, kMetaData, kOffsetIndexOffset, kColumnIndexOffset});
  if (!chunk.empty()) return chunk;
  return Difference(
      where + " metadata", *FieldBytes(expected, kMetaData),
      *FieldBytes(actual, kMetaData),
      {column_field::kDataPageOffset, column_field::kIndexPageOffset,
       column_field::kDictionaryPageOffset, column_field::kBloomFilterOffset});
}

}  // namespace

std::string ChunkSample::Serialize(bool unknown_fields) const {
  std::string out;
  ThriftStructWriter writer(&out);
  if (file_path) writer.Binary(1, *file_path);
  writer.I64(2, file_offset);
  writer.Header(3, ThriftType::kStruct);
  WriteMetaData(*this, unknown_fields, &out);
  if (offset_index) {
    writer.I64(4, *offset_index);
    writer.I32(5, offset_index_length);
  }
  if (column_index) {
    writer.I64(6, *column_index);
    writer.I32(7, column_index_length);
  }
  if (encrypted) {
    writer.Header(8, ThriftType::kStruct);
    out.push_back('\0');
  }
  EndStruct(&writer, unknown_fields);
  return out;
}

std::string FooterSample::Serialize() const {
  std::string out;
  ThriftStructWriter writer(&out);
  writer.I32(1, 2);
  writer.Header(2, ThriftType::kList);
  if (schema.empty()) {
    WriteSchema(leaf_columns, &out);
  } else {
    out.append(schema);
  }
  writer.I64(3, num_rows);
  writer.Header(4, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kStruct, static_cast<int32_t>(row_groups.size()),
                         &out);
  for (const RowGroupSample& row_group : row_groups) {
    WriteRowGroup(row_group, unknown_fields, &out);
  }
  WriteKeyValue(5, "file level", &writer, &out);
  writer.Binary(6, created_by);
  if (column_order) {
    writer.Header(7, ThriftType::kList);
    AppendThriftListHeader(ThriftType::kStruct, leaf_columns, &out);
    for (int i = 0; i < leaf_columns; ++i) {
      ThriftStructWriter order(&out);
      order.Header(i == 0 ? *column_order : int16_t{1}, ThriftType::kStruct);
      out.push_back('\0');
      order.Stop();
    }
  }
  if (encrypted) {
    writer.Header(8, ThriftType::kStruct);
    out.push_back('\0');
  }
  EndStruct(&writer, unknown_fields);
  return out;
}

std::string FileWith(std::string_view data, std::string_view footer) {
  std::string file = "PAR1";
  file.append(data).append(footer);
  for (int shift = 0; shift < 32; shift += 8) {
    file.push_back(static_cast<char>(footer.size() >> shift));
  }
  return file.append("PAR1");
}

std::optional<std::string> FieldBytes(std::string_view structure, int32_t key) {
  for (const ThriftField& field : Fields(structure)) {
    if (field.key() == key) return std::string(field.value);
  }
  return std::nullopt;
}

std::optional<int64_t> FieldI64(std::string_view structure, int32_t key) {
  for (const ThriftField& field : Fields(structure)) {
    if (field.key() == key) return field.I64().ValueOr(-999);
  }
  return std::nullopt;
}

std::string ElementBytes(std::string_view structure, int32_t list_key, int index) {
  const std::vector<std::string_view> elements = Elements(structure, list_key);
  const auto position = static_cast<size_t>(index);
  return position < elements.size() ? std::string(elements[position]) : std::string();
}

std::string FooterDifference(std::string_view expected, std::string_view actual) {
  const std::string file = Difference("file", expected, actual,
                                      {file_field::kNumRows, file_field::kRowGroups});
  if (!file.empty()) return file;
  const auto expected_groups = Elements(expected, file_field::kRowGroups);
  const auto actual_groups = Elements(actual, file_field::kRowGroups);
  if (expected_groups.size() != actual_groups.size())
    return "number of row groups differs";
  for (size_t i = 0; i < expected_groups.size(); ++i) {
    const std::string where = "row group " + std::to_string(i);
    const std::string group =
        Difference(where, expected_groups[i], actual_groups[i],
                   {row_group_field::kColumns, row_group_field::kFileOffset,
                    row_group_field::kOrdinal});
    if (!group.empty()) return group;
    const auto expected_chunks = Elements(expected_groups[i], row_group_field::kColumns);
    const auto actual_chunks = Elements(actual_groups[i], row_group_field::kColumns);
    if (expected_chunks.size() != actual_chunks.size())
      return where + " has other columns";
    for (size_t j = 0; j < expected_chunks.size(); ++j) {
      const std::string chunk = ChunkDifference(where + " column " + std::to_string(j),
                                                expected_chunks[j], actual_chunks[j]);
      if (!chunk.empty()) return chunk;
    }
  }
  return "";
}

}  // namespace planish
