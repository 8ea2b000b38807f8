// SPDX-License-Identifier: Apache-2.0
#include "format/column_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "arrow/array/array_decimal.h"
#include "base/error_builder.h"
#include "format/chunk_relocation.h"
#include "format/int96_reader.h"
#include "format/parquet_fields.h"
#include "format/schema_translation.h"
#include "format/writable_form.h"

namespace planish {

arrow::Status ColumnEncoder::Open(int64_t expected_bytes) {
  ARROW_ASSIGN_OR_RAISE(sink_,
                        arrow::io::BufferOutputStream::Create(expected_bytes, pool_));
  auto parquet_writer = parquet::ParquetFileWriter::Open(
      sink_, form_.schema,
      parquet::WriterProperties::Builder(*form_.properties)
          .memory_pool(&writer_pool_)
          ->build());
  if (IsInt96Field(*form_.field)) {
    parquet_writer_ = std::move(parquet_writer);
    int96_writer_ = static_cast<parquet::Int96Writer*>(
        parquet_writer_->AppendBufferedRowGroup()->column(0));
    return writer_pool_.refusal();
  }
  schema_ = arrow::schema({WritableField(form_.field)});
  ARROW_RETURN_NOT_OK(parquet::arrow::FileWriter::Make(&writer_pool_,
                                                       std::move(parquet_writer), schema_,
                                                       form_.arrow_properties, &writer_));
  ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
  return writer_pool_.refusal();
}

arrow::Status ColumnEncoder::Write(const std::shared_ptr<arrow::Array>& array) {
  const arrow::Status written = int96_writer_ != nullptr
                                    ? WriteInt96(*array)
                                    : writer_->WriteRecordBatch(*arrow::RecordBatch::Make(
                                          schema_, array->length(), {array}));
  ARROW_RETURN_NOT_OK(writer_pool_.refusal());
  // What the column's own values never are: null inside of something that is required.
  return written.IsIOError() || written.IsInvalid()
             ? AddContext(written, ErrorKind::kSchemaMismatch, path_)
             : written;
}

arrow::Status ColumnEncoder::WriteInt96(const arrow::Array& nanoseconds) {
  constexpr int64_t kBatchValues = 1024;
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(nanoseconds);
  const bool nullable = int96_writer_->descr()->max_definition_level() > 0;
  std::array<parquet::Int96, kBatchValues> values;
  std::array<int16_t, kBatchValues> levels;
  for (int64_t begin = 0; begin < decimals.length(); begin += kBatchValues) {
    const int64_t end = std::min(begin + kBatchValues, decimals.length());
    size_t num_values = 0;
    for (int64_t i = begin; i < end; ++i) {
      const bool valid = decimals.IsValid(i);
      levels[static_cast<size_t>(i - begin)] = valid ? 1 : 0;
      if (!valid) continue;
      ARROW_ASSIGN_OR_RAISE(values[num_values++],
                            Int96Of(arrow::Decimal128(decimals.GetValue(i))));
    }
    if (!nullable && static_cast<int64_t>(num_values) < end - begin) {
      return arrow::Status::Invalid("null for a column that is required");
    }
    int96_writer_->WriteBatch(end - begin, nullable ? levels.data() : nullptr, nullptr,
                              values.data());
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ColumnEncoder::FinishFile() {
  if (parquet_writer_ != nullptr) {
    parquet_writer_->Close();
    parquet_writer_.reset();
  } else {
    ARROW_RETURN_NOT_OK(writer_->Close());
    writer_.reset();
  }
  ARROW_RETURN_NOT_OK(writer_pool_.refusal());
  return sink_->Finish();
}

arrow::Result<std::vector<EncodedChunk>> ColumnEncoder::Finish(WaitingRoom* room) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, FinishFile());
  return TakeApart(std::string_view(*bytes), room);
}

arrow::Result<std::vector<EncodedChunk>> ColumnEncoder::TakeApart(std::string_view bytes,
                                                                  WaitingRoom* room) {
  ARROW_ASSIGN_OR_RAISE(const Footer footer, FooterOf(bytes));
  ARROW_ASSIGN_OR_RAISE(const auto layouts, footer.ColumnChunks(0));
  std::vector<EncodedChunk> chunks;
  ARROW_RETURN_NOT_OK(
      VisitFields(footer.row_group_bytes(0), [&](const ThriftField& field) {
        if (field.key() != row_group_field::kColumns) return arrow::Status::OK();
        return VisitStructs(field, [&](std::string_view structure) -> arrow::Status {
          const size_t i = chunks.size();
          EncodedChunk& chunk = chunks.emplace_back();
          chunk.has_new_values = true;
          return TakeChunk(bytes, structure, layouts[i], room, &chunk);
        });
      }));
  return chunks;
}

arrow::Status ColumnEncoder::TakeChunk(std::string_view bytes, std::string_view structure,
                                       const ColumnChunkLayout& layout, WaitingRoom* room,
                                       EncodedChunk* chunk) {
  ChunkPlacement placement;
  placement.data_shift = -layout.data_offset;
  ARROW_RETURN_NOT_OK(RelocateChunk(structure, layout, placement, &chunk->column_chunk));
  const auto piece = [&](int64_t offset, int64_t length) {
    return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
  };
  if (layout.offset_index_offset >= 0) {
    ARROW_ASSIGN_OR_RAISE(
        auto index,
        RelocateOffsetIndex(piece(layout.offset_index_offset, layout.offset_index_length),
                            layout.data_offset, layout.data_length, -layout.data_offset));
    chunk->offset_index = std::move(index.bytes);
  }
  if (layout.column_index_offset >= 0) {
    chunk->column_index = piece(layout.column_index_offset, layout.column_index_length);
  }
  if (layout.bloom_filter_offset >= 0) {
    const std::string_view filter =
        piece(layout.bloom_filter_offset, layout.bloom_filter_length);
    ARROW_ASSIGN_OR_RAISE(
        auto buffer, arrow::AllocateBuffer(static_cast<int64_t>(filter.size()), pool_));
    std::memcpy(buffer->mutable_data(), filter.data(), filter.size());
    chunk->bloom_filter = std::move(buffer);
  }
  ChunkSink sink(room, pool_);
  ARROW_RETURN_NOT_OK(sink.Append(piece(layout.data_offset, layout.data_length)));
  return sink.Finish(nullptr).Value(&chunk->data);
}

arrow::Result<Footer> FooterOf(std::string_view file) {
  constexpr size_t kTail = 8;
  uint32_t length = 0;
  for (size_t i = 0; i < 4; ++i) {
    const auto byte = static_cast<uint8_t>(file[file.size() - kTail + i]);
    length |= static_cast<uint32_t>(byte) << (8 * i);
  }
  return Footer::Parse(std::string(file.substr(file.size() - kTail - length, length)),
                       static_cast<int64_t>(file.size()));
}

}  // namespace planish
