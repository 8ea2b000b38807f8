// SPDX-License-Identifier: Apache-2.0
#include "format/metadata_file.h"

#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/error_builder.h"
#include "format/declared_columns.h"
#include "format/footer_bytes.h"
#include "format/parquet_fields.h"
#include "format/schema_translation.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr std::string_view kMagic = "PAR1";

bool IsExtension(const ThriftField& field) {
  return field.key() == kExtensionField || field.key() == kPrintedExtensionField;
}

arrow::Result<std::map<int32_t, ThriftField>> FieldsOf(std::string_view structure) {
  std::map<int32_t, ThriftField> fields;
  ARROW_RETURN_NOT_OK(VisitFields(structure, [&](const ThriftField& field) {
    fields[field.key()] = field;
    return arrow::Status::OK();
  }));
  return fields;
}

arrow::Result<std::vector<std::string_view>> ChunksOf(std::string_view row_group) {
  std::vector<std::string_view> chunks;
  const auto add = [&](std::string_view chunk) {
    chunks.push_back(chunk);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(VisitFields(row_group, [&](const ThriftField& field) {
    return field.key() == row_group_field::kColumns ? VisitStructs(field, add)
                                                    : arrow::Status::OK();
  }));
  return chunks;
}

/// Whether two structures have the same value in each of `keys` that both have.
arrow::Result<bool> Agree(std::string_view one, std::string_view other,
                          const std::set<int32_t>& keys) {
  ARROW_ASSIGN_OR_RAISE(const auto a, FieldsOf(one));
  ARROW_ASSIGN_OR_RAISE(const auto b, FieldsOf(other));
  for (const auto& [key, field] : a) {
    const auto found = b.find(key);
    if (found == b.end() || !keys.contains(key)) continue;
    if (field.value != found->second.value) return false;
  }
  return true;
}

arrow::Result<std::optional<ThriftField>> FieldOf(std::string_view structure,
                                                  int32_t key) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsOf(structure));
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

arrow::Result<bool> StatisticsAgree(std::string_view one, std::string_view other) {
  ARROW_ASSIGN_OR_RAISE(const auto a, FieldOf(one, column_field::kStatistics));
  ARROW_ASSIGN_OR_RAISE(const auto b, FieldOf(other, column_field::kStatistics));
  if (!a || !b) return true;
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsOf(a->value));
  std::set<int32_t> all;
  for (const auto& [key, field] : fields) all.insert(key);
  return Agree(a->value, b->value, all);
}

arrow::Result<bool> ChunksAgree(std::string_view one, std::string_view other) {
  ARROW_ASSIGN_OR_RAISE(const auto a, FieldOf(one, chunk_field::kMetaData));
  ARROW_ASSIGN_OR_RAISE(const auto b, FieldOf(other, chunk_field::kMetaData));
  if (!a || !b) return false;
  ARROW_ASSIGN_OR_RAISE(
      const bool agree,
      Agree(a->value, b->value,
            {column_field::kType, column_field::kPathInSchema, column_field::kCodec,
             column_field::kNumValues, column_field::kTotalUncompressedSize,
             column_field::kTotalCompressedSize, column_field::kDataPageOffset,
             column_field::kDictionaryPageOffset, column_field::kBloomFilterOffset}));
  ARROW_ASSIGN_OR_RAISE(
      const bool indexes_agree,
      Agree(one, other,
            {chunk_field::kOffsetIndexOffset, chunk_field::kOffsetIndexLength,
             chunk_field::kColumnIndexOffset, chunk_field::kColumnIndexLength}));
  if (!agree || !indexes_agree) return false;
  return StatisticsAgree(a->value, b->value);
}

arrow::Result<bool> RowGroupsAgree(std::string_view one, std::string_view other) {
  ARROW_ASSIGN_OR_RAISE(
      const bool agree,
      Agree(one, other, {row_group_field::kNumRows, row_group_field::kTotalByteSize}));
  ARROW_ASSIGN_OR_RAISE(const auto a, ChunksOf(one));
  ARROW_ASSIGN_OR_RAISE(const auto b, ChunksOf(other));
  if (!agree || a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool same, ChunksAgree(a[i], b[i]));
    if (!same) return false;
  }
  return true;
}

arrow::Result<int64_t> NumRowsOf(std::string_view row_group) {
  ARROW_ASSIGN_OR_RAISE(const auto field, FieldOf(row_group, row_group_field::kNumRows));
  if (!field) return arrow::Status::Invalid("row group has no number of rows");
  return field->I64();
}

/// The file that all column chunks of a row group are in.
arrow::Result<std::string> FileOf(std::string_view row_group) {
  ARROW_ASSIGN_OR_RAISE(const auto chunks, ChunksOf(row_group));
  std::optional<std::string> file;
  for (const std::string_view chunk : chunks) {
    ARROW_ASSIGN_OR_RAISE(const auto field, FieldOf(chunk, chunk_field::kFilePath));
    if (!field) return std::string();
    ARROW_ASSIGN_OR_RAISE(const std::string_view path, field->Binary());
    if (file && *file != path) return std::string();
    file = path;
  }
  return file.value_or("");
}

/// A ColumnChunk as it stands in a metadata file: with the path of its file in front.
arrow::Status WriteChunk(std::string_view chunk, const std::string& path,
                         std::string* out) {
  ThriftStructWriter writer(out);
  writer.Binary(FieldId(chunk_field::kFilePath), path);
  ARROW_RETURN_NOT_OK(VisitFields(chunk, [&](const ThriftField& field) {
    const bool replaced = field.key() == chunk_field::kFilePath;
    if (!replaced && !IsExtension(field)) writer.Field(field);
    return arrow::Status::OK();
  }));
  writer.Stop();
  return arrow::Status::OK();
}

arrow::Status WriteRowGroup(std::string_view row_group, const std::string& path,
                            std::string* out) {
  ThriftStructWriter writer(out);
  ARROW_RETURN_NOT_OK(
      VisitFields(row_group, [&](const ThriftField& field) -> arrow::Status {
        if (IsExtension(field)) return arrow::Status::OK();
        if (field.key() != row_group_field::kColumns) {
          writer.Field(field);
          return arrow::Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(const ThriftListReader list, ThriftListReader::Make(field));
        writer.Header(field.id, field.type);
        AppendThriftListHeader(ThriftType::kStruct, list.size(), out);
        return VisitStructs(
            field, [&](std::string_view chunk) { return WriteChunk(chunk, path, out); });
      }));
  writer.Stop();
  return arrow::Status::OK();
}

using KeyValues = std::vector<std::pair<std::string_view, std::string_view>>;

/// Keys of the entries of a KeyValueMetadata list, and the serialized entries.
arrow::Result<KeyValues> KeyValuesOf(std::string_view file_metadata) {
  KeyValues entries;
  const auto add = [&](std::string_view entry) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto key, FieldOf(entry, key_value_field::kKey));
    if (!key) return arrow::Status::Invalid("key-value entry has no key");
    ARROW_ASSIGN_OR_RAISE(const std::string_view name, key->Binary());
    entries.emplace_back(name, entry);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(VisitFields(file_metadata, [&](const ThriftField& field) {
    return field.key() == file_field::kKeyValueMetadata ? VisitStructs(field, add)
                                                        : arrow::Status::OK();
  }));
  return entries;
}

/// Entries of `base` that do not repeat its schema, those that `model` has too as that
/// has them, then the rest of its.
arrow::Status WriteKeyValues(std::string_view base, std::string_view model,
                             std::string* out) {
  ARROW_ASSIGN_OR_RAISE(KeyValues entries, KeyValuesOf(base));
  std::erase_if(entries, [](const auto& entry) {
    return entry.first == kArrowSchemaKey || RepeatsSchema(entry.first);
  });
  ARROW_ASSIGN_OR_RAISE(const KeyValues of_model, KeyValuesOf(model));
  for (const auto& [key, entry] : of_model) {
    bool found = false;
    for (auto& [known, bytes] : entries) {
      if (known != key) continue;
      bytes = entry;
      found = true;
    }
    if (!found) entries.emplace_back(key, entry);
  }
  AppendThriftListHeader(ThriftType::kStruct, static_cast<int32_t>(entries.size()), out);
  for (const auto& [key, entry] : entries) *out += entry;
  return arrow::Status::OK();
}

bool IsAboutSchema(int32_t key) {
  return key == file_field::kSchema || key == file_field::kColumnOrders ||
         key == file_field::kKeyValueMetadata;
}

}  // namespace

arrow::Result<MetadataFile> MetadataFile::Read(InputFile& file,
                                               const arrow::MemoryPool* pool) {
  MetadataFile metadata;
  auto bytes = ReadFooterBytes(file, pool);
  if (!bytes.ok()) return AddContext(bytes.status(), ErrorKind::kIo, file.path());
  metadata.bytes_ = *std::move(bytes);
  const auto size = MeasureMetadata(metadata.bytes_);
  if (!size.ok()) return AddContext(size.status(), ErrorKind::kCorrupt, file.path());
  // Made anew, it is there twice.
  const arrow::Status fits = CheckMetadataFits(2 * size->file, "metadata file", pool);
  if (!fits.ok()) return AddContext(fits, ErrorKind::kUnsupported, file.path());
  const arrow::Status parsed = metadata.Parse();
  if (!parsed.ok()) return AddContext(parsed, ErrorKind::kCorrupt, file.path());
  return metadata;
}

arrow::Status MetadataFile::Parse() {
  bool has_schema = false;
  return VisitFields(bytes_, [&](const ThriftField& field) -> arrow::Status {
    if (field.key() == file_field::kSchema) has_schema = true;
    if (field.key() == file_field::kEncryptionAlgorithm) return EncryptedParquetError();
    if (field.key() != file_field::kRowGroups) return arrow::Status::OK();
    if (!has_schema) return arrow::Status::Invalid("footer has no schema");
    return VisitStructs(
        field, [&](std::string_view row_group) { return AddRowGroup(row_group); });
  });
}

arrow::Status MetadataFile::AddRowGroup(std::string_view row_group) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, FileOf(row_group));
  if (path.empty()) {
    return Error(ErrorKind::kUnsupported, "a row group is not of one other file");
  }
  std::vector<Span>& spans = row_groups_[path];
  if (spans.empty()) files_.push_back(path);
  spans.push_back(
      {row_group.data() - bytes_.data(), static_cast<int64_t>(row_group.size())});
  return arrow::Status::OK();
}

std::vector<std::string_view> MetadataFile::RowGroupsOf(const std::string& path) const {
  std::vector<std::string_view> row_groups;
  for (const Span& span : row_groups_.at(path)) {
    row_groups.push_back(bytes().substr(static_cast<size_t>(span.begin),
                                        static_cast<size_t>(span.length)));
  }
  return row_groups;
}

arrow::Result<bool> MetadataFile::Describes(const std::string& path,
                                            const Footer& footer) const {
  const std::vector<std::string_view> listed = RowGroupsOf(path);
  if (static_cast<int>(listed.size()) != footer.num_row_groups()) return false;
  for (int i = 0; i < footer.num_row_groups(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool agree, RowGroupsAgree(listed[static_cast<size_t>(i)],
                                                           footer.row_group_bytes(i)));
    if (!agree) return false;
  }
  return true;
}

arrow::Status MetadataFileBuilder::Keep(const std::string& path) {
  for (const std::string_view row_group : base_->RowGroupsOf(path)) {
    ARROW_ASSIGN_OR_RAISE(const int64_t num_rows, NumRowsOf(row_group));
    num_rows_ += num_rows;
    ++num_row_groups_;
    row_groups_ += row_group;
  }
  return arrow::Status::OK();
}

arrow::Status MetadataFileBuilder::Add(const std::string& path, const Footer& footer) {
  for (int i = 0; i < footer.num_row_groups(); ++i) {
    num_rows_ += footer.row_group_num_rows(i);
    ++num_row_groups_;
    ARROW_RETURN_NOT_OK(WriteRowGroup(footer.row_group_bytes(i), path, &row_groups_));
  }
  return arrow::Status::OK();
}

arrow::Result<std::string> MetadataFileBuilder::Finish() const {
  std::string out(kMagic);
  ThriftStructWriter writer(&out);
  std::map<int32_t, ThriftField> of_model;
  if (model_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(of_model, FieldsOf(model_->bytes()));
  }
  ARROW_ASSIGN_OR_RAISE(auto fields, FieldsOf(base_->bytes()));
  for (const auto& [key, field] : of_model) {
    if (IsAboutSchema(key)) fields[key] = field;
  }
  for (const auto& [key, field] : fields) {
    if (IsExtension(field)) continue;
    if (key == file_field::kNumRows) {
      writer.I64(field.id, num_rows_);
    } else if (key == file_field::kRowGroups) {
      writer.Header(field.id, field.type);
      AppendThriftListHeader(ThriftType::kStruct, num_row_groups_, &out);
      out += row_groups_;
    } else if (key == file_field::kKeyValueMetadata && model_ != nullptr) {
      writer.Header(field.id, field.type);
      ARROW_RETURN_NOT_OK(WriteKeyValues(base_->bytes(), model_->bytes(), &out));
    } else {
      writer.Field(field);
    }
  }
  writer.Stop();
  const size_t length = out.size() - kMagic.size();
  if (length > std::numeric_limits<uint32_t>::max()) {
    return Error(ErrorKind::kUnsupported, "footer would be larger than Parquet allows")
        .Fact("size", std::to_string(length) + " bytes");
  }
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>(length >> shift));
  }
  out += kMagic;
  return out;
}

}  // namespace planish
