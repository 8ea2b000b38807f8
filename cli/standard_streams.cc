// SPDX-License-Identifier: Apache-2.0
#include "cli/standard_streams.h"

#include <arrow/buffer.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "cli/interrupt.h"
#include "planish/error.h"

namespace planish::cli {
namespace {

/// A signal that comes just before the wait does not end it: this does.
constexpr int kLongestWaitMilliseconds = 200;
constexpr int64_t kLongestTransfer = int64_t{1} << 30;
/// Pipes hold 64 KiB otherwise: each end would wake up the other sixteen times as often.
constexpr int kPipeBytes = 1 << 20;
constexpr int64_t kBufferBytes = kPipeBytes;

arrow::Status StreamError(ErrorKind kind, arrow::StatusCode code,
                          const std::string& message) {
  auto detail = std::make_shared<ErrorDetail>();
  detail->kind = kind;
  return arrow::Status(code, message, std::move(detail));
}

class DescriptorInput : public arrow::io::InputStream {
 public:
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }

  arrow::Result<int64_t> Read(int64_t num_bytes, void* out) override {
    if (num_bytes == 0) return 0;
    const auto most = static_cast<size_t>(std::min(num_bytes, kLongestTransfer));
    while (true) {
      if (Interrupted()) {
        return StreamError(ErrorKind::kCancelled, arrow::StatusCode::Cancelled,
                           "stopped by a signal");
      }
      pollfd input{STDIN_FILENO, POLLIN, 0};
      const int ready = poll(&input, 1, kLongestWaitMilliseconds);
      if (ready == 0) continue;
      const ssize_t length = ready < 0 ? -1 : read(STDIN_FILENO, out, most);
      if (length < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (length < 0) {
        return StreamError(
            ErrorKind::kIo, arrow::StatusCode::IOError,
            std::string("standard input cannot be read: ") + std::strerror(errno));
      }
      position_ += length;
      return length;
    }
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t num_bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(num_bytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t length, Read(num_bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(length));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::InputStream> StandardInput() {
  fcntl(STDIN_FILENO, F_SETPIPE_SZ, kPipeBytes);
  return std::make_shared<DescriptorInput>();
}

StandardOutput::StandardOutput() {
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, kPipeBytes);
}

arrow::Status StandardOutput::Close() {
  closed_ = true;
  return Flush();
}

arrow::Status StandardOutput::Write(const void* data, int64_t num_bytes) {
  const char* bytes = static_cast<const char*>(data);
  if (static_cast<int64_t>(buffer_.size()) + num_bytes > kBufferBytes) {
    ARROW_RETURN_NOT_OK(Flush());
  }
  if (num_bytes >= kBufferBytes) return WriteThrough(bytes, num_bytes);
  buffer_.append(bytes, static_cast<size_t>(num_bytes));
  return arrow::Status::OK();
}

arrow::Status StandardOutput::Flush() {
  const arrow::Status written =
      WriteThrough(buffer_.data(), static_cast<int64_t>(buffer_.size()));
  buffer_.clear();
  return written;
}

arrow::Status StandardOutput::WriteThrough(const char* data, int64_t num_bytes) {
  while (num_bytes > 0) {
    const auto most = static_cast<size_t>(std::min(num_bytes, kLongestTransfer));
    const ssize_t length = write(STDOUT_FILENO, data, most);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) {
      reader_gone_ = errno == EPIPE;
      return StreamError(
          errno == ENOSPC ? ErrorKind::kDiskFull : ErrorKind::kIo,
          arrow::StatusCode::IOError,
          std::string("standard output cannot be written: ") + std::strerror(errno));
    }
    data += length;
    num_bytes -= length;
    position_ += length;
  }
  return arrow::Status::OK();
}

}  // namespace planish::cli
