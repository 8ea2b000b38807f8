// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "planish/error.h"

namespace planish {

/// Builds a Status with an ErrorDetail in the order people read it: what, where, what
/// next.
///
///   return Error(ErrorKind::kMissingColumn, "key column not found: " + name)
///       .File(path).Fact("has", names).Hint("leave the file out of the inputs");
///
/// The status's message is the first line alone: fixed text first, value last. All the
/// rest is in the detail, so that FormatError can lay it out and Status::ToString still
/// shows everything. The status's code follows from the kind.
class Error {
 public:
  Error(ErrorKind kind, std::string message);

  Error& File(std::string path);
  Error& RowGroup(int row_group);
  Error& Column(std::string name);
  /// An indented line of its own, after file, row group and column.
  Error& Fact(std::string name, std::string value);
  Error& Hint(std::string text);
  /// The errno behind this.
  Error& SystemError(int number);
  /// Appends the cause's own text as a fact.
  Error& Cause(const arrow::Status& cause);

  // Meant to be returned, from functions of either type.
  operator arrow::Status() const;  // NOLINT(google-explicit-constructor)
  template <typename T>
  operator arrow::Result<T>() const {  // NOLINT(google-explicit-constructor)
    return static_cast<arrow::Status>(*this);
  }

 private:
  std::string message_;
  ErrorDetail detail_;
};

/// `status` with file, row group and column added where its detail lacks them. A status
/// without a detail gets one of `kind`, with its own text as the message; but one that
/// says it is out of memory, cancelled or not implemented says so still.
arrow::Status AddContext(const arrow::Status& status, ErrorKind kind,
                         const std::string& file, int row_group = -1,
                         const std::string& column = "");

}  // namespace planish
