// SPDX-License-Identifier: Apache-2.0
#include "format/footer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "arrow/status.h"
#include "base/error_builder.h"
#include "base/hashing.h"
#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
constexpr int64_t kTailSize = 8;  // footer length and magic bytes
constexpr int64_t kLeastFileSize = 12;
// One read gets most footers whole.
constexpr int64_t kFirstRead = 64 * 1024;

arrow::Status EncryptedError() {
  return Error(ErrorKind::kEncrypted, "encrypted Parquet is not supported")
      .Hint("decrypt the file first, or leave it out of the inputs");
}

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

arrow::Result<std::string> ReadFooterBytes(InputFile& file) {
  const int64_t size = file.size();
  const int64_t head_size = std::min<int64_t>(size, 4);
  if (size < kLeastFileSize) {
    ARROW_ASSIGN_OR_RAISE(const std::string all, ReadBytes(file, 0, size));
    return NoFooterError(std::string_view(all).substr(0, head_size), all, size);
  }
  const int64_t first_read = std::min(size, kFirstRead);
  ARROW_ASSIGN_OR_RAISE(std::string tail, ReadBytes(file, size - first_read, first_read));
  const std::string_view magic = std::string_view(tail).substr(tail.size() - 4);
  if (magic == kEncryptedMagic) return EncryptedError();
  if (magic != kMagic) {
    ARROW_ASSIGN_OR_RAISE(const std::string head, ReadBytes(file, 0, head_size));
    return NoFooterError(head, magic, size);
  }
  const std::string_view length_bytes =
      std::string_view(tail).substr(tail.size() - kTailSize);
  int64_t length = 0;
  for (int i = 3; i >= 0; --i)
    length = length << 8 | static_cast<uint8_t>(length_bytes[i]);
  if (length == 0 || length > size - kLeastFileSize) {
    return arrow::Status(Error(ErrorKind::kCorrupt, "footer length does not fit the file")
                             .Fact("footer length", std::to_string(length) + " bytes")
                             .Fact("size", std::to_string(size) + " bytes"));
  }
  if (length + kTailSize <= first_read) {
    return tail.substr(tail.size() - kTailSize - length, length);
  }
  return ReadBytes(file, size - kTailSize - length, length);
}

// Bytes that parquet-mr before 1.2.9 may have left out of total_compressed_size: the
// header of the dictionary page (PARQUET-816). Arrow reads this much more for such files,
// versions it cannot tell included, and a copy must not take it away.
int64_t PaddingOfWriter(std::string_view created_by) {
  constexpr int64_t kMaxDictionaryHeader = 100;
  constexpr std::array<int, 3> kFixedVersion = {1, 2, 9};
  constexpr std::string_view kApplication = "parquet-mr";
  if (!created_by.starts_with(kApplication)) return 0;
  std::string_view rest = created_by.substr(kApplication.size());
  if (rest.starts_with(" version ")) rest.remove_prefix(9);
  std::array<int, 3> version = {0, 0, 0};
  for (int& part : version) {
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), part);
    if (error != std::errc()) break;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (rest.starts_with('.')) rest.remove_prefix(1);
  }
  return version < kFixedVersion ? kMaxDictionaryHeader : 0;
}

arrow::Result<int> CountLeafColumns(const ThriftField& schema) {
  int elements = 0, leaves = 0;
  ARROW_RETURN_NOT_OK(
      VisitStructs(schema, [&](std::string_view element) -> arrow::Status {
        bool has_type = false;
        int64_t num_children = 0;
        ARROW_RETURN_NOT_OK(
            VisitFields(element, [&](const ThriftField& field) -> arrow::Status {
              if (field.id == schema_field::kType) has_type = true;
              if (field.id == schema_field::kNumChildren) {
                ARROW_ASSIGN_OR_RAISE(num_children, field.I32());
              }
              return arrow::Status::OK();
            }));
        if (elements++ > 0 && has_type && num_children == 0) ++leaves;
        return arrow::Status::OK();
      }));
  return leaves;
}

// For messages only; empty if it cannot be read.
std::string ColumnPath(std::string_view column_chunk) {
  std::string path;
  const auto add_name = [&](const ThriftField& list) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(ThriftListReader names, ThriftListReader::Make(list));
    while (!names.AtEnd()) {
      ThriftField name{0, names.element_type(), {}};
      ARROW_ASSIGN_OR_RAISE(name.value, names.Next());
      ARROW_ASSIGN_OR_RAISE(const std::string_view text, name.Binary());
      path.append(path.empty() ? "" : ".").append(text);
    }
    return arrow::Status::OK();
  };
  const arrow::Status status = VisitFields(column_chunk, [&](const ThriftField& field) {
    if (field.id != chunk_field::kMetaData) return arrow::Status::OK();
    return VisitFields(field.value, [&](const ThriftField& inner) {
      return inner.id == column_field::kPathInSchema ? add_name(inner)
                                                     : arrow::Status::OK();
    });
  });
  return status.ok() ? path : std::string();
}

// The numbers of a ColumnMetaData that say where its pages are.
struct PageOffsets {
  int64_t data_page = -1, dictionary_page = -1;
};

arrow::Status ReadColumnMetaData(std::string_view meta_data, ColumnChunkLayout* layout,
                                 PageOffsets* pages) {
  layout->num_values = layout->total_uncompressed_size = layout->total_compressed_size =
      -1;
  ARROW_RETURN_NOT_OK(
      VisitFields(meta_data, [&](const ThriftField& field) -> arrow::Status {
        int64_t* target = nullptr;
        switch (field.id) {
          case column_field::kNumValues:
            target = &layout->num_values;
            break;
          case column_field::kTotalUncompressedSize:
            target = &layout->total_uncompressed_size;
            break;
          case column_field::kTotalCompressedSize:
            target = &layout->total_compressed_size;
            break;
          case column_field::kDataPageOffset:
            target = &pages->data_page;
            break;
          case column_field::kDictionaryPageOffset:
            target = &pages->dictionary_page;
            break;
          case column_field::kBloomFilterOffset:
            target = &layout->bloom_filter_offset;
            break;
          case column_field::kBloomFilterLength: {
            ARROW_ASSIGN_OR_RAISE(layout->bloom_filter_length, field.I32());
            return arrow::Status::OK();
          }
          default:
            return arrow::Status::OK();
        }
        return field.I64().Value(target);
      }));
  if (layout->num_values < 0 || layout->total_uncompressed_size < 0 ||
      layout->total_compressed_size < 0 || pages->data_page < 0) {
    return arrow::Status::Invalid(
        "column chunk has a missing or negative size or offset");
  }
  return arrow::Status::OK();
}

// Offset 0 is where the magic bytes are; writers use it to say "none".
int64_t FirstPage(const PageOffsets& pages) {
  const bool dictionary_first =
      pages.dictionary_page > 0 &&
      (pages.dictionary_page < pages.data_page || pages.data_page == 0);
  return dictionary_first ? pages.dictionary_page : pages.data_page;
}

}  // namespace

arrow::Result<Footer> Footer::Read(InputFile& file) {
  arrow::Result<std::string> bytes = ReadFooterBytes(file);
  if (!bytes.ok()) return AddContext(bytes.status(), ErrorKind::kIo, file.path());
  arrow::Result<Footer> footer = Parse(*std::move(bytes), file.size());
  if (!footer.ok()) return AddContext(footer.status(), ErrorKind::kCorrupt, file.path());
  return footer;
}

arrow::Result<Footer> Footer::Parse(std::string bytes, int64_t file_size) {
  Footer footer;
  footer.bytes_ = std::move(bytes);
  footer.file_size_ = file_size;
  const arrow::Status status = footer.ParseBytes();
  if (!status.ok()) return AddContext(status, ErrorKind::kCorrupt, "");
  return footer;
}

arrow::Status Footer::ParseBytes() {
  std::optional<ThriftField> schema, row_groups;
  bool encrypted = false;
  ARROW_RETURN_NOT_OK(VisitFields(bytes_, [&](const ThriftField& field) -> arrow::Status {
    if (field.id == file_field::kSchema) schema = field;
    if (field.id == file_field::kRowGroups) row_groups = field;
    if (field.id == file_field::kEncryptionAlgorithm) encrypted = true;
    if (field.id == file_field::kCreatedBy) {
      ARROW_ASSIGN_OR_RAISE(const std::string_view text, field.Binary());
      created_by_begin_ = text.data() - bytes_.data();
      created_by_length_ = static_cast<int64_t>(text.size());
    }
    return arrow::Status::OK();
  }));
  if (encrypted) return EncryptedError();
  if (!schema || !row_groups) {
    return arrow::Status::Invalid("footer has no schema or no list of row groups");
  }
  ARROW_ASSIGN_OR_RAISE(num_leaf_columns_, CountLeafColumns(*schema));
  chunk_padding_ = PaddingOfWriter(created_by());
  return VisitStructs(*row_groups, [&](std::string_view row_group) -> arrow::Status {
    const int index = num_row_groups();
    const arrow::Status status = ParseRowGroup(row_group);
    return status.ok() ? status : AddContext(status, ErrorKind::kCorrupt, "", index);
  });
}

arrow::Status Footer::ParseRowGroup(std::string_view bytes) {
  RowGroupSpan span;
  span.begin = bytes.data() - bytes_.data();
  span.length = static_cast<int64_t>(bytes.size());
  span.num_rows = -1;
  int num_columns = 0;
  const auto add_column = [&](std::string_view chunk) -> arrow::Status {
    ++num_columns;
    const arrow::Result<ColumnChunkLayout> layout = ParseColumnChunk(chunk);
    if (!layout.ok()) {
      return AddContext(layout.status(), ErrorKind::kCorrupt, "", -1, ColumnPath(chunk));
    }
    span.compressed_size += layout->total_compressed_size;
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(VisitFields(bytes, [&](const ThriftField& field) -> arrow::Status {
    if (field.id == row_group_field::kColumns) return VisitStructs(field, add_column);
    if (field.id == row_group_field::kNumRows) return field.I64().Value(&span.num_rows);
    return arrow::Status::OK();
  }));
  if (span.num_rows < 0 ||
      span.num_rows > std::numeric_limits<int64_t>::max() - num_rows_) {
    return arrow::Status::Invalid("number of rows is missing or out of range");
  }
  if (num_columns != num_leaf_columns_) {
    return Error(ErrorKind::kCorrupt, "row group does not have the columns of the schema")
        .Fact("column chunks", std::to_string(num_columns))
        .Fact("leaf columns", std::to_string(num_leaf_columns_));
  }
  num_rows_ += span.num_rows;
  row_groups_.push_back(span);
  return arrow::Status::OK();
}

arrow::Result<ColumnChunkLayout> Footer::ParseColumnChunk(std::string_view bytes) const {
  ColumnChunkLayout layout;
  PageOffsets pages;
  bool has_meta_data = false;
  ARROW_RETURN_NOT_OK(VisitFields(bytes, [&](const ThriftField& field) -> arrow::Status {
    switch (field.id) {
      case chunk_field::kFilePath: {
        ARROW_ASSIGN_OR_RAISE(const std::string_view path, field.Binary());
        if (path.empty()) return arrow::Status::OK();
        return Error(ErrorKind::kUnsupported, "column chunk lies in another file")
            .Fact("it lies in", std::string(path))
            .Hint("take the file that holds the data as an input instead");
      }
      case chunk_field::kMetaData: {
        has_meta_data = true;
        ARROW_ASSIGN_OR_RAISE(const std::string_view meta_data, field.Struct());
        return ReadColumnMetaData(meta_data, &layout, &pages);
      }
      case chunk_field::kOffsetIndexOffset:
        return field.I64().Value(&layout.offset_index_offset);
      case chunk_field::kOffsetIndexLength:
        return field.I32().Value(&layout.offset_index_length);
      case chunk_field::kColumnIndexOffset:
        return field.I64().Value(&layout.column_index_offset);
      case chunk_field::kColumnIndexLength:
        return field.I32().Value(&layout.column_index_length);
      case chunk_field::kCryptoMetadata:
      case chunk_field::kEncryptedMetadata:
        return EncryptedError();
      default:
        return arrow::Status::OK();
    }
  }));
  if (!has_meta_data) return arrow::Status::Invalid("column chunk has no metadata");

  layout.data_offset = FirstPage(pages);
  const int64_t length = layout.total_compressed_size;
  if (length > file_size_ || layout.data_offset > file_size_ - length) {
    return arrow::Status(Error(ErrorKind::kCorrupt, "column chunk lies outside the file")
                             .Fact("offset", std::to_string(layout.data_offset))
                             .Fact("length", std::to_string(length))
                             .Fact("size of the file", std::to_string(file_size_)));
  }
  if (layout.data_offset == 0 && layout.num_values > 0) {
    return arrow::Status::Invalid("column chunk with values has no data page offset");
  }
  const int64_t bytes_to_footer = file_size_ - kTailSize -
                                  static_cast<int64_t>(bytes_.size()) -
                                  (layout.data_offset + length);
  layout.data_length = length + std::clamp<int64_t>(bytes_to_footer, 0, chunk_padding_);

  const auto drop_unless_inside = [&](int64_t* offset, int64_t* index_length) {
    if (*offset > 0 && *index_length > 0 && *index_length <= file_size_ &&
        *offset <= file_size_ - *index_length) {
      return;
    }
    *offset = *index_length = -1;
  };
  drop_unless_inside(&layout.offset_index_offset, &layout.offset_index_length);
  drop_unless_inside(&layout.column_index_offset, &layout.column_index_length);
  int64_t least_bloom_length = std::max<int64_t>(layout.bloom_filter_length, 1);
  drop_unless_inside(&layout.bloom_filter_offset, &least_bloom_length);
  if (layout.bloom_filter_offset < 0 || layout.bloom_filter_length <= 0) {
    layout.bloom_filter_length = -1;
  }
  return layout;
}

std::string Footer::created_by() const {
  return bytes_.substr(static_cast<size_t>(created_by_begin_),
                       static_cast<size_t>(created_by_length_));
}

std::string_view Footer::row_group_bytes(int row_group) const {
  const RowGroupSpan& span = row_groups_[row_group];
  return bytes().substr(static_cast<size_t>(span.begin),
                        static_cast<size_t>(span.length));
}

int64_t Footer::row_group_compressed_size(int row_group) const {
  return row_groups_[row_group].compressed_size;
}

arrow::Result<std::vector<ColumnChunkLayout>> Footer::ColumnChunks(int row_group) const {
  std::vector<ColumnChunkLayout> layouts;
  layouts.reserve(static_cast<size_t>(num_leaf_columns_));
  const auto add_column = [&](std::string_view chunk) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(layouts.emplace_back(), ParseColumnChunk(chunk));
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      VisitFields(row_group_bytes(row_group), [&](const ThriftField& field) {
        return field.id == row_group_field::kColumns ? VisitStructs(field, add_column)
                                                     : arrow::Status::OK();
      }));
  return layouts;
}

uint64_t Footer::fingerprint() const {
  return HashBytes(bytes_.data(), bytes_.size()).low;
}

}  // namespace planish
