// SPDX-License-Identifier: Apache-2.0
#include "planish/check.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "arrow/array.h"
#include "arrow/record_batch.h"
#include "arrow/scalar.h"
#include "base/without_exceptions.h"
#include "dataset/ipc_import.h"
#include "dataset/schema_agreement.h"
#include "jobs/dedup_question.h"
#include "jobs/other_files.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "jobs/unfinished_inputs.h"
#include "jobs/winner_search.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

/// The `count` most frequent groups, most rows first, earlier rows first among equals.
std::vector<KeyGroup> Worst(std::vector<KeyGroup> groups, int count) {
  const auto size = std::min<size_t>(groups.size(), static_cast<size_t>(count));
  std::partial_sort(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(size),
                    groups.end(), [](const KeyGroup& a, const KeyGroup& b) {
                      return a.rows != b.rows ? a.rows > b.rows
                                              : a.first_row < b.first_row;
                    });
  groups.resize(size);
  return groups;
}

/// Reads the key values of a group's first row back from its file.
arrow::Result<DuplicatedKey> Describe(const Inventory& inventory, const KeyGroup& group,
                                      const std::vector<RowGroupRef>& row_groups,
                                      KeyScanner* scanner) {
  DuplicatedKey key;
  key.rows = group.rows;
  const auto behind = std::upper_bound(
      row_groups.begin(), row_groups.end(), group.first_row,
      [](int64_t row, const RowGroupRef& g) { return row < g.first_row; });
  const RowGroupRef& place = *(behind - 1);
  const DataFile& file = inventory.files()[static_cast<size_t>(place.file)];
  key.first_file = file.path;
  key.first_row = group.first_row - file.first_row;
  ARROW_RETURN_NOT_OK(scanner->Scan(
      place, 32 * 1024, [&](const arrow::RecordBatch& batch, int64_t first_row) {
        const int64_t row = group.first_row - first_row;
        if (row < 0 || row >= batch.num_rows()) return arrow::Status::OK();
        for (int i = 0; i < batch.num_columns(); ++i) {
          ARROW_ASSIGN_OR_RAISE(auto value, batch.column(i)->GetScalar(row));
          key.values.push_back(ValueText(*batch.schema()->field(i), *value));
        }
        return arrow::Status::OK();
      }));
  return key;
}

arrow::Result<std::vector<DuplicatedKey>> DescribeWorst(
    Run* run, const std::shared_ptr<const Inventory>& inventory,
    const std::vector<int>& key_columns, const std::vector<KeyGroup>& worst) {
  if (worst.empty()) return std::vector<DuplicatedKey>();
  ARROW_RETURN_NOT_OK(run->EnterStage("describe", 0, 0));
  KeyScanner scanner(run->fs(), inventory, key_columns, run->pool());
  std::vector<RowGroupRef> row_groups = inventory->RowGroups();
  std::erase_if(row_groups, [](const RowGroupRef& group) { return group.num_rows == 0; });
  std::vector<DuplicatedKey> described;
  for (const KeyGroup& group : worst) {
    ARROW_ASSIGN_OR_RAISE(DuplicatedKey key,
                          Describe(*inventory, group, row_groups, &scanner));
    described.push_back(std::move(key));
  }
  return described;
}

/// What is duplicated in the chunks that can be read.
struct Duplicates {
  std::shared_ptr<const Inventory> inventory;
  std::vector<KeyGroup> groups;
  std::vector<DuplicatedKey> worst;
};

/// Until nothing more turns up that cannot be read.
arrow::Result<Duplicates> FindDuplicates(Run* run, const WinnerQuestion& question,
                                         int worst_keys,
                                         std::shared_ptr<const Inventory> inventory,
                                         SkippedChunks* skipped, Report* report) {
  while (true) {
    WinnerSearch search(run, inventory, question, skipped);
    run->Expect(EstimateRun(search.workload()), report);
    auto groups = search.FindGroups();
    report->engine = search.engine();
    report->chunks = search.chunks();
    report->chunk_sizes = search.chunk_sizes();
    report->bytes_read += search.bytes_read();
    if (!groups.ok() && !search.is_void()) return groups.status();
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
    if (!groups.ok()) continue;
    auto worst =
        DescribeWorst(run, inventory, question.key_columns, Worst(*groups, worst_keys));
    if (worst.ok()) return Duplicates{inventory, *std::move(groups), *std::move(worst)};
    ARROW_RETURN_NOT_OK(skipped->SkipWhatFailed(*inventory, worst.status()));
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
  }
}

arrow::Result<CheckResult> RunCheck(const CheckOptions& options,
                                    const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<Run> run,
      Run::Make(context, ReadRetries(options.on_error, options.retries)));
  ARROW_RETURN_NOT_OK(run->EnterStage("dataset", 0, 0));
  ARROW_RETURN_NOT_OK(CheckInputsFinished(run->fs(), options.dataset));
  SkippedChunks skipped(run.get(), options.on_error);
  const WriterOptions writer;
  const IpcImport import(run->fs(), run->scratch(), context.memory_limit, writer,
                         run->pool());
  ARROW_ASSIGN_OR_RAISE(
      auto found, Inventory::Make(run->fs(), options.dataset, true, false, run->pool(),
                                  skipped.FileSkipper(), &import));
  CheckResult result;
  NoteOtherFiles(run.get(), *found, &result.report);
  ARROW_ASSIGN_OR_RAISE(auto inventory, skipped.Rest(found));
  ARROW_ASSIGN_OR_RAISE(std::vector<int> key, ResolveKey(*inventory, options.key));
  WinnerQuestion question;
  question.key_columns = ScopedKey(*inventory, key, options.scope);
  question.nan_equal = options.nan_equal;

  Report& report = result.report;
  ARROW_ASSIGN_OR_RAISE(Duplicates duplicates,
                        FindDuplicates(run.get(), question, options.worst_keys,
                                       std::move(inventory), &skipped, &report));
  ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *duplicates.inventory));
  for (int column : question.key_columns) {
    result.key.push_back(duplicates.inventory->schema()->field(column)->name());
  }
  result.duplicated_keys = static_cast<int64_t>(duplicates.groups.size());
  for (const KeyGroup& group : duplicates.groups) result.surplus_rows += group.rows - 1;
  result.worst = std::move(duplicates.worst);

  report.verb = "check";
  report.options = DescribeOptions(options, context);
  report.rows_in = duplicates.inventory->num_rows();
  skipped.Describe(*duplicates.inventory, &report);
  report.rows_kept = report.rows_in - result.surplus_rows;
  for (const SkippedChunk& chunk : report.skipped) {
    report.rows_kept -= std::max<int64_t>(chunk.rows, 0);
  }
  report.rows_dropped = result.surplus_rows;
  run->Complete(&report);
  return result;
}

}  // namespace

arrow::Result<CheckResult> Check(const CheckOptions& options, const RunContext& context) {
  return WithoutExceptions([&] { return RunCheck(options, context); });
}

}  // namespace planish
