// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "arrow/buffer_builder.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"

namespace planish {

/// The values of a page, with room in front for its levels, so that the two need not be
/// copied to lie behind each other.
class PageBody {
 public:
  explicit PageBody(arrow::MemoryPool* pool) : bytes_(pool) {}

  /// Makes room for `size` more bytes, at `end`.
  arrow::Status Reserve(int64_t size) {
    if (bytes_.length() == 0) ARROW_RETURN_NOT_OK(bytes_.Append(kFront, 0));
    return bytes_.Reserve(size);
  }
  uint8_t* end() { return bytes_.mutable_data() + bytes_.length(); }
  /// `size` bytes have been written at `end`.
  void Advance(int64_t size) { bytes_.UnsafeAdvance(size); }

  arrow::Status Append(const void* bytes, int64_t size) {
    ARROW_RETURN_NOT_OK(Reserve(size));
    if (size > 0) bytes_.UnsafeAppend(bytes, size);
    return arrow::Status::OK();
  }
  arrow::Status Append(std::string_view bytes) {
    return Append(bytes.data(), static_cast<int64_t>(bytes.size()));
  }

  /// Of the values.
  const uint8_t* data() const { return bytes_.data() + kFront; }
  int64_t size() const { return bytes_.length() == 0 ? 0 : bytes_.length() - kFront; }

  /// `front` and the values, which stay until more are added: to the next page.
  arrow::Result<std::string_view> Finish(std::string_view front) {
    ARROW_RETURN_NOT_OK(Reserve(0));
    const auto front_size = static_cast<int64_t>(front.size());
    const int64_t values_size = size();
    if (front_size > kFront) {
      const int64_t more = front_size - kFront;
      ARROW_RETURN_NOT_OK(bytes_.Reserve(more));
      std::memmove(bytes_.mutable_data() + front_size, bytes_.data() + kFront,
                   static_cast<size_t>(values_size));
    }
    uint8_t* const begin =
        bytes_.mutable_data() + (front_size > kFront ? 0 : kFront - front_size);
    if (!front.empty()) std::memcpy(begin, front.data(), front.size());
    bytes_.Rewind(kFront);
    return std::string_view(reinterpret_cast<const char*>(begin),
                            static_cast<size_t>(front_size + values_size));
  }

 private:
  /// Levels take no more if they are all the same; and values stay aligned.
  static constexpr int64_t kFront = 64;

  arrow::BufferBuilder bytes_;
};

}  // namespace planish
