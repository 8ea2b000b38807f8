// SPDX-License-Identifier: Apache-2.0
#include "property/damage_judge.h"

#include <gtest/gtest.h>

#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "arrow/io/file.h"
#include "dataset/inventory.h"
#include "dataset/order_by.h"
#include "io/file_system.h"
#include "parquet/arrow/reader.h"
#include "parquet/file_reader.h"
#include "reference/naive_winners.h"
#include "rewrite/rewrite_plan.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

/// One row group as Arrow reads it.
arrow::Result<std::shared_ptr<arrow::Table>> ReadRowGroup(const std::string& path,
                                                          int row_group) {
  try {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
    std::vector<int> leaves;
    for (int i = 0; i < reader->parquet_reader()->metadata()->num_columns(); ++i) {
      leaves.push_back(i);
    }
    ARROW_ASSIGN_OR_RAISE(auto batches,
                          reader->GetRecordBatchReader({row_group}, leaves));
    ARROW_ASSIGN_OR_RAISE(auto table, batches->ToTable());
    ARROW_ASSIGN_OR_RAISE(table, DecodeDictionaries(table));
    ARROW_RETURN_NOT_OK(table->Validate());
    return table;
  } catch (const std::exception& e) {
    return arrow::Status::Invalid(e.what());
  }
}

arrow::Result<std::shared_ptr<arrow::Table>> Kept(
    const std::shared_ptr<arrow::Table>& table, const RowBitmap& losers,
    int64_t first_row) {
  std::vector<std::shared_ptr<arrow::Table>> rows = {table->Slice(0, 0)};
  for (int64_t i = 0; i < table->num_rows(); ++i) {
    if (!losers.Contains(first_row + i)) rows.push_back(table->Slice(i, 1));
  }
  return arrow::ConcatenateTables(rows);
}

/// Judges one result.
class Judge {
 public:
  Judge(const DedupOptions& options, const Report& report)
      : options_(options), report_(report) {}

  void Run() {
    ASSERT_OK(TakeInventory());
    ASSERT_OK(FindLosers());
    const RewritePlan plan =
        MakeRewritePlan(inventory_->files(), losers_, options_.optimizations.copy_files,
                        options_.optimizations.copy_row_groups);
    EXPECT_EQ(report_.rows_kept, plan.rows_kept);
    EXPECT_EQ(report_.rows_dropped, plan.rows_dropped);
    for (const FilePlan& file : plan.files) {
      const DataFile& source = inventory_->files()[static_cast<size_t>(file.file)];
      SCOPED_TRACE(source.path);
      const std::string output = options_.output + "/" + source.relative_path;
      ASSERT_EQ(stdfs::exists(output), file.WritesFile());
      if (file.fate == Fate::kCopy) {
        EXPECT_TRUE(*ReadFileBytes(source.path) == *ReadFileBytes(output));
      } else if (file.WritesFile()) {
        CompareRowGroups(source, file, output);
      }
    }
  }

 private:
  arrow::Status TakeInventory() {
    std::set<std::string> files;
    std::set<std::pair<std::string, int>> row_groups;
    for (const SkippedChunk& chunk : report_.skipped) {
      if (chunk.row_group < 0) files.insert(chunk.file);
      row_groups.emplace(chunk.file, chunk.row_group);
    }
    ARROW_ASSIGN_OR_RAISE(
        inventory_,
        Inventory::Make(
            LocalFileSystem(), options_.dataset, true, false,
            arrow::default_memory_pool(),
            [&](const std::string& path, int64_t, const arrow::Status& status) {
              return files.contains(path) ? arrow::Status::OK() : status;
            }));
    std::vector<RowGroupRef> gone;
    for (const RowGroupRef& group : inventory_->RowGroups()) {
      const std::string& path = inventory_->files()[static_cast<size_t>(group.file)].path;
      if (row_groups.contains({path, group.row_group})) gone.push_back(group);
    }
    inventory_ = inventory_->Without(gone);
    return arrow::Status::OK();
  }

  arrow::Status FindLosers() {
    NaiveQuestion question;
    question.keep = options_.keep;
    question.scope = options_.scope;
    question.nan_equal = options_.nan_equal;
    const arrow::Schema& schema = *inventory_->schema();
    for (const auto& name : options_.key) {
      question.key_columns.push_back(schema.GetFieldIndex(name));
    }
    for (const auto& item : options_.order_by) {
      ARROW_ASSIGN_OR_RAISE(const auto column, ResolveOrderBy(schema, item));
      question.order_columns.push_back(column.column);
      question.descending.push_back(column.descending);
    }
    ARROW_ASSIGN_OR_RAISE(losers_,
                          FindLosersNaively(LocalFileSystem(), inventory_, question,
                                            arrow::default_memory_pool()));
    return arrow::Status::OK();
  }

  void CompareRowGroups(const DataFile& source, const FilePlan& file,
                        const std::string& output) {
    int written = 0;
    for (const RowGroupPlan& group : file.row_groups) {
      if (group.fate == Fate::kDrop || group.fate == Fate::kSkip) continue;
      SCOPED_TRACE("row group " + std::to_string(group.row_group));
      const int at = written++;
      const auto before = ReadRowGroup(source.path, group.row_group);
      const auto actual = ReadRowGroup(output, at);
      // Arrow may read less than planish has to: pages of which no row stays, and fields
      // of page headers that nobody needs but that are taken over.
      if (!before.ok()) continue;
      ASSERT_OK(actual);
      // Of damage that was copied along, Arrow may make fewer rows.
      if (group.fate != Fate::kCopy) {
        ASSERT_EQ((*actual)->num_rows(), group.rows_kept);
      }
      ASSERT_OK_AND_ASSIGN(auto expected, Kept(*before, losers_, group.first_row));
      ASSERT_TRUE(TablesEqual(*expected, **actual));
    }
  }

  const DedupOptions& options_;
  const Report& report_;
  std::shared_ptr<const Inventory> inventory_;
  RowBitmap losers_;
};

}  // namespace

void JudgeRun(const DedupOptions& options, const RunContext& context) {
  const stdfs::path parent = stdfs::path(options.output).parent_path();
  const auto count_entries = [&] {
    return std::distance(stdfs::directory_iterator(parent), stdfs::directory_iterator());
  };
  const auto entries = count_entries();
  const auto report = Dedup(options, context);
  if (!report.ok()) {
    EXPECT_NE(GetErrorDetail(report.status()), nullptr) << report.status();
    EXPECT_EQ(count_entries(), entries);
    return;
  }
  if (options.on_error != OnError::kSkip) {
    EXPECT_TRUE(report->skipped.empty());
  }
  Judge(options, *report).Run();
  stdfs::remove_all(options.output);
}

std::string FirstColumn(const std::string& path) {
  try {
    const auto reader = parquet::ParquetFileReader::OpenFile(path, /*memory_map=*/false);
    const auto& schema = *reader->metadata()->schema();
    if (schema.num_columns() == 0) return "";
    const auto names = schema.Column(0)->path()->ToDotVector();
    return names.size() == 1 ? names[0] : "";
  } catch (const std::exception&) {
    return "";
  }
}

}  // namespace planish
