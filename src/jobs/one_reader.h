// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/error_builder.h"

namespace planish {

/// Says that a stream is being read, for as long as it lives. A callback that reads the
/// stream which it was called by, and a source that reads what is made of it, would wait
/// for themselves.
class OneReader {
 public:
  explicit OneReader(std::atomic<bool>* reading)
      : reading_(reading), is_first_(!reading->exchange(true)) {}
  ~OneReader() {
    if (is_first_) reading_->store(false);
  }
  OneReader(const OneReader&) = delete;
  OneReader& operator=(const OneReader&) = delete;

  /// An error (kInvalidOption) if somebody else reads already.
  arrow::Status Check() const {
    if (is_first_) return arrow::Status::OK();
    return Error(ErrorKind::kInvalidOption, "the stream is being read already")
        .Hint("a callback or a source of a stream cannot read that stream");
  }

 private:
  std::atomic<bool>* const reading_;
  const bool is_first_;
};

}  // namespace planish
