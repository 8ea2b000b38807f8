// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_metadata.h"

#include <set>
#include <vector>

#include "format/page_fields.h"
#include "format/parquet_fields.h"
#include "format/thrift_compact.h"

namespace planish {
namespace {

/// An integer as it stands in a list.
void AppendInteger(int64_t value, std::string* out) {
  auto bits = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  for (; bits >= 0x80; bits >>= 7) out->push_back(static_cast<char>(bits | 0x80));
  out->push_back(static_cast<char>(bits));
}

void AppendHistogram(int16_t id, const std::vector<int64_t>& histogram,
                     ThriftStructWriter* writer, std::string* out) {
  if (histogram.empty()) return;
  writer->Header(id, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kI64, static_cast<int32_t>(histogram.size()), out);
  for (const int64_t count : histogram) AppendInteger(count, out);
}

void AppendEncodings(const ChunkMetadata& metadata, std::string* out) {
  // That of the levels comes with every data page.
  std::set<int32_t> encodings = {parquet::Encoding::RLE};
  for (const auto& [kind, count] : metadata.page_counts) encodings.insert(kind.encoding);
  AppendThriftListHeader(ThriftType::kI32, static_cast<int32_t>(encodings.size()), out);
  for (const int32_t encoding : encodings) AppendInteger(encoding, out);
}

void AppendEncodingStats(const ChunkMetadata& metadata, std::string* out) {
  AppendThriftListHeader(ThriftType::kStruct,
                         static_cast<int32_t>(metadata.page_counts.size()), out);
  for (const auto& [kind, count] : metadata.page_counts) {
    ThriftStructWriter writer(out);
    writer.I32(encoding_stats_field::kPageType, kind.type);
    writer.I32(encoding_stats_field::kEncoding, kind.encoding);
    writer.I32(encoding_stats_field::kCount, count);
    writer.Stop();
  }
}

void AppendSizes(const parquet::SizeStatistics& sizes, std::string* out) {
  ThriftStructWriter writer(out);
  if (sizes.unencoded_byte_array_data_bytes) {
    writer.I64(size_statistics_field::kUnencodedBytes,
               *sizes.unencoded_byte_array_data_bytes);
  }
  AppendHistogram(size_statistics_field::kRepetitionHistogram,
                  sizes.repetition_level_histogram, &writer, out);
  AppendHistogram(size_statistics_field::kDefinitionHistogram,
                  sizes.definition_level_histogram, &writer, out);
  writer.Stop();
}

void AppendMetaData(const ChunkMetadata& metadata, std::string* out) {
  const ChunkForm& form = *metadata.form;
  ThriftStructWriter writer(out);
  writer.Field(form.type);
  writer.Header(meta_data_field::kEncodings, ThriftType::kList);
  AppendEncodings(metadata, out);
  writer.Field(form.path_in_schema);
  writer.I32(meta_data_field::kCodec, form.codec);
  writer.I64(meta_data_field::kNumValues, metadata.num_values);
  writer.I64(meta_data_field::kTotalUncompressedSize, metadata.uncompressed_size);
  writer.I64(meta_data_field::kTotalCompressedSize, metadata.compressed_size);
  writer.I64(meta_data_field::kDataPageOffset, metadata.dictionary_size);
  if (metadata.dictionary_size > 0) writer.I64(meta_data_field::kDictionaryPageOffset, 0);
  if (form.statistics.any()) {
    writer.Header(meta_data_field::kStatistics, ThriftType::kStruct);
    AppendStatistics(form.statistics, metadata.statistics, metadata.signed_order, out);
  }
  if (form.encoding_stats) {
    writer.Header(meta_data_field::kEncodingStats, ThriftType::kList);
    AppendEncodingStats(metadata, out);
  }
  if (form.size_statistics && metadata.sizes.is_set()) {
    writer.Header(meta_data_field::kSizeStatistics, ThriftType::kStruct);
    AppendSizes(metadata.sizes, out);
  }
  writer.Stop();
}

}  // namespace

std::string SerializeColumnChunk(const ChunkMetadata& metadata) {
  std::string bytes;
  ThriftStructWriter writer(&bytes);
  writer.I64(FieldId(chunk_field::kFileOffset), 0);
  writer.Header(FieldId(chunk_field::kMetaData), ThriftType::kStruct);
  AppendMetaData(metadata, &bytes);
  writer.Stop();
  return bytes;
}

}  // namespace planish
