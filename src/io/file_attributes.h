// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/status.h"
#include "io/file_descriptor.h"

namespace planish {

/// Gives an open file or directory the permissions, owner, group and extended attributes
/// of another. See FileSystem::CopyAttributes.
arrow::Status CopyFileAttributes(const FileDescriptor& from, const FileDescriptor& to);

/// The same of owner, group and permissions. See FileSystem::CopyAccess.
arrow::Status CopyFileAccess(const FileDescriptor& from, const FileDescriptor& to);

}  // namespace planish
