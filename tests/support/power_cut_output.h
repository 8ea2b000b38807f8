// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "io/file_descriptor.h"
#include "support/power_cut_file_system.h"

namespace planish {

/// A file that a PowerCutFileSystem has made. Unbuffered, so that what was synced is
/// there.
class PowerCutOutput : public OutputFile {
 public:
  PowerCutOutput(PowerCutFileSystem* files, FileDescriptor file, ino_t inode)
      : files_(files), file_(std::move(file)), inode_(inode) {}

  const std::string& path() const override { return file_.path(); }
  int64_t position() const override { return position_; }

  arrow::Status Append(const void* data, int64_t length) override {
    ARROW_RETURN_NOT_OK(files_->Meet("write", path()));
    ARROW_RETURN_NOT_OK(file_.Write(position_, length, data));
    position_ += length;
    files_->NoteContents(inode_, position_, false);
    return arrow::Status::OK();
  }
  arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) override {
    ARROW_RETURN_NOT_OK(files_->Meet("write", path()));
    ARROW_RETURN_NOT_OK(source.CopyTo(&file_, position_, offset, length));
    position_ += length;
    files_->NoteContents(inode_, position_, false);
    return arrow::Status::OK();
  }
  arrow::Status Sync() override {
    ARROW_RETURN_NOT_OK(files_->Meet("sync", path()));
    files_->NoteContents(inode_, position_, true);
    return arrow::Status::OK();
  }
  arrow::Status Close() override { return file_.Close(); }

 private:
  PowerCutFileSystem* const files_;
  FileDescriptor file_;
  const ino_t inode_;
  int64_t position_ = 0;
};

}  // namespace planish
