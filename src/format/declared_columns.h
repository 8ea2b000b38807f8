// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"

namespace planish {

/// The schema of a serialized FileMetaData: every element but the root, depth first. The
/// bytes must outlive it.
class DeclaredColumns {
 public:
  /// Errors: kCorrupt.
  static arrow::Result<DeclaredColumns> Of(std::string_view file_metadata);

  /// Whether both declare the same columns in the same order: names, nesting, repetition,
  /// physical types, and what these stand for. Field ids and a logical type beside a
  /// converted one, which not every writer writes, make no difference.
  arrow::Result<bool> SameAs(const DeclaredColumns& other) const;
  /// Whether it declares every column of `other` as that does, in whatever order.
  arrow::Result<bool> Cover(const DeclaredColumns& other) const;

 private:
  struct Element {
    std::string path;  ///< names from the top level on, each with a 0 byte behind it
    std::string_view bytes;
  };
  static arrow::Result<bool> Agree(const Element& one, const Element& other);

  std::vector<Element> elements_;
};

/// Whether a key-value entry of this name repeats the schema, for readers of Spark and
/// Avro, who go by it alone.
bool RepeatsSchema(std::string_view key);

}  // namespace planish
