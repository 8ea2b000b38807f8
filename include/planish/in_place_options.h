// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

/// \file
/// How a dataset is changed where it lies.

namespace planish {

enum class PublishMode {
  /// File by file, after one commit. Other files of the dataset are not touched. A reader
  /// at that moment may meet files of both states.
  kFiles,
  /// The directory as a whole, in one step: files that stay are shared by hard links. A
  /// reader that has opened the directory sees one state. Linux; the directory's parent
  /// must be writable.
  kSwap,
};

struct InPlaceOptions {
  PublishMode publish = PublishMode::kFiles;
  /// A directory that keeps files that are replaced or removed, by their paths below the
  /// dataset; with kSwap, all of the old dataset. New or empty, outside of the dataset.
  /// Empty: they are not kept.
  std::string keep_backup;
  /// How long to wait for another run that holds the dataset's lock. Not negative.
  std::chrono::milliseconds lock_timeout{0};
};

}  // namespace planish
