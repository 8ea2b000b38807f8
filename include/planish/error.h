// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/status.h"

/// \file
/// Errors are `arrow::Status`. Those that planish itself raises carry an `ErrorDetail`,
/// so that a caller can tell kinds apart and find the place without reading the text. The
/// status's message is one line that says what is wrong; `Status::ToString` appends the
/// detail on the same line, and `FormatError` lays both out for people.

namespace planish {

/// What went wrong, as far as a caller may want to react to it.
enum class ErrorKind {
  kInvalidOption,   ///< an option's value, or a combination of options, is not allowed
  kMissingPath,     ///< an input does not exist, or a glob matches nothing
  kEmptyDataset,    ///< the inputs hold no data file
  kMissingColumn,   ///< a key, order or data column is not in a file
  kSchemaMismatch,  ///< files disagree on a column's type, and no lossless promotion
                    ///< exists
  kNotParquet,      ///< a data file is not Parquet at all
  kCorrupt,         ///< a data file is Parquet, but damaged or truncated
  kEncrypted,       ///< a data file is encrypted
  kUnsupported,     ///< valid, but not supported (a codec, a type)
  kPermission,      ///< the operating system denied access
  kOutputExists,    ///< the output is there already and not empty
  kMemoryLimit,     ///< the run does not fit its memory limit
  kDiskFull,        ///< no space left for output or scratch
  kIo,              ///< any other failure to read or write
  kDrift,           ///< a source changed while the run was reading it
  kLocked,          ///< another run is writing into the dataset
  kUnfinished,  ///< an interrupted publish has to be settled (planish recover) first, or
                ///< cannot be
  kCancelled,   ///< stopped by the caller
  kVerification,  ///< the output does not hold what it must (a defect; nothing was
                  ///< published)
};

/// The kind's name as written in reports, for example "missing_column".
const char* ErrorKindName(ErrorKind kind);

/// Where an error happened and what to do next. Unset strings are empty, unset numbers
/// are -1.
class ErrorDetail : public arrow::StatusDetail {
 public:
  static constexpr const char* kTypeId = "planish::ErrorDetail";

  const char* type_id() const override { return kTypeId; }
  /// "[kind] file: ...; row group: ...; ...; hint: ..." on one line.
  std::string ToString() const override;

  ErrorKind kind = ErrorKind::kIo;
  std::string file;
  int row_group = -1;
  std::string column;
  /// Further named facts, in the order they are shown.
  std::vector<std::pair<std::string, std::string>> facts;
  std::string hint;
  /// The errno with which the operating system refused; 0 if it was not asked.
  int system_error = 0;
};

/// The detail of a status that planish raised, or null. Owned by the status.
const ErrorDetail* GetErrorDetail(const arrow::Status& status);

/// The text shown to people: the message, then indented facts (file, row group, column,
/// ...), then an empty line and the hint. No trailing newline.
std::string FormatError(const arrow::Status& status);

}  // namespace planish
