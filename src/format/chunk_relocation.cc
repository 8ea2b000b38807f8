// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_relocation.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

arrow::Status OutsideChunk() {
  return arrow::Status::Invalid("offset index has a page outside its column chunk");
}

arrow::Result<std::vector<ThriftField>> ReadFields(std::string_view structure) {
  std::vector<ThriftField> fields;
  ARROW_RETURN_NOT_OK(VisitFields(structure, [&](const ThriftField& field) {
    fields.push_back(field);
    return arrow::Status::OK();
  }));
  return fields;
}

const ThriftField* Find(const std::vector<ThriftField>& fields, int32_t key) {
  for (const ThriftField& field : fields) {
    if (field.key() == key) return &field;
  }
  return nullptr;
}

arrow::Result<std::vector<ThriftField>> ReadMetaData(
    const std::vector<ThriftField>& chunk) {
  const ThriftField* meta_data = Find(chunk, chunk_field::kMetaData);
  if (meta_data == nullptr) return arrow::Status::Invalid("column chunk has no metadata");
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, meta_data->Struct());
  return ReadFields(bytes);
}

// Fields that locate an index: present in the old structure and still somewhere, or left
// out.
void WriteIndexOffset(int16_t id, const FileRange& range, ThriftStructWriter* writer) {
  if (range.offset >= 0) writer->I64(id, range.offset);
}
void WriteIndexLength(int16_t id, const FileRange& range, ThriftStructWriter* writer) {
  if (range.offset >= 0) writer->I32(id, static_cast<int32_t>(range.length));
}

// Offsets of a chunk's pages.
class PageShift {
 public:
  PageShift(const ColumnChunkLayout& layout, int64_t shift)
      : begin_(layout.data_offset),
        end_(layout.data_offset + layout.total_compressed_size),
        shift_(shift) {}

  bool Holds(int64_t offset) const { return offset >= begin_ && offset < end_; }
  int64_t operator()(int64_t offset) const { return offset + shift_; }

  // Offsets of 0 and below mean that there is no such page. One outside the chunk cannot
  // be followed and must not point at other data by chance, so the field goes.
  arrow::Status WriteOptional(const ThriftField& field,
                              ThriftStructWriter* writer) const {
    ARROW_ASSIGN_OR_RAISE(const int64_t offset, field.I64());
    if (offset <= 0) writer->Field(field);
    if (offset > 0 && Holds(offset)) writer->I64(field.id, offset + shift_);
    return arrow::Status::OK();
  }

  // As above for the data pages, whose field is required. A chunk without pages may point
  // anywhere.
  arrow::Status WriteDataPage(const ThriftField& field,
                              ThriftStructWriter* writer) const {
    ARROW_ASSIGN_OR_RAISE(const int64_t offset, field.I64());
    writer->I64(field.id, offset == 0 ? 0 : offset + shift_);
    return arrow::Status::OK();
  }

  // ColumnChunk.file_offset: some writers put the first page there. Others put a second
  // copy of the metadata behind the pages; that copy stays behind, and 0 is how to say
  // so.
  arrow::Status WriteFileOffset(const ThriftField& field,
                                ThriftStructWriter* writer) const {
    ARROW_ASSIGN_OR_RAISE(const int64_t offset, field.I64());
    writer->I64(field.id, offset > 0 && Holds(offset) ? offset + shift_ : 0);
    return arrow::Status::OK();
  }

 private:
  int64_t begin_, end_, shift_;
};

arrow::Status RelocateMetaData(std::string_view meta_data, const PageShift& shift,
                               const FileRange& bloom_filter, std::string* out) {
  ThriftStructWriter writer(out);
  ARROW_RETURN_NOT_OK(
      VisitFields(meta_data, [&](const ThriftField& field) -> arrow::Status {
        switch (field.key()) {
          case column_field::kDataPageOffset:
            return shift.WriteDataPage(field, &writer);
          case column_field::kIndexPageOffset:
          case column_field::kDictionaryPageOffset:
            return shift.WriteOptional(field, &writer);
          case column_field::kBloomFilterOffset:
            WriteIndexOffset(field.id, bloom_filter, &writer);
            break;
          case column_field::kBloomFilterLength:
            WriteIndexLength(field.id, bloom_filter, &writer);
            break;
          case kExtensionField:
          case kPrintedExtensionField:
            break;
          default:
            writer.Field(field);
        }
        return arrow::Status::OK();
      }));
  writer.Stop();
  return arrow::Status::OK();
}

// The ColumnMetaData fields of an encoded chunk that go into the file as they are.
bool DescribesEncodedData(int32_t key, bool keep_order_statistics) {
  switch (key) {
    case column_field::kIndexPageOffset:
    case column_field::kBloomFilterOffset:
    case column_field::kBloomFilterLength:
    case kExtensionField:
    case kPrintedExtensionField:
      return false;
    case column_field::kStatistics:
      return keep_order_statistics;
    default:
      return true;
  }
}

arrow::Result<std::vector<ThriftField>> MergeMetaData(
    const std::vector<ThriftField>& encoded, const std::vector<ThriftField>& source,
    bool keep_order_statistics) {
  std::vector<ThriftField> merged;
  for (const ThriftField& field : encoded) {
    if (DescribesEncodedData(field.key(), keep_order_statistics)) merged.push_back(field);
  }
  for (const ThriftField& field : source) {
    const bool carried = field.key() == column_field::kKeyValueMetadata ||
                         field.key() == column_field::kGeospatialStatistics;
    if (carried && Find(encoded, field.key()) == nullptr) merged.push_back(field);
  }
  std::stable_sort(
      merged.begin(), merged.end(),
      [](const ThriftField& a, const ThriftField& b) { return a.id < b.id; });
  return merged;
}

arrow::Status WriteEncodedMetaData(const std::vector<ThriftField>& fields,
                                   const ChunkPlacement& placement, std::string* out) {
  int64_t data_page = 0;
  if (const ThriftField* field = Find(fields, column_field::kDataPageOffset)) {
    ARROW_ASSIGN_OR_RAISE(data_page, field->I64());
  }
  ThriftStructWriter writer(out);
  bool has_bloom_filter = placement.bloom_filter.offset < 0;
  const auto write_bloom_filter = [&] {
    if (has_bloom_filter) return;
    has_bloom_filter = true;
    WriteIndexOffset(FieldId(column_field::kBloomFilterOffset), placement.bloom_filter,
                     &writer);
    WriteIndexLength(FieldId(column_field::kBloomFilterLength), placement.bloom_filter,
                     &writer);
  };
  for (const ThriftField& field : fields) {
    if (field.id > FieldId(column_field::kBloomFilterOffset)) write_bloom_filter();
    switch (field.key()) {
      case column_field::kDataPageOffset:
        writer.I64(field.id, data_page + placement.data_shift);
        break;
      case column_field::kDictionaryPageOffset: {
        ARROW_ASSIGN_OR_RAISE(const int64_t dictionary_page, field.I64());
        // Relative to the chunk 0 is a page's place; only its order tells whether there
        // is one.
        if (dictionary_page < data_page) {
          writer.I64(field.id, dictionary_page + placement.data_shift);
        }
        break;
      }
      default:
        writer.Field(field);
    }
  }
  write_bloom_filter();
  writer.Stop();
  return arrow::Status::OK();
}

}  // namespace

arrow::Status RelocateChunk(std::string_view column_chunk,
                            const ColumnChunkLayout& layout,
                            const ChunkPlacement& placement, std::string* out) {
  const PageShift shift(layout, placement.data_shift);
  ThriftStructWriter writer(out);
  ARROW_RETURN_NOT_OK(
      VisitFields(column_chunk, [&](const ThriftField& field) -> arrow::Status {
        switch (field.key()) {
          case chunk_field::kFileOffset:
            return shift.WriteFileOffset(field, &writer);
          case chunk_field::kMetaData: {
            ARROW_ASSIGN_OR_RAISE(const std::string_view meta_data, field.Struct());
            writer.Header(field.id, field.type);
            return RelocateMetaData(meta_data, shift, placement.bloom_filter, out);
          }
          case chunk_field::kOffsetIndexOffset:
            WriteIndexOffset(field.id, placement.offset_index, &writer);
            break;
          case chunk_field::kOffsetIndexLength:
            WriteIndexLength(field.id, placement.offset_index, &writer);
            break;
          case chunk_field::kColumnIndexOffset:
            WriteIndexOffset(field.id, placement.column_index, &writer);
            break;
          case chunk_field::kColumnIndexLength:
            WriteIndexLength(field.id, placement.column_index, &writer);
            break;
          case kExtensionField:
          case kPrintedExtensionField:
            break;
          default:
            writer.Field(field);
        }
        return arrow::Status::OK();
      }));
  writer.Stop();
  return arrow::Status::OK();
}

arrow::Status WriteEncodedChunk(std::string_view encoded, std::string_view source,
                                const ChunkPlacement& placement,
                                bool keep_order_statistics, std::string* out) {
  ARROW_ASSIGN_OR_RAISE(const auto encoded_fields, ReadFields(encoded));
  ARROW_ASSIGN_OR_RAISE(const auto encoded_meta_data, ReadMetaData(encoded_fields));
  std::vector<ThriftField> source_meta_data;
  if (!source.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto source_fields, ReadFields(source));
    ARROW_ASSIGN_OR_RAISE(source_meta_data, ReadMetaData(source_fields));
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto merged,
      MergeMetaData(encoded_meta_data, source_meta_data, keep_order_statistics));
  ThriftStructWriter writer(out);
  writer.I64(FieldId(chunk_field::kFileOffset), 0);
  writer.Header(FieldId(chunk_field::kMetaData), ThriftType::kStruct);
  ARROW_RETURN_NOT_OK(WriteEncodedMetaData(merged, placement, out));
  WriteIndexOffset(FieldId(chunk_field::kOffsetIndexOffset), placement.offset_index,
                   &writer);
  WriteIndexLength(FieldId(chunk_field::kOffsetIndexLength), placement.offset_index,
                   &writer);
  WriteIndexOffset(FieldId(chunk_field::kColumnIndexOffset), placement.column_index,
                   &writer);
  WriteIndexLength(FieldId(chunk_field::kColumnIndexLength), placement.column_index,
                   &writer);
  writer.Stop();
  return arrow::Status::OK();
}

arrow::Result<EncodedSizes> ReadEncodedSizes(std::string_view encoded_column_chunk) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, ReadFields(encoded_column_chunk));
  ARROW_ASSIGN_OR_RAISE(const auto meta_data, ReadMetaData(fields));
  const ThriftField* compressed = Find(meta_data, column_field::kTotalCompressedSize);
  const ThriftField* uncompressed = Find(meta_data, column_field::kTotalUncompressedSize);
  if (compressed == nullptr || uncompressed == nullptr) {
    return arrow::Status::Invalid("encoded column chunk has no sizes");
  }
  EncodedSizes sizes;
  ARROW_ASSIGN_OR_RAISE(sizes.compressed, compressed->I64());
  ARROW_ASSIGN_OR_RAISE(sizes.uncompressed, uncompressed->I64());
  return sizes;
}

arrow::Status RelocateRowGroup(
    std::string_view row_group, const RowGroupPlacement& placement,
    const std::vector<int>& source_chunks,
    const std::function<arrow::Status(int, std::string_view)>& write_chunk,
    std::string* out) {
  std::vector<std::string_view> chunks;
  ThriftStructWriter writer(out);
  const auto write_size = [&](const ThriftField& field, int64_t size) {
    size < 0 ? writer.Field(field) : writer.I64(field.id, size);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      VisitFields(row_group, [&](const ThriftField& field) -> arrow::Status {
        switch (field.key()) {
          case row_group_field::kColumns: {
            chunks.clear();
            ARROW_RETURN_NOT_OK(VisitStructs(field, [&](std::string_view chunk) {
              chunks.push_back(chunk);
              return arrow::Status::OK();
            }));
            writer.Header(field.id, field.type);
            AppendThriftListHeader(ThriftType::kStruct,
                                   static_cast<int32_t>(source_chunks.size()), out);
            int index = 0;
            for (const int source : source_chunks) {
              ARROW_RETURN_NOT_OK(
                  write_chunk(index++, source < 0 ? std::string_view()
                                                  : chunks[static_cast<size_t>(source)]));
            }
            return arrow::Status::OK();
          }
          case row_group_field::kTotalByteSize:
            return write_size(field, placement.total_byte_size);
          case row_group_field::kTotalCompressedSize:
            return write_size(field, placement.total_compressed_size);
          case row_group_field::kNumRows:
            writer.I64(field.id, placement.num_rows);
            break;
          case row_group_field::kFileOffset: {
            ARROW_ASSIGN_OR_RAISE(const int64_t offset, field.I64());
            writer.I64(field.id, offset == 0 ? 0 : placement.file_offset);
            break;
          }
          case row_group_field::kOrdinal:
            // Too few bits for some files; the field is optional.
            if (placement.ordinal <= std::numeric_limits<int16_t>::max()) {
              writer.I16(field.id, static_cast<int16_t>(placement.ordinal));
            }
            break;
          case row_group_field::kSortingColumns:
            if (placement.keep_sorting) writer.Field(field);
            break;
          case kExtensionField:
          case kPrintedExtensionField:
            break;
          default:
            writer.Field(field);
        }
        return arrow::Status::OK();
      }));
  writer.Stop();
  return arrow::Status::OK();
}

arrow::Result<RelocatedOffsetIndex> RelocateOffsetIndex(std::string_view index,
                                                        int64_t begin, int64_t length,
                                                        int64_t shift) {
  RelocatedOffsetIndex result;
  std::string* out = &result.bytes;
  const auto write_location = [&](std::string_view location) -> arrow::Status {
    ThriftStructWriter writer(out);
    int64_t offset = -1, size = -1;
    ARROW_RETURN_NOT_OK(
        VisitFields(location, [&](const ThriftField& field) -> arrow::Status {
          if (field.key() == page_location_field::kCompressedPageSize) {
            ARROW_ASSIGN_OR_RAISE(size, field.I32());
          }
          if (field.key() != page_location_field::kOffset) {
            writer.Field(field);
            return arrow::Status::OK();
          }
          ARROW_ASSIGN_OR_RAISE(offset, field.I64());
          if (offset < begin || offset - begin > length) return OutsideChunk();
          writer.I64(field.id, offset + shift);
          return arrow::Status::OK();
        }));
    if (offset < 0 || size < 0 || size > length - (offset - begin)) return OutsideChunk();
    writer.Stop();
    ++result.num_pages;
    return arrow::Status::OK();
  };
  ThriftStructWriter writer(out);
  ARROW_RETURN_NOT_OK(VisitFields(index, [&](const ThriftField& field) -> arrow::Status {
    if (field.key() != offset_index_field::kPageLocations) {
      writer.Field(field);
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const ThriftListReader list, ThriftListReader::Make(field));
    writer.Header(field.id, field.type);
    AppendThriftListHeader(ThriftType::kStruct, list.size(), out);
    return VisitStructs(field, write_location);
  }));
  writer.Stop();
  return result;
}

arrow::Result<int64_t> CountColumnIndexPages(std::string_view index) {
  std::optional<int64_t> pages;
  ARROW_RETURN_NOT_OK(VisitFields(index, [&](const ThriftField& field) -> arrow::Status {
    if (field.key() != column_index_field::kNullPages) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const ThriftListReader list, ThriftListReader::Make(field));
    pages = list.size();
    return arrow::Status::OK();
  }));
  if (!pages) return arrow::Status::Invalid("column index has no pages");
  return *pages;
}

arrow::Result<int64_t> ReadBloomFilterLength(std::string_view bytes) {
  ThriftStructReader reader(bytes);
  ThriftField field;
  int64_t num_bytes = -1;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, reader.Next(&field));
    if (!found) break;
    if (field.key() == bloom_filter_field::kNumBytes) {
      ARROW_ASSIGN_OR_RAISE(num_bytes, field.I32());
    }
  }
  if (num_bytes <= 0) return arrow::Status::Invalid("bloom filter has no size");
  return static_cast<int64_t>(reader.consumed()) + num_bytes;
}

}  // namespace planish
