// SPDX-License-Identifier: Apache-2.0
#include "format/schema_translation.h"

#include <string>
#include <utility>
#include <vector>

#include "arrow/extension_type.h"
#include "arrow/io/memory.h"
#include "arrow/ipc/dictionary.h"
#include "arrow/ipc/reader.h"
#include "arrow/ipc/writer.h"
#include "arrow/util/base64.h"
#include "arrow/util/checked_cast.h"
#include "arrow/util/key_value_metadata.h"
#include "format/ipc_schema_size.h"
#include "format/parquet_file.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;

/// An extension type that this build of Arrow knows is named there, too.
std::shared_ptr<const arrow::KeyValueMetadata> WithoutExtension(
    const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  if (metadata == nullptr) return nullptr;
  std::vector<std::string> keys, values;
  for (int64_t i = 0; i < metadata->size(); ++i) {
    if (metadata->key(i).starts_with("ARROW:extension:")) continue;
    keys.push_back(metadata->key(i));
    values.push_back(metadata->value(i));
  }
  return arrow::key_value_metadata(std::move(keys), std::move(values));
}

std::shared_ptr<arrow::Field> PlainField(const std::shared_ptr<arrow::Field>& field) {
  auto plain = field->WithType(PlainType(field->type()));
  return plain->HasMetadata() ? plain->WithMetadata(WithoutExtension(plain->metadata()))
                              : plain;
}

std::shared_ptr<arrow::DataType> PlainMap(const arrow::MapType& map) {
  return std::make_shared<arrow::MapType>(
      PlainField(map.key_field()), PlainField(map.item_field()), map.keys_sorted());
}

arrow::Result<std::string> DecodeText(const std::string& text) {
  // A string up to Arrow 24, a Result since.
  return arrow::util::base64_decode(text);
}

arrow::Result<std::shared_ptr<arrow::Schema>> DecodeSchema(std::string bytes) {
  arrow::io::BufferReader stream(arrow::Buffer::FromString(std::move(bytes)));
  arrow::ipc::DictionaryMemo memo;
  return arrow::ipc::ReadSchema(&stream, &memo);
}

}  // namespace

std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::DICTIONARY:
      return PlainType(checked_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::EXTENSION:
      return PlainType(checked_cast<const arrow::ExtensionType&>(*type).storage_type());
    case arrow::Type::LIST:
      return arrow::list(PlainField(type->field(0)));
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(PlainField(type->field(0)));
    case arrow::Type::LIST_VIEW:
      return arrow::list_view(PlainField(type->field(0)));
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list_view(PlainField(type->field(0)));
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          PlainField(type->field(0)),
          checked_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::MAP:
      return PlainMap(checked_cast<const arrow::MapType&>(*type));
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) fields.push_back(PlainField(field));
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

arrow::Result<std::optional<std::string>> PlainArrowSchema(
    const parquet::FileMetaData& metadata, const arrow::MemoryPool* pool) {
  const auto& entries = metadata.key_value_metadata();
  const int index = entries == nullptr ? -1 : entries->FindKey(kArrowSchemaKey);
  if (index < 0) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(std::string bytes, DecodeText(entries->value(index)));
  ARROW_RETURN_NOT_OK(CheckEmbeddedSchemaFits(bytes, pool));
  ARROW_ASSIGN_OR_RAISE(const auto schema, DecodeSchema(std::move(bytes)));
  arrow::FieldVector fields;
  bool changed = false;
  for (const auto& field : schema->fields()) {
    fields.push_back(PlainField(field));
    changed |= !fields.back()->type()->Equals(*field->type());
  }
  if (!changed) return std::nullopt;
  return EncodeArrowSchema(arrow::Schema(fields, schema->metadata()));
}

arrow::Result<std::string> EncodeArrowSchema(const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::ipc::SerializeSchema(schema));
  return arrow::util::base64_encode(std::string_view(*buffer));
}

arrow::Result<std::string> WithChange(const std::string& text,
                                      const SchemaChange& change) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, DecodeText(text));
  ARROW_ASSIGN_OR_RAISE(const auto schema, DecodeSchema(std::move(bytes)));
  arrow::FieldVector fields = schema->fields();
  for (const auto& [column, field] : change.retyped) {
    const auto at = static_cast<size_t>(column);
    // Arrow goes by places, and does without the schema where it has too few of them.
    if (at >= fields.size()) continue;
    const auto metadata = WithoutExtension(fields[at]->metadata());
    fields[at] = field->WithMetadata(metadata);
  }
  fields.insert(fields.end(), change.added.begin(), change.added.end());
  return EncodeArrowSchema(arrow::Schema(std::move(fields), schema->metadata()));
}

const std::shared_ptr<arrow::DataType>& Int96ValueType() {
  // Days of 32 bits in nanoseconds need 24 digits.
  static const std::shared_ptr<arrow::DataType> type = arrow::decimal128(38, 0);
  return type;
}

bool IsFlatInt96(const parquet::SchemaDescriptor& schema, int leaf) {
  const parquet::ColumnDescriptor* column = schema.Column(leaf);
  return column->physical_type() == parquet::Type::INT96 &&
         column->max_repetition_level() == 0 &&
         schema.GetColumnRoot(leaf) == column->schema_node().get();
}

bool IsInt96Field(const arrow::Field& field) {
  return field.HasMetadata() && field.metadata()->Contains(kInt96FieldKey);
}

}  // namespace planish
