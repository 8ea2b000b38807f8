// SPDX-License-Identifier: Apache-2.0
#include "format/footer_bytes.h"

#include <algorithm>
#include <string_view>

#include "base/error_builder.h"
#include "format/metadata_size.h"

namespace planish {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
constexpr int64_t kLeastFileSize = 12;
// One read gets most footers whole.
constexpr int64_t kFirstRead = 64 * 1024;

std::string Printable(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (c >= 0x20 && c < 0x7F && c != '\\') {
      text.push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xF]};
    }
  }
  return text;
}

// What to say of a file that does not end in magic bytes, or is too short to have them
// twice.
arrow::Status NoFooterError(std::string_view head, std::string_view tail, int64_t size) {
  const std::string size_text = std::to_string(size) + " bytes";
  if (head == kMagic) {
    return Error(ErrorKind::kCorrupt,
                 "Parquet file is truncated: it begins but does not end as one")
        .Fact("size", size_text)
        .Fact("ends with", Printable(tail))
        .Hint("write or copy the file again; it has no footer");
  }
  if (size == 0) return Error(ErrorKind::kNotParquet, "not a Parquet file: it is empty");
  return Error(ErrorKind::kNotParquet, "not a Parquet file: no PAR1 at its end")
      .Fact("size", size_text)
      .Fact("begins with", Printable(head));
}

arrow::Result<std::string> ReadBytes(InputFile& file, int64_t offset, int64_t length) {
  std::string bytes(static_cast<size_t>(length), '\0');
  ARROW_RETURN_NOT_OK(file.ReadAt(offset, length, bytes.data()));
  return bytes;
}

}  // namespace

arrow::Result<std::string> ReadFooterBytes(InputFile& file,
                                           const arrow::MemoryPool* pool) {
  const int64_t size = file.size();
  const int64_t head_size = std::min<int64_t>(size, 4);
  if (size < kLeastFileSize) {
    ARROW_ASSIGN_OR_RAISE(const std::string all, ReadBytes(file, 0, size));
    return NoFooterError(std::string_view(all).substr(0, head_size), all, size);
  }
  const int64_t first_read = std::min(size, kFirstRead);
  ARROW_ASSIGN_OR_RAISE(std::string tail, ReadBytes(file, size - first_read, first_read));
  const std::string_view magic = std::string_view(tail).substr(tail.size() - 4);
  if (magic == kEncryptedMagic) return EncryptedParquetError();
  if (magic != kMagic) {
    ARROW_ASSIGN_OR_RAISE(const std::string head, ReadBytes(file, 0, head_size));
    return NoFooterError(head, magic, size);
  }
  const std::string_view length_bytes =
      std::string_view(tail).substr(tail.size() - kFooterTailSize);
  int64_t length = 0;
  for (int i = 3; i >= 0; --i)
    length = length << 8 | static_cast<uint8_t>(length_bytes[i]);
  if (length == 0 || length > size - kLeastFileSize) {
    return arrow::Status(Error(ErrorKind::kCorrupt, "footer length does not fit the file")
                             .Fact("footer length", std::to_string(length) + " bytes")
                             .Fact("size", std::to_string(size) + " bytes"));
  }
  ARROW_RETURN_NOT_OK(CheckMetadataFits(length, "footer", pool));
  if (length + kFooterTailSize <= first_read) {
    return tail.substr(tail.size() - kFooterTailSize - length, length);
  }
  return ReadBytes(file, size - kFooterTailSize - length, length);
}

arrow::Status EncryptedParquetError() {
  return Error(ErrorKind::kEncrypted, "encrypted Parquet is not supported")
      .Hint("decrypt the file first, or leave it out of the inputs");
}

}  // namespace planish
