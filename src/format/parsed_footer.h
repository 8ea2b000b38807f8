// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/memory_budget.h"
#include "format/footer.h"
#include "format/thrift_compact.h"
#include "parquet/metadata.h"

namespace planish {

/// Arrow's objects for a footer. One column chunk takes 800 bytes, so those of a large
/// footer are made for one row group at a time, and kept for those asked for of late.
/// Calls throw what Parquet throws. Thread-safe.
class ParsedFooter {
 public:
  /// `footer` must outlive it. What is made is accounted for by the budget of `pool`, as
  /// far as that has room.
  static arrow::Result<std::unique_ptr<ParsedFooter>> Make(const Footer* footer,
                                                           const arrow::MemoryPool* pool);

  /// What the footer says of the file, and of its row groups only if they are few.
  const parquet::FileMetaData& file() const { return *file_; }

  /// A row group, in a footer that may have others or may not.
  struct RowGroupView {
    std::shared_ptr<parquet::FileMetaData> metadata;
    int index = 0;
    std::unique_ptr<parquet::RowGroupMetaData> operator->() const {
      return metadata->RowGroup(index);
    }
  };
  RowGroupView RowGroup(int row_group) const;

  /// A footer with this row group alone, to read data by. `plain`: in types that are not
  /// dictionaries nor extensions, whatever Arrow schema the writer left; with -1 a footer
  /// for its schema.
  arrow::Result<std::shared_ptr<parquet::FileMetaData>> ToRead(int row_group,
                                                               bool plain) const;

 private:
  ParsedFooter(const Footer* footer, const arrow::MemoryPool* pool);
  arrow::Status FindFields();
  /// The bytes of a FileMetaData with one row group, or all, or none.
  enum class Include { kNone, kAll, kOne };
  std::string Assemble(Include include, int row_group, bool plain) const;
  std::shared_ptr<parquet::FileMetaData> Parse(std::string_view bytes) const;

  const Footer* const footer_;
  bool whole_ = false;
  std::vector<ThriftField> fields_;  ///< of the FileMetaData; views into the footer
  /// Key-value entries with a plain Arrow schema, if that is another one.
  std::optional<std::string> plain_entries_;
  std::shared_ptr<parquet::FileMetaData> file_, plain_file_;
  MemoryReservation memory_;

  mutable std::mutex mutex_;
  /// Used last first.
  mutable std::deque<std::pair<int, std::shared_ptr<parquet::FileMetaData>>> kept_;
};

}  // namespace planish
