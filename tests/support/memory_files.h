// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "arrow/status.h"
#include "io/file_system.h"

namespace planish {

/// A file that exists in memory only.
class MemoryInput : public InputFile {
 public:
  explicit MemoryInput(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string& path() const override { return path_; }
  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override {
    if (offset < 0 || length < 0 || offset > size() - length) {
      return arrow::Status::IOError("read outside the file: ", offset, " + ", length);
    }
    std::memcpy(out, bytes_.data() + offset, static_cast<size_t>(length));
    bytes_read_ += length;
    return arrow::Status::OK();
  }
  int64_t bytes_read() const override { return bytes_read_; }
  const std::string& bytes() const { return bytes_; }
  std::string_view Range(int64_t offset, int64_t length) const {
    return std::string_view(bytes_).substr(static_cast<size_t>(offset),
                                           static_cast<size_t>(length));
  }

 private:
  std::string bytes_;
  std::string path_ = "memory.parquet";
  int64_t bytes_read_ = 0;
};

/// A file written to memory.
class MemoryOutput : public OutputFile {
 public:
  const std::string& path() const override { return path_; }
  int64_t position() const override { return static_cast<int64_t>(bytes_.size()); }
  arrow::Status Append(const void* data, int64_t length) override {
    bytes_.append(static_cast<const char*>(data), static_cast<size_t>(length));
    return arrow::Status::OK();
  }
  arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) override {
    std::string range(static_cast<size_t>(length), '\0');
    ARROW_RETURN_NOT_OK(source.ReadAt(offset, length, range.data()));
    ++copies_;
    return Append(range.data(), length);
  }
  arrow::Status Sync() override { return arrow::Status::OK(); }
  arrow::Status Close() override { return arrow::Status::OK(); }

  const std::string& bytes() const { return bytes_; }
  /// Calls of AppendFrom.
  int copies() const { return copies_; }

 private:
  std::string bytes_;
  std::string path_ = "memory-output.parquet";
  int copies_ = 0;
};

}  // namespace planish
