// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// A Parquet file without data: `_metadata`, which has the row groups of many files, or
/// `_common_metadata`, which has the schema alone. Paths in it are below its directory.
class MetadataFile {
 public:
  /// Errors: kNotParquet, kCorrupt, kEncrypted; kUnsupported for a row group without the
  /// path of a file, and for what takes more of the memory of `pool` than a file's
  /// metadata may.
  static arrow::Result<MetadataFile> Read(InputFile& file,
                                          const arrow::MemoryPool* pool = nullptr);

  /// Of the files that it describes, by the first row group of each.
  const std::vector<std::string>& files() const { return files_; }
  bool Lists(const std::string& path) const { return row_groups_.contains(path); }
  /// The serialized FileMetaData.
  std::string_view bytes() const { return bytes_; }
  /// Serialized RowGroup structures of a file that it lists.
  std::vector<std::string_view> RowGroupsOf(const std::string& path) const;

  /// Whether its row groups of `path`, in their order, are those of `footer`: rows, and
  /// of each column chunk type, path, codec, sizes, offsets and statistics, as far as
  /// both have them.
  arrow::Result<bool> Describes(const std::string& path, const Footer& footer) const;

 private:
  struct Span {
    int64_t begin = 0, length = 0;
  };
  MetadataFile() = default;
  arrow::Status Parse();
  arrow::Status AddRowGroup(std::string_view row_group);

  std::string bytes_;
  std::vector<std::string> files_;
  std::map<std::string, std::vector<Span>> row_groups_;
};

/// Makes a metadata file anew out of another one and of footers. What the other one says
/// of the file as a whole stays, fields that planish does not know included, but for the
/// number of rows, private extensions (field 32767), and what SetSchema changes.
class MetadataFileBuilder {
 public:
  /// `base` must outlive it.
  explicit MetadataFileBuilder(const MetadataFile* base) : base_(base) {}

  /// Schema, column orders, and what key-value entries say of the schema, are those of
  /// `model`, which must outlive it.
  void SetSchema(const Footer* model) { model_ = model; }

  /// Row groups of `path` as the base has them.
  arrow::Status Keep(const std::string& path);
  /// Row groups of a file that is at `path`.
  arrow::Status Add(const std::string& path, const Footer& footer);

  /// The whole file.
  arrow::Result<std::string> Finish() const;

 private:
  const MetadataFile* const base_;
  const Footer* model_ = nullptr;
  std::string row_groups_;
  int32_t num_row_groups_ = 0;
  int64_t num_rows_ = 0;
};

}  // namespace planish
