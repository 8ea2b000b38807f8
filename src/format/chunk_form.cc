// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_form.h"

#include <string>
#include <utility>

#include "base/error_builder.h"
#include "format/page_fields.h"
#include "format/parquet_fields.h"

namespace planish {
namespace {

using arrow::Compression;

/// Codecs by their number in the file format. What is written as number 5 is LZ4 in the
/// frames of Hadoop; number 7 is LZ4 as such.
constexpr std::pair<Compression::type, const char*> kCodecs[] = {
    {Compression::UNCOMPRESSED, "none"}, {Compression::SNAPPY, "snappy"},
    {Compression::GZIP, "gzip"},         {Compression::LZO, "lzo"},
    {Compression::BROTLI, "brotli"},     {Compression::LZ4_HADOOP, "lz4_hadoop"},
    {Compression::ZSTD, "zstd"},         {Compression::LZ4, "lz4"},
};

arrow::Status ReadMetaData(std::string_view meta_data, ChunkForm* form) {
  return VisitFields(meta_data, [&](const ThriftField& field) -> arrow::Status {
    switch (field.id) {
      case meta_data_field::kType:
        form->type = field;
        break;
      case meta_data_field::kPathInSchema:
        form->path_in_schema = field;
        break;
      case meta_data_field::kCodec: {
        ARROW_ASSIGN_OR_RAISE(const int64_t codec, field.I32());
        form->codec = static_cast<int32_t>(codec);
        break;
      }
      case meta_data_field::kNumValues:
        return field.I64().Value(&form->num_values);
      case meta_data_field::kStatistics: {
        ARROW_ASSIGN_OR_RAISE(const std::string_view statistics, field.Struct());
        return ReadStatisticsFields(statistics).Value(&form->statistics);
      }
      case meta_data_field::kEncodingStats:
        form->encoding_stats = true;
        break;
      case meta_data_field::kSizeStatistics:
        form->size_statistics = true;
        break;
      default:
        break;
    }
    return arrow::Status::OK();
  });
}

}  // namespace

arrow::Result<ChunkForm> ReadChunkForm(std::string_view column_chunk) {
  ChunkForm form;
  ARROW_RETURN_NOT_OK(
      VisitFields(column_chunk, [&](const ThriftField& field) -> arrow::Status {
        if (field.key() == chunk_field::kOffsetIndexOffset) form.offset_index = true;
        if (field.key() == chunk_field::kColumnIndexOffset) form.column_index = true;
        if (field.key() != chunk_field::kMetaData) return arrow::Status::OK();
        ARROW_ASSIGN_OR_RAISE(const std::string_view meta_data, field.Struct());
        return ReadMetaData(meta_data, &form);
      }));
  if (form.type.id == 0 || form.path_in_schema.id == 0) {
    return arrow::Status::Invalid("column chunk lacks its type or its path");
  }
  return form;
}

std::string CodecName(Compression::type codec) {
  for (const auto& [type, name] : kCodecs) {
    if (type == codec) return name;
  }
  return arrow::util::Codec::GetCodecAsString(codec);
}

arrow::Compression::type ArrowCodec(int32_t codec) {
  return kCodecs[codec].first;
}

arrow::Result<std::unique_ptr<arrow::util::Codec>> MakeCodec(int32_t codec, int level) {
  if (codec < 0 || codec >= static_cast<int32_t>(std::size(kCodecs))) {
    return arrow::Status(
        Error(ErrorKind::kUnsupported,
              "compression codec is not known: " + std::to_string(codec)));
  }
  const auto [type, name] = kCodecs[codec];
  if (type == Compression::UNCOMPRESSED) return nullptr;
  auto result = arrow::util::Codec::Create(type, level);
  if (result.ok()) return result;
  return arrow::Status(Error(ErrorKind::kUnsupported,
                             std::string("compression codec is not available: ") + name)
                           .Cause(result.status()));
}

arrow::Result<int32_t> CodecOf(const WriterOptions& options) {
  for (size_t i = 0; i < std::size(kCodecs); ++i) {
    if (options.compression == kCodecs[i].second) return static_cast<int32_t>(i);
  }
  return arrow::Status(Error(ErrorKind::kInvalidOption,
                             "compression codec is not known: " + options.compression));
}

}  // namespace planish
