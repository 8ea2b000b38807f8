// SPDX-License-Identifier: Apache-2.0
#include "format/page_header.h"

#include "format/page_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

arrow::Status ReadInto(const ThriftField& field, int32_t* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t value, field.I32());
  *out = static_cast<int32_t>(value);
  return arrow::Status::OK();
}

/// Sizes and counts.
arrow::Status ReadCount(const ThriftField& field, int32_t* out) {
  ARROW_RETURN_NOT_OK(ReadInto(field, out));
  if (*out >= 0) return arrow::Status::OK();
  return arrow::Status::Invalid("page header has a negative size: ", *out);
}

arrow::Status ReadEncoding(const ThriftField& field, parquet::Encoding::type* out) {
  int32_t value = 0;
  ARROW_RETURN_NOT_OK(ReadInto(field, &value));
  if (value < 0 || value >= parquet::Encoding::UNDEFINED) {
    return arrow::Status::NotImplemented("encoding of a page: ", value);
  }
  *out = static_cast<parquet::Encoding::type>(value);
  return arrow::Status::OK();
}

arrow::Status ReadStatistics(const ThriftField& field, StatisticsFields* out) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, field.Struct());
  return ReadStatisticsFields(bytes).Value(out);
}

arrow::Status ReadDataPage(std::string_view bytes, PageHeader* header) {
  return VisitFields(bytes, [&](const ThriftField& field) {
    switch (field.id) {
      case data_page_field::kNumValues:
        return ReadCount(field, &header->num_values);
      case data_page_field::kEncoding:
        return ReadEncoding(field, &header->encoding);
      case data_page_field::kDefinitionLevelEncoding:
        return ReadEncoding(field, &header->definition_encoding);
      case data_page_field::kRepetitionLevelEncoding:
        return ReadEncoding(field, &header->repetition_encoding);
      case data_page_field::kStatistics:
        return ReadStatistics(field, &header->statistics);
      default:
        return arrow::Status::OK();
    }
  });
}

arrow::Status ReadDataPageV2(std::string_view bytes, PageHeader* header) {
  return VisitFields(bytes, [&](const ThriftField& field) {
    switch (field.id) {
      case data_page_v2_field::kNumValues:
        return ReadCount(field, &header->num_values);
      case data_page_v2_field::kNumNulls:
        return ReadCount(field, &header->num_nulls);
      case data_page_v2_field::kNumRows:
        return ReadCount(field, &header->num_rows);
      case data_page_v2_field::kEncoding:
        return ReadEncoding(field, &header->encoding);
      case data_page_v2_field::kDefinitionLevelsByteLength:
        return ReadCount(field, &header->definition_size);
      case data_page_v2_field::kRepetitionLevelsByteLength:
        return ReadCount(field, &header->repetition_size);
      case data_page_v2_field::kIsCompressed:
        header->is_compressed = field.type == ThriftType::kTrue;
        return arrow::Status::OK();
      case data_page_v2_field::kStatistics:
        return ReadStatistics(field, &header->statistics);
      default:
        return arrow::Status::OK();
    }
  });
}

arrow::Status ReadDictionaryPage(std::string_view bytes, PageHeader* header) {
  return VisitFields(bytes, [&](const ThriftField& field) {
    switch (field.id) {
      case dictionary_page_field::kNumValues:
        return ReadCount(field, &header->num_values);
      case dictionary_page_field::kEncoding:
        return ReadEncoding(field, &header->encoding);
      default:
        return arrow::Status::OK();
    }
  });
}

arrow::Status ReadPart(const ThriftField& field, PageHeader* header,
                       arrow::Status (*read)(std::string_view, PageHeader*),
                       bool* found) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, field.Struct());
  *found = true;
  return read(bytes, header);
}

}  // namespace

arrow::Result<PageHeader> ReadPageHeader(std::string_view bytes, int64_t* size) {
  PageHeader header;
  int32_t type = -1;
  bool data = false, data_v2 = false, dictionary = false;
  ThriftStructReader reader(bytes);
  ThriftField field;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, reader.Next(&field));
    if (!more) break;
    arrow::Status status;
    switch (field.id) {
      case page_field::kType:
        status = ReadInto(field, &type);
        break;
      case page_field::kUncompressedSize:
        status = ReadCount(field, &header.uncompressed_size);
        break;
      case page_field::kCompressedSize:
        status = ReadCount(field, &header.compressed_size);
        break;
      case page_field::kChecksum: {
        int32_t bits = 0;
        status = ReadInto(field, &bits);
        header.checksum = static_cast<uint32_t>(bits);
        break;
      }
      case page_field::kDataPage:
        status = ReadPart(field, &header, ReadDataPage, &data);
        break;
      case page_field::kDictionaryPage:
        status = ReadPart(field, &header, ReadDictionaryPage, &dictionary);
        break;
      case page_field::kDataPageV2:
        status = ReadPart(field, &header, ReadDataPageV2, &data_v2);
        break;
      default:
        break;
    }
    ARROW_RETURN_NOT_OK(status);
  }
  bool has_part = type >= 0;
  switch (type) {
    case parquet::PageType::DATA_PAGE:
      header.type = parquet::PageType::DATA_PAGE;
      has_part = data;
      break;
    case parquet::PageType::DICTIONARY_PAGE:
      header.type = parquet::PageType::DICTIONARY_PAGE;
      has_part = dictionary;
      break;
    case parquet::PageType::DATA_PAGE_V2:
      header.type = parquet::PageType::DATA_PAGE_V2;
      has_part = data_v2;
      break;
    default:
      // Pages of any other kind hold no values.
      header.type = parquet::PageType::INDEX_PAGE;
      break;
  }
  if (!has_part) return arrow::Status::Invalid("page header lacks what its type needs");
  *size = static_cast<int64_t>(reader.consumed());
  return header;
}

namespace {

void AppendDataPage(const PageHeader& header, std::string_view statistics,
                    std::string* out) {
  ThriftStructWriter writer(out);
  writer.I32(data_page_field::kNumValues, header.num_values);
  writer.I32(data_page_field::kEncoding, header.encoding);
  writer.I32(data_page_field::kDefinitionLevelEncoding, header.definition_encoding);
  writer.I32(data_page_field::kRepetitionLevelEncoding, header.repetition_encoding);
  if (!statistics.empty()) {
    writer.Header(data_page_field::kStatistics, ThriftType::kStruct);
    out->append(statistics);
  }
  writer.Stop();
}

void AppendDataPageV2(const PageHeader& header, std::string_view statistics,
                      std::string* out) {
  ThriftStructWriter writer(out);
  writer.I32(data_page_v2_field::kNumValues, header.num_values);
  writer.I32(data_page_v2_field::kNumNulls, header.num_nulls);
  writer.I32(data_page_v2_field::kNumRows, header.num_rows);
  writer.I32(data_page_v2_field::kEncoding, header.encoding);
  writer.I32(data_page_v2_field::kDefinitionLevelsByteLength, header.definition_size);
  writer.I32(data_page_v2_field::kRepetitionLevelsByteLength, header.repetition_size);
  writer.Header(data_page_v2_field::kIsCompressed,
                header.is_compressed ? ThriftType::kTrue : ThriftType::kFalse);
  if (!statistics.empty()) {
    writer.Header(data_page_v2_field::kStatistics, ThriftType::kStruct);
    out->append(statistics);
  }
  writer.Stop();
}

void AppendDictionaryPage(const PageHeader& header, std::string* out) {
  ThriftStructWriter writer(out);
  writer.I32(dictionary_page_field::kNumValues, header.num_values);
  writer.I32(dictionary_page_field::kEncoding, header.encoding);
  writer.Stop();
}

}  // namespace

void AppendPageHeader(const PageHeader& header, std::string_view statistics,
                      std::string* out) {
  ThriftStructWriter writer(out);
  writer.I32(page_field::kType, header.type);
  writer.I32(page_field::kUncompressedSize, header.uncompressed_size);
  writer.I32(page_field::kCompressedSize, header.compressed_size);
  if (header.checksum) {
    writer.I32(page_field::kChecksum, static_cast<int32_t>(*header.checksum));
  }
  switch (header.type) {
    case parquet::PageType::DATA_PAGE:
      writer.Header(page_field::kDataPage, ThriftType::kStruct);
      AppendDataPage(header, statistics, out);
      break;
    case parquet::PageType::DATA_PAGE_V2:
      writer.Header(page_field::kDataPageV2, ThriftType::kStruct);
      AppendDataPageV2(header, statistics, out);
      break;
    default:
      writer.Header(page_field::kDictionaryPage, ThriftType::kStruct);
      AppendDictionaryPage(header, out);
      break;
  }
  writer.Stop();
}

}  // namespace planish
