// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "io/file_descriptor.h"
#include "io/file_system.h"

namespace planish {
namespace {

constexpr int64_t kCopyBufferSize = int64_t{256} << 10;

}  // namespace

arrow::Status InputFile::CopyTo(FileDescriptor* target, int64_t target_offset,
                                int64_t offset, int64_t length) {
  const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(
      static_cast<size_t>(std::clamp<int64_t>(length, 0, kCopyBufferSize)));
  while (length > 0) {
    const int64_t count = std::min(length, kCopyBufferSize);
    ARROW_RETURN_NOT_OK(ReadAt(offset, count, buffer.get()));
    ARROW_RETURN_NOT_OK(target->Write(target_offset, count, buffer.get()));
    target_offset += count;
    offset += count;
    length -= count;
  }
  return arrow::Status::OK();
}

}  // namespace planish
