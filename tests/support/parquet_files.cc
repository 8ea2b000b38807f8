// SPDX-License-Identifier: Apache-2.0
#include "support/parquet_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/io/file.h"
#include "arrow/json/from_string.h"
#include "arrow/util/config.h"
#include "arrow/util/key_value_metadata.h"
#include "parquet/arrow/reader.h"
#include "parquet/arrow/writer.h"
#include "parquet/exception.h"
#include "parquet/properties.h"

namespace planish {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<parquet::WriterProperties> MakeWriterProperties(const WriteSpec& spec) {
  parquet::WriterProperties::Builder builder;
  builder.compression(spec.codec)
      ->data_pagesize(spec.data_page_bytes)
      ->write_batch_size(spec.write_batch_rows)
      ->max_row_group_length(spec.row_group_rows)
      ->data_page_version(spec.data_page_v2 ? parquet::ParquetDataPageVersion::V2
                                            : parquet::ParquetDataPageVersion::V1);
  spec.dictionary ? builder.enable_dictionary() : builder.disable_dictionary();
  spec.statistics ? builder.enable_statistics() : builder.disable_statistics();
  spec.page_index ? builder.enable_write_page_index()
                  : builder.disable_write_page_index();
  if (spec.page_checksums) builder.enable_page_checksum();
  for (const auto& [path, codec] : spec.column_codecs) builder.compression(path, codec);
  for (const auto& [path, on] : spec.column_dictionary) {
    on ? builder.enable_dictionary(path) : builder.disable_dictionary(path);
  }
  for (const auto& [path, encoding] : spec.encodings) {
    builder.disable_dictionary(path);
    builder.encoding(path, encoding);
  }
#if ARROW_VERSION_MAJOR >= 25
  for (const auto& path : spec.bloom_filter_columns) {
    builder.enable_bloom_filter(path, parquet::BloomFilterOptions{});
  }
#endif
  std::vector<parquet::SortingColumn> sorting;
  for (const auto& [leaf, descending] : spec.sorting_columns) {
    sorting.push_back(
        {.column_idx = leaf, .descending = descending, .nulls_first = false});
  }
  if (!sorting.empty()) builder.set_sorting_columns(sorting);
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> MakeArrowProperties(
    const WriteSpec& spec) {
  parquet::ArrowWriterProperties::Builder builder;
  if (spec.store_schema) builder.store_schema();
  if (spec.int96) builder.enable_deprecated_int96_timestamps();
  return builder.build();
}

arrow::Status WriteRowGroups(const arrow::Table& table, const std::string& path,
                             const WriteSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::FileOutputStream::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(
                            *table.schema(), arrow::default_memory_pool(), out,
                            MakeWriterProperties(spec), MakeArrowProperties(spec)));
  for (const auto& [key, value] : spec.key_value_metadata) {
    ARROW_RETURN_NOT_OK(
        writer->AddKeyValueMetadata(arrow::KeyValueMetadata::Make({key}, {value})));
  }
  ARROW_RETURN_NOT_OK(writer->WriteTable(table, spec.row_group_rows));
  ARROW_RETURN_NOT_OK(writer->Close());
  return out->Close();
}

std::string PercentDecode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(text[i + 1]) &&
        std::isxdigit(text[i + 2])) {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

FoundFile Describe(const fs::path& path, const fs::path& root) {
  FoundFile file;
  file.path = path.string();
  file.relative_path = path.lexically_relative(root).string();
  for (const auto& part : fs::path(file.relative_path).parent_path()) {
    const std::string name = part.string();
    const size_t equals = name.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string value = name.substr(equals + 1);
    file.partition += (file.partition.empty() ? "" : "/") + name;
    file.hive.emplace_back(PercentDecode(name.substr(0, equals)),
                           value == "__HIVE_DEFAULT_PARTITION__"
                               ? std::nullopt
                               : std::make_optional(PercentDecode(value)));
  }
  return file;
}

/// Whether text is an integer in its plain decimal form: "01" and "+1" are not.
bool IsInteger(const std::string& text) {
  try {
    return std::to_string(std::stoll(text)) == text;
  } catch (const std::exception&) {
    return false;
  }
}

std::string JsonOf(const std::optional<std::string>& value, bool integer) {
  if (!value.has_value()) return "null";
  if (integer) return *value;
  std::string json = "\"";
  for (const char c : *value) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + "\"";
}

/// The hive column `name` of all files, each value repeated for the file's rows.
arrow::Result<std::shared_ptr<arrow::ChunkedArray>> HiveColumn(
    const std::vector<FoundFile>& files,
    const std::vector<std::shared_ptr<arrow::Table>>& tables, const std::string& name) {
  std::vector<std::optional<std::string>> values;
  bool integer = true;
  for (const auto& file : files) {
    std::optional<std::string> value;
    for (const auto& [column, text] : file.hive) {
      if (column == name) value = text;
    }
    if (value.has_value() && !IsInteger(*value)) integer = false;
    values.push_back(value);
  }
  const auto type = integer ? arrow::int64() : arrow::utf8();
  arrow::ArrayVector chunks;
  for (size_t i = 0; i < files.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        auto scalar, arrow::json::ScalarFromJSONString(type, JsonOf(values[i], integer)));
    ARROW_ASSIGN_OR_RAISE(auto chunk,
                          arrow::MakeArrayFromScalar(*scalar, tables[i]->num_rows()));
    chunks.push_back(chunk);
  }
  return arrow::ChunkedArray::Make(chunks, type);
}

}  // namespace

bool BloomFiltersWritable() {
  return ARROW_VERSION_MAJOR >= 25;
}

arrow::Result<std::shared_ptr<arrow::Table>> TableFromJson(
    const std::shared_ptr<arrow::Schema>& schema, const std::string& rows) {
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::json::ArrayFromJSONString(
                                        arrow::struct_(schema->fields()), rows));
  ARROW_ASSIGN_OR_RAISE(auto batch, arrow::RecordBatch::FromStructArray(array));
  return arrow::Table::FromRecordBatches(schema,
                                         {batch->ReplaceSchema(schema).ValueOr(batch)});
}

arrow::Status WriteParquet(const arrow::Table& table, const std::string& path,
                           const WriteSpec& spec) {
  std::error_code failure;
  fs::create_directories(fs::path(path).parent_path(), failure);
  if (failure) return arrow::Status::IOError(path, ": ", failure.message());
  if (!spec.bloom_filter_columns.empty() && !BloomFiltersWritable()) {
    return arrow::Status::NotImplemented("writing bloom filters needs Arrow 25");
  }
  try {
    return WriteRowGroups(table, path, spec);
  } catch (const parquet::ParquetException& exception) {
    return arrow::Status::Invalid(path, ": ", exception.what());
  }
}

arrow::Status WriteParquet(const std::shared_ptr<arrow::Table>& table,
                           const std::string& path, const WriteSpec& spec) {
  return WriteParquet(*table, path, spec);
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadParquet(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
#if ARROW_VERSION_MAJOR >= 24
  return reader->ReadTable();
#else
  std::shared_ptr<arrow::Table> table;
  ARROW_RETURN_NOT_OK(reader->ReadTable(&table));
  return table;
#endif
}

arrow::Result<std::shared_ptr<arrow::Table>> DecodeDictionaries(
    std::shared_ptr<arrow::Table> table) {
  for (int i = 0; i < table->num_columns(); ++i) {
    const auto& field = table->field(i);
    if (field->type()->id() != arrow::Type::DICTIONARY) continue;
    const auto type =
        static_cast<const arrow::DictionaryType&>(*field->type()).value_type();
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
    for (int64_t row = 0; row < table->num_rows(); ++row) {
      ARROW_ASSIGN_OR_RAISE(auto code, table->column(i)->GetScalar(row));
      ARROW_ASSIGN_OR_RAISE(
          auto value,
          static_cast<const arrow::DictionaryScalar&>(*code).GetEncodedValue());
      ARROW_RETURN_NOT_OK(builder->AppendScalar(*value));
    }
    ARROW_ASSIGN_OR_RAISE(auto values, builder->Finish());
    ARROW_ASSIGN_OR_RAISE(
        table, table->SetColumn(i, field->WithType(type),
                                std::make_shared<arrow::ChunkedArray>(values)));
  }
  return table;
}

arrow::Result<std::vector<FoundFile>> ListDataset(const std::string& directory) {
  std::vector<FoundFile> files;
  std::error_code failure;
  auto entry = fs::recursive_directory_iterator(directory, failure);
  for (; !failure && entry != fs::recursive_directory_iterator();
       entry.increment(failure)) {
    const char first = entry->path().filename().string()[0];
    if (first == '.' || first == '_') {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.push_back(Describe(entry->path(), directory));
    }
  }
  if (failure) return arrow::Status::IOError(directory, ": ", failure.message());
  std::sort(files.begin(), files.end(), [](const FoundFile& a, const FoundFile& b) {
    return std::tie(a.partition, a.relative_path) <
           std::tie(b.partition, b.relative_path);
  });
  return files;
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadDataset(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(auto files, ListDataset(directory));
  std::vector<std::shared_ptr<arrow::Table>> tables;
  std::vector<std::string> hive_names;
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(auto table, ReadParquet(file.path));
    tables.push_back(table->ReplaceSchemaMetadata(nullptr));
    for (const auto& [name, value] : file.hive) {
      if (std::find(hive_names.begin(), hive_names.end(), name) == hive_names.end()) {
        hive_names.push_back(name);
      }
    }
  }
  arrow::ConcatenateTablesOptions options;
  options.unify_schemas = true;
  options.field_merge_options = arrow::Field::MergeOptions::Permissive();
  ARROW_ASSIGN_OR_RAISE(auto all, arrow::ConcatenateTables(tables, options));
  for (const auto& name : hive_names) {
    ARROW_ASSIGN_OR_RAISE(auto column, HiveColumn(files, tables, name));
    ARROW_ASSIGN_OR_RAISE(
        all,
        all->AddColumn(all->num_columns(), arrow::field(name, column->type()), column));
  }
  return all;
}

arrow::Result<std::string> ReadFileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) return arrow::Status::IOError("cannot read ", path);
  return std::move(bytes).str();
}

}  // namespace planish
