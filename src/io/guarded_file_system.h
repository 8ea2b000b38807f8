// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "io/forwarding_file_system.h"

namespace planish {

/// What stands between a run and the reads it makes. Called from any thread.
struct ReadGuard {
  /// Asked before each read, and before each step of a long copy.
  Proceed proceed;
  /// How often a read that failed, but may succeed later, is made again.
  int retries = 0;
  /// The pause before the first of them; each next one is twice as long, up to a limit.
  std::chrono::milliseconds first_delay{100};
  static constexpr std::chrono::milliseconds kLongestDelay{5000};
  /// Lets a pause pass, on account of an error. An error of its own ends the read.
  std::function<arrow::Status(const arrow::Status& failure, std::chrono::milliseconds)>
      wait;
};

/// Another file system, behind a guard: looking up, opening, reading and copying of files
/// ask whether to go on, and are tried again where that may help. Listing is tried again,
/// but never stopped: what is staged is listed to be removed, above all when a run is not
/// to go on. What writes, publishes and cleans up is passed on as it is.
class GuardedFileSystem : public ForwardingFileSystem {
 public:
  /// `files` must outlive it, and it the files it hands out.
  GuardedFileSystem(FileSystem* files, ReadGuard guard);

  arrow::Result<FileStatus> Stat(const std::string& path) override;
  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override;
  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override;
  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                  bool sync, const Proceed& proceed) override;

 private:
  const ReadGuard guard_;
};

}  // namespace planish
