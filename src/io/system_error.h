// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error_builder.h"

namespace planish {

/// The error of a failed system call: "cannot open: Permission denied", the path as its
/// file, the kind after `error_number` (an errno value).
Error SystemError(int error_number, const char* what, const std::string& path);

/// Whether the same call may succeed later: EIO, EINTR, EAGAIN, ETIMEDOUT.
bool IsTransient(const arrow::Status& status);

}  // namespace planish
