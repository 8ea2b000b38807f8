// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "arrow/result.h"
#include "arrow/util/compression.h"
#include "format/statistics_fields.h"
#include "format/thrift_compact.h"
#include "planish/writer_options.h"

namespace planish {

/// How a column chunk is encoded, as far as it does not show in its values: what a chunk
/// made from it takes over.
struct ChunkForm {
  /// Fields of the source's ColumnMetaData that stay as they are.
  ThriftField type, path_in_schema;
  int32_t codec = 0;  ///< CompressionCodec of the file format
  int64_t num_values = 0;
  StatisticsFields statistics;
  bool encoding_stats = false;
  bool size_statistics = false;
  bool offset_index = false;
  bool column_index = false;
  /// Of the pages; known when the first data page has been seen.
  bool data_page_v2 = false;
  bool checksums = false;
  StatisticsFields page_statistics;
};

/// Reads a serialized ColumnChunk, which must outlive the result.
arrow::Result<ChunkForm> ReadChunkForm(std::string_view column_chunk);

/// A codec by its number in the file format, to read and write with; null for none.
/// kUnsupported if this build of Arrow lacks it.
arrow::Result<std::unique_ptr<arrow::util::Codec>> MakeCodec(
    int32_t codec, int level = arrow::util::kUseDefaultCompressionLevel);

/// The number in the file format of the codec that `options` name.
arrow::Result<int32_t> CodecOf(const WriterOptions& options);

/// What Arrow calls codec number `codec`.
arrow::Compression::type ArrowCodec(int32_t codec);

/// The name by which options and reports know a codec: "none", "snappy", "lz4" and so on.
std::string CodecName(arrow::Compression::type codec);

}  // namespace planish
