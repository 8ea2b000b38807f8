// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "arrow/result.h"
#include "arrow/status.h"

/// \file
/// Thrift's compact protocol, as an editor of bytes: structures are walked field by
/// field, every value is a span of the input, and what is not looked at is written again
/// as it was. Nothing is allocated for what is read, and nothing outside the given bytes
/// is touched, whatever they say.

namespace planish {

/// Types as they stand in a field's or a list's header. Booleans of fields have their
/// value in it.
enum class ThriftType : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
  kUuid = 13,
};

/// Number and type of a field in one word, to switch on.
constexpr int32_t FieldKey(int16_t id, ThriftType type) {
  return int32_t{id} * 16 + static_cast<int32_t>(type);
}

constexpr int16_t FieldId(int32_t key) {
  return static_cast<int16_t>(key >> 4);
}

/// One field of a structure. `value` lies in the bytes that were read: a structure with
/// its stop byte, a list with its header, a binary with its length, nothing for a
/// boolean.
struct ThriftField {
  int16_t id = 0;
  ThriftType type = ThriftType::kStop;
  std::string_view value;

  int32_t key() const { return FieldKey(id, type); }
  /// Errors (kCorrupt) unless the field is an integer of exactly this type and in its
  /// range.
  arrow::Result<int64_t> I64() const;
  arrow::Result<int64_t> I32() const;
  arrow::Result<int64_t> I16() const;
  /// Bytes of a binary or string, without the length.
  arrow::Result<std::string_view> Binary() const;
  /// The value, if it is a structure.
  arrow::Result<std::string_view> Struct() const;
};

/// Walks the fields of one structure. Bytes behind its stop byte are left alone.
class ThriftStructReader {
 public:
  explicit ThriftStructReader(std::string_view bytes) : bytes_(bytes) {}

  /// Sets `field` to the next one; false at the end. The value has been checked to its
  /// last byte: reading it again as what it is cannot leave it.
  arrow::Result<bool> Next(ThriftField* field);

  /// Bytes read so far; after the end, the size of the structure.
  size_t consumed() const { return position_; }

 private:
  std::string_view bytes_;
  size_t position_ = 0;
  int16_t last_id_ = 0;
};

/// Walks the elements of a list or set.
class ThriftListReader {
 public:
  /// `value` of a field of type kList or kSet.
  static arrow::Result<ThriftListReader> Make(const ThriftField& field);

  ThriftType element_type() const { return element_type_; }
  int32_t size() const { return size_; }
  bool AtEnd() const { return next_ == size_; }
  /// The next element. Do not call at the end.
  arrow::Result<std::string_view> Next();

 private:
  ThriftListReader() = default;

  std::string_view bytes_;
  size_t position_ = 0;
  ThriftType element_type_ = ThriftType::kStop;
  int32_t size_ = 0;
  int32_t next_ = 0;
};

/// Calls `visit(const ThriftField&)`, which returns a Status, for every field of a
/// structure.
template <typename Visit>
arrow::Status VisitFields(std::string_view structure, Visit&& visit) {
  ThriftStructReader reader(structure);
  ThriftField field;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Next(&field));
    if (!found) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(visit(static_cast<const ThriftField&>(field)));
  }
}

/// Calls `visit(std::string_view)`, which returns a Status, for every element of a list
/// that must be one of structures.
template <typename Visit>
arrow::Status VisitStructs(const ThriftField& list, Visit&& visit) {
  ARROW_ASSIGN_OR_RAISE(ThriftListReader reader, ThriftListReader::Make(list));
  if (reader.size() > 0 && reader.element_type() != ThriftType::kStruct) {
    return arrow::Status::Invalid("list of structures expected");
  }
  while (!reader.AtEnd()) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view element, reader.Next());
    ARROW_RETURN_NOT_OK(visit(element));
  }
  return arrow::Status::OK();
}

/// Appends one structure to a string. Fields are written in the order of the calls, with
/// short headers where the protocol allows them.
class ThriftStructWriter {
 public:
  explicit ThriftStructWriter(std::string* out) : out_(out) {}

  /// A field as it was read.
  void Field(const ThriftField& field);
  /// The header alone; the caller appends the value.
  void Header(int16_t id, ThriftType type);
  void I64(int16_t id, int64_t value) { Integer(id, ThriftType::kI64, value); }
  void I32(int16_t id, int32_t value) { Integer(id, ThriftType::kI32, value); }
  void I16(int16_t id, int16_t value) { Integer(id, ThriftType::kI16, value); }
  void Binary(int16_t id, std::string_view value);
  /// Ends the structure; it is not valid before.
  void Stop() { out_->push_back('\0'); }

 private:
  void Integer(int16_t id, ThriftType type, int64_t value);

  std::string* out_;
  int16_t last_id_ = 0;
};

/// Appends the header of a list; its elements follow, nothing between them.
void AppendThriftListHeader(ThriftType element_type, int32_t size, std::string* out);

}  // namespace planish
