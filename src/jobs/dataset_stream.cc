// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <utility>

#include "arrow/compute/cast.h"
#include "arrow/compute/exec.h"
#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "dataset/inventory.h"
#include "dataset/ipc_import.h"
#include "dataset/schema_agreement.h"
#include "jobs/batch_lender.h"
#include "jobs/dedup_decision.h"
#include "jobs/dedup_question.h"
#include "jobs/one_reader.h"
#include "jobs/other_files.h"
#include "jobs/row_filter.h"
#include "jobs/run.h"
#include "jobs/unfinished_inputs.h"
#include "planish/stream.h"
#include "scan/key_scanner.h"

namespace planish {
namespace {

constexpr int64_t kMostBatchRows = 64 * 1024;
constexpr int64_t kMostBatchBytes = int64_t{16} << 20;
constexpr int64_t kBatchShare = 32;
/// Arrow data is seldom more than this many times its Parquet.
constexpr int64_t kExpansion = 4;

/// Of a column as KeyScanner reads it, the field that a stream shows.
std::shared_ptr<arrow::Field> StreamField(const std::shared_ptr<arrow::Field>& field) {
  if (!IsInt96(*field)) return field;
  return arrow::field(field->name(), arrow::timestamp(arrow::TimeUnit::NANO),
                      field->nullable());
}

std::shared_ptr<arrow::Schema> StreamSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(StreamField(field));
  return arrow::schema(std::move(fields));
}

std::vector<int> AllColumns(const arrow::Schema& schema) {
  std::vector<int> columns(static_cast<size_t>(schema.num_fields()));
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

class DatasetStream : public StreamDedupReader {
 public:
  DatasetStream(std::shared_ptr<Run> run, std::shared_ptr<const Inventory> inventory,
                RowBitmap losers, Report report)
      : run_(std::move(run)),
        inventory_(std::move(inventory)),
        losers_memory_(run_->budget()),
        losers_(std::move(losers)),
        row_groups_(inventory_->RowGroups()),
        scanner_(run_->fs(), inventory_, AllColumns(*inventory_->schema()),
                 run_->batch_pool()),
        schema_(StreamSchema(*inventory_->schema())),
        lender_(run_),
        report_(std::move(report)),
        bytes_searched_(report_.bytes_read) {}

  arrow::Status Open() {
    ARROW_RETURN_NOT_OK(
        losers_memory_.Grow(RowBitmap::BytesFor(losers_.num_rows()), "row selection"));
    return run_->EnterStage("emit", inventory_->num_rows(), 0);
  }

  /// Lent batches may keep the run alive, but not what is in scratch.
  ~DatasetStream() override { Release(); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  int64_t spooled_rows() const override { return 0; }
  Report report() const override { return report_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    const OneReader reader(&reading_);
    ARROW_RETURN_NOT_OK(reader.Check());
    if (!failed_.ok() || ended_) return failed_;
    std::shared_ptr<arrow::RecordBatch> kept;
    failed_ = FindNext(&kept);
    if (failed_.ok() && kept != nullptr) {
      report_.rows_kept += kept->num_rows();
      *batch = lender_.Lend(kept);
      return failed_;
    }
    ended_ = true;
    if (failed_.ok()) failed_ = CheckUnchanged(run_->fs(), *inventory_);
    Release();
    report_.bytes_read = bytes_searched_ + scanner_.bytes_read();
    report_.rows_dropped = report_.rows_in - report_.rows_kept;
    run_->Complete(&report_);
    return failed_;
  }

 private:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  void Release() {
    batches_.reset();
    run_->RemoveScratch();
  }

  arrow::Status FindNext(BatchPtr* kept) {
    while (true) {
      if (batches_ == nullptr) {
        if (next_row_group_ == row_groups_.size()) return arrow::Status::OK();
        ARROW_RETURN_NOT_OK(OpenRowGroup(row_groups_[next_row_group_++]));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, batches_->Next());
      if (batch == nullptr) {
        batches_.reset();
        continue;
      }
      ARROW_RETURN_NOT_OK(run_->Advance(batch->num_rows(), 0));
      std::vector<uint8_t> flags(static_cast<size_t>(batch->num_rows()));
      for (uint8_t& flag : flags) flag = losers_.Contains(next_row_++) ? 0 : 1;
      ARROW_ASSIGN_OR_RAISE(const BatchPtr filtered,
                            FilterRows(batch, flags, run_->batch_pool()));
      if (filtered->num_rows() == 0) continue;
      return ShowInt96(*filtered, kept);
    }
  }

  arrow::Status OpenRowGroup(const RowGroupRef& row_group) {
    const int64_t end = row_group.first_row + row_group.num_rows;
    next_row_ = row_group.first_row;
    if (losers_.Count(row_group.first_row, end) == row_group.num_rows) {
      return run_->Advance(row_group.num_rows, 0);
    }
    const DataFile& file = inventory_->files()[static_cast<size_t>(row_group.file)];
    const int64_t bytes =
        file.row_group_bytes[static_cast<size_t>(row_group.row_group)] * kExpansion;
    const int64_t row_bytes = std::max<int64_t>(bytes / row_group.num_rows, 1);
    const int64_t batch_bytes =
        std::min(run_->budget()->limit() / kBatchShare, kMostBatchBytes);
    const int64_t batch_rows =
        std::clamp<int64_t>(batch_bytes / row_bytes, 1, kMostBatchRows);
    ARROW_ASSIGN_OR_RAISE(batches_, scanner_.Open(row_group, batch_rows));
    return arrow::Status::OK();
  }

  /// Nanoseconds as decimals, which is how INT96 is read without loss, as timestamps.
  arrow::Status ShowInt96(const arrow::RecordBatch& batch, BatchPtr* shown) const {
    arrow::ArrayVector columns = batch.columns();
    arrow::compute::ExecContext context(run_->batch_pool());
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto& type = schema_->field(static_cast<int>(i))->type();
      if (columns[i]->type()->Equals(*type)) continue;
      auto numbers = arrow::compute::Cast(*columns[i], arrow::int64(),
                                          arrow::compute::CastOptions::Safe(), &context);
      if (!numbers.ok() && !numbers.status().IsOutOfMemory()) {
        return Error(ErrorKind::kUnsupported,
                     "INT96 timestamp is beyond what nanoseconds in 64 bits hold")
            .Column(schema_->field(static_cast<int>(i))->name())
            .Cause(numbers.status())
            .Hint("write to a directory, where INT96 stays as it is");
      }
      ARROW_RETURN_NOT_OK(numbers.status());
      ARROW_ASSIGN_OR_RAISE(columns[i], (*numbers)->View(type));
    }
    *shown = arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

  const std::shared_ptr<Run> run_;
  const std::shared_ptr<const Inventory> inventory_;
  MemoryReservation losers_memory_;
  const RowBitmap losers_;
  const std::vector<RowGroupRef> row_groups_;
  KeyScanner scanner_;
  const std::shared_ptr<arrow::Schema> schema_;
  BatchLender lender_;
  size_t next_row_group_ = 0;
  std::unique_ptr<KeyScanner::Batches> batches_;
  int64_t next_row_ = 0;
  Report report_;
  const int64_t bytes_searched_;
  arrow::Status failed_;
  bool ended_ = false;
  std::atomic<bool> reading_{false};
};

/// Options that only matter where files are written.
arrow::Status CheckStreamed(const DedupOptions& options) {
  if (!options.output.empty() || options.dry_run || options.verify) {
    return Error(ErrorKind::kInvalidOption,
                 "a stream has no `output`, `dry_run` or `verify`: leave them out");
  }
  DedupOptions rest = options;
  rest.dry_run = true;
  return rest.Validate();
}

arrow::Result<std::shared_ptr<StreamDedupReader>> OpenDatasetStream(
    const DedupOptions& options, const RunContext& context) {
  ARROW_RETURN_NOT_OK(CheckStreamed(options));
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<Run> run,
      Run::Make(context, ReadRetries(options.on_error, options.retries)));
  Report report;
  report.verb = "dedup";
  report.options = DescribeOptions(options, context);
  ARROW_RETURN_NOT_OK(run->EnterStage("dataset", 0, 0));
  ARROW_RETURN_NOT_OK(CheckInputsFinished(run->fs(), options.dataset));
  const bool loop = options.semantics == Semantics::kLoop;
  const IpcImport import(run->fs(), run->scratch(), context.memory_limit, options.writer,
                         run->pool());
  ARROW_ASSIGN_OR_RAISE(auto inventory,
                        Inventory::Make(run->fs(), options.dataset, !loop, loop,
                                        run->pool(), /*on_unreadable=*/{}, &import));
  NoteOtherFiles(run.get(), *inventory, &report);
  ARROW_RETURN_NOT_OK(inventory->CheckTypesAgree(AllColumns(*inventory->schema())));
  report.rows_in = inventory->num_rows();
  report.files_in = static_cast<int64_t>(inventory->files().size());
  report.bytes_in = inventory->num_bytes();
  ARROW_ASSIGN_OR_RAISE(const DedupQuestion question,
                        ResolveQuestion(*inventory, options));
  ARROW_ASSIGN_OR_RAISE(DedupDecision decision,
                        DecideLosers(run.get(), options, question, std::move(inventory),
                                     /*skipped=*/nullptr, &report));
  auto reader =
      std::make_shared<DatasetStream>(std::move(run), std::move(decision.inventory),
                                      std::move(decision.losers), std::move(report));
  ARROW_RETURN_NOT_OK(reader->Open());
  return reader;
}

}  // namespace

arrow::Result<std::shared_ptr<StreamDedupReader>> DedupToStream(
    const DedupOptions& options, const RunContext& context) {
  return WithoutExceptions([&] { return OpenDatasetStream(options, context); });
}

}  // namespace planish
