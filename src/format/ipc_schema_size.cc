// SPDX-License-Identifier: Apache-2.0
#include "format/ipc_schema_size.h"

#include <string>
#include <utility>

#include "arrow/buffer.h"
#include "format/metadata_size.h"

namespace planish {
namespace {

constexpr std::string_view kContinuation = "\xff\xff\xff\xff";
/// Of the file format, behind the footer: its length, and the mark.
constexpr int64_t kFooterTail = 10;

int64_t LittleEndian32(std::string_view bytes) {
  uint32_t number = 0;
  for (int i = 3; i >= 0; --i) {
    number = number << 8 | static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
  }
  return number;
}

arrow::Status CheckFits(int64_t parsed, std::string_view bytes,
                        const arrow::MemoryPool* pool) {
  return CheckMetadataFits(parsed + static_cast<int64_t>(bytes.size()),
                           "what becomes of the Arrow schema", pool);
}

class MeasuringReader : public arrow::ipc::MessageReader {
 public:
  MeasuringReader(std::unique_ptr<arrow::ipc::MessageReader> messages,
                  const arrow::MemoryPool* pool)
      : messages_(std::move(messages)), pool_(pool) {}

  arrow::Result<std::unique_ptr<arrow::ipc::Message>> ReadNextMessage() override {
    ARROW_ASSIGN_OR_RAISE(auto message, messages_->ReadNextMessage());
    if (message != nullptr && message->type() == arrow::ipc::MessageType::SCHEMA) {
      const std::string_view bytes(*message->metadata());
      ARROW_RETURN_NOT_OK(
          CheckFits(MeasureIpcSchema(bytes, MostMetadataBytes(pool_)), bytes, pool_));
    }
    return message;
  }

 private:
  const std::unique_ptr<arrow::ipc::MessageReader> messages_;
  const arrow::MemoryPool* const pool_;
};

}  // namespace

arrow::Status CheckEmbeddedSchemaFits(std::string_view message,
                                      const arrow::MemoryPool* pool) {
  if (message.starts_with(kContinuation)) message.remove_prefix(kContinuation.size());
  if (message.size() < 4) return arrow::Status::OK();
  message.remove_prefix(4);
  return CheckFits(MeasureIpcSchema(message, MostMetadataBytes(pool)), message, pool);
}

arrow::Status CheckFileSchemaFits(InputFile& file, const arrow::MemoryPool* pool) {
  if (file.size() < 2 * kFooterTail) return arrow::Status::OK();
  std::string tail(kFooterTail, '\0');
  ARROW_RETURN_NOT_OK(file.ReadAt(file.size() - kFooterTail, kFooterTail, tail.data()));
  const int64_t length = LittleEndian32(tail);
  if (length > file.size() - 2 * kFooterTail) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(CheckMetadataFits(length, "footer", pool));
  std::string footer(static_cast<size_t>(length), '\0');
  ARROW_RETURN_NOT_OK(
      file.ReadAt(file.size() - kFooterTail - length, length, footer.data()));
  return CheckFits(MeasureIpcFooter(footer, MostMetadataBytes(pool)), footer, pool);
}

std::unique_ptr<arrow::ipc::MessageReader> WithSchemasMeasured(
    std::unique_ptr<arrow::ipc::MessageReader> messages, const arrow::MemoryPool* pool) {
  return std::make_unique<MeasuringReader>(std::move(messages), pool);
}

}  // namespace planish
