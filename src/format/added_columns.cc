// SPDX-License-Identifier: Apache-2.0
#include "format/added_columns.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "base/null_array.h"
#include "format/arrow_added_columns.h"
#include "format/column_encoder.h"
#include "format/declared_columns.h"
#include "format/parquet_boundary.h"
#include "format/parquet_fields.h"
#include "format/schema_translation.h"
#include "format/writable_form.h"
#include "parquet/arrow/schema.h"
#include "parquet/file_writer.h"

namespace planish {
namespace {

using parquet::schema::GroupNode;

constexpr int64_t kBatchRows = 64 * 1024;
constexpr int kNoFieldId = -1;

std::shared_ptr<parquet::ArrowWriterProperties> ArrowProperties(
    const arrow::Field& field) {
  parquet::ArrowWriterProperties::Builder builder;
  if (IsInt96Field(field)) builder.enable_deprecated_int96_timestamps();
  return builder.build();
}

std::shared_ptr<GroupNode> RootOf(const parquet::schema::NodeVector& nodes) {
  parquet::schema::NodeVector copies;
  for (const auto& node : nodes) copies.push_back(CopyNode(*node));
  return std::static_pointer_cast<GroupNode>(
      GroupNode::Make("schema", parquet::Repetition::REQUIRED, copies));
}

void AppendKeyValue(std::string_view key, std::string_view value, FooterAddition* out) {
  ThriftStructWriter writer(&out->key_values);
  writer.Binary(FieldId(key_value_field::kKey), key);
  writer.Binary(FieldId(key_value_field::kValue), value);
  writer.Stop();
  ++out->num_key_values;
}

}  // namespace

bool HasFixedSizeList(const arrow::DataType& type) {
  return type.id() == arrow::Type::FIXED_SIZE_LIST ||
         std::ranges::any_of(type.fields(), [](const auto& field) {
           return HasFixedSizeList(*field->type());
         });
}

arrow::Result<std::shared_ptr<const AddedColumns>> AddedColumns::Make(
    const ParquetFile& file, const arrow::FieldVector& fields,
    const WriterOptions& options, arrow::MemoryPool* pool) {
  auto made = std::make_shared<ArrowAddedColumns>(
      static_cast<const ArrowParquetFile&>(file), fields, options, pool);
  const arrow::Status status = CatchParquet([&] { return made->Translate(); });
  if (status.ok()) return made;
  return AddContext(status, KindOfReadError(status), file.path());
}

arrow::Status ArrowAddedColumns::Translate() {
  for (auto& field : fields_) {
    field = field->WithNullable(true);
    const arrow::Status status = TranslateField(field);
    if (status.ok()) continue;
    return AddContext(status, ErrorKind::kUnsupported, file_.path(), -1, field->name());
  }
  ARROW_RETURN_NOT_OK(DescribeSchema());
  ARROW_RETURN_NOT_OK(ExtendArrowSchema());
  return EditKeyValues();
}

arrow::Status ArrowAddedColumns::TranslateField(
    const std::shared_ptr<arrow::Field>& field) {
  if (HasFixedSizeList(*field->type())) {
    return Error(ErrorKind::kUnsupported,
                 "a column with lists of fixed size cannot be added: " + field->name())
        .Hint("Arrow cannot read them where they are null: make them ordinary lists");
  }
  std::shared_ptr<parquet::SchemaDescriptor> made;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(
      arrow::schema({WritableField(field)}).get(), *parquet::default_writer_properties(),
      *ArrowProperties(*field), &made));
  nodes_.push_back(CopyNode(*made->group_node()->field(0), kNoFieldId));
  has_int96_ = has_int96_ || IsInt96Field(*field);
  footer_.num_leaves += made->num_columns();
  ++footer_.num_columns;
  return arrow::Status::OK();
}

/// By writing an empty file: what it says of its schema is what this one has to.
arrow::Status ArrowAddedColumns::DescribeSchema() {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create(4096, pool_));
  const auto properties =
      parquet::WriterProperties::Builder().memory_pool(pool_)->build();
  parquet::ParquetFileWriter::Open(sink, RootOf(nodes_), properties)->Close();
  ARROW_ASSIGN_OR_RAISE(const auto bytes, sink->Finish());
  ARROW_ASSIGN_OR_RAISE(const Footer empty, FooterOf(std::string_view(*bytes)));
  bool is_root = true;
  ARROW_RETURN_NOT_OK(VisitFields(empty.bytes(), [&](const ThriftField& field) {
    if (field.key() != file_field::kSchema) return arrow::Status::OK();
    return VisitStructs(field, [&](std::string_view element) {
      if (!is_root) {
        footer_.schema_elements += element;
        ++footer_.num_schema_elements;
      }
      is_root = false;
      return arrow::Status::OK();
    });
  }));
  return arrow::Status::OK();
}

arrow::Status ArrowAddedColumns::ExtendArrowSchema() {
  arrow::FieldVector fields;
  for (const auto& field : fields_) {
    fields.push_back(WritableField(field)->WithMetadata(nullptr));
  }
  const auto& entries = file_.metadata().key_value_metadata();
  const int index = entries == nullptr ? -1 : entries->FindKey(kArrowSchemaKey);
  if (index >= 0) {
    return WithFields(entries->value(index), fields).Value(&arrow_schema_.emplace());
  }
  parquet::SchemaDescriptor added;
  added.Init(RootOf(nodes_));
  std::shared_ptr<arrow::Schema> read_back, own;
  ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(
      &added, parquet::default_arrow_reader_properties(), nullptr, &read_back));
  if (read_back->Equals(arrow::Schema(fields))) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(
      file_.metadata().schema(), parquet::default_arrow_reader_properties(), nullptr,
      &own));
  fields.insert(fields.begin(), own->fields().begin(), own->fields().end());
  return EncodeArrowSchema(arrow::Schema(std::move(fields)))
      .Value(&arrow_schema_.emplace());
}

arrow::Status ArrowAddedColumns::EditKeyValues() {
  bool has_arrow_schema = false;
  const auto edit = [&](std::string_view entry) -> arrow::Status {
    std::string_view key;
    ARROW_RETURN_NOT_OK(
        VisitFields(entry, [&](const ThriftField& field) -> arrow::Status {
          if (field.key() != key_value_field::kKey) return arrow::Status::OK();
          return field.Binary().Value(&key);
        }));
    if (RepeatsSchema(key)) return arrow::Status::OK();
    if (key == kArrowSchemaKey && arrow_schema_ && !has_arrow_schema) {
      has_arrow_schema = true;
      AppendKeyValue(key, *arrow_schema_, &footer_);
      return arrow::Status::OK();
    }
    footer_.key_values += entry;
    ++footer_.num_key_values;
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      VisitFields(file_.footer().bytes(), [&](const ThriftField& field) -> arrow::Status {
        return field.key() == file_field::kKeyValueMetadata ? VisitStructs(field, edit)
                                                            : arrow::Status::OK();
      }));
  if (arrow_schema_ && !has_arrow_schema) {
    AppendKeyValue(kArrowSchemaKey, *arrow_schema_, &footer_);
  }
  return arrow::Status::OK();
}

parquet::schema::NodeVector ArrowAddedColumns::CopyNodes() const {
  parquet::schema::NodeVector copies;
  for (const auto& node : nodes_) copies.push_back(CopyNode(*node));
  return copies;
}

std::shared_ptr<const arrow::KeyValueMetadata> ArrowAddedColumns::KeyValues() const {
  const auto& entries = file_.metadata().key_value_metadata();
  auto edited = std::make_shared<arrow::KeyValueMetadata>();
  for (int64_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    if (RepeatsSchema(entries->key(i)) || entries->key(i) == kArrowSchemaKey) continue;
    edited->Append(entries->key(i), entries->value(i));
  }
  if (arrow_schema_) edited->Append(kArrowSchemaKey, *arrow_schema_);
  return edited->size() == 0 ? nullptr : edited;
}

arrow::Result<std::vector<EncodedChunk>> ArrowAddedColumns::Encode(
    int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
    WaitingRoom* room) const {
  std::vector<EncodedChunk> chunks;
  const arrow::Status status = CatchParquet([&] {
    return EncodeColumn(row_group, index, num_rows, patch, room).Value(&chunks);
  });
  if (status.ok()) return chunks;
  return AddContext(status, KindOfReadError(status), file_.path(), row_group,
                    fields_[index]->name());
}

arrow::Result<std::vector<EncodedChunk>> ArrowAddedColumns::EncodeColumn(
    int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
    WaitingRoom* room) const {
  const auto& field = fields_[index];
  ColumnForm form;
  ARROW_ASSIGN_OR_RAISE(form.properties,
                        PropertiesLike(file_, row_group, {}, options_,
                                       std::numeric_limits<int64_t>::max(), pool_));
  form.schema = RootOf({nodes_[index]});
  form.field = field;
  form.arrow_properties = ArrowProperties(*field);
  ColumnEncoder encoder(std::move(form), file_.path(), pool_);
  ARROW_RETURN_NOT_OK(encoder.Open(4096));
  ARROW_ASSIGN_OR_RAISE(
      const auto nulls,
      MakeNullArray(field->type(), std::min(num_rows, kBatchRows), pool_));
  size_t next = 0;
  std::vector<int64_t> choice;
  for (int64_t first = 0; first < num_rows; first += kBatchRows) {
    const int64_t count = std::min(kBatchRows, num_rows - first);
    auto values = nulls->Slice(0, count);
    const size_t begin = next;
    choice.clear();
    for (int64_t row = 0; row < count; ++row) {
      const bool given = next < patch.rows.size() && patch.rows[next] == first + row;
      choice.push_back(given ? count + static_cast<int64_t>(next++ - begin) : row);
    }
    if (next > begin) {
      const auto given = patch.values->Slice(static_cast<int64_t>(begin),
                                             static_cast<int64_t>(next - begin));
      ARROW_ASSIGN_OR_RAISE(values, ChooseValues(values, given, choice, pool_));
    }
    ARROW_RETURN_NOT_OK(encoder.Write(values));
  }
  return encoder.Finish(room);
}

}  // namespace planish
