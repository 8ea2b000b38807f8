// SPDX-License-Identifier: Apache-2.0
#include "format/declared_columns.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error_builder.h"
#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr std::array<std::string_view, 3> kOtherSchemas = {
    "org.apache.spark.sql.parquet.row.metadata", "parquet.avro.schema", "avro.schema"};

using Fields = std::map<int32_t, std::string_view>;

arrow::Result<Fields> FieldsOf(std::string_view structure) {
  Fields fields;
  ARROW_RETURN_NOT_OK(VisitFields(structure, [&](const ThriftField& field) {
    fields[field.key()] = field.value;
    return arrow::Status::OK();
  }));
  return fields;
}

std::optional<std::string_view> Find(const Fields& fields, int32_t key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

/// An element's name, and how many of those behind it are its children.
struct Node {
  std::string name;
  int64_t num_children = 0;
};

arrow::Result<Node> NodeOf(std::string_view element) {
  Node node;
  ARROW_RETURN_NOT_OK(
      VisitFields(element, [&](const ThriftField& field) -> arrow::Status {
        if (field.key() == schema_field::kName) {
          ARROW_ASSIGN_OR_RAISE(const std::string_view name, field.Binary());
          node.name = name;
        } else if (field.key() == schema_field::kNumChildren) {
          ARROW_ASSIGN_OR_RAISE(node.num_children, field.I32());
        }
        return arrow::Status::OK();
      }));
  return node;
}

}  // namespace

arrow::Result<DeclaredColumns> DeclaredColumns::Of(std::string_view file_metadata) {
  DeclaredColumns columns;
  /// Of elements above the next one: their paths, and how many children are to come.
  struct Parent {
    std::string path;
    int64_t children_left = 0;
  };
  std::vector<Parent> parents;
  bool is_root = true;
  const auto add = [&](std::string_view element) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const Node node, NodeOf(element));
    std::string path;
    if (!is_root) {
      while (!parents.empty() && parents.back().children_left == 0) parents.pop_back();
      if (parents.empty()) {
        return Error(ErrorKind::kCorrupt, "schema has elements behind its last column");
      }
      --parents.back().children_left;
      path = parents.back().path + node.name + '\0';
      columns.elements_.push_back({path, element});
    }
    if (is_root || node.num_children > 0) parents.push_back({path, node.num_children});
    is_root = false;
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(VisitFields(file_metadata, [&](const ThriftField& field) {
    return field.key() == file_field::kSchema ? VisitStructs(field, add)
                                              : arrow::Status::OK();
  }));
  return columns;
}

arrow::Result<bool> DeclaredColumns::Agree(const Element& one, const Element& other) {
  if (one.path != other.path) return false;
  ARROW_ASSIGN_OR_RAISE(const Fields a, FieldsOf(one.bytes));
  ARROW_ASSIGN_OR_RAISE(const Fields b, FieldsOf(other.bytes));
  for (const int32_t key :
       {schema_field::kType, schema_field::kTypeLength, schema_field::kRepetition,
        schema_field::kConvertedType, schema_field::kScale, schema_field::kPrecision}) {
    if (Find(a, key) != Find(b, key)) return false;
  }
  const auto logical_a = Find(a, schema_field::kLogicalType);
  const auto logical_b = Find(b, schema_field::kLogicalType);
  const bool told_otherwise = Find(a, schema_field::kConvertedType).has_value() &&
                              logical_a.has_value() != logical_b.has_value();
  return logical_a == logical_b || told_otherwise;
}

arrow::Result<bool> DeclaredColumns::SameAs(const DeclaredColumns& other) const {
  if (elements_.size() != other.elements_.size()) return false;
  for (size_t i = 0; i < elements_.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool agree, Agree(elements_[i], other.elements_[i]));
    if (!agree) return false;
  }
  return true;
}

arrow::Result<bool> DeclaredColumns::Cover(const DeclaredColumns& other) const {
  std::map<std::string_view, const Element*> by_path;
  for (const Element& element : elements_) by_path[element.path] = &element;
  for (const Element& element : other.elements_) {
    const auto found = by_path.find(element.path);
    if (found == by_path.end()) return false;
    ARROW_ASSIGN_OR_RAISE(const bool agree, Agree(*found->second, element));
    if (!agree) return false;
  }
  return true;
}

bool RepeatsSchema(std::string_view key) {
  return std::ranges::find(kOtherSchemas, key) != kOtherSchemas.end();
}

}  // namespace planish
