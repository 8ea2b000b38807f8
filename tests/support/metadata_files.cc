// SPDX-License-Identifier: Apache-2.0
#include "support/metadata_files.h"

#include <memory>

#include "arrow/io/file.h"
#include "parquet/arrow/writer.h"
#include "parquet/exception.h"
#include "parquet/file_reader.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

namespace planish {
namespace {

using Metadata = std::shared_ptr<parquet::FileMetaData>;

arrow::Result<Metadata> MetadataOf(const std::string& path) {
  BEGIN_PARQUET_CATCH_EXCEPTIONS
  return parquet::ParquetFileReader::OpenFile(path)->metadata();
  END_PARQUET_CATCH_EXCEPTIONS
}

arrow::Status Write(const parquet::FileMetaData& metadata, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::FileOutputStream::Open(path));
  ARROW_RETURN_NOT_OK(parquet::arrow::WriteMetaDataFile(metadata, out.get()));
  return out->Close();
}

void Describe(const parquet::FileMetaData& metadata, const std::string& name,
              std::vector<std::string>* row_groups) {
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto row_group = metadata.RowGroup(i);
    if (row_group->num_rows() == 0) continue;
    const auto chunk = row_group->ColumnChunk(0);
    row_groups->push_back((name.empty() ? chunk->file_path() : name) + ": " +
                          std::to_string(row_group->num_rows()) + " rows at " +
                          std::to_string(chunk->data_page_offset()));
  }
}

}  // namespace

arrow::Status WriteMetadataFile(const std::string& directory,
                                const std::vector<std::string>& names) {
  Metadata all;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(const Metadata one, MetadataOf(directory + "/" + name));
    one->set_file_path(name);
    if (all == nullptr) {
      all = one;
      continue;
    }
    BEGIN_PARQUET_CATCH_EXCEPTIONS
    all->AppendRowGroups(*one);
    END_PARQUET_CATCH_EXCEPTIONS
  }
  return Write(*all, directory + "/_metadata");
}

arrow::Status WriteCommonMetadataFile(const std::string& directory,
                                      const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const Metadata one, MetadataOf(directory + "/" + name));
  return Write(*one->Subset({}), directory + "/_common_metadata");
}

arrow::Result<std::vector<std::string>> ReadMetadataFile(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const Metadata metadata, MetadataOf(path));
  std::vector<std::string> row_groups;
  Describe(*metadata, "", &row_groups);
  int64_t num_rows = 0;
  for (int i = 0; i < metadata->num_row_groups(); ++i) {
    num_rows += metadata->RowGroup(i)->num_rows();
  }
  if (num_rows == metadata->num_rows()) return row_groups;
  return arrow::Status::Invalid("says ", metadata->num_rows(), " rows, has ", num_rows);
}

arrow::Result<std::vector<std::string>> RowGroupsOfFiles(
    const std::string& directory, const std::vector<std::string>& names) {
  std::vector<std::string> row_groups;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(const Metadata one, MetadataOf(directory + "/" + name));
    Describe(*one, name, &row_groups);
  }
  return row_groups;
}

arrow::Result<std::vector<std::string>> ReadLeafColumns(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const Metadata metadata, MetadataOf(path));
  std::vector<std::string> names;
  for (int i = 0; i < metadata->num_columns(); ++i) {
    names.push_back(metadata->schema()->Column(i)->path()->ToDotString());
  }
  return names;
}

}  // namespace planish
