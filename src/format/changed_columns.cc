// SPDX-License-Identifier: Apache-2.0
#include "format/changed_columns.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "base/null_array.h"
#include "format/arrow_changed_columns.h"
#include "format/column_encoder.h"
#include "format/declared_columns.h"
#include "format/parquet_boundary.h"
#include "format/parquet_fields.h"
#include "format/patched_encoding.h"
#include "format/schema_translation.h"
#include "format/writable_form.h"
#include "parquet/arrow/schema.h"
#include "parquet/file_writer.h"

namespace planish {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::Node;
using parquet::schema::NodePtr;

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

/// A copy of `made`, with the field ids of what is called the same in `old`, or none.
NodePtr WithFieldIdsOf(const Node* old, const Node& made) {
  const int id = old == nullptr ? kNoFieldId : old->field_id();
  if (made.is_primitive()) return CopyNode(made, id);
  const auto& group = static_cast<const GroupNode&>(made);
  const auto* const old_group = old == nullptr || old->is_primitive()
                                    ? nullptr
                                    : static_cast<const GroupNode*>(old);
  parquet::schema::NodeVector children;
  for (int i = 0; i < group.field_count(); ++i) {
    const int same =
        old_group == nullptr ? -1 : old_group->FieldIndex(group.field(i)->name());
    children.push_back(WithFieldIdsOf(same < 0 ? nullptr : old_group->field(same).get(),
                                      *group.field(i)));
  }
  const auto& type = made.logical_type();
  const bool plain = type == nullptr || type->is_none();
  return GroupNode::Make(made.name(), made.repetition(), children, plain ? nullptr : type,
                         id);
}

int NumLeaves(const Node& node) {
  if (node.is_primitive()) return 1;
  const auto& group = static_cast<const GroupNode&>(node);
  int leaves = 0;
  for (int i = 0; i < group.field_count(); ++i) leaves += NumLeaves(*group.field(i));
  return leaves;
}

/// The serialized SchemaElements of a footer.
struct SchemaElements {
  std::string_view root;
  std::vector<std::vector<std::string_view>> columns;  ///< of the top level
};

arrow::Result<SchemaElements> SchemaElementsOf(std::string_view footer) {
  SchemaElements elements;
  int64_t open = 0;  // elements that are to come in the column at work
  const auto add = [&](std::string_view element) -> arrow::Status {
    if (elements.root.empty()) {
      elements.root = element;
      return arrow::Status::OK();
    }
    if (open == 0) {
      elements.columns.emplace_back();
      open = 1;
    }
    elements.columns.back().push_back(element);
    --open;
    return VisitFields(element, [&](const ThriftField& field) -> arrow::Status {
      if (field.key() != schema_field::kNumChildren) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(const int64_t children, field.I32());
      open += children;
      return arrow::Status::OK();
    });
  };
  ARROW_RETURN_NOT_OK(VisitFields(footer, [&](const ThriftField& field) {
    return field.key() == file_field::kSchema ? VisitStructs(field, add)
                                              : arrow::Status::OK();
  }));
  return elements;
}

void AppendKeyValue(std::string_view key, std::string_view value, FooterChange* out) {
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

arrow::Result<std::shared_ptr<const ChangedColumns>> ChangedColumns::Make(
    const ParquetFile& file, const SchemaChange& change, ConvertValues convert,
    const WriterOptions& options, arrow::MemoryPool* pool) {
  auto made =
      std::make_shared<ArrowChangedColumns>(static_cast<const ArrowParquetFile&>(file),
                                            change, std::move(convert), options, pool);
  const arrow::Status status = CatchParquet([&] { return made->Translate(); });
  if (status.ok()) return made;
  return AddContext(status, KindOfReadError(status), file.path());
}

arrow::Status ArrowChangedColumns::Translate() {
  const GroupNode& root = *file_.metadata().schema()->group_node();
  const auto add = [&](const std::shared_ptr<arrow::Field>& field,
                       const parquet::schema::Node* old) -> arrow::Status {
    const arrow::Status status = Translate(field, old).Value(&nodes_.emplace_back());
    if (status.ok()) return status;
    return AddContext(status, ErrorKind::kUnsupported, file_.path(), -1, field->name());
  };
  for (const auto& [column, field] : change_.retyped) {
    ARROW_RETURN_NOT_OK(add(field, root.field(column).get()));
  }
  for (auto& field : change_.added) {
    field = field->WithNullable(true);
    ARROW_RETURN_NOT_OK(add(field, nullptr));
  }
  ARROW_RETURN_NOT_OK(DescribeSchema());
  ARROW_RETURN_NOT_OK(ExtendArrowSchema());
  return EditKeyValues();
}

arrow::Result<parquet::schema::NodePtr> ArrowChangedColumns::Translate(
    const std::shared_ptr<arrow::Field>& field, const parquet::schema::Node* old) const {
  if (old == nullptr && HasFixedSizeList(*field->type())) {
    return Error(ErrorKind::kUnsupported,
                 "a column with lists of fixed size cannot be added: " + field->name())
        .Hint("Arrow cannot read them where they are null: make them ordinary lists");
  }
  std::shared_ptr<parquet::SchemaDescriptor> made;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(
      arrow::schema({WritableField(field)}).get(), *parquet::default_writer_properties(),
      *ArrowProperties(*field), &made));
  return WithFieldIdsOf(old, *made->group_node()->field(0));
}

/// By writing an empty file: what it says of its schema is what this one has to.
arrow::Status ArrowChangedColumns::DescribeSchema() {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create(4096, pool_));
  const auto properties =
      parquet::WriterProperties::Builder().memory_pool(pool_)->build();
  parquet::ParquetFileWriter::Open(sink, RootOf(nodes_), properties)->Close();
  ARROW_ASSIGN_OR_RAISE(const auto bytes, sink->Finish());
  ARROW_ASSIGN_OR_RAISE(const Footer empty, FooterOf(std::string_view(*bytes)));
  ARROW_ASSIGN_OR_RAISE(const SchemaElements made, SchemaElementsOf(empty.bytes()));
  ARROW_ASSIGN_OR_RAISE(const SchemaElements own,
                        SchemaElementsOf(file_.footer().bytes()));
  if (own.columns.size() != static_cast<size_t>(file_.schema()->num_fields()) ||
      made.columns.size() != nodes_.size()) {
    return arrow::Status::Invalid("schema has another number of columns than it says");
  }
  ThriftStructWriter root(&footer_.schema_elements);
  ARROW_RETURN_NOT_OK(
      VisitFields(own.root, [&](const ThriftField& field) -> arrow::Status {
        if (field.key() == schema_field::kNumChildren) {
          root.I32(field.id, num_columns());
        } else {
          root.Field(field);
        }
        return arrow::Status::OK();
      }));
  root.Stop();
  footer_.num_schema_elements = 1;
  const auto append = [&](const std::vector<std::string_view>& elements) {
    for (const std::string_view element : elements) footer_.schema_elements += element;
    footer_.num_schema_elements += static_cast<int>(elements.size());
  };
  size_t next = 0;
  const auto append_new = [&] {
    append(made.columns[next]);
    const int leaves = NumLeaves(*nodes_[next++]);
    footer_.source_leaves.insert(footer_.source_leaves.end(), static_cast<size_t>(leaves),
                                 -1);
  };
  for (int column = 0; column < file_.schema()->num_fields(); ++column) {
    if (change_.FieldOf(column) != nullptr) {
      append_new();
      continue;
    }
    append(own.columns[static_cast<size_t>(column)]);
    for (const int leaf : file_.LeavesOf(column)) footer_.source_leaves.push_back(leaf);
  }
  while (next < nodes_.size()) append_new();
  return arrow::Status::OK();
}

arrow::Status ArrowChangedColumns::ExtendArrowSchema() {
  const auto plain = [](const std::shared_ptr<arrow::Field>& field) {
    return WritableField(field)->WithMetadata(nullptr);
  };
  SchemaChange change = change_;
  arrow::FieldVector changed;
  for (auto& [column, field] : change.retyped) {
    changed.push_back(field = plain(field));
  }
  for (auto& field : change.added) changed.push_back(field = plain(field));
  const auto& entries = file_.metadata().key_value_metadata();
  const int index = entries == nullptr ? -1 : entries->FindKey(kArrowSchemaKey);
  if (index >= 0) {
    return WithChange(entries->value(index), change).Value(&arrow_schema_.emplace());
  }
  parquet::SchemaDescriptor made;
  made.Init(RootOf(nodes_));
  std::shared_ptr<arrow::Schema> read_back, own;
  ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(
      &made, parquet::default_arrow_reader_properties(), nullptr, &read_back));
  if (read_back->Equals(arrow::Schema(changed))) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(
      file_.metadata().schema(), parquet::default_arrow_reader_properties(), nullptr,
      &own));
  return EncodeArrowSchema(arrow::Schema(change.Apply(*own)))
      .Value(&arrow_schema_.emplace());
}

arrow::Status ArrowChangedColumns::EditKeyValues() {
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

std::shared_ptr<const arrow::KeyValueMetadata> ArrowChangedColumns::KeyValues() const {
  const auto& entries = file_.metadata().key_value_metadata();
  auto edited = std::make_shared<arrow::KeyValueMetadata>();
  for (int64_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    if (RepeatsSchema(entries->key(i)) || entries->key(i) == kArrowSchemaKey) continue;
    edited->Append(entries->key(i), entries->value(i));
  }
  if (arrow_schema_) edited->Append(kArrowSchemaKey, *arrow_schema_);
  return edited->size() == 0 ? nullptr : edited;
}

arrow::Result<ColumnForm> ArrowChangedColumns::FormOf(int column, int row_group,
                                                      int64_t row_group_rows) const {
  const int own_columns = file_.schema()->num_fields();
  ColumnForm form;
  const auto changed = std::ranges::find(change_.retyped, column, &RetypedColumn::column);
  const bool retyped = changed != change_.retyped.end();
  std::vector<int> like = {column};
  if (column >= own_columns) {
    const auto index = static_cast<size_t>(column - own_columns);
    form.field = change_.added[index];
    form.schema = RootOf({NodeOfAdded(index)});
    form.arrow_properties = ArrowProperties(*form.field);
    like.clear();
  } else if (retyped) {
    form.field = changed->field;
    form.schema =
        RootOf({nodes_[static_cast<size_t>(changed - change_.retyped.begin())]});
    form.arrow_properties = ArrowProperties(*form.field);
  } else {
    form.field = file_.schema()->field(column);
    form.schema = CopySchema(*file_.metadata().schema(), {column});
    form.arrow_properties = ArrowPropertiesLike(file_, {column});
  }
  ARROW_ASSIGN_OR_RAISE(form.properties, PropertiesLike(file_, row_group, like, options_,
                                                        row_group_rows, pool_, retyped));
  return form;
}

arrow::Result<std::vector<EncodedChunk>> ArrowChangedColumns::EncodeRetyped(
    int row_group, size_t index, const ColumnPatch& patch, const RowBitmapSlice& dropped,
    WaitingRoom* room) const {
  // Not a structured binding: clang 14 cannot capture one.
  const int column = change_.retyped[index].column;
  const auto& field = change_.retyped[index].field;
  std::vector<EncodedChunk> chunks;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(ColumnForm form,
                          FormOf(column, row_group, std::numeric_limits<int64_t>::max()));
    return EncodePatched(file_, row_group, column, std::move(form), convert_, patch,
                         dropped, pool_, room)
        .Value(&chunks);
  });
  if (status.ok()) return chunks;
  return AddContext(status, KindOfReadError(status), file_.path(), row_group,
                    field->name());
}

arrow::Result<std::vector<EncodedChunk>> ArrowChangedColumns::EncodeAdded(
    int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
    WaitingRoom* room) const {
  std::vector<EncodedChunk> chunks;
  const arrow::Status status = CatchParquet([&] {
    return EncodeColumn(row_group, index, num_rows, patch, room).Value(&chunks);
  });
  if (status.ok()) return chunks;
  return AddContext(status, KindOfReadError(status), file_.path(), row_group,
                    change_.added[index]->name());
}

arrow::Result<std::vector<EncodedChunk>> ArrowChangedColumns::EncodeColumn(
    int row_group, size_t index, int64_t num_rows, const ColumnPatch& patch,
    WaitingRoom* room) const {
  const auto& field = change_.added[index];
  ARROW_ASSIGN_OR_RAISE(ColumnForm form,
                        FormOf(file_.schema()->num_fields() + static_cast<int>(index),
                               row_group, std::numeric_limits<int64_t>::max()));
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
