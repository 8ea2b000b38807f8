// SPDX-License-Identifier: Apache-2.0
#include "format/schema_shape.h"

#include <string>

#include "base/error_builder.h"
#include "format/parquet_fields.h"
#include "parquet/types.h"

namespace planish {
namespace {

struct Element {
  int64_t type = -1;  ///< physical type; groups have none
  int64_t type_length = 0;
  int64_t num_children = 0;
  bool is_leaf() const { return type >= 0 && num_children == 0; }
};

arrow::Result<Element> ReadElement(std::string_view bytes) {
  Element element;
  ARROW_RETURN_NOT_OK(VisitFields(bytes, [&](const ThriftField& field) -> arrow::Status {
    switch (field.key()) {
      case schema_field::kType:
        return field.I32().Value(&element.type);
      case schema_field::kTypeLength:
        return field.I32().Value(&element.type_length);
      case schema_field::kNumChildren:
        return field.I32().Value(&element.num_children);
      default:
        return arrow::Status::OK();
    }
  }));
  return element;
}

// The groups that are open while elements come by, each with the number of children it
// still misses.
class OpenGroups {
 public:
  arrow::Status Add(int64_t num_children) {
    while (!missing_.empty() && missing_.back() == 0) missing_.pop_back();
    if (!missing_.empty()) --missing_.back();
    if (num_children <= 0) return arrow::Status::OK();
    missing_.push_back(num_children);
    // The root is a group, too, but no level.
    if (missing_.size() <= kMaxSchemaDepth + 1) return arrow::Status::OK();
    return Error(ErrorKind::kUnsupported, "schema is nested too deeply")
        .Fact("levels allowed", std::to_string(kMaxSchemaDepth));
  }

 private:
  std::vector<int64_t> missing_;
};

}  // namespace

arrow::Result<SchemaShape> ReadSchemaShape(const ThriftField& schema) {
  SchemaShape shape;
  OpenGroups groups;
  bool is_root = true;
  ARROW_RETURN_NOT_OK(VisitStructs(schema, [&](std::string_view bytes) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const Element element, ReadElement(bytes));
    ARROW_RETURN_NOT_OK(groups.Add(element.num_children));
    if (!is_root && element.is_leaf()) {
      const bool fixed = element.type == parquet::Type::FIXED_LEN_BYTE_ARRAY;
      shape.fixed_lengths.push_back(fixed ? static_cast<int32_t>(element.type_length)
                                          : 0);
    }
    is_root = false;
    return arrow::Status::OK();
  }));
  return shape;
}

}  // namespace planish
