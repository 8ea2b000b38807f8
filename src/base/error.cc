// SPDX-License-Identifier: Apache-2.0
#include "planish/error.h"

#include <algorithm>
#include <cstring>

namespace planish {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// Where, then the facts, in the order they are shown.
Facts AllFacts(const ErrorDetail& detail) {
  Facts all;
  if (!detail.file.empty()) all.emplace_back("file", detail.file);
  if (detail.row_group >= 0) {
    all.emplace_back("row group", std::to_string(detail.row_group));
  }
  if (!detail.column.empty()) all.emplace_back("column", detail.column);
  all.insert(all.end(), detail.facts.begin(), detail.facts.end());
  return all;
}

/// Further lines of `text` start below its first.
std::string Indented(const std::string& text, size_t indent) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '\n') out.append(indent, ' ');
  }
  return out;
}

/// Names of files and columns may hold line ends, which must not make lines of their own.
std::string OnOneLine(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

const char* ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidOption:
      return "invalid_option";
    case ErrorKind::kMissingPath:
      return "missing_path";
    case ErrorKind::kEmptyDataset:
      return "empty_dataset";
    case ErrorKind::kMissingColumn:
      return "missing_column";
    case ErrorKind::kSchemaMismatch:
      return "schema_mismatch";
    case ErrorKind::kNotParquet:
      return "not_parquet";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kEncrypted:
      return "encrypted";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kPermission:
      return "permission";
    case ErrorKind::kOutputExists:
      return "output_exists";
    case ErrorKind::kMemoryLimit:
      return "memory_limit";
    case ErrorKind::kDiskFull:
      return "disk_full";
    case ErrorKind::kIo:
      return "io";
    case ErrorKind::kDrift:
      return "drift";
    case ErrorKind::kLocked:
      return "locked";
    case ErrorKind::kUnfinished:
      return "unfinished";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kVerification:
      return "verification";
  }
  return "unknown";
}

std::string ErrorDetail::ToString() const {
  std::string out = std::string("[") + ErrorKindName(kind) + "]";
  const char* separator = " ";
  for (const auto& [name, value] : AllFacts(*this)) {
    out += separator + name + ": " + OnOneLine(value);
    separator = "; ";
  }
  if (!hint.empty()) out += separator + ("hint: " + OnOneLine(hint));
  return out;
}

const ErrorDetail* GetErrorDetail(const arrow::Status& status) {
  // By name and not by address or dynamic_cast, so that it holds across shared libraries.
  const std::shared_ptr<arrow::StatusDetail>& detail = status.detail();
  if (detail == nullptr || std::strcmp(detail->type_id(), ErrorDetail::kTypeId) != 0) {
    return nullptr;
  }
  return static_cast<const ErrorDetail*>(detail.get());
}

std::string FormatError(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr) return status.ok() ? "" : status.message();
  const Facts facts = AllFacts(*detail);
  size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, name.size());
  std::string out = OnOneLine(status.message());
  for (const auto& [name, value] : facts) {
    out += "\n  " + name + ":" + std::string(width - name.size() + 1, ' ');
    // What has gone wrong below may take some lines to say.
    out += name == "cause" ? Indented(value, 2 + width + 2) : OnOneLine(value);
  }
  if (!detail->hint.empty()) out += "\n\nhint: " + OnOneLine(detail->hint);
  return out;
}

}  // namespace planish
