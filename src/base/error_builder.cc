// SPDX-License-Identifier: Apache-2.0
#include "base/error_builder.h"

#include <utility>

namespace planish {
namespace {

arrow::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kMissingColumn:
      return arrow::StatusCode::KeyError;
    case ErrorKind::kSchemaMismatch:
      return arrow::StatusCode::TypeError;
    case ErrorKind::kMemoryLimit:
      return arrow::StatusCode::OutOfMemory;
    case ErrorKind::kCancelled:
      return arrow::StatusCode::Cancelled;
    case ErrorKind::kEncrypted:
    case ErrorKind::kUnsupported:
      return arrow::StatusCode::NotImplemented;
    case ErrorKind::kOutputExists:
      return arrow::StatusCode::AlreadyExists;
    case ErrorKind::kInvalidOption:
    case ErrorKind::kEmptyDataset:
    case ErrorKind::kNotParquet:
    case ErrorKind::kVerification:
      return arrow::StatusCode::Invalid;
    case ErrorKind::kMissingPath:
    case ErrorKind::kCorrupt:
    case ErrorKind::kPermission:
    case ErrorKind::kDiskFull:
    case ErrorKind::kIo:
    case ErrorKind::kDrift:
    case ErrorKind::kLocked:
    case ErrorKind::kUnfinished:
      return arrow::StatusCode::IOError;
  }
  return arrow::StatusCode::UnknownError;
}

/// A status of Arrow's own says by its code what no caller should talk over.
ErrorKind KindOf(const arrow::Status& status, ErrorKind otherwise) {
  if (status.IsOutOfMemory()) return ErrorKind::kMemoryLimit;
  if (status.IsCancelled()) return ErrorKind::kCancelled;
  if (status.IsNotImplemented()) return ErrorKind::kUnsupported;
  return otherwise;
}

arrow::Status MakeStatus(arrow::StatusCode code, std::string message,
                         ErrorDetail detail) {
  return arrow::Status(code, std::move(message),
                       std::make_shared<ErrorDetail>(std::move(detail)));
}

}  // namespace

Error::Error(ErrorKind kind, std::string message) : message_(std::move(message)) {
  detail_.kind = kind;
}

Error& Error::File(std::string path) {
  detail_.file = std::move(path);
  return *this;
}

Error& Error::RowGroup(int row_group) {
  detail_.row_group = row_group;
  return *this;
}

Error& Error::Column(std::string name) {
  detail_.column = std::move(name);
  return *this;
}

Error& Error::Fact(std::string name, std::string value) {
  detail_.facts.emplace_back(std::move(name), std::move(value));
  return *this;
}

Error& Error::Hint(std::string text) {
  detail_.hint = std::move(text);
  return *this;
}

Error& Error::SystemError(int number) {
  detail_.system_error = number;
  return *this;
}

Error& Error::Cause(const arrow::Status& cause) {
  return Fact("cause", cause.message());
}

Error::operator arrow::Status() const {
  return MakeStatus(CodeOf(detail_.kind), message_, detail_);
}

arrow::Status AddContext(const arrow::Status& status, ErrorKind kind,
                         const std::string& file, int row_group,
                         const std::string& column) {
  if (status.ok()) return status;
  ErrorDetail detail;
  arrow::StatusCode code = status.code();
  if (const ErrorDetail* known = GetErrorDetail(status)) {
    detail = *known;
  } else {
    detail.kind = KindOf(status, kind);
    code = CodeOf(detail.kind);
    if (status.detail() != nullptr) {
      detail.facts.emplace_back("cause", status.detail()->ToString());
    }
  }
  if (detail.file.empty()) detail.file = file;
  if (detail.row_group < 0) detail.row_group = row_group;
  if (detail.column.empty()) detail.column = column;
  return MakeStatus(code, status.message(), std::move(detail));
}

}  // namespace planish
