// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/result.h"

/// \file
/// planish works on local files. URLs are told from paths, so that none is taken for the
/// name of a directory by mistake.

namespace planish {

/// The path that a user has named: `given` itself, or the path of a `file:///path` URL,
/// percent-decoded. Errors (kInvalidOption): a URL of another scheme or of another host.
/// `option`: the options field that the text is for, as errors call it.
arrow::Result<std::string> LocalPath(const std::string& given, const std::string& option);

/// An error (kInvalidOption) if `path` begins as a URL does, with `scheme://`. A
/// directory that is called so is `./scheme://...`. Every verb checks its paths so:
/// LocalPath is for who takes them from a user.
arrow::Status CheckLocalPath(const std::string& path, const std::string& option);

}  // namespace planish
