// SPDX-License-Identifier: Apache-2.0
#include "planish/inspect.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "arrow/util/int_util_overflow.h"
#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "dataset/inventory.h"
#include "dataset/schema_agreement.h"
#include "format/parquet_file.h"
#include "jobs/option_checks.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "jobs/unfinished_inputs.h"
#include "jobs/value_range.h"

namespace planish {
namespace {

constexpr int64_t kMegabyte = 1'000'000;
constexpr int64_t kBucketLimits[] = {1 * kMegabyte,   8 * kMegabyte,   32 * kMegabyte,
                                     128 * kMegabyte, 512 * kMegabyte, -1};

/// Sums of what footers claim, over any number of files: the largest number there is
/// stands for all beyond.
void AddClaimed(int64_t claimed, int64_t* sum) {
  if (arrow::internal::AddWithOverflow(*sum, claimed, sum)) {
    *sum = std::numeric_limits<int64_t>::max();
  }
}

/// Types of the leaves below `type`, in the order of Parquet's leaf columns.
void AppendLeafTypes(const std::shared_ptr<arrow::DataType>& type,
                     std::vector<std::shared_ptr<arrow::DataType>>* leaves) {
  if (type->id() == arrow::Type::EXTENSION) {
    AppendLeafTypes(static_cast<const arrow::ExtensionType&>(*type).storage_type(),
                    leaves);
  } else if (type->num_fields() == 0) {
    leaves->push_back(type);
  } else {
    for (const auto& field : type->fields()) AppendLeafTypes(field->type(), leaves);
  }
}

std::vector<FileSizeBucket> SizeHistogram(const std::vector<DataFile>& files) {
  std::vector<FileSizeBucket> buckets;
  for (int64_t limit : kBucketLimits) {
    buckets.emplace_back().below_bytes = limit;
  }
  for (const DataFile& file : files) {
    const int64_t size = file.identity.size;
    auto bucket = std::find_if(buckets.begin(), buckets.end() - 1,
                               [&](const auto& b) { return size < b.below_bytes; });
    bucket->files++;
    bucket->bytes += size;
  }
  return buckets;
}

/// Gathers what the footers say of one leaf column, file by file.
struct LeafColumn {
  InspectedColumn shown;
  int dataset_column = 0;
  int64_t rows = 0;  ///< of the files that have it
  std::shared_ptr<arrow::DataType> type;
  std::vector<std::string> types;  ///< different ones, as text
  bool in_conflict = false;        ///< of a column that files disagree on
  bool is_int96 = false;
  ValueRange range;

  void AddType(const std::shared_ptr<arrow::DataType>& file_type, bool int96) {
    is_int96 |= int96;
    const std::string text = int96 ? "INT96 timestamp" : file_type->ToString();
    if (std::ranges::find(types, text) == types.end()) types.push_back(text);
    // Where the dataset's schema agrees, its leaves do; a nested type that was renamed on
    // the way may still not, and then the first file's type stands.
    auto promoted = type ? PromoteWithoutLoss(type, file_type) : file_type;
    if (promoted.ok()) type = *promoted;
  }

  void AddNulls(std::optional<int64_t> nulls) {
    if (!nulls || *nulls < 0 || shown.null_count < 0) {
      shown.null_count = -1;
    } else {
      AddClaimed(*nulls, &shown.null_count);
    }
  }

  void AddChunk(const ColumnChunkSummary& summary,
                const ColumnChunkStatistics& statistics, int64_t num_values) {
    AddClaimed(summary.compressed_size, &shown.compressed_bytes);
    AddClaimed(summary.uncompressed_size, &shown.uncompressed_bytes);
    // As in WriterOptions, so that what inspect shows can be asked for.
    shown.codecs[summary.codec == "uncompressed" ? "none" : summary.codec]++;
    shown.encodings[summary.encoding]++;
    shown.chunks++;
    shown.chunks_with_bloom_filter += summary.has_bloom_filter;
    shown.chunks_with_page_index += summary.has_page_index;
    AddNulls(statistics.null_count);
    const bool no_values = statistics.null_count == num_values;
    const bool bounded = statistics.min && statistics.max;
    shown.chunks_with_statistics += bounded || no_values;
    if (bounded) {
      range.Add(statistics.min, statistics.max);
    } else if (!no_values) {
      range.SetUnknown();
    }
  }

  InspectedColumn Finish() && {
    if (in_conflict) {
      for (const std::string& text : types) {
        shown.type += (shown.type.empty() ? "" : " | ") + text;
      }
    } else if (is_int96) {
      shown.type = "INT96 timestamp";
    } else if (type) {
      shown.type = type->ToString();
    }
    shown.min = range.min_text();
    shown.max = range.max_text();
    return std::move(shown);
  }
};

class Inspection {
 public:
  explicit Inspection(const Inventory& inventory) : inventory_(inventory) {
    for (const ColumnConflict& conflict : inventory.conflicts()) {
      conflicts_.insert(conflict.column);
    }
  }

  arrow::Status Add(const Run& run, const DataFile& data_file, const ParquetFile& file) {
    created_by_.insert(file.footer().created_by());
    std::vector<FileLeaf> leaves;
    for (int column = 0; column < inventory_.num_data_columns(); ++column) {
      if (data_file.columns[column] < 0) continue;
      ARROW_RETURN_NOT_OK(run.CheckCancelled());
      AddColumn(data_file, file, column, &leaves);
    }
    for (int i = 0; i < file.footer().num_row_groups(); ++i) {
      AddRowGroupRows(file.footer().row_group_num_rows(i));
      ARROW_ASSIGN_OR_RAISE(const auto layouts, file.footer().ColumnChunks(i));
      for (const FileLeaf& leaf : leaves) {
        ARROW_RETURN_NOT_OK(run.CheckCancelled());
        leaves_[leaf.place].AddChunk(
            file.Summary(i, leaf.in_file), file.Statistics(i, leaf.in_file),
            layouts[static_cast<size_t>(leaf.in_file)].num_values);
      }
    }
    return arrow::Status::OK();
  }

  InspectResult Finish() && {
    InspectResult result;
    result.files = static_cast<int64_t>(inventory_.files().size());
    result.other_files = static_cast<int64_t>(inventory_.other_files().size());
    result.row_groups = inventory_.num_row_groups();
    result.rows = inventory_.num_rows();
    result.bytes = inventory_.num_bytes();
    result.partitions = std::ranges::count_if(
        inventory_.partitions(), [](const Partition& p) { return !p.path.empty(); });
    result.min_row_group_rows = min_row_group_rows_;
    result.max_row_group_rows = max_row_group_rows_;
    result.created_by.assign(created_by_.begin(), created_by_.end());
    result.schema = inventory_.schema();
    result.size_histogram = SizeHistogram(inventory_.files());
    for (LeafColumn& leaf : leaves_) {
      // Rows of files that lack a column are null in it.
      if (leaf.rows < result.rows) leaf.AddNulls(result.rows - leaf.rows);
    }
    std::ranges::stable_sort(leaves_, {}, &LeafColumn::dataset_column);
    for (LeafColumn& leaf : leaves_) result.columns.push_back(std::move(leaf).Finish());
    AppendHiveColumns(&result.columns);
    for (const ColumnConflict& conflict : inventory_.conflicts()) {
      result.disagreements.push_back(
          {inventory_.schema()->field(conflict.column)->name(), conflict.types});
    }
    return result;
  }

 private:
  void AddRowGroupRows(int64_t rows) {
    min_row_group_rows_ = has_row_group_ ? std::min(min_row_group_rows_, rows) : rows;
    max_row_group_rows_ = std::max(max_row_group_rows_, rows);
    has_row_group_ = true;
  }

  /// A leaf column of a file, and its place in leaves_.
  struct FileLeaf {
    int in_file = 0;
    size_t place = 0;
  };

  size_t PlaceOf(const std::string& path, int dataset_column) {
    auto [place, is_new] = by_path_.emplace(path, leaves_.size());
    if (is_new) {
      LeafColumn& leaf = leaves_.emplace_back();
      leaf.shown.name = path;
      leaf.shown.null_count = 0;
      leaf.dataset_column = dataset_column;
      leaf.in_conflict = conflicts_.contains(dataset_column);
    }
    return place->second;
  }

  void AddColumn(const DataFile& data_file, const ParquetFile& file, int column,
                 std::vector<FileLeaf>* in_file) {
    const int file_column = data_file.columns[static_cast<size_t>(column)];
    const bool int96 = IsInt96(*file.schema()->field(file_column));
    const std::vector<int> leaves = file.LeavesOf(file_column);
    std::vector<std::shared_ptr<arrow::DataType>> types;
    AppendLeafTypes(file.schema()->field(file_column)->type(), &types);
    for (size_t i = 0; i < leaves.size(); ++i) {
      const size_t place = PlaceOf(file.leaf_path(leaves[i]), column);
      in_file->push_back({leaves[i], place});
      leaves_[place].rows += data_file.num_rows;
      if (types.size() == leaves.size()) leaves_[place].AddType(types[i], int96);
    }
  }

  void AppendHiveColumns(std::vector<InspectedColumn>* columns) const {
    const arrow::Schema& schema = *inventory_.schema();
    std::vector<int64_t> partition_rows(inventory_.partitions().size());
    for (const DataFile& file : inventory_.files()) {
      partition_rows[file.partition] += file.num_rows;
    }
    for (int i = inventory_.num_data_columns(); i < schema.num_fields(); ++i) {
      InspectedColumn& column = columns->emplace_back();
      column.name = schema.field(i)->name();
      column.type = schema.field(i)->type()->ToString();
      column.hive = true;
      column.null_count = 0;
      ValueRange range;
      for (size_t p = 0; p < partition_rows.size(); ++p) {
        const auto& value =
            inventory_.partitions()[p].values[i - inventory_.num_data_columns()];
        if (value->is_valid) {
          range.Add(value, value);
        } else {
          column.null_count += partition_rows[p];
        }
      }
      column.min = range.min_text();
      column.max = range.max_text();
    }
  }

  const Inventory& inventory_;
  std::unordered_set<int> conflicts_;  ///< columns that files disagree on
  std::set<std::string> created_by_;
  std::vector<LeafColumn> leaves_;
  std::unordered_map<std::string, size_t> by_path_;
  bool has_row_group_ = false;
  int64_t min_row_group_rows_ = 0, max_row_group_rows_ = 0;
};

arrow::Result<InspectResult> RunInspect(const DatasetOptions& options,
                                        const RunContext& context) {
  ARROW_RETURN_NOT_OK(CheckLocalPaths(options.inputs, "inputs"));
  ARROW_RETURN_NOT_OK(CheckPatterns(options.include, options.exclude));
  std::vector<SkippedChunk> unreadable;
  const auto note = [&](const std::string& path, int64_t, const arrow::Status& status) {
    const ErrorDetail* detail = GetErrorDetail(status);
    if (detail == nullptr || detail->file != path) return status;
    unreadable.push_back(DescribeSkip(path, -1, status));
    return arrow::Status::OK();
  };
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<Run> run, Run::Make(context));
  ARROW_ASSIGN_OR_RAISE(auto inventory,
                        Inventory::Make(run->fs(), options, /*hive=*/true,
                                        /*by_size=*/false, run->pool(), note));
  Inspection inspection(*inventory);
  for (const DataFile& data_file : inventory->files()) {
    ARROW_ASSIGN_OR_RAISE(auto file, OpenDataFile(run->fs(), data_file, run->pool()));
    const arrow::Status added = inspection.Add(*run, data_file, *file);
    if (!added.ok()) ARROW_RETURN_NOT_OK(note(data_file.path, 0, added));
  }
  InspectResult result = std::move(inspection).Finish();
  std::ranges::sort(unreadable, {}, &SkippedChunk::file);
  result.unreadable = std::move(unreadable);
  ARROW_ASSIGN_OR_RAISE(result.unfinished, DescribeUnfinished(run->fs(), options));
  return result;
}

}  // namespace

arrow::Result<InspectResult> Inspect(const DatasetOptions& options,
                                     const RunContext& context) {
  return WithoutExceptions([&] { return RunInspect(options, context); });
}

}  // namespace planish
