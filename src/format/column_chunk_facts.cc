// SPDX-License-Identifier: Apache-2.0
#include "format/column_chunk_facts.h"

#include <set>
#include <string>
#include <utility>

#include "arrow/scalar.h"
#include "arrow/type_traits.h"
#include "format/chunk_form.h"
#include "parquet/arrow/reader.h"
#include "parquet/statistics.h"
#include "parquet/types.h"

namespace planish {
namespace {

/// A bound in the type that values are read as, or null if that is not a matter of naming
/// alone.
std::shared_ptr<arrow::Scalar> AsType(std::shared_ptr<arrow::Scalar> bound,
                                      const std::shared_ptr<arrow::DataType>& type) {
  if (bound == nullptr || !bound->is_valid || bound->type->Equals(*type)) return bound;
  const arrow::Type::type from = bound->type->id();
  if (arrow::is_base_binary_like(from) && (arrow::is_base_binary_like(type->id()) ||
                                           arrow::is_binary_view_like(type->id()))) {
    const auto& bytes = static_cast<const arrow::BaseBinaryScalar&>(*bound).value;
    return arrow::MakeScalar(type, bytes).ValueOr(nullptr);
  }
  if (from == arrow::Type::TIMESTAMP && type->id() == arrow::Type::TIMESTAMP) {
    const auto unit = static_cast<const arrow::TimestampType&>(*bound->type).unit();
    if (unit != static_cast<const arrow::TimestampType&>(*type).unit()) return nullptr;
    return std::make_shared<arrow::TimestampScalar>(
        static_cast<const arrow::TimestampScalar&>(*bound).value, type);
  }
  if (from == arrow::Type::INT64 && type->id() == arrow::Type::DURATION) {
    return std::make_shared<arrow::DurationScalar>(
        static_cast<const arrow::Int64Scalar&>(*bound).value, type);
  }
  return nullptr;
}

/// Arrow knows these flags since some version between 21 and 25.
template <typename Statistics>
bool SaysInexact(const Statistics& statistics) {
  if constexpr (requires { statistics.is_min_value_exact(); }) {
    return !statistics.is_min_value_exact().value_or(true) ||
           !statistics.is_max_value_exact().value_or(true);
  }
  return false;
}

/// Floating-point bounds leave NaN out, so they do not bound every value.
bool IsFloating(const parquet::ColumnDescriptor& column) {
  return column.physical_type() == parquet::Type::FLOAT ||
         column.physical_type() == parquet::Type::DOUBLE ||
         (column.logical_type() != nullptr && column.logical_type()->is_float16());
}

bool IsDictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY ||
         encoding == parquet::Encoding::RLE_DICTIONARY;
}

std::string EncodingName(parquet::Encoding::type encoding) {
  return IsDictionary(encoding) ? "DICTIONARY" : parquet::EncodingToString(encoding);
}

/// Encodings of the data pages. Without page counts the list of all encodings has to do,
/// in which those of levels and of the dictionary page cannot be told from those of
/// values for sure.
std::set<std::string> DataEncodings(const parquet::ColumnChunkMetaData& chunk) {
  std::set<std::string> names;
  for (const parquet::PageEncodingStats& stats : chunk.encoding_stats()) {
    if (stats.page_type == parquet::PageType::DICTIONARY_PAGE || stats.count == 0)
      continue;
    names.insert(EncodingName(stats.encoding));
  }
  if (!names.empty()) return names;
  bool dictionary = false;
  for (parquet::Encoding::type encoding : chunk.encodings()) {
    dictionary |= IsDictionary(encoding);
  }
  for (parquet::Encoding::type encoding : chunk.encodings()) {
    const bool of_levels =
        encoding == parquet::Encoding::RLE || encoding == parquet::Encoding::BIT_PACKED;
    const bool of_dictionary = dictionary && encoding == parquet::Encoding::PLAIN;
    if (!of_levels && !of_dictionary) names.insert(EncodingName(encoding));
  }
  if (names.empty()) names.insert(EncodingName(parquet::Encoding::RLE));
  return names;
}

}  // namespace

ColumnChunkStatistics StatisticsOf(const parquet::ColumnChunkMetaData& chunk,
                                   const parquet::ColumnDescriptor& column,
                                   const std::shared_ptr<arrow::DataType>& type) {
  ColumnChunkStatistics result;
  // False for writers known to have got them wrong and for types without an order.
  if (!chunk.is_stats_set()) return result;
  const std::shared_ptr<parquet::Statistics> statistics = chunk.statistics();
  if (statistics == nullptr) return result;
  if (statistics->HasNullCount()) result.null_count = statistics->null_count();
  if (statistics->HasMinMax() && !SaysInexact(*statistics)) {
    SetBounds(*statistics, column, type, &result);
  }
  return result;
}

void SetBounds(const parquet::Statistics& statistics,
               const parquet::ColumnDescriptor& column,
               const std::shared_ptr<arrow::DataType>& type,
               ColumnChunkStatistics* result) {
  if (IsFloating(column)) return;
  std::shared_ptr<arrow::Scalar> min, max;
  if (!parquet::arrow::StatisticsAsScalars(statistics, &min, &max).ok()) return;
  min = AsType(std::move(min), type);
  max = AsType(std::move(max), type);
  if (min == nullptr || max == nullptr) return;
  result->min = std::move(min);
  result->max = std::move(max);
}

void Summarize(const parquet::ColumnChunkMetaData& chunk, ColumnChunkSummary* summary) {
  summary->codec = CodecName(chunk.compression());
  for (const std::string& name : DataEncodings(chunk)) {
    summary->encoding += (summary->encoding.empty() ? "" : ", ") + name;
  }
  summary->compressed_size = chunk.total_compressed_size();
  summary->uncompressed_size = chunk.total_uncompressed_size();
  summary->has_bloom_filter = chunk.bloom_filter_offset().has_value();
  summary->has_page_index = chunk.GetOffsetIndexLocation().has_value() ||
                            chunk.GetColumnIndexLocation().has_value();
}

arrow::Status CheckPhysicalType(const parquet::FileMetaData& metadata, int row_group,
                                int leaf) {
  const parquet::Type::type stored =
      metadata.RowGroup(row_group)->ColumnChunk(leaf)->type();
  const parquet::Type::type declared = metadata.schema()->Column(leaf)->physical_type();
  if (stored == declared) return arrow::Status::OK();
  return arrow::Status::Invalid("column chunk's type is not that of its column: ",
                                parquet::TypeToString(stored));
}

}  // namespace planish
