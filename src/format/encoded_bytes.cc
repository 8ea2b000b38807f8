// SPDX-License-Identifier: Apache-2.0
#include "format/encoded_bytes.h"

#include <algorithm>
#include <cstring>

namespace planish {
namespace {

/// Written to scratch at a time: large enough for a disk that seeks.
constexpr int64_t kBlockBytes = int64_t{1} << 20;

}  // namespace

bool WaitingRoom::TryTake(int64_t bytes) {
  int64_t taken = taken_.load();
  do {
    if (bytes > memory_bytes_ - taken) return false;
  } while (!taken_.compare_exchange_weak(taken, taken + bytes));
  return true;
}

int64_t WaitingRoom::Share(int64_t row_group_bytes) const {
  // What is left of a chunk may compress a little worse.
  constexpr int64_t kSlackShare = 16;
  const int64_t share = row_group_bytes + row_group_bytes / kSlackShare;
  return share > memory_bytes_ / 2 ? 0 : share;
}

bool WaitingRoom::Book(int64_t row_group_bytes) {
  const int64_t share = Share(row_group_bytes);
  if (share > memory_bytes_ - booked_) return false;
  booked_ += share;
  return true;
}

void WaitingRoom::CountSpilled(int64_t bytes) {
  spilled_bytes_ += bytes;
  ++spilled_blocks_;
}

EncodedBytes::EncodedBytes(EncodedBytes&& other) noexcept {
  *this = std::move(other);
}

EncodedBytes& EncodedBytes::operator=(EncodedBytes&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  front_ = std::move(other.front_);
  body_ = std::move(other.body_);
  file_ = std::move(other.file_);
  room_ = std::exchange(other.room_, nullptr);
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

void EncodedBytes::Reset() {
  front_.reset();
  body_.reset();
  file_.reset();
  if (room_ != nullptr) room_->GiveBack(std::exchange(taken_, 0));
}

int64_t EncodedBytes::size() const {
  return (front_ == nullptr ? 0 : front_->size()) +
         (body_ == nullptr ? 0 : body_->size()) + (file_ == nullptr ? 0 : file_->size());
}

arrow::Status EncodedBytes::AppendTo(OutputFile* out) const {
  for (const auto& bytes : {front_, body_}) {
    if (bytes != nullptr) ARROW_RETURN_NOT_OK(out->Append(bytes->data(), bytes->size()));
  }
  if (file_ == nullptr) return arrow::Status::OK();
  auto block = std::make_unique_for_overwrite<uint8_t[]>(kBlockBytes);
  for (int64_t offset = 0; offset < file_->size(); offset += kBlockBytes) {
    const int64_t length = std::min(kBlockBytes, file_->size() - offset);
    ARROW_RETURN_NOT_OK(file_->ReadAt(offset, length, block.get()));
    ARROW_RETURN_NOT_OK(out->Append(block.get(), length));
  }
  return arrow::Status::OK();
}

bool ChunkSink::HasRoom(int64_t bytes) {
  if (!MaySpill()) return true;
  const int64_t more = length_ + bytes - bytes_.taken_;
  if (more <= 0) return true;
  if (!bytes_.room_->TryTake(more)) return false;
  bytes_.taken_ += more;
  return true;
}

arrow::Status ChunkSink::Reserve(int64_t bytes) {
  if (bytes_.file_ != nullptr) return arrow::Status::OK();
  if (!HasRoom(bytes)) return MoveToScratch();
  const arrow::Status reserved = Grow(length_ + bytes);
  return reserved.IsOutOfMemory() && MaySpill() ? MoveToScratch() : reserved;
}

arrow::Status ChunkSink::Append(std::string_view bytes) {
  if (bytes.empty()) return arrow::Status::OK();
  if (bytes_.file_ == nullptr) {
    const auto size = static_cast<int64_t>(bytes.size());
    if (HasRoom(size)) {
      const arrow::Status appended = AppendToMemory(bytes);
      if (!appended.IsOutOfMemory() || !MaySpill()) return appended;
    }
    ARROW_RETURN_NOT_OK(MoveToScratch());
  }
  return AppendToScratch(bytes);
}

arrow::Status ChunkSink::Grow(int64_t capacity) {
  if (buffer_ == nullptr) {
    return arrow::AllocateResizableBuffer(capacity, pool_).Value(&buffer_);
  }
  return buffer_->Reserve(capacity);
}

arrow::Status ChunkSink::AppendToMemory(std::string_view bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t capacity = buffer_ == nullptr ? 0 : buffer_->capacity();
  if (length_ + size > capacity) {
    ARROW_RETURN_NOT_OK(Grow(std::max(length_ + size, capacity + capacity / 2)));
  }
  std::memcpy(buffer_->mutable_data() + length_, bytes.data(), bytes.size());
  length_ += size;
  return arrow::Status::OK();
}

arrow::Status ChunkSink::MoveToScratch() {
  ARROW_ASSIGN_OR_RAISE(bytes_.file_, bytes_.room_->scratch()->NewFile("chunk"));
  ARROW_RETURN_NOT_OK(Flush());
  // What is gathered from here on needs none of the room.
  buffer_.reset();
  bytes_.room_->GiveBack(std::exchange(bytes_.taken_, 0));
  return arrow::Status::OK();
}

arrow::Status ChunkSink::AppendToScratch(std::string_view bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  if (length_ + size > kBlockBytes) ARROW_RETURN_NOT_OK(Flush());
  if (size < kBlockBytes) {
    const arrow::Status gathered = AppendToMemory(bytes);
    if (!gathered.IsOutOfMemory()) return gathered;
    ARROW_RETURN_NOT_OK(Flush());
  }
  bytes_.room_->CountSpilled(size);
  return bytes_.file_->Append(bytes.data(), size).status();
}

arrow::Status ChunkSink::Flush() {
  if (length_ == 0) return arrow::Status::OK();
  bytes_.room_->CountSpilled(length_);
  ARROW_RETURN_NOT_OK(bytes_.file_->Append(buffer_->data(), length_).status());
  length_ = 0;
  return arrow::Status::OK();
}

int64_t ChunkSink::length() const {
  return length_ + (bytes_.file_ == nullptr ? 0 : bytes_.file_->size());
}

arrow::Result<EncodedBytes> ChunkSink::Finish(std::shared_ptr<arrow::Buffer> front) {
  bytes_.front_ = std::move(front);
  if (bytes_.file_ == nullptr) {
    if (buffer_ != nullptr) {
      ARROW_RETURN_NOT_OK(buffer_->Resize(length_, /*shrink_to_fit=*/false));
    }
    bytes_.body_ = std::move(buffer_);
  } else {
    ARROW_RETURN_NOT_OK(Flush());
    buffer_.reset();
  }
  return std::move(bytes_);
}

}  // namespace planish
