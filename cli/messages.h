// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/status.h"

namespace planish::cli {

/// Whether errors are also written to standard output, as JSON, from here on.
void UseJsonErrors(bool use);

/// Writes "error: ...", facts and hint to standard error.
void PrintError(const arrow::Status& status);
/// The same for a mistake on the command line; `verb` may be empty.
void PrintUsageError(const std::string& message, const std::string& verb,
                     const std::string& hint = "");
/// Writes `text` to standard error as it is.
void PrintText(const std::string& text);
void PrintWarning(const std::string& message);

/// Prints `status` and returns the exit code it stands for.
int Fail(const arrow::Status& status);

/// Writes to standard output. A reader that has gone away is no error.
arrow::Status WriteOutput(const std::string& text);
/// Writes to standard output all that a verb is for; returns `code`, or prints why it
/// cannot be written and returns kFailed.
int Deliver(const std::string& text, int code);

}  // namespace planish::cli
