// SPDX-License-Identifier: Apache-2.0
#include "scan/partition_change.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error_builder.h"
#include "dataset/partition_path.h"
#include "dataset/schema_agreement.h"
#include "scan/key_scanner.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 4096;

/// The values of one row of the source, in these columns.
arrow::Result<arrow::ScalarVector> ReadRow(FileSystem* fs,
                                           const std::shared_ptr<const Inventory>& source,
                                           std::vector<int> columns, int64_t row,
                                           arrow::MemoryPool* pool) {
  KeyScanner scanner(fs, source, std::move(columns), pool);
  arrow::ScalarVector values;
  for (const RowGroupRef& group : source->RowGroups()) {
    if (row < group.first_row || row >= group.first_row + group.num_rows) continue;
    ARROW_RETURN_NOT_OK(scanner.ScanWhile(
        group, kBatchRows,
        [&](const arrow::RecordBatch& batch, int64_t first) -> arrow::Result<bool> {
          if (row >= first + batch.num_rows()) return true;
          for (const auto& column : batch.columns()) {
            ARROW_ASSIGN_OR_RAISE(values.emplace_back(), column->GetScalar(row - first));
          }
          return false;
        }));
  }
  return values;
}

}  // namespace

arrow::Status RefusePartitionChange(FileSystem* fs, const Inventory& target,
                                    const std::shared_ptr<const Inventory>& source,
                                    const PartitionChangingRow& row,
                                    arrow::MemoryPool* pool) {
  const auto after =
      std::ranges::upper_bound(target.files(), row.target_row, {}, &DataFile::first_row);
  const DataFile& file = *(after - 1);
  const Partition& partition = target.partitions()[static_cast<size_t>(file.partition)];
  std::vector<int> columns = row.key;
  for (const int column : row.hive_source_of) {
    if (column >= 0) columns.push_back(column);
  }
  ARROW_ASSIGN_OR_RAISE(const auto values,
                        ReadRow(fs, source, columns, row.source_row, pool));
  std::string key, partition_after;
  for (size_t i = 0; i < row.key.size(); ++i) {
    const arrow::Field& field = *source->schema()->field(row.key[i]);
    key += (i == 0 ? "" : ", ") + field.name() + "=" + ValueText(field, *values[i]);
  }
  size_t next = row.key.size();
  for (size_t i = 0; i < row.hive_source_of.size(); ++i) {
    const auto& name =
        target.schema()->field(target.num_data_columns() + static_cast<int>(i))->name();
    PartitionText text = TextOfHiveValue(*partition.values[i]);
    if (row.hive_source_of[i] >= 0) {
      ARROW_ASSIGN_OR_RAISE(const auto array,
                            arrow::MakeArrayFromScalar(*values[next++], 1, pool));
      ARROW_ASSIGN_OR_RAISE(const auto texts, PartitionTexts(array, pool));
      text = std::nullopt;
      if (texts->IsValid(0)) {
        ARROW_ASSIGN_OR_RAISE(const auto scalar, texts->GetScalar(0));
        text = scalar->ToString();
      }
    }
    partition_after += (i == 0 ? "" : "/") + HiveDirectoryName(name, text);
  }
  return Error(ErrorKind::kInvalidOption,
               "a row of the source would change the partition of its key: " + key)
      .File(file.path)
      .Fact("row", std::to_string(row.target_row - file.first_row))
      .Fact("partition", partition.path)
      .Fact("would go to", partition_after)
      .Hint(
          "set `on_partition_change=move` if rows may go from one partition into "
          "another");
}

}  // namespace planish
