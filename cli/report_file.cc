// SPDX-License-Identifier: Apache-2.0
#include "cli/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "planish/error.h"

namespace planish::cli {
namespace {

arrow::Status CannotWrite(const std::string& path, int error) {
  auto detail = std::make_shared<ErrorDetail>();
  detail->kind = error == EACCES || error == EROFS ? ErrorKind::kPermission
                 : error == ENOSPC                 ? ErrorKind::kDiskFull
                                                   : ErrorKind::kIo;
  detail->file = path;
  return arrow::Status(arrow::StatusCode::IOError,
                       std::string("file cannot be written: ") + std::strerror(error),
                       detail);
}

std::string HiddenSibling(const std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + "." + path.substr(name) + ".XXXXXX";
}

/// mkstemp makes files for their owner alone; a report is as readable as any other new
/// file.
void UseOrdinaryMode(int descriptor) {
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, 0666 & ~mask);
}

}  // namespace

arrow::Result<std::unique_ptr<ReportFile>> ReportFile::Make(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return CannotWrite(path, errno);
    return std::unique_ptr<ReportFile>(new ReportFile(path, "", descriptor));
  }
  std::string staged_path = HiddenSibling(path);
  const int descriptor = mkostemp(staged_path.data(), O_CLOEXEC);
  if (descriptor < 0) return CannotWrite(path, errno);
  UseOrdinaryMode(descriptor);
  return std::unique_ptr<ReportFile>(new ReportFile(path, staged_path, descriptor));
}

ReportFile::~ReportFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!staged_path_.empty()) unlink(staged_path_.c_str());
}

arrow::Status ReportFile::Finish(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotWrite(path_, errno);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) return CannotWrite(path_, errno);
  if (staged_path_.empty()) return arrow::Status::OK();
  if (std::rename(staged_path_.c_str(), path_.c_str()) != 0)
    return CannotWrite(path_, errno);
  staged_path_.clear();
  return arrow::Status::OK();
}

arrow::Result<ReportFiles> ReportFiles::Make(const std::string& report_path,
                                             const std::string& metrics_path) {
  ReportFiles files;
  if (!report_path.empty()) {
    ARROW_ASSIGN_OR_RAISE(files.report_, ReportFile::Make(report_path));
  }
  if (!metrics_path.empty()) {
    ARROW_ASSIGN_OR_RAISE(files.metrics_, ReportFile::Make(metrics_path));
  }
  return files;
}

arrow::Status ReportFiles::Finish(const std::string& json, const std::string& metrics) {
  arrow::Status written, metrics_written;
  if (report_) written = report_->Finish(json);
  if (metrics_) metrics_written = metrics_->Finish(metrics);
  return written.ok() ? metrics_written : written;
}

}  // namespace planish::cli
