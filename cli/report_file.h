// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"

namespace planish::cli {

/// A report on its way to a file: the file is there complete, or as it was before.
class ReportFile {
 public:
  /// Makes a hidden file beside `path`, so that a path that cannot be written is an error
  /// before any work. Something that is there and no regular file (a pipe, a terminal) is
  /// written to directly.
  static arrow::Result<std::unique_ptr<ReportFile>> Make(const std::string& path);
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  /// Without Finish, leaves `path` as it was.
  ~ReportFile();

  /// Writes the text and moves the file into place. Call once.
  arrow::Status Finish(const std::string& text);

 private:
  ReportFile(std::string path, std::string staged_path, int descriptor)
      : path_(std::move(path)),
        staged_path_(std::move(staged_path)),
        descriptor_(descriptor) {}

  const std::string path_;
  std::string staged_path_;  ///< empty once there is nothing to remove
  int descriptor_;
};

/// The files that a run was asked to report to.
class ReportFiles {
 public:
  /// As ReportFile::Make; no file for an empty path.
  static arrow::Result<ReportFiles> Make(const std::string& report_path,
                                         const std::string& metrics_path);

  /// Writes both; the first error, after having tried both. Call once.
  arrow::Status Finish(const std::string& json, const std::string& metrics);

 private:
  std::unique_ptr<ReportFile> report_, metrics_;
};

}  // namespace planish::cli
