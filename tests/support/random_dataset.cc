// SPDX-License-Identifier: Apache-2.0
#include "support/random_dataset.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>
#include <sstream>

#include "arrow/array/util.h"
#include "arrow/scalar.h"
#include "dataset/hive_partitions.h"
#include "support/random_column.h"

namespace planish {
namespace {

/// A row as each column's value index.
using RowIndexes = std::vector<int>;

/// What all files of a dataset share.
struct Plan {
  std::vector<std::string> names;
  std::vector<std::shared_ptr<arrow::DataType>> types;
  std::vector<bool> has_nulls;
  std::vector<int> domains;  ///< how many values a column has
  std::vector<RowIndexes> favourites;
  bool types_differ = false;
  bool has_nested = false;
  /// For all files or none: without the Arrow schema a duration is read as an integer.
  bool store_schema = true;
  bool int96 = false;
  bool columns_missing = false;
};

constexpr int kManyValues = 100'000;

RowIndexes RandomRow(RandomSource* random, const Plan& plan) {
  if (!plan.favourites.empty() && random->OneIn(2)) return random->Pick(plan.favourites);
  RowIndexes row;
  for (size_t i = 0; i < plan.names.size(); ++i) {
    const bool null = plan.has_nulls[i] && random->OneIn(5);
    row.push_back(null ? kNullIndex : random->Below(plan.domains[i]));
  }
  return row;
}

Plan RandomPlan(RandomSource* random) {
  Plan plan;
  std::vector<std::string> names = {"id",  "name", "a.b", "\xc3\xbcn\xc3\xaf",
                                    "v 1", "Value"};
  random->Shuffle(&names);
  const int num_columns = random->Between(1, 5);
  for (int i = 0; i < num_columns; ++i) {
    plan.names.push_back(names[i]);
    plan.types.push_back(RandomType(random));
    const auto type = plan.types[i]->id();
    plan.has_nested = plan.has_nested || plan.types[i]->num_fields() > 0;
    plan.has_nulls.push_back(type == arrow::Type::NA ||
                             (type != arrow::Type::FIXED_SIZE_LIST && random->OneIn(2)));
    plan.domains.push_back(random->Pick({1, 2, 3, 8, 12, kManyValues}));
  }
  plan.types_differ = random->OneIn(3);
  plan.store_schema = !random->OneIn(4);
  plan.int96 = random->OneIn(8);
  plan.columns_missing = num_columns > 1 && random->OneIn(6);
  const int num_favourites = random->Below(5);
  std::vector<RowIndexes> favourites;
  for (int i = 0; i < num_favourites; ++i) favourites.push_back(RandomRow(random, plan));
  plan.favourites = favourites;
  return plan;
}

arrow::Result<std::shared_ptr<arrow::Table>> MakeTable(
    RandomSource* random, const Plan& plan, const std::vector<RowIndexes>& rows,
    bool lack_a_column) {
  std::vector<size_t> order(plan.names.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (random->OneIn(3)) random->Shuffle(&order);
  if (lack_a_column) order.pop_back();
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const size_t i : order) {
    const auto type =
        plan.types_differ ? RandomRelatedType(random, plan.types[i]) : plan.types[i];
    std::vector<int> indexes;
    for (const auto& row : rows) indexes.push_back(row[i]);
    ARROW_ASSIGN_OR_RAISE(auto column, ColumnOfValues(type, indexes));
    const bool nullable = plan.has_nulls[i] || random->OneIn(2);
    fields.push_back(arrow::field(plan.names[i], type, nullable));
    columns.push_back(column);
  }
  return arrow::Table::Make(arrow::schema(fields), columns,
                            static_cast<int64_t>(rows.size()));
}

/// An encoding other than plain that Arrow writes for the type, if there is one.
std::optional<parquet::Encoding::type> RandomEncoding(RandomSource* random,
                                                      const arrow::DataType& type) {
  using parquet::Encoding;
  if (type.num_fields() > 0) return std::nullopt;
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Encoding::RLE;
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
      return random->Pick({Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT});
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return random->Pick(
          {Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY});
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FIXED_SIZE_BINARY:
      return Encoding::BYTE_STREAM_SPLIT;
    default:
      return std::nullopt;
  }
}

/// Encodings and bloom filters of the columns of a table.
void ChooseColumnForms(RandomSource* random, const arrow::Schema& schema,
                       WriteSpec* spec) {
  const bool encode = !spec->int96 && random->OneIn(3);
  const bool filter = BloomFiltersWritable() && random->OneIn(4);
  for (const auto& field : schema.fields()) {
    const auto encoding = RandomEncoding(random, *field->type());
    if (encode && encoding.has_value()) spec->encodings[field->name()] = *encoding;
    const bool filterable = field->type()->num_fields() == 0 &&
                            field->type()->id() != arrow::Type::BOOL &&
                            field->type()->id() != arrow::Type::NA;
    if (filter && filterable) spec->bloom_filter_columns.push_back(field->name());
  }
}

WriteSpec RandomSpec(RandomSource* random, const Plan& plan,
                     const arrow::Schema& schema) {
  WriteSpec spec;
  spec.row_group_rows = random->OneIn(4) ? 30 : random->Between(1, 7);
  spec.codec = random->Pick({arrow::Compression::UNCOMPRESSED, arrow::Compression::SNAPPY,
                             arrow::Compression::GZIP, arrow::Compression::ZSTD,
                             arrow::Compression::LZ4, arrow::Compression::BROTLI});
  spec.dictionary = random->OneIn(2);
  spec.data_page_v2 = random->OneIn(2);
  if (random->OneIn(2)) {
    // A nested column whose pages are smaller than this starts with an empty page, and
    // always may in version 2; Arrow writes those but does not read them.
    spec.data_page_bytes = plan.has_nested ? 16 : 1;
    spec.data_page_v2 = spec.data_page_v2 && !plan.has_nested;
    spec.write_batch_rows = random->Between(1, 3);
  }
  spec.page_index = random->OneIn(2);
  spec.page_checksums = random->OneIn(4);
  spec.statistics = !random->OneIn(4);
  spec.store_schema = plan.store_schema;
  spec.int96 = plan.int96;
  ChooseColumnForms(random, schema, &spec);
  if (random->OneIn(4)) spec.key_value_metadata = {{"origin", "random"}, {"empty", ""}};
  return spec;
}

std::string PercentEncode(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') {
      encoded += c;
    } else {
      char hex[4];
      std::snprintf(hex, sizeof(hex), "%%%02X", static_cast<unsigned char>(c));
      encoded += hex;
    }
  }
  return encoded;
}

/// "region=a%20b/year=2/" with a value picked for each hive column.
std::string RandomPartition(RandomSource* random,
                            const std::vector<std::string>& hive_columns) {
  std::string path;
  for (const auto& column : hive_columns) {
    const std::string value =
        column == "year" ? random->Pick<std::string>({"1", "2", "03", "-4"})
                         : random->Pick<std::string>(
                               {"a b", "x/y", "50%", "\xc3\xbc", "k=v", "plain"});
    path += column + "=";
    path += random->OneIn(5) ? "__HIVE_DEFAULT_PARTITION__" : PercentEncode(value);
    path += "/";
  }
  return path;
}

std::vector<RowIndexes> RandomRows(RandomSource* random, const Plan& plan) {
  std::vector<RowIndexes> rows;
  const int num_rows = random->OneIn(8) ? 0 : random->Between(1, 30);
  for (int i = 0; i < num_rows; ++i) rows.push_back(RandomRow(random, plan));
  return rows;
}

/// A column of structs that have other fields in other files.
arrow::Status AddColumnOfStructs(RandomSource* random, RandomDataset* dataset) {
  using arrow::field;
  dataset->data_columns.push_back("pair");
  for (RandomFile& file : dataset->files) {
    arrow::FieldVector fields = {
        field("p", arrow::int64()), field("q", arrow::utf8()),
        field("r", arrow::struct_({field("s", arrow::boolean())}))};
    random->Shuffle(&fields);
    fields.resize(static_cast<size_t>(random->Between(1, 3)));
    const auto type = arrow::struct_(fields);
    std::vector<int> indexes;
    for (int64_t row = 0; row < file.table->num_rows(); ++row) {
      indexes.push_back(random->OneIn(4) ? kNullIndex : random->Below(8));
    }
    ARROW_ASSIGN_OR_RAISE(const auto column, ColumnOfValues(type, indexes));
    ARROW_ASSIGN_OR_RAISE(
        file.table, file.table->AddColumn(file.table->num_columns(), field("pair", type),
                                          std::make_shared<arrow::ChunkedArray>(column)));
    // See RandomSpec.
    file.spec.data_page_bytes = std::max<int64_t>(file.spec.data_page_bytes, 16);
    file.spec.data_page_v2 = false;
  }
  return arrow::Status::OK();
}

/// A column in every file, of types that have none in common.
arrow::Status AddOddColumn(RandomSource* random, RandomDataset* dataset) {
  using arrow::field;
  const auto micros = arrow::TimeUnit::MICRO;
  const auto number = field("p", arrow::int64());
  const arrow::DataTypeVector types = {
      arrow::int64(),
      arrow::float64(),
      arrow::utf8(),
      arrow::timestamp(micros),
      arrow::timestamp(micros, "UTC"),
      arrow::list(arrow::int64()),
      arrow::struct_({number}),
      arrow::struct_({number, field("q", arrow::utf8())}),
  };
  dataset->odd_column = "odd";
  for (RandomFile& file : dataset->files) {
    const auto& type = random->Pick(types);
    std::vector<int> indexes;
    for (int64_t row = 0; row < file.table->num_rows(); ++row) {
      indexes.push_back(random->OneIn(4) ? kNullIndex : random->Below(8));
    }
    ARROW_ASSIGN_OR_RAISE(const auto column, ColumnOfValues(type, indexes));
    ARROW_ASSIGN_OR_RAISE(
        file.table, file.table->AddColumn(random->Below(file.table->num_columns() + 1),
                                          field(dataset->odd_column, type),
                                          std::make_shared<arrow::ChunkedArray>(column)));
    if (type->num_fields() > 0) {
      // See RandomSpec.
      file.spec.data_page_bytes = std::max<int64_t>(file.spec.data_page_bytes, 16);
      file.spec.data_page_v2 = false;
    }
  }
  return arrow::Status::OK();
}

/// Gives most files the columns of their directories.
arrow::Status StorePartitions(RandomSource* random, RandomDataset* dataset) {
  const auto text = random->Pick<std::shared_ptr<arrow::DataType>>(
      {arrow::utf8(), arrow::large_utf8()});
  const auto year = random->Pick<std::shared_ptr<arrow::DataType>>(
      {text, arrow::int32(), arrow::int64(), arrow::int8()});
  for (RandomFile& file : dataset->files) {
    std::istringstream path(file.relative_path);
    for (std::string name; std::getline(path, name, '/');) {
      const size_t equals = name.find('=');
      if (equals == std::string::npos || random->OneIn(4)) continue;
      const std::string column = name.substr(0, equals);
      const std::string value = PercentDecode(name.substr(equals + 1));
      const auto& type = column == "year" ? year : text;
      const auto length = file.table->num_rows();
      std::shared_ptr<arrow::Scalar> scalar = arrow::MakeNullScalar(type);
      if (value != "__HIVE_DEFAULT_PARTITION__") {
        ARROW_ASSIGN_OR_RAISE(scalar, arrow::Scalar::Parse(type, value));
      }
      ARROW_ASSIGN_OR_RAISE(const auto values,
                            arrow::MakeArrayFromScalar(*scalar, length));
      ARROW_ASSIGN_OR_RAISE(
          file.table,
          file.table->AddColumn(random->Below(file.table->num_columns() + 1),
                                arrow::field(column, type),
                                std::make_shared<arrow::ChunkedArray>(values)));
    }
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<RandomDataset> MakeRandomDataset(RandomSource* random) {
  const Plan plan = RandomPlan(random);
  RandomDataset dataset;
  dataset.data_columns = plan.names;
  dataset.columns_missing = plan.columns_missing;
  for (size_t i = 0; i < plan.names.size(); ++i) {
    if (plan.types[i]->num_fields() == 0) dataset.flat_columns.push_back(plan.names[i]);
  }
  if (random->OneIn(3)) {
    dataset.hive_columns = random->Pick<std::vector<std::string>>(
        {{"year"}, {"region"}, {"year", "region"}, {"region", "year"}});
  }
  dataset.flat_columns.insert(dataset.flat_columns.end(), dataset.hive_columns.begin(),
                              dataset.hive_columns.end());

  std::vector<RowIndexes> rows;
  const int num_files = random->Between(1, 5);
  for (int i = 0; i < num_files; ++i) {
    if (i == 0 || !random->OneIn(5)) rows = RandomRows(random, plan);
    // Never the first, so that every column is somewhere.
    const bool lack_a_column = plan.columns_missing && i > 0 && random->OneIn(2);
    RandomFile file;
    file.relative_path = RandomPartition(random, dataset.hive_columns);
    if (random->OneIn(6)) file.relative_path += "sub/";
    file.relative_path += "part-" + std::to_string(random->Below(10)) + std::to_string(i);
    file.relative_path +=
        random->Pick<std::string>({".parquet", ".snappy.parquet", ".pq"});
    ARROW_ASSIGN_OR_RAISE(file.table, MakeTable(random, plan, rows, lack_a_column));
    file.spec = RandomSpec(random, plan, *file.table->schema());
    dataset.files.push_back(std::move(file));
  }
  if (plan.columns_missing && random->OneIn(2)) {
    ARROW_RETURN_NOT_OK(AddColumnOfStructs(random, &dataset));
  }
  if (random->OneIn(4)) ARROW_RETURN_NOT_OK(AddOddColumn(random, &dataset));
  if (random->OneIn(2)) ARROW_RETURN_NOT_OK(StorePartitions(random, &dataset));
  return dataset;
}

bool RandomDataset::StoresPartitions() const {
  return std::ranges::any_of(files, [&](const RandomFile& file) {
    return std::ranges::any_of(hive_columns, [&](const std::string& column) {
      return file.table->schema()->GetFieldIndex(column) >= 0;
    });
  });
}

std::string RandomDataset::ToString() const {
  std::ostringstream text;
  for (const auto& file : files) {
    text << file.relative_path << " (row groups of " << file.spec.row_group_rows
         << " rows, " << (file.spec.dictionary ? "dictionary" : "plain")
         << (file.spec.data_page_v2 ? ", page version 2" : "")
         << (file.spec.page_index ? ", page index" : "")
         << (file.spec.store_schema ? "" : ", no Arrow schema") << ")\n"
         << file.table->ToString() << "\n";
  }
  return text.str();
}

arrow::Status WriteDataset(const RandomDataset& dataset, const std::string& directory) {
  for (const auto& file : dataset.files) {
    ARROW_RETURN_NOT_OK(
        WriteParquet(file.table, directory + "/" + file.relative_path, file.spec));
  }
  return arrow::Status::OK();
}

}  // namespace planish
