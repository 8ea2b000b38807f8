// SPDX-License-Identifier: Apache-2.0
#include "format/encoded_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr int64_t kMiB = 1 << 20;

class EncodedBytesTest : public testing::Test {
 protected:
  /// `count` pages of `size` bytes, all different.
  static void Append(ChunkSink* sink, int count, int64_t size, std::string* expected) {
    for (int i = 0; i < count; ++i) {
      const std::string page(static_cast<size_t>(size), static_cast<char>('a' + i % 26));
      ASSERT_OK(sink->Append(page));
      *expected += page;
      ASSERT_EQ(sink->length(), static_cast<int64_t>(expected->size()));
    }
  }

  static std::string BytesOf(const EncodedBytes& bytes) {
    MemoryOutput out;
    EXPECT_OK(bytes.AppendTo(&out));
    EXPECT_EQ(bytes.size(), out.position());
    return out.bytes();
  }

  TempDir directory_;
  StingyPool pool_;
  ScratchDirectory scratch_{LocalFileSystem(), directory_.path(), 0};
};

TEST_F(EncodedBytesTest, StayInMemoryWhileThereIsRoom) {
  WaitingRoom room(10 * kMiB, &scratch_);
  ChunkSink sink(&room, &pool_);
  std::string expected;
  ASSERT_OK(sink.Reserve(3 * kMiB));
  Append(&sink, 40, 100'000, &expected);
  ASSERT_OK_AND_ASSIGN(const EncodedBytes bytes, sink.Finish(nullptr));
  EXPECT_FALSE(bytes.in_scratch());
  EXPECT_TRUE(BytesOf(bytes) == expected);
  EXPECT_EQ(scratch_.written_bytes(), 0);
}

TEST_F(EncodedBytesTest, BookOnlyAsMuchOfTheRoomAsThereIs) {
  WaitingRoom room(16 * kMiB, &scratch_);
  EXPECT_TRUE(room.Book(7 * kMiB));
  EXPECT_TRUE(room.Book(7 * kMiB));
  EXPECT_FALSE(room.Book(7 * kMiB));
  // Room that is too small for two is not worth waiting for.
  EXPECT_TRUE(room.Book(9 * kMiB));
  room.Unbook(9 * kMiB);
  EXPECT_FALSE(room.Book(7 * kMiB));
  room.Unbook(7 * kMiB);
  EXPECT_TRUE(room.Book(7 * kMiB));
  EXPECT_FALSE(room.Book(2 * kMiB));
}

TEST_F(EncodedBytesTest, GoOnInScratchWhereTheRoomEnds) {
  WaitingRoom room(2 * kMiB, &scratch_);
  for (const int64_t page : {1'000, 300'000, 3'000'000}) {
    SCOPED_TRACE(page);
    ChunkSink sink(&room, &pool_);
    std::string expected;
    Append(&sink, static_cast<int>(6'000'000 / page), page, &expected);
    ASSERT_OK_AND_ASSIGN(const EncodedBytes bytes, sink.Finish(nullptr));
    EXPECT_TRUE(bytes.in_scratch());
    EXPECT_LE(pool_.bytes_allocated(), 0);
    EXPECT_TRUE(BytesOf(bytes) == expected);
  }
  EXPECT_EQ(room.spilled_bytes(), scratch_.written_bytes());
  EXPECT_EQ(scratch_.written_bytes(), 18'000'000);
  EXPECT_LE(room.spilled_blocks(), 40);
}

TEST_F(EncodedBytesTest, BeginInScratchWhereThereWillBeNoRoom) {
  WaitingRoom room(2 * kMiB, &scratch_);
  ChunkSink sink(&room, &pool_);
  ASSERT_OK(sink.Reserve(3 * kMiB));
  std::string expected;
  Append(&sink, 1, 100, &expected);
  ASSERT_OK_AND_ASSIGN(const EncodedBytes bytes, sink.Finish(nullptr));
  EXPECT_TRUE(bytes.in_scratch());
  EXPECT_TRUE(BytesOf(bytes) == expected);
}

TEST_F(EncodedBytesTest, GoOnInScratchWhenMemoryIsRefused) {
  WaitingRoom room(100 * kMiB, &scratch_);
  ChunkSink sink(&room, &pool_);
  std::string expected;
  Append(&sink, 10, 50'000, &expected);
  pool_.SetMost(0);
  Append(&sink, 30, 50'000, &expected);
  ASSERT_OK_AND_ASSIGN(const EncodedBytes bytes, sink.Finish(nullptr));
  EXPECT_TRUE(bytes.in_scratch());
  EXPECT_TRUE(BytesOf(bytes) == expected);
}

TEST_F(EncodedBytesTest, FailWhenMemoryIsRefusedAndThereIsNoScratch) {
  WaitingRoom room(kMiB, nullptr);
  pool_.SetMost(100);
  for (WaitingRoom* const none : {&room, static_cast<WaitingRoom*>(nullptr)}) {
    ChunkSink sink(none, &pool_);
    EXPECT_TRUE(sink.Append(std::string(1000, 'x')).IsOutOfMemory());
    EXPECT_TRUE(sink.Reserve(1000).IsOutOfMemory());
  }
}

TEST_F(EncodedBytesTest, PutTheFrontFirstWhereverTheRestIs) {
  for (const int64_t memory : {kMiB, int64_t{0}}) {
    WaitingRoom room(memory, &scratch_);
    ChunkSink sink(&room, &pool_);
    ASSERT_OK(sink.Append("behind"));
    ASSERT_OK_AND_ASSIGN(const EncodedBytes bytes,
                         sink.Finish(arrow::Buffer::FromString("before, ")));
    EXPECT_EQ(BytesOf(bytes), "before, behind");
    EXPECT_EQ(bytes.in_scratch(), memory == 0);
  }
}

TEST_F(EncodedBytesTest, GiveTheirPlaceBackWhenTheyGo) {
  WaitingRoom room(kMiB, &scratch_);
  const std::string most(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    ChunkSink sink(&room, &pool_);
    ASSERT_OK(sink.Append(most));
    ASSERT_OK_AND_ASSIGN(EncodedBytes bytes, sink.Finish(nullptr));
    const EncodedBytes moved = std::move(bytes);
    EXPECT_FALSE(moved.in_scratch());
    ChunkSink other(&room, &pool_);
    ASSERT_OK(other.Append(most));
    ASSERT_OK_AND_ASSIGN(const EncodedBytes beside, other.Finish(nullptr));
    EXPECT_TRUE(beside.in_scratch());
  }
  EXPECT_TRUE(room.TryTake(kMiB));
}

TEST_F(EncodedBytesTest, ADiskThatIsFullIsAnError) {
  ScratchDirectory little(LocalFileSystem(), directory_.path(), 500'000);
  WaitingRoom room(0, &little);
  ChunkSink sink(&room, &pool_);
  EXPECT_ERROR_KIND(sink.Append(std::string(2'000'000, 'x')), ErrorKind::kDiskFull);
}

}  // namespace
}  // namespace planish
