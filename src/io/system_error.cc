// SPDX-License-Identifier: Apache-2.0
#include "io/system_error.h"

#include <cerrno>
#include <system_error>

namespace planish {
namespace {

ErrorKind KindOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kMissingPath;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermission;
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::kDiskFull;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorKind::kOutputExists;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace

Error SystemError(int error_number, const char* what, const std::string& path) {
  // Not strerror, which threads must not share.
  const std::string reason = std::generic_category().message(error_number);
  Error error(KindOf(error_number), std::string(what) + ": " + reason);
  error.File(path).SystemError(error_number);
  if (error_number == ENOSPC)
    error.Hint("free space on that file system, or use another");
  if (error_number == EMFILE) error.Hint("raise the limit of open files (ulimit -n)");
  return error;
}

bool IsTransient(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr || detail->kind != ErrorKind::kIo) return false;
  switch (detail->system_error) {
    case EIO:
    case EINTR:
    case EAGAIN:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace planish
