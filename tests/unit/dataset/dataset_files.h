// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "dataset/input_discovery.h"
#include "io/forwarding_file_system.h"

namespace planish {

/// Makes a file of a few bytes, which only begin as Parquet does, and the directories
/// above it.
inline void Touch(const std::string& path, const std::string& content = "PAR1") {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << content;
}

/// The files that some inputs name, by the rules for a dataset of Parquet files alone.
inline arrow::Result<std::vector<DiscoveredFile>> FilesOfInputs(
    FileSystem* fs, const std::vector<std::string>& inputs) {
  DatasetOptions options;
  options.inputs = inputs;
  ARROW_ASSIGN_OR_RAISE(auto found, DiscoverFiles(fs, options, DirectoryFiles::kParquet));
  return std::move(found.files);
}

/// The machine's files, read only, listed in the reverse of the order in which names
/// sort, or in that order. Counts files opened, and may refuse to list one directory.
class ListingOrderFileSystem : public ForwardingFileSystem {
 public:
  explicit ListingOrderFileSystem(bool reverse)
      : ForwardingFileSystem(LocalFileSystem()), reverse_(reverse) {}

  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override {
    if (directory == refused_) {
      return Error(ErrorKind::kPermission, "cannot list").File(directory);
    }
    ARROW_ASSIGN_OR_RAISE(auto entries, files_->List(directory));
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    if (reverse_) std::ranges::reverse(entries);
    return entries;
  }
  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override {
    ++num_opened_;
    return files_->OpenInput(path);
  }
  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(const std::string&,
                                                          bool) override {
    return ReadOnly();
  }
  arrow::Status MakeDirectories(const std::string&) override { return ReadOnly(); }
  arrow::Status Rename(const std::string&, const std::string&) override {
    return ReadOnly();
  }
  arrow::Status RemoveFile(const std::string&) override { return ReadOnly(); }
  arrow::Status RemoveAll(const std::string&) override { return ReadOnly(); }

  int num_opened() const { return num_opened_; }
  void RefuseToList(std::string directory) { refused_ = std::move(directory); }

 private:
  static arrow::Status ReadOnly() { return arrow::Status::NotImplemented("read only"); }

  const bool reverse_;
  std::atomic<int> num_opened_{0};
  std::string refused_;
};

}  // namespace planish
