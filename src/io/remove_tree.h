// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/status.h"

namespace planish {

/// Removes all that is in the directory `directory`, an open one: by descriptors, so that
/// no symbolic link is followed, whoever puts one there meanwhile, and at any depth with
/// a bounded number of open files. `path` is for errors.
arrow::Status RemoveContents(int directory, const std::string& path);

/// Removes what is called `name` in `directory` (or AT_FDCWD), a link itself if it is
/// one; fine if there is nothing.
arrow::Status RemoveTree(int directory, const std::string& name, const std::string& path);

}  // namespace planish
