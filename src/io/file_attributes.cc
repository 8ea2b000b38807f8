// SPDX-License-Identifier: Apache-2.0
#include "io/file_attributes.h"

#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "io/system_error.h"

namespace planish {
namespace {

#ifdef __linux__
/// What security modules set by rules of their own; only they may be refused.
bool IsSetBySystem(const std::string& name) {
  return name.rfind("security.", 0) == 0 || name.rfind("trusted.", 0) == 0;
}

arrow::Status CopyExtendedAttribute(const FileDescriptor& from, const FileDescriptor& to,
                                    const std::string& name) {
  const ssize_t size = fgetxattr(from.number(), name.c_str(), nullptr, 0);
  if (size < 0) {
    if (errno == ENODATA || errno == ENOTSUP || IsSetBySystem(name)) {
      return arrow::Status::OK();
    }
    return SystemError(errno, "cannot read extended attribute", from.path());
  }
  std::vector<char> value(static_cast<size_t>(size) + 1);
  const ssize_t read = fgetxattr(from.number(), name.c_str(), value.data(), value.size());
  if (read < 0) {
    return SystemError(errno, "cannot read extended attribute", from.path());
  }
  if (fsetxattr(to.number(), name.c_str(), value.data(), static_cast<size_t>(read), 0) ==
          0 ||
      IsSetBySystem(name)) {
    return arrow::Status::OK();
  }
  return SystemError(errno, "cannot set extended attribute", to.path())
      .Fact("attribute", name)
      .Fact("of", from.path());
}

arrow::Status CopyExtendedAttributes(const FileDescriptor& from,
                                     const FileDescriptor& to) {
  const ssize_t size = flistxattr(from.number(), nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return arrow::Status::OK();
  if (size < 0) return SystemError(errno, "cannot list extended attributes", from.path());
  std::vector<char> names(static_cast<size_t>(size) + 1);
  const ssize_t read = flistxattr(from.number(), names.data(), names.size());
  if (read < 0) return SystemError(errno, "cannot list extended attributes", from.path());
  for (const char* name = names.data(); name < names.data() + read;
       name += std::strlen(name) + 1) {
    ARROW_RETURN_NOT_OK(CopyExtendedAttribute(from, to, name));
  }
  return arrow::Status::OK();
}
#endif

}  // namespace

arrow::Status CopyFileAttributes(const FileDescriptor& from, const FileDescriptor& to) {
  struct stat wanted = {}, given = {};
  if (fstat(from.number(), &wanted) != 0) {
    return SystemError(errno, "cannot look up", from.path());
  }
  if (fstat(to.number(), &given) != 0) {
    return SystemError(errno, "cannot look up", to.path());
  }
  // Before permissions, of which a change of owner takes some away.
  if ((wanted.st_uid != given.st_uid || wanted.st_gid != given.st_gid) &&
      fchown(to.number(), wanted.st_uid, wanted.st_gid) != 0) {
    return SystemError(errno, "cannot keep the owner of a file that is replaced",
                       from.path())
        .Hint("run as the owner of the dataset's files, or write to a new directory");
  }
#ifdef __linux__
  ARROW_RETURN_NOT_OK(CopyExtendedAttributes(from, to));
#endif
  if (fchmod(to.number(), wanted.st_mode & 07777) != 0) {
    return SystemError(errno, "cannot set permissions", to.path());
  }
  return arrow::Status::OK();
}

arrow::Status CopyFileAccess(const FileDescriptor& from, const FileDescriptor& to) {
  struct stat wanted = {}, given = {};
  if (fstat(from.number(), &wanted) != 0) {
    return SystemError(errno, "cannot look up", from.path());
  }
  if (fstat(to.number(), &given) != 0) {
    return SystemError(errno, "cannot look up", to.path());
  }
  mode_t mode = wanted.st_mode & 0777;
  const bool same = wanted.st_uid == given.st_uid && wanted.st_gid == given.st_gid;
  if (!same && fchown(to.number(), wanted.st_uid, wanted.st_gid) != 0) {
    if (errno != EPERM) {
      return SystemError(errno, "cannot set the owner of a new file", to.path());
    }
    // The group alone may be this user's to give. If it is not, the group that the file
    // has would get what was meant for another.
    const bool grouped = wanted.st_gid == given.st_gid ||
                         fchown(to.number(), static_cast<uid_t>(-1), wanted.st_gid) == 0;
    if (!grouped) mode &= 0707;
  }
  if (fchmod(to.number(), mode) != 0) {
    return SystemError(errno, "cannot set permissions", to.path());
  }
  return arrow::Status::OK();
}

}  // namespace planish
