// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "arrow/status.h"

/// \file
/// How row groups that have to be written anew are encoded.

namespace planish {

/// Everything not set here is inherited from the row group that is rewritten: encodings,
/// codec, page version, page index, statistics.
struct WriterOptions {
  /// "none", "snappy", "gzip", "brotli", "zstd" or "lz4"; empty inherits each column's
  /// codec. Row groups that need no rewriting keep theirs.
  std::string compression;
  /// Codec-specific level; unset takes the codec's default. Needs `compression`.
  std::optional<int> compression_level;

  /// An error if the codec is unknown, not built into Arrow, or a level has no codec.
  arrow::Status Validate() const;
};

}  // namespace planish
