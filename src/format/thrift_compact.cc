// SPDX-License-Identifier: Apache-2.0
#include "format/thrift_compact.h"

#include <limits>

namespace planish {
namespace {

// Thrift's own limit. Parquet's structures nest less than ten deep.
constexpr int kMaxDepth = 64;

arrow::Status Damaged(const char* what) {
  return arrow::Status::Invalid(what);
}

arrow::Status EndsEarly() {
  return Damaged("metadata ends in the middle of a value");
}

uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// A position in bytes that cannot leave them.
class Cursor {
 public:
  Cursor(std::string_view bytes, size_t position)
      : begin_(bytes.data()), at_(begin_ + position), end_(begin_ + bytes.size()) {}

  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  arrow::Status Byte(uint8_t* out) {
    if (at_ == end_) return EndsEarly();
    *out = static_cast<uint8_t>(*at_++);
    return arrow::Status::OK();
  }

  arrow::Status Advance(uint64_t count) {
    if (count > left()) return EndsEarly();
    at_ += count;
    return arrow::Status::OK();
  }

  arrow::Status Varint(uint64_t* out) {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) return EndsEarly();
      const auto byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        *out = value;
        return arrow::Status::OK();
      }
    }
    return Damaged("integer in metadata is too long");
  }

  // Number of elements of a list or map, each of which takes `least_bytes` or more.
  arrow::Status Count(uint64_t count, size_t least_bytes) {
    if (count > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()) ||
        count > left() / least_bytes) {
      return Damaged("list in metadata is longer than the metadata");
    }
    return arrow::Status::OK();
  }

  arrow::Status ListHeader(ThriftType* type, int32_t* size) {
    uint8_t header = 0;
    ARROW_RETURN_NOT_OK(Byte(&header));
    uint64_t count = header >> 4;
    if (count == 15) ARROW_RETURN_NOT_OK(Varint(&count));
    ARROW_RETURN_NOT_OK(Count(count, 1));
    *type = static_cast<ThriftType>(header & 0x0F);
    *size = static_cast<int32_t>(count);
    return arrow::Status::OK();
  }

  // Reads a field's header; `type` is kStop at the end of the structure.
  arrow::Status FieldHeader(int16_t* id, ThriftType* type) {
    uint8_t header = 0;
    ARROW_RETURN_NOT_OK(Byte(&header));
    *type = static_cast<ThriftType>(header & 0x0F);
    if (*type == ThriftType::kStop) return arrow::Status::OK();
    int64_t next = *id + (header >> 4);
    if (header >> 4 == 0) {
      uint64_t encoded = 0;
      ARROW_RETURN_NOT_OK(Varint(&encoded));
      next = UnZigZag(encoded);
    }
    if (next < std::numeric_limits<int16_t>::min() ||
        next > std::numeric_limits<int16_t>::max()) {
      return Damaged("field number in metadata is out of range");
    }
    *id = static_cast<int16_t>(next);
    return arrow::Status::OK();
  }

  // Values of fields: booleans have no bytes of their own.
  arrow::Status SkipFieldValue(ThriftType type, int depth) {
    if (type == ThriftType::kTrue || type == ThriftType::kFalse)
      return arrow::Status::OK();
    return SkipValue(type, depth);
  }

  arrow::Status SkipValue(ThriftType type, int depth);

 private:
  arrow::Status SkipStruct(int depth);
  arrow::Status SkipList(int depth);
  arrow::Status SkipMap(int depth);

  const char* begin_;
  const char* at_;
  const char* end_;
};

arrow::Status Cursor::SkipValue(ThriftType type, int depth) {
  uint64_t number = 0;
  switch (type) {
    case ThriftType::kTrue:
    case ThriftType::kFalse:
    case ThriftType::kByte:
      return Advance(1);
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64:
      return Varint(&number);
    case ThriftType::kDouble:
      return Advance(8);
    case ThriftType::kBinary:
      ARROW_RETURN_NOT_OK(Varint(&number));
      return Advance(number);
    case ThriftType::kUuid:
      return Advance(16);
    case ThriftType::kList:
    case ThriftType::kSet:
    case ThriftType::kMap:
    case ThriftType::kStruct:
      break;
    default:
      return Damaged("metadata holds a value of an unknown type");
  }
  if (depth >= kMaxDepth) return Damaged("metadata is nested too deeply");
  if (type == ThriftType::kStruct) return SkipStruct(depth + 1);
  return type == ThriftType::kMap ? SkipMap(depth + 1) : SkipList(depth + 1);
}

arrow::Status Cursor::SkipStruct(int depth) {
  int16_t id = 0;
  ThriftType type = ThriftType::kStop;
  while (true) {
    ARROW_RETURN_NOT_OK(FieldHeader(&id, &type));
    if (type == ThriftType::kStop) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(SkipFieldValue(type, depth));
  }
}

arrow::Status Cursor::SkipList(int depth) {
  ThriftType type = ThriftType::kStop;
  int32_t size = 0;
  ARROW_RETURN_NOT_OK(ListHeader(&type, &size));
  for (int32_t i = 0; i < size; ++i) ARROW_RETURN_NOT_OK(SkipValue(type, depth));
  return arrow::Status::OK();
}

arrow::Status Cursor::SkipMap(int depth) {
  uint64_t size = 0;
  ARROW_RETURN_NOT_OK(Varint(&size));
  if (size == 0) return arrow::Status::OK();
  uint8_t types = 0;
  ARROW_RETURN_NOT_OK(Byte(&types));
  ARROW_RETURN_NOT_OK(Count(size, 2));
  for (uint64_t i = 0; i < size; ++i) {
    ARROW_RETURN_NOT_OK(SkipValue(static_cast<ThriftType>(types >> 4), depth));
    ARROW_RETURN_NOT_OK(SkipValue(static_cast<ThriftType>(types & 0x0F), depth));
  }
  return arrow::Status::OK();
}

template <typename Int>
arrow::Result<int64_t> ReadInteger(const ThriftField& field, ThriftType type) {
  if (field.type != type) return Damaged("field of another type than Parquet's");
  uint64_t encoded = 0;
  ARROW_RETURN_NOT_OK(Cursor(field.value, 0).Varint(&encoded));
  const int64_t value = UnZigZag(encoded);
  if (value < std::numeric_limits<Int>::min() ||
      value > std::numeric_limits<Int>::max()) {
    return Damaged("number in metadata is out of range");
  }
  return value;
}

}  // namespace

arrow::Result<int64_t> ThriftField::I64() const {
  return ReadInteger<int64_t>(*this, ThriftType::kI64);
}
arrow::Result<int64_t> ThriftField::I32() const {
  return ReadInteger<int32_t>(*this, ThriftType::kI32);
}
arrow::Result<int64_t> ThriftField::I16() const {
  return ReadInteger<int16_t>(*this, ThriftType::kI16);
}

arrow::Result<std::string_view> ThriftField::Binary() const {
  if (type != ThriftType::kBinary) return Damaged("string expected in metadata");
  Cursor cursor(value, 0);
  uint64_t length = 0;
  ARROW_RETURN_NOT_OK(cursor.Varint(&length));
  if (length > cursor.left()) return EndsEarly();
  return value.substr(cursor.position(), length);
}

arrow::Result<std::string_view> ThriftField::Struct() const {
  if (type != ThriftType::kStruct) return Damaged("structure expected in metadata");
  return value;
}

arrow::Result<bool> ThriftStructReader::Next(ThriftField* field) {
  Cursor cursor(bytes_, position_);
  ARROW_RETURN_NOT_OK(cursor.FieldHeader(&last_id_, &field->type));
  const size_t begin = cursor.position();
  if (field->type == ThriftType::kStop) {
    position_ = begin;
    return false;
  }
  ARROW_RETURN_NOT_OK(cursor.SkipFieldValue(field->type, 0));
  position_ = cursor.position();
  field->id = last_id_;
  field->value = bytes_.substr(begin, position_ - begin);
  return true;
}

arrow::Result<ThriftListReader> ThriftListReader::Make(const ThriftField& field) {
  if (field.type != ThriftType::kList && field.type != ThriftType::kSet) {
    return Damaged("list expected in metadata");
  }
  ThriftListReader reader;
  Cursor cursor(field.value, 0);
  ARROW_RETURN_NOT_OK(cursor.ListHeader(&reader.element_type_, &reader.size_));
  reader.bytes_ = field.value;
  reader.position_ = cursor.position();
  return reader;
}

arrow::Result<std::string_view> ThriftListReader::Next() {
  Cursor cursor(bytes_, position_);
  const size_t begin = position_;
  ARROW_RETURN_NOT_OK(cursor.SkipValue(element_type_, 0));
  position_ = cursor.position();
  ++next_;
  return bytes_.substr(begin, position_ - begin);
}

void ThriftStructWriter::Header(int16_t id, ThriftType type) {
  const int delta = id - last_id_;
  const auto type_bits = static_cast<uint8_t>(type);
  if (delta > 0 && delta <= 15) {
    out_->push_back(static_cast<char>(delta << 4 | type_bits));
  } else {
    out_->push_back(static_cast<char>(type_bits));
    AppendVarint(ZigZag(id), out_);
  }
  last_id_ = id;
}

void ThriftStructWriter::Field(const ThriftField& field) {
  Header(field.id, field.type);
  out_->append(field.value);
}

void ThriftStructWriter::Integer(int16_t id, ThriftType type, int64_t value) {
  Header(id, type);
  AppendVarint(ZigZag(value), out_);
}

void ThriftStructWriter::Binary(int16_t id, std::string_view value) {
  Header(id, ThriftType::kBinary);
  AppendVarint(value.size(), out_);
  out_->append(value);
}

void AppendThriftListHeader(ThriftType element_type, int32_t size, std::string* out) {
  const auto type_bits = static_cast<uint8_t>(element_type);
  if (size < 15) {
    out->push_back(static_cast<char>(size << 4 | type_bits));
  } else {
    out->push_back(static_cast<char>(0xF0 | type_bits));
    AppendVarint(static_cast<uint64_t>(size), out);
  }
}

}  // namespace planish
