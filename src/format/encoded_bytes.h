// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "io/file_system.h"
#include "io/scratch_directory.h"

namespace planish {

/// Where encoded column chunks wait for their turn: in memory, all together up to so many
/// bytes, beyond that in scratch. Thread-safe; must outlive the chunks.
class WaitingRoom {
 public:
  /// `scratch` may be null: then all that counts is memory. It must outlive this.
  WaitingRoom(int64_t memory_bytes, ScratchDirectory* scratch)
      : memory_bytes_(memory_bytes), scratch_(scratch) {}

  bool TryTake(int64_t bytes);
  void GiveBack(int64_t bytes) { taken_ -= bytes; }

  /// Books the room for a row group of so many compressed bytes whose chunks are about to
  /// be encoded; false if it would not be there beside what is booked already. Who waits
  /// then until others are done keeps chunks from going to scratch only because whoever
  /// writes them is held up. A row group of more than half of the room is not booked, and
  /// may begin at once: to encode beside it is worth more than what goes to scratch. One
  /// thread at a time.
  bool Book(int64_t row_group_bytes);
  /// Gives back what Book took. Any thread.
  void Unbook(int64_t row_group_bytes) { booked_ -= Share(row_group_bytes); }

  ScratchDirectory* scratch() const { return scratch_; }
  /// Written to scratch so far, and in how many writes.
  int64_t spilled_bytes() const { return spilled_bytes_; }
  int64_t spilled_blocks() const { return spilled_blocks_; }
  void CountSpilled(int64_t bytes);

 private:
  /// Of the room, what is booked for a row group.
  int64_t Share(int64_t row_group_bytes) const;

  const int64_t memory_bytes_;
  ScratchDirectory* const scratch_;
  std::atomic<int64_t> booked_{0};
  std::atomic<int64_t> taken_{0}, spilled_bytes_{0}, spilled_blocks_{0};
};

/// The pages of an encoded column chunk, in memory or in scratch. Movable.
class EncodedBytes {
 public:
  EncodedBytes() = default;
  /// In memory, whoever has counted it.
  explicit EncodedBytes(std::shared_ptr<arrow::Buffer> bytes) : body_(std::move(bytes)) {}
  EncodedBytes(EncodedBytes&& other) noexcept;
  EncodedBytes& operator=(EncodedBytes&& other) noexcept;
  ~EncodedBytes() { Reset(); }

  int64_t size() const;
  bool in_scratch() const { return file_ != nullptr; }
  arrow::Status AppendTo(OutputFile* out) const;

 private:
  friend class ChunkSink;
  void Reset();

  /// One behind the other; any of them may be absent.
  std::shared_ptr<arrow::Buffer> front_, body_;
  std::unique_ptr<ScratchFile> file_;
  WaitingRoom* room_ = nullptr;
  int64_t taken_ = 0;  ///< from the room
};

/// Gathers the pages of a chunk that is being encoded. They begin in memory, and go on in
/// scratch when the room is full or the pool refuses.
class ChunkSink {
 public:
  /// `room` null: all in memory.
  ChunkSink(WaitingRoom* room, arrow::MemoryPool* pool) : pool_(pool) {
    bytes_.room_ = room;
  }

  /// Makes room for about as many bytes as there will be.
  arrow::Status Reserve(int64_t bytes);
  arrow::Status Append(std::string_view bytes);
  /// Bytes appended so far.
  int64_t length() const;
  /// All that was appended, behind `front` if that is not null.
  arrow::Result<EncodedBytes> Finish(std::shared_ptr<arrow::Buffer> front);

 private:
  bool MaySpill() const {
    return bytes_.room_ != nullptr && bytes_.room_->scratch() != nullptr;
  }
  bool HasRoom(int64_t bytes);
  arrow::Status Grow(int64_t capacity);
  arrow::Status AppendToMemory(std::string_view bytes);
  arrow::Status AppendToScratch(std::string_view bytes);
  arrow::Status MoveToScratch();
  arrow::Status Flush();

  EncodedBytes bytes_;
  arrow::MemoryPool* const pool_;
  /// All that there is, or what has not been written to scratch yet. Not a builder: that
  /// fills what it has too much with zeros, and so makes it resident.
  std::unique_ptr<arrow::ResizableBuffer> buffer_;
  int64_t length_ = 0;  ///< of what is in it
};

}  // namespace planish
