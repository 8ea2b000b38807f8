// SPDX-License-Identifier: Apache-2.0
// Mutations that leave a Parquet file one: integers of its Thrift structures (footer,
// page headers, indexes) get other values, lengths before and behind stay true, and the
// bytes of pages change. Plain mutations hardly ever get past the footer's length.
#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "format/thrift_compact.h"
#include "targets/fuzz_target.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace planish::fuzz {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr size_t kTailSize = 8;
constexpr int kMostDepth = 12;

/// Where integers stand in a structure, as spans of its bytes.
using Spans = std::vector<std::string_view>;

void CollectStruct(std::string_view bytes, int depth, Spans* integers);

void CollectValue(ThriftType type, std::string_view value, int depth, Spans* integers) {
  switch (type) {
    case ThriftType::kByte:
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64:
      integers->push_back(value);
      break;
    case ThriftType::kStruct:
      CollectStruct(value, depth + 1, integers);
      break;
    case ThriftType::kList: {
      ThriftField list;
      list.type = ThriftType::kList;
      list.value = value;
      auto reader = ThriftListReader::Make(list);
      while (reader.ok() && !reader->AtEnd()) {
        const auto element = reader->Next();
        if (!element.ok()) break;
        CollectValue(reader->element_type(), *element, depth + 1, integers);
      }
      break;
    }
    default:
      break;
  }
}

void CollectStruct(std::string_view bytes, int depth, Spans* integers) {
  if (depth > kMostDepth) return;
  ThriftStructReader reader(bytes);
  ThriftField field;
  while (true) {
    const auto found = reader.Next(&field);
    if (!found.ok() || !*found) return;
    CollectValue(field.type, field.value, depth, integers);
  }
}

std::string Varint(int64_t value) {
  uint64_t rest =
      (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  std::string bytes;
  while (rest >= 0x80) {
    bytes += static_cast<char>(rest | 0x80);
    rest >>= 7;
  }
  return bytes + static_cast<char>(rest);
}

int64_t SomeInteger(std::mt19937* random) {
  constexpr int64_t kSuspicious[] = {0,
                                     1,
                                     -1,
                                     2,
                                     3,
                                     7,
                                     8,
                                     31,
                                     32,
                                     33,
                                     63,
                                     64,
                                     127,
                                     128,
                                     255,
                                     256,
                                     1000,
                                     4096,
                                     65535,
                                     65536,
                                     (int64_t{1} << 31) - 1,
                                     int64_t{1} << 31,
                                     -(int64_t{1} << 31),
                                     int64_t{1} << 32,
                                     (int64_t{1} << 62),
                                     INT64_MAX,
                                     INT64_MIN};
  if ((*random)() % 3 != 0) return kSuspicious[(*random)() % std::size(kSuspicious)];
  return static_cast<int64_t>((*random)() % 2000) - 200;
}

/// Gives one integer of a structure another value. `keep_size`: in as many bytes, if
/// that can be, because something follows that is found by its offset.
std::string WithOtherInteger(std::string_view structure, bool keep_size,
                             std::mt19937* random) {
  Spans integers;
  CollectStruct(structure, 0, &integers);
  std::string bytes(structure);
  if (integers.empty()) return bytes;
  const std::string_view old = integers[(*random)() % integers.size()];
  std::string value = Varint(SomeInteger(random));
  if (keep_size) {
    // A varint may have more bytes than it needs.
    while (value.size() < old.size()) {
      value.back() = static_cast<char>(value.back() | 0x80);
      value += '\0';
    }
    if (value.size() > old.size()) return bytes;
  }
  return bytes.replace(static_cast<size_t>(old.data() - structure.data()), old.size(),
                       value);
}

std::string MutatedFreely(std::string_view bytes, std::mt19937* random) {
  std::string mutated(bytes);
  const size_t room = mutated.size() + (*random)() % 16;
  mutated.resize(room);
  const size_t size =
      LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(mutated.data()), bytes.size(), room);
  mutated.resize(size);
  return mutated;
}

/// Places in the data where a structure may begin: everywhere that parses as one with
/// some integers in it.
std::string WithOtherStructure(std::string_view data, std::mt19937* random) {
  for (int attempt = 0; attempt < 64 && !data.empty(); ++attempt) {
    const size_t begin = (*random)() % data.size();
    ThriftStructReader reader(data.substr(begin));
    ThriftField field;
    int fields = 0;
    auto found = reader.Next(&field);
    while (found.ok() && *found) {
      ++fields;
      found = reader.Next(&field);
    }
    if (!found.ok() || fields < 3) continue;
    const std::string_view structure = data.substr(begin, reader.consumed());
    return std::string(data.substr(0, begin)) +
           WithOtherInteger(structure, /*keep_size=*/true, random) +
           std::string(data.substr(begin + structure.size()));
  }
  return std::string(data);
}

std::string MutatedFile(std::string_view file, std::mt19937* random) {
  uint32_t footer_size = 0;
  std::memcpy(&footer_size, file.data() + file.size() - kTailSize, sizeof(footer_size));
  const size_t body_size = file.size() - kTailSize;
  footer_size = static_cast<uint32_t>(std::min<size_t>(footer_size, body_size));
  std::string data(file.substr(0, body_size - footer_size));
  std::string footer(file.substr(data.size(), footer_size));
  switch ((*random)() % 6) {
    case 0:
    case 1:
      footer = WithOtherInteger(footer, /*keep_size=*/false, random);
      break;
    case 2:
      footer = MutatedFreely(footer, random);
      break;
    case 3:
    case 4:
      data = WithOtherStructure(data, random);
      break;
    default: {
      // As many bytes as before, so that offsets still lead where they led.
      std::string mutated = MutatedFreely(data, random);
      mutated.resize(data.size());
      data = mutated;
    }
  }
  footer_size = static_cast<uint32_t>(footer.size());
  std::string tail(sizeof(footer_size), '\0');
  std::memcpy(tail.data(), &footer_size, sizeof(footer_size));
  return data + footer + tail + std::string(kMagic);
}

}  // namespace
}  // namespace planish::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  using namespace planish::fuzz;
  std::mt19937 random(seed);
  if (size < kMagic.size() + kTailSize || random() % 16 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  const std::string mutated = MutatedFile(Bytes(data, size), &random);
  if (mutated.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
