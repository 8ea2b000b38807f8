// SPDX-License-Identifier: Apache-2.0
#include "format/writable_form.h"

#include <algorithm>
#include <limits>
#include <string>

#include "arrow/type_traits.h"
#include "arrow/util/config.h"
#include "arrow/util/key_value_metadata.h"
#include "format/chunk_form.h"
#include "format/schema_translation.h"
#include "parquet/arrow/schema.h"
#include "parquet/metadata.h"

namespace planish {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::Node;
using parquet::schema::NodePtr;
using parquet::schema::PrimitiveNode;

/// A dictionary that all pages of a chunk use may have grown beyond what Arrow allows.
constexpr int64_t kDictionaryBytes = int64_t{8} << 20;
/// Half of Arrow's own limit: to find out that 1 MiB of numbers are all different takes a
/// table of 24 MiB for each column.
constexpr int64_t kNewDictionaryBytes = int64_t{512} << 10;
/// Of values that are not there, those that a new bloom filter does not deny.
constexpr double kFalsePositives = 0.01;

bool IsDictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY ||
         encoding == parquet::Encoding::RLE_DICTIONARY;
}

/// How the data pages of a chunk are encoded, as far as its metadata tells.
struct PageForm {
  bool dictionary = false;
  /// Of pages without dictionary.
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
  bool version_2 = false;
};

bool SetsEncoding(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::DELTA_BINARY_PACKED ||
         encoding == parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY ||
         encoding == parquet::Encoding::DELTA_BYTE_ARRAY ||
         encoding == parquet::Encoding::BYTE_STREAM_SPLIT;
}

PageForm FormOf(const parquet::ColumnChunkMetaData& chunk) {
  PageForm form;
  bool fell_back = false;
  for (const parquet::PageEncodingStats& pages : chunk.encoding_stats()) {
    if (pages.page_type == parquet::PageType::DICTIONARY_PAGE) continue;
    form.version_2 |= pages.page_type == parquet::PageType::DATA_PAGE_V2;
    form.dictionary |= IsDictionary(pages.encoding);
    fell_back |= !IsDictionary(pages.encoding);
    if (SetsEncoding(pages.encoding)) form.encoding = pages.encoding;
  }
  if (chunk.encoding_stats().empty()) {
    for (const parquet::Encoding::type encoding : chunk.encodings()) {
      form.dictionary |= IsDictionary(encoding);
      if (SetsEncoding(encoding)) form.encoding = encoding;
    }
  }
  // A dictionary that is going to be given up costs more than all the rest.
  form.dictionary = form.dictionary && !fell_back;
  return form;
}

/// Arrow writes no LZ4 in Hadoop's frames.
arrow::Compression::type Writable(arrow::Compression::type codec) {
  return codec == arrow::Compression::LZ4_HADOOP ? arrow::Compression::LZ4 : codec;
}

arrow::Status UseCodec(const WriterOptions& options,
                       parquet::WriterProperties::Builder* builder) {
  if (options.compression.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const int32_t codec, CodecOf(options));
  builder->compression(ArrowCodec(codec));
  if (options.compression_level) builder->compression_level(*options.compression_level);
  return arrow::Status::OK();
}

/// Arrow makes it smaller at the end if there are fewer values.
void EnableBloomFilter([[maybe_unused]] const std::string& path,
                       [[maybe_unused]] int64_t most_values,
                       [[maybe_unused]] parquet::WriterProperties::Builder* builder) {
#if ARROW_VERSION_MAJOR >= 25
  parquet::BloomFilterOptions bloom_filter;
  bloom_filter.ndv = most_values;
  bloom_filter.fpp = kFalsePositives;
  bloom_filter.fold = true;
  builder->enable_bloom_filter(path, bloom_filter);
#endif
}

bool SameLayout(const parquet::ColumnDescriptor& file,
                const parquet::ColumnDescriptor& arrow, bool decimal) {
  if (file.max_definition_level() != arrow.max_definition_level() ||
      file.max_repetition_level() != arrow.max_repetition_level()) {
    return false;
  }
  if (file.physical_type() == arrow.physical_type()) {
    return file.physical_type() != parquet::Type::FIXED_LEN_BYTE_ARRAY ||
           file.type_length() == arrow.type_length();
  }
  return decimal && (file.physical_type() == parquet::Type::INT32 ||
                     file.physical_type() == parquet::Type::INT64);
}

}  // namespace

NodePtr CopyNode(const Node& node, std::optional<int> field_id) {
  const int id = field_id.value_or(node.field_id());
  if (node.is_primitive()) {
    const auto& primitive = static_cast<const PrimitiveNode&>(node);
    return PrimitiveNode::Make(node.name(), node.repetition(), node.logical_type(),
                               primitive.physical_type(), primitive.type_length(), id);
  }
  const auto& group = static_cast<const GroupNode&>(node);
  parquet::schema::NodeVector fields;
  for (int i = 0; i < group.field_count(); ++i) {
    fields.push_back(CopyNode(*group.field(i), field_id));
  }
  const auto& type = node.logical_type();
  const bool plain = type == nullptr || type->is_none();
  return GroupNode::Make(node.name(), node.repetition(), fields, plain ? nullptr : type,
                         id);
}

std::shared_ptr<GroupNode> CopySchema(const parquet::SchemaDescriptor& schema,
                                      const std::vector<int>& columns,
                                      const parquet::schema::NodeVector& added) {
  const GroupNode& root = *schema.group_node();
  parquet::schema::NodeVector fields;
  for (const int column : columns) fields.push_back(CopyNode(*root.field(column)));
  fields.insert(fields.end(), added.begin(), added.end());
  return std::static_pointer_cast<GroupNode>(
      GroupNode::Make(root.name(), parquet::Repetition::REQUIRED, fields));
}

arrow::Status CheckWritable(const ArrowParquetFile& file, int column) {
  const parquet::SchemaDescriptor& schema = *file.metadata().schema();
  const auto field = WritableField(file.schema()->field(column));
  std::shared_ptr<parquet::SchemaDescriptor> made;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(
      arrow::schema({field}).get(), *parquet::default_writer_properties(),
      *ArrowPropertiesLike(file, {column}), &made));
  const std::vector<int> leaves = file.LeavesOf(column);
  bool same = made->num_columns() == static_cast<int>(leaves.size());
  for (int i = 0; same && i < made->num_columns(); ++i) {
    const parquet::ColumnDescriptor& leaf =
        *schema.Column(leaves[static_cast<size_t>(i)]);
    const bool decimal =
        leaf.logical_type() != nullptr && leaf.logical_type()->is_decimal();
    same = SameLayout(leaf, *made->Column(i), decimal);
  }
  if (same) return arrow::Status::OK();
  return arrow::Status::NotImplemented(
      "values cannot be written in the layout that the column has");
}

std::shared_ptr<arrow::Field> WritableField(const std::shared_ptr<arrow::Field>& field) {
  if (!IsInt96Field(*field)) return field;
  return arrow::field(field->name(), arrow::timestamp(arrow::TimeUnit::NANO),
                      field->nullable());
}

arrow::Result<std::shared_ptr<parquet::WriterProperties>> PropertiesLike(
    const ArrowParquetFile& file, int row_group, const std::vector<int>& columns,
    const WriterOptions& options, int64_t row_group_rows, arrow::MemoryPool* pool,
    bool retyped) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)->max_row_group_length(row_group_rows);
  if (row_group < 0) {
    builder.compression(arrow::Compression::SNAPPY);
    ARROW_RETURN_NOT_OK(UseCodec(options, &builder));
    return builder.build();
  }
  if (row_group_rows == std::numeric_limits<int64_t>::max()) {
    // One row group for one: its dictionaries are about as large again.
    builder.dictionary_pagesize_limit(kDictionaryBytes);
  } else {
    builder.dictionary_pagesize_limit(kNewDictionaryBytes);
  }
  ARROW_ASSIGN_OR_RAISE(const auto chunks, file.ColumnChunks(row_group));
  const auto group = file.RowGroup(row_group);
  bool version_2 = false, page_index = false;
  if (options.compression.empty() && group->num_columns() > 0) {
    builder.compression(Writable(group->ColumnChunk(0)->compression()));
  }
  if (columns.empty() && group->num_columns() > 0) {
    version_2 = FormOf(*group->ColumnChunk(0)).version_2;
    page_index = chunks->layouts[0].offset_index_offset >= 0;
  }
  for (const int column : columns) {
    for (const int leaf : file.LeavesOf(column)) {
      const auto chunk = group->ColumnChunk(leaf);
      const auto path = file.metadata().schema()->Column(leaf)->path();
      const PageForm form = FormOf(*chunk);
      version_2 |= form.version_2;
      page_index |= chunks->layouts[static_cast<size_t>(leaf)].offset_index_offset >= 0;
      const bool has_values =
          file.schema()->field(column)->type()->id() != arrow::Type::NA;
      if (retyped) {
        if (has_values && !form.dictionary) builder.disable_dictionary();
      } else if (form.dictionary) {
        builder.enable_dictionary(path);
      } else {
        builder.disable_dictionary(path);
        builder.encoding(path, form.encoding);
      }
      if (options.compression.empty()) {
        const auto codec = Writable(chunk->compression());
        retyped ? builder.compression(codec) : builder.compression(path, codec);
      }
      const ColumnChunkLayout& layout = chunks->layouts[static_cast<size_t>(leaf)];
      if (layout.bloom_filter_offset >= 0 && has_values) {
        const bool is_new = row_group_rows < std::numeric_limits<int64_t>::max();
        EnableBloomFilter(path->ToDotString(),
                          is_new ? row_group_rows : layout.num_values, &builder);
      }
    }
  }
  ARROW_RETURN_NOT_OK(UseCodec(options, &builder));
  if (version_2) builder.data_page_version(parquet::ParquetDataPageVersion::V2);
  if (page_index) {
    builder.enable_write_page_index();
  } else {
    builder.disable_write_page_index();
  }
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> ArrowPropertiesLike(
    const ArrowParquetFile& file, const std::vector<int>& columns, bool int96) {
  parquet::ArrowWriterProperties::Builder builder;
  if (int96) builder.enable_deprecated_int96_timestamps();
  for (const int column : columns) {
    for (const int leaf : file.LeavesOf(column)) {
      const auto* const descriptor = file.metadata().schema()->Column(leaf);
      if (descriptor->physical_type() == parquet::Type::INT96) {
        builder.enable_deprecated_int96_timestamps();
      }
    }
  }
  return builder.build();
}

}  // namespace planish
