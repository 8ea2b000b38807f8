// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/status.h"

/// \file
/// Errors in the words of who reads them. Messages and hints of planish name options as
/// the fields of the options structs, between backquotes: "`output` and `in_place`
/// exclude each other", "set `on_error=retry`". In C++ they are right as they are; a
/// front end with other names for options writes its own in their place.

namespace planish {

/// How options are called.
enum class OptionStyle {
  kField,   ///< "`in_place`", "`on_error=retry`"
  kFlag,    ///< "--in-place", "--on-error retry"
  kKeyword  ///< "in_place=True", "on_error="retry"", "output"
};

/// `text` with all options that it names written in `style`. What stands between
/// backquotes and is no option stays as it is.
std::string WithOptions(const std::string& text, OptionStyle style);

/// FormatError (error.h) in that style.
std::string FormatError(const arrow::Status& status, OptionStyle style);

/// The error as one JSON object, as docs/report.md describes it, ending in a newline. The
/// kind of a status without an ErrorDetail is "unknown".
std::string ErrorToJson(const arrow::Status& status, OptionStyle style);

}  // namespace planish
