// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "planish/error.h"

namespace planish {

/// Builds a Status with an ErrorDetail in the order people read it: what, where, what next.
///
///   return Error(ErrorKind::kMissingColumn, "key column not found: " + name)
///       .File(path).Fact("has", names).Hint("leave the file out of the inputs");
///
/// The message is fixed text first, value last. Facts become indented lines.
class Error {
 public:
  Error(ErrorKind kind, std::string message);

  Error& File(std::string path);
  Error& RowGroup(int row_group);
  Error& Column(std::string name);
  Error& Fact(std::string name, std::string value);
  Error& Hint(std::string text);
  /// Appends the cause's own text as a fact.
  Error& Cause(const arrow::Status& cause);

  operator arrow::Status() const;  // NOLINT(google-explicit-constructor): meant to be returned

 private:
  std::string message_;
  std::shared_ptr<ErrorDetail> detail_;
};

/// `status` with file, row group and column added where its detail lacks them. A status without a
/// detail gets one of `kind`, with its own text as the message.
arrow::Status AddContext(const arrow::Status& status, ErrorKind kind, const std::string& file,
                         int row_group = -1, const std::string& column = "");

}  // namespace planish
