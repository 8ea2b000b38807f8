// SPDX-License-Identifier: Apache-2.0
#include "format/footer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "arrow/status.h"
#include "arrow/util/int_util_overflow.h"
#include "base/error_builder.h"
#include "base/hashing.h"
#include "format/footer_bytes.h"
#include "format/page_claims.h"
#include "format/parquet_fields.h"
#include "format/schema_shape.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

using arrow::internal::AddWithOverflow;

/// So short a footer is not measured: even if the most that can be made of a byte, which
/// is a column of a schema, were made of each, that would be 8 MiB. Small files come by
/// the thousand.
constexpr int64_t kShortFooter = 4 * 1024;
/// What is made of a byte of an honest footer.
constexpr int64_t kUsualGrowth = 8;

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

/// Of a file. What is spliced from several files' chunks still has a size.
constexpr int64_t kMaxUncompressedSize = int64_t{1} << 60;

/// Values of a fixed length beyond this are held against the bytes that there are.
constexpr int64_t kHarmlessFixedLength = int64_t{16} << 20;

arrow::Status CheckFixedLength(int32_t fixed_length, const ColumnChunkLayout& layout) {
  if (fixed_length <= std::max(kHarmlessFixedLength, layout.total_uncompressed_size)) {
    return arrow::Status::OK();
  }
  return Error(ErrorKind::kCorrupt, "one value would be longer than its column chunk")
      .Fact("bytes of a value", std::to_string(fixed_length))
      .Fact("bytes of the chunk", std::to_string(layout.total_uncompressed_size));
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
    if (field.key() != chunk_field::kMetaData) return arrow::Status::OK();
    return VisitFields(field.value, [&](const ThriftField& inner) {
      return inner.key() == column_field::kPathInSchema ? add_name(inner)
                                                        : arrow::Status::OK();
    });
  });
  return status.ok() ? path : std::string();
}

arrow::Status OtherFileError(std::string_view path) {
  return Error(ErrorKind::kUnsupported, "column chunk lies in another file")
      .Fact("it lies in", std::string(path))
      .Hint("take the file that holds the data as an input instead");
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
        switch (field.key()) {
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

arrow::Status CheckRange(const ColumnChunkLayout& layout, const PageOffsets& pages,
                         int64_t file_size) {
  const int64_t length = layout.total_compressed_size;
  if (length > file_size || layout.data_offset > file_size - length) {
    return Error(ErrorKind::kCorrupt, "column chunk lies outside the file")
        .Fact("offset", std::to_string(layout.data_offset))
        .Fact("length", std::to_string(length))
        .Fact("size of the file", std::to_string(file_size));
  }
  // A page has a header, and at most 2^31 - 1 values.
  if (layout.num_values / std::numeric_limits<int32_t>::max() > length) {
    return Error(ErrorKind::kCorrupt, "column chunk has more values than its bytes hold")
        .Fact("values", std::to_string(layout.num_values))
        .Fact("bytes", std::to_string(length));
  }
  if (layout.data_offset == 0 && layout.num_values > 0) {
    return arrow::Status::Invalid("column chunk with values has no data page offset");
  }
  if (pages.data_page > layout.data_offset + length) {
    return arrow::Status::Invalid("column chunk has its data pages outside of itself");
  }
  return arrow::Status::OK();
}

arrow::Status ReadColumnChunk(std::string_view column_chunk, ColumnChunkLayout* layout,
                              PageOffsets* pages) {
  bool has_meta_data = false;
  ARROW_RETURN_NOT_OK(
      VisitFields(column_chunk, [&](const ThriftField& field) -> arrow::Status {
        switch (field.key()) {
          case chunk_field::kFilePath: {
            ARROW_ASSIGN_OR_RAISE(const std::string_view path, field.Binary());
            return path.empty() ? arrow::Status::OK() : OtherFileError(path);
          }
          case chunk_field::kMetaData: {
            has_meta_data = true;
            ARROW_ASSIGN_OR_RAISE(const std::string_view meta_data, field.Struct());
            return ReadColumnMetaData(meta_data, layout, pages);
          }
          case chunk_field::kOffsetIndexOffset:
            return field.I64().Value(&layout->offset_index_offset);
          case chunk_field::kOffsetIndexLength:
            return field.I32().Value(&layout->offset_index_length);
          case chunk_field::kColumnIndexOffset:
            return field.I64().Value(&layout->column_index_offset);
          case chunk_field::kColumnIndexLength:
            return field.I32().Value(&layout->column_index_length);
          case chunk_field::kCryptoMetadata:
          case chunk_field::kEncryptedMetadata:
            return EncryptedParquetError();
          default:
            return arrow::Status::OK();
        }
      }));
  return has_meta_data ? arrow::Status::OK()
                       : arrow::Status::Invalid("column chunk has no metadata");
}

void DropIndexesOutside(int64_t file_size, ColumnChunkLayout* layout) {
  const auto inside = [&](int64_t offset, int64_t length) {
    return offset > 0 && length > 0 && length <= file_size &&
           offset <= file_size - length;
  };
  if (!inside(layout->offset_index_offset, layout->offset_index_length)) {
    layout->offset_index_offset = layout->offset_index_length = -1;
  }
  if (!inside(layout->column_index_offset, layout->column_index_length)) {
    layout->column_index_offset = layout->column_index_length = -1;
  }
  const bool has_length = layout->bloom_filter_length > 0;
  if (!inside(layout->bloom_filter_offset,
              has_length ? layout->bloom_filter_length : 1)) {
    layout->bloom_filter_offset = layout->bloom_filter_length = -1;
  } else if (!has_length) {
    layout->bloom_filter_length = -1;
  }
}

}  // namespace

arrow::Result<Footer> Footer::Read(InputFile& file, const arrow::MemoryPool* pool) {
  arrow::Result<std::string> bytes = ReadFooterBytes(file, pool);
  if (!bytes.ok()) return AddContext(bytes.status(), ErrorKind::kIo, file.path());
  arrow::Result<Footer> footer = Parse(*std::move(bytes), file.size(), pool);
  if (!footer.ok()) return AddContext(footer.status(), ErrorKind::kCorrupt, file.path());
  return footer;
}

arrow::Result<Footer> Footer::Parse(std::string bytes, int64_t file_size,
                                    const arrow::MemoryPool* pool) {
  Footer footer;
  footer.bytes_ = std::move(bytes);
  footer.file_size_ = file_size;
  const arrow::Status status = footer.ParseBytes(pool);
  if (!status.ok()) return AddContext(status, ErrorKind::kCorrupt, "");
  return footer;
}

arrow::Status Footer::Measure(const arrow::MemoryPool* pool) {
  const auto size = static_cast<int64_t>(bytes_.size());
  if (size <= kShortFooter) {
    metadata_size_.file = size * kUsualGrowth;
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(metadata_size_, MeasureMetadata(bytes_));
  // Row groups are made objects of one by one, where they are many.
  return CheckMetadataFits(metadata_size_.file + metadata_size_.largest_row_group,
                           "what becomes of the footer", pool);
}

arrow::Status Footer::ParseBytes(const arrow::MemoryPool* pool) {
  ARROW_RETURN_NOT_OK(Measure(pool));
  std::optional<ThriftField> schema, row_groups;
  bool encrypted = false;
  ARROW_RETURN_NOT_OK(VisitFields(bytes_, [&](const ThriftField& field) -> arrow::Status {
    if (field.key() == file_field::kSchema) schema = field;
    if (field.key() == file_field::kRowGroups) row_groups = field;
    if (field.key() == file_field::kEncryptionAlgorithm) encrypted = true;
    if (field.key() == file_field::kCreatedBy) {
      ARROW_ASSIGN_OR_RAISE(const std::string_view text, field.Binary());
      created_by_begin_ = text.data() - bytes_.data();
      created_by_length_ = static_cast<int64_t>(text.size());
    }
    return arrow::Status::OK();
  }));
  if (encrypted) return EncryptedParquetError();
  if (!schema || !row_groups) {
    return arrow::Status::Invalid("footer has no schema or no list of row groups");
  }
  ARROW_ASSIGN_OR_RAISE(const SchemaShape shape, ReadSchemaShape(*schema));
  num_leaf_columns_ = shape.num_leaf_columns();
  chunk_padding_ = PaddingOfWriter(created_by());
  return VisitStructs(*row_groups, [&](std::string_view row_group) -> arrow::Status {
    const int index = num_row_groups();
    const arrow::Status status = ParseRowGroup(row_group, shape);
    return status.ok() ? status : AddContext(status, ErrorKind::kCorrupt, "", index);
  });
}

arrow::Status Footer::ParseRowGroup(std::string_view bytes, const SchemaShape& shape) {
  RowGroupSpan span;
  span.begin = bytes.data() - bytes_.data();
  span.length = static_cast<int64_t>(bytes.size());
  span.num_rows = -1;
  int num_columns = 0;
  int64_t most_values = 0;
  const auto read_column = [&](std::string_view chunk) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const ColumnChunkLayout layout, ParseColumnChunk(chunk));
    const auto column = static_cast<size_t>(num_columns++);
    if (column < shape.fixed_lengths.size()) {
      ARROW_RETURN_NOT_OK(CheckFixedLength(shape.fixed_lengths[column], layout));
    }
    most_values = std::max(most_values, layout.num_values);
    const bool too_large =
        AddWithOverflow(span.compressed_size, layout.total_compressed_size,
                        &span.compressed_size) ||
        AddWithOverflow(uncompressed_size_, layout.total_uncompressed_size,
                        &uncompressed_size_) ||
        uncompressed_size_ > kMaxUncompressedSize;
    return too_large ? arrow::Status::Invalid("sizes of column chunks are out of range")
                     : arrow::Status::OK();
  };
  const auto add_column = [&](std::string_view chunk) -> arrow::Status {
    const arrow::Status status = read_column(chunk);
    return status.ok()
               ? status
               : AddContext(status, ErrorKind::kCorrupt, "", -1, ColumnPath(chunk));
  };
  ARROW_RETURN_NOT_OK(VisitFields(bytes, [&](const ThriftField& field) -> arrow::Status {
    if (field.key() == row_group_field::kColumns) return VisitStructs(field, add_column);
    if (field.key() == row_group_field::kNumRows)
      return field.I64().Value(&span.num_rows);
    return arrow::Status::OK();
  }));
  if (span.num_rows < 0 || AddWithOverflow(num_rows_, span.num_rows, &num_rows_)) {
    return arrow::Status::Invalid("number of rows is missing or out of range");
  }
  if (num_columns != num_leaf_columns_) {
    return Error(ErrorKind::kCorrupt, "row group does not have the columns of the schema")
        .Fact("column chunks", std::to_string(num_columns))
        .Fact("leaf columns", std::to_string(num_leaf_columns_));
  }
  // Fewer rows are left to whoever reads them: some writers count values in ways of their
  // own.
  if (num_columns > 0 && span.num_rows > most_values &&
      IsImplausible(span.num_rows, span.compressed_size)) {
    return Error(ErrorKind::kCorrupt, "row group has more rows than values in any column")
        .Fact("rows", std::to_string(span.num_rows))
        .Fact("values", std::to_string(most_values));
  }
  row_groups_.push_back(span);
  return arrow::Status::OK();
}

arrow::Result<ColumnChunkLayout> Footer::ParseColumnChunk(std::string_view bytes) const {
  ColumnChunkLayout layout;
  PageOffsets pages;
  ARROW_RETURN_NOT_OK(ReadColumnChunk(bytes, &layout, &pages));
  layout.data_offset = FirstPage(pages);
  ARROW_RETURN_NOT_OK(CheckRange(layout, pages, file_size_));
  const int64_t footer_begin =
      file_size_ - kFooterTailSize - static_cast<int64_t>(bytes_.size());
  const int64_t end = layout.data_offset + layout.total_compressed_size;
  layout.data_length = layout.total_compressed_size +
                       std::clamp<int64_t>(footer_begin - end, 0, chunk_padding_);
  DropIndexesOutside(file_size_, &layout);
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
        return field.key() == row_group_field::kColumns ? VisitStructs(field, add_column)
                                                        : arrow::Status::OK();
      }));
  return layouts;
}

uint64_t Footer::fingerprint() const {
  return HashBytes(bytes_.data(), bytes_.size()).low;
}

}  // namespace planish
