// SPDX-License-Identifier: Apache-2.0
#include "cli/messages.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "planish/error.h"
#include "planish/error_text.h"

namespace planish::cli {
namespace {

/// Whether the caller asked for JSON, so that errors come as that, too.
bool json_errors = false;

/// The errno that stopped the writing; 0 if all was written.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

void PrintLabelled(std::string_view label, const char* color, std::string_view text) {
  std::string out(label);
  if (UseColor(STDERR_FILENO)) out = color + out + "\x1b[0m";
  const char* separator = " ";
  for (size_t end = 0; end != std::string_view::npos; separator = "\n") {
    end = text.find('\n');
    out += separator + Printable(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  // Nobody is left to be told if standard error does not take it.
  WriteAll(STDERR_FILENO, out + "\n");
}

}  // namespace

void UseJsonErrors(bool use) {
  json_errors = use;
}

void PrintError(const arrow::Status& status) {
  PrintLabelled("error:", "\x1b[1;31m", FormatError(status, OptionStyle::kFlag));
  // Whoever reads that reads standard error, too, should it not be taken.
  if (json_errors) WriteAll(STDOUT_FILENO, ErrorToJson(status, OptionStyle::kFlag));
}

void PrintUsageError(const std::string& message, const std::string& verb,
                     const std::string& hint) {
  const std::string command = verb.empty() ? "planish" : "planish " + verb;
  const std::string next =
      hint.empty() ? command + " --help lists what is possible" : hint;
  auto detail = std::make_shared<ErrorDetail>();
  detail->kind = ErrorKind::kInvalidOption;
  detail->hint = next;
  PrintError(arrow::Status(arrow::StatusCode::Invalid, message, std::move(detail)));
}

void PrintText(const std::string& text) {
  WriteAll(STDERR_FILENO, text);
}

void PrintWarning(const std::string& message) {
  PrintLabelled("warning:", "\x1b[1;33m", Printable(message));
}

int Fail(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  const bool cancelled = detail != nullptr && detail->kind == ErrorKind::kCancelled;
  if (cancelled && Interrupted()) {
    PrintLabelled("interrupted:", "\x1b[1;33m", "nothing was changed");
    if (json_errors) WriteAll(STDOUT_FILENO, ErrorToJson(status, OptionStyle::kFlag));
    return kInterrupted;
  }
  PrintError(status);
  return kFailed;
}

arrow::Status WriteOutput(const std::string& text) {
  const int error = WriteAll(STDOUT_FILENO, text);
  if (error == 0 || error == EPIPE) return arrow::Status::OK();
  return arrow::Status::IOError("standard output cannot be written: ",
                                std::strerror(error));
}

int Deliver(const std::string& text, int code) {
  const arrow::Status written = WriteOutput(text);
  return written.ok() ? code : Fail(written);
}

}  // namespace planish::cli
