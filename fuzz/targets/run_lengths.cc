// SPDX-License-Identifier: Apache-2.0
// Levels and dictionary indices: Parquet's hybrid of run lengths and bit packing.
#include <vector>

#include "arrow/buffer_builder.h"
#include "format/rle_hybrid.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using planish::fuzz::Require;
  if (size < 2) return 0;
  const int bit_width = data[0] % 33;
  const int64_t step = 1 + data[1];
  planish::RleHybridReader reader(data + 2, static_cast<int64_t>(size) - 2, bit_width);
  std::vector<uint32_t> numbers;
  constexpr size_t kMostNumbers = 1 << 16;
  while (numbers.size() < kMostNumbers) {
    const size_t before = numbers.size();
    numbers.resize(before + static_cast<size_t>(step));
    if (!reader.Read(step, numbers.data() + before).ok()) {
      numbers.resize(before);
      break;
    }
  }
  if (bit_width == 0) return 0;
  for (uint32_t& number : numbers) {
    // A repeated number takes whole bytes, which may hold more bits than the width.
    if (bit_width < 32) number &= (uint32_t{1} << bit_width) - 1;
  }
  const auto count = static_cast<int64_t>(numbers.size());
  arrow::BufferBuilder written;
  Require(planish::AppendRleHybrid(numbers.data(), count, bit_width, &written).ok(),
          "numbers can be written");
  std::vector<uint32_t> again(numbers.size());
  planish::RleHybridReader second(written.data(), written.length(), bit_width);
  Require(second.Read(count, again.data()).ok() && again == numbers,
          "numbers that are written are read as they were");
  return 0;
}
