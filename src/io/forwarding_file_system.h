// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace planish {

/// Another file system as it is, for those who change some operations of it.
class ForwardingFileSystem : public FileSystem {
 public:
  /// `files` must outlive it.
  explicit ForwardingFileSystem(FileSystem* files) : files_(files) {}

  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& directory,
                                                      PinDemand demand,
                                                      PinnedLinks links) override {
    return files_->Pin(directory, demand, links);
  }
  arrow::Result<FileStatus> Stat(const std::string& path) override {
    return files_->Stat(path);
  }
  arrow::Result<FileStatus> StatLink(const std::string& path) override {
    return files_->StatLink(path);
  }
  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override {
    return files_->List(directory);
  }
  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override {
    return files_->OpenInput(path);
  }
  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(
      const std::string& path, bool write_back_early) override {
    return files_->CreateOutput(path, write_back_early);
  }
  arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) override {
    return files_->CreateUpdate(path);
  }
  arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) override {
    return files_->TryLock(path);
  }
  arrow::Result<std::optional<LockHolder>> HolderOfLock(
      const std::string& path) override {
    return files_->HolderOfLock(path);
  }
  arrow::Status MakePrivateDirectory(const std::string& directory) override {
    return files_->MakePrivateDirectory(directory);
  }
  arrow::Status MakeDirectory(const std::string& directory) override {
    return files_->MakeDirectory(directory);
  }
  arrow::Status MakeDirectories(const std::string& directory) override {
    return files_->MakeDirectories(directory);
  }
  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                  bool sync, const Proceed& proceed) override {
    return files_->CopyFile(from, to, sync, proceed);
  }
  arrow::Status Link(const std::string& from, const std::string& to) override {
    return files_->Link(from, to);
  }
  arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                               bool sync) override {
    return files_->CopyAttributes(from, to, sync);
  }
  arrow::Status CopyAccess(const std::string& from, const std::string& to) override {
    return files_->CopyAccess(from, to);
  }
  arrow::Status Rename(const std::string& from, const std::string& to) override {
    return files_->Rename(from, to);
  }
  arrow::Status Exchange(const std::string& one, const std::string& other) override {
    return files_->Exchange(one, other);
  }
  arrow::Status RemoveFile(const std::string& path) override {
    return files_->RemoveFile(path);
  }
  arrow::Status RemoveDirectory(const std::string& directory) override {
    return files_->RemoveDirectory(directory);
  }
  arrow::Status RemoveAll(const std::string& path) override {
    return files_->RemoveAll(path);
  }
  arrow::Status SyncDirectory(const std::string& directory) override {
    return files_->SyncDirectory(directory);
  }
  arrow::Status SyncAll(const std::vector<std::string>& paths) override {
    return files_->SyncAll(paths);
  }
  arrow::Result<int64_t> FreeBytes(const std::string& path) override {
    return files_->FreeBytes(path);
  }

 protected:
  FileSystem* const files_;
};

}  // namespace planish
