// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/result.h"

namespace planish::cli {

/// Standard input as bytes. A read waits for them, but not once a signal has asked the
/// run to stop: it is kCancelled then.
std::shared_ptr<arrow::io::InputStream> StandardInput();

/// Standard output as bytes. Small writes are gathered until Flush; what has not been
/// flushed at the end is lost.
class StandardOutput : public arrow::io::OutputStream {
 public:
  StandardOutput();
  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override {
    return position_ + static_cast<int64_t>(buffer_.size());
  }
  arrow::Status Write(const void* data, int64_t num_bytes) override;
  arrow::Status Flush() override;

  /// Whether a write failed because whoever read has gone away.
  bool reader_gone() const { return reader_gone_; }

 private:
  arrow::Status WriteThrough(const char* data, int64_t num_bytes);

  std::string buffer_;
  int64_t position_ = 0;
  bool closed_ = false;
  bool reader_gone_ = false;
};

}  // namespace planish::cli
