// SPDX-License-Identifier: Apache-2.0
#include "format/metadata_size.h"

#include <algorithm>
#include <string>

#include "base/error_builder.h"
#include "base/memory_budget.h"
#include "format/ipc_schema_size.h"
#include "format/parquet_fields.h"
#include "format/thrift_compact.h"
#include "planish/quantities.h"

namespace planish {
namespace {

// Bytes of memory for one, measured with Arrow 25: structures of Parquet's Thrift, and
// what Arrow makes of them. A column of a schema becomes a node, a descriptor, a field
// of Arrow's, and a field of its reader.
constexpr int64_t kColumnBytes = 2048;
constexpr int64_t kColumnChunkBytes = 832;
constexpr int64_t kRowGroupBytes = 256;
/// What planish itself keeps of one.
constexpr int64_t kRowGroupFacts = 96;
constexpr int64_t kOtherStructBytes = 160;
constexpr int64_t kStringBytes = 32;
constexpr int64_t kNumberBytes = 8;
/// A string keeps so many characters in itself.
constexpr int64_t kShortString = 15;
/// Key-value entries exist twice, and schemas among them as text and decoded.
constexpr int64_t kEntryCopies = 3;

constexpr int64_t kMetadataShare = 2;
constexpr int64_t kMostWithoutLimit = 1'000'000'000;
/// Deeper structures are none of Parquet's, and no object becomes of them.
constexpr int kDeepest = 8;

int64_t StringBytes(int64_t length) {
  return length > kShortString ? length + kShortString + 1 : 0;
}

arrow::Result<int64_t> InsideOf(std::string_view structure, int depth);

/// What a field takes besides its place in its structure. `struct_bytes`: of an element,
/// if it is a list of structures.
arrow::Result<int64_t> InsideOf(const ThriftField& field, int64_t struct_bytes,
                                int depth) {
  if (field.type == ThriftType::kBinary) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view text, field.Binary());
    return StringBytes(static_cast<int64_t>(text.size()));
  }
  if (depth > kDeepest) return 0;
  if (field.type == ThriftType::kStruct) return InsideOf(field.value, depth + 1);
  if (field.type != ThriftType::kList && field.type != ThriftType::kSet) return 0;
  ARROW_ASSIGN_OR_RAISE(ThriftListReader list, ThriftListReader::Make(field));
  const ThriftType type = list.element_type();
  const bool is_struct = type == ThriftType::kStruct;
  if (!is_struct && type != ThriftType::kBinary) return list.size() * kNumberBytes;
  int64_t bytes = list.size() * (is_struct ? struct_bytes : kStringBytes);
  while (!list.AtEnd()) {
    ThriftField element{0, type, {}};
    ARROW_ASSIGN_OR_RAISE(element.value, list.Next());
    ARROW_ASSIGN_OR_RAISE(const int64_t inside,
                          InsideOf(element, kOtherStructBytes, depth + 1));
    bytes += inside;
  }
  return bytes;
}

arrow::Result<int64_t> InsideOf(std::string_view structure, int depth) {
  int64_t bytes = 0;
  ARROW_RETURN_NOT_OK(
      VisitFields(structure, [&](const ThriftField& field) -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(const int64_t inside,
                              InsideOf(field, kOtherStructBytes, depth));
        bytes += inside;
        return arrow::Status::OK();
      }));
  return bytes;
}

arrow::Result<int64_t> RowGroupBytes(std::string_view row_group) {
  int64_t bytes = kRowGroupBytes;
  ARROW_RETURN_NOT_OK(
      VisitFields(row_group, [&](const ThriftField& field) -> arrow::Status {
        const bool columns = field.key() == row_group_field::kColumns;
        ARROW_ASSIGN_OR_RAISE(
            const int64_t inside,
            InsideOf(field, columns ? kColumnChunkBytes : kOtherStructBytes, 1));
        bytes += inside;
        return arrow::Status::OK();
      }));
  return bytes;
}

/// Little-endian numbers and places of a flatbuffer, none of them taken for granted.
class Flatbuffer {
 public:
  explicit Flatbuffer(std::string_view bytes) : bytes_(bytes) {}

  bool Has(int64_t at, int64_t size) const {
    return at >= 0 && at <= static_cast<int64_t>(bytes_.size()) - size;
  }
  uint64_t Number(int64_t at, int size) const {
    uint64_t number = 0;
    if (!Has(at, size)) return 0;
    for (int i = size - 1; i >= 0; --i) {
      number = number << 8 | static_cast<uint8_t>(bytes_[static_cast<size_t>(at + i)]);
    }
    return number;
  }
  /// Where the offset at `at` leads; -1 if there is none.
  int64_t Follow(int64_t at) const {
    if (!Has(at, 4)) return -1;
    const auto offset = static_cast<int64_t>(Number(at, 4));
    return offset == 0 ? -1 : at + offset;
  }
  /// Where a table has its field `index`; -1 if it has none.
  int64_t Field(int64_t table, int index) const {
    if (!Has(table, 4)) return -1;
    const int64_t vtable = table - static_cast<int32_t>(Number(table, 4));
    const int64_t slot = 4 + 2 * index;
    if (!Has(vtable, 4) || slot + 2 > static_cast<int64_t>(Number(vtable, 2))) return -1;
    const auto offset = static_cast<int64_t>(Number(vtable + slot, 2));
    return offset == 0 ? -1 : table + offset;
  }
  int64_t Table(int64_t table, int index) const {
    const int64_t place = Field(table, index);
    return place < 0 ? -1 : Follow(place);
  }

 private:
  const std::string_view bytes_;
};

// Of Arrow's Message.fbs, File.fbs and Schema.fbs, the numbers of fields in their tables.
constexpr int kMessageHeaderType = 1, kMessageHeader = 2;
constexpr int kFooterSchema = 1, kFooterEntries = 4;
constexpr int kSchemaFields = 1, kSchemaEntries = 2;
constexpr int kFieldName = 0, kFieldChildren = 5, kFieldEntries = 6;
constexpr uint64_t kSchemaMessage = 1;
/// A field, its type, its place in what contains it and in maps by name; an entry.
constexpr int64_t kArrowFieldBytes = 448;
constexpr int64_t kEntryBytes = 64;

/// Adds up what a schema's fields take.
class IpcSchemaCount {
 public:
  IpcSchemaCount(std::string_view message, int64_t most)
      : buffer_(message), most_(most) {}

  int64_t OfMessage() {
    const int64_t message = buffer_.Follow(0);
    const int64_t type = buffer_.Field(message, kMessageHeaderType);
    if (type < 0 || buffer_.Number(type, 1) != kSchemaMessage) return 0;
    return OfSchema(buffer_.Table(message, kMessageHeader));
  }
  int64_t OfFooter() {
    const int64_t footer = buffer_.Follow(0);
    AddEntries(buffer_.Table(footer, kFooterEntries));
    return OfSchema(buffer_.Table(footer, kFooterSchema));
  }

 private:
  int64_t OfSchema(int64_t schema) {
    AddFields(buffer_.Table(schema, kSchemaFields), 0);
    AddEntries(buffer_.Table(schema, kSchemaEntries));
    return bytes_;
  }

  /// Arrow refuses what is nested deeper.
  static constexpr int kDeepestField = 128;

  int64_t Length(int64_t vector) const {
    return vector < 0 ? 0 : static_cast<int64_t>(buffer_.Number(vector, 4));
  }
  void AddText(int64_t text) { bytes_ += StringBytes(Length(text)); }

  void AddFields(int64_t vector, int depth) {
    if (depth > kDeepestField) return;
    const int64_t size = Length(vector);
    for (int64_t i = 0; i < size && bytes_ <= most_; ++i) {
      const int64_t field = buffer_.Follow(vector + 4 + 4 * i);
      if (field < 0) return;
      bytes_ += kArrowFieldBytes;
      AddText(buffer_.Table(field, kFieldName));
      AddEntries(buffer_.Table(field, kFieldEntries));
      AddFields(buffer_.Table(field, kFieldChildren), depth + 1);
    }
  }

  void AddEntries(int64_t vector) {
    const int64_t size = Length(vector);
    for (int64_t i = 0; i < size && bytes_ <= most_; ++i) {
      const int64_t entry = buffer_.Follow(vector + 4 + 4 * i);
      if (entry < 0) return;
      bytes_ += kEntryBytes;
      AddText(buffer_.Table(entry, 0));
      AddText(buffer_.Table(entry, 1));
    }
  }

  const Flatbuffer buffer_;
  const int64_t most_;
  int64_t bytes_ = 0;
};

}  // namespace

arrow::Result<MetadataSize> MeasureMetadata(std::string_view file_metadata) {
  MetadataSize size;
  size.file = static_cast<int64_t>(file_metadata.size());
  const auto add_row_group = [&](std::string_view row_group) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, RowGroupBytes(row_group));
    size.file += kRowGroupFacts;
    size.row_groups += bytes;
    size.largest_row_group = std::max(size.largest_row_group, bytes);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      VisitFields(file_metadata, [&](const ThriftField& field) -> arrow::Status {
        if (field.key() == file_field::kRowGroups)
          return VisitStructs(field, add_row_group);
        const bool schema = field.key() == file_field::kSchema;
        const bool entries = field.key() == file_field::kKeyValueMetadata;
        ARROW_ASSIGN_OR_RAISE(
            const int64_t bytes,
            InsideOf(field, schema ? kColumnBytes : kOtherStructBytes, 0));
        size.file += entries ? kEntryCopies * bytes : bytes;
        return arrow::Status::OK();
      }));
  return size;
}

int64_t MostMetadataBytes(const arrow::MemoryPool* pool) {
  const MemoryBudget* const budget = BudgetOf(pool);
  return budget == nullptr ? kMostWithoutLimit : budget->limit() / kMetadataShare;
}

arrow::Status CheckMetadataFits(int64_t bytes, const char* what,
                                const arrow::MemoryPool* pool) {
  const int64_t most = MostMetadataBytes(pool);
  if (bytes <= most) return arrow::Status::OK();
  const MemoryBudget* const budget = BudgetOf(pool);
  Error error(ErrorKind::kUnsupported,
              std::string(what) + " takes more memory than one file's may");
  error.Fact("takes", FormatByteSize(bytes)).Fact("allowed", FormatByteSize(most));
  if (budget == nullptr) return error;
  return error.Fact("memory limit", FormatByteSize(budget->limit()))
      .Hint("raise memory_limit to " + FormatByteSize(kMetadataShare * bytes) +
            " or more, if the file is to be trusted with that");
}

int64_t MeasureIpcSchema(std::string_view message, int64_t most) {
  return IpcSchemaCount(message, most).OfMessage();
}

int64_t MeasureIpcFooter(std::string_view footer, int64_t most) {
  return IpcSchemaCount(footer, most).OfFooter();
}

}  // namespace planish
