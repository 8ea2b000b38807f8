// SPDX-License-Identifier: Apache-2.0
#include "jobs/stream_dedup.h"

#include <optional>
#include <utility>

#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "format/ipc_source.h"
#include "jobs/batch_conformance.h"
#include "jobs/batch_lender.h"
#include "jobs/batch_pieces.h"
#include "jobs/dedup_question.h"
#include "jobs/one_reader.h"
#include "jobs/row_filter.h"
#include "jobs/run.h"
#include "jobs/seen_keys.h"
#include "jobs/spooled_batches.h"
#include "jobs/spooled_keys.h"
#include "jobs/stream_keys.h"
#include "jobs/stream_options.h"
#include "planish/stream.h"

namespace planish {
namespace {

/// Batches are taken in pieces, whatever the memory limit, since pieces come out as
/// batches: beside the source's batch there need not be room for another of its size.
constexpr int64_t kPieceBytes = int64_t{8} << 20;
constexpr int64_t kPieceRows = int64_t{1} << 20;

/// Keys may take half of the limit: the rest is for the batches, and for giving the keys
/// over to scratch if there are more.
constexpr int64_t kSeenShare = 2;
/// What is kept free for that.
constexpr int64_t kHeadroomShare = 8;

/// What is in scratch of a stream, and what is known of its rows.
struct Spool {
  explicit Spool(Run* run) : reservation(run->budget()) {}

  std::unique_ptr<SpooledBatches> batches;
  std::unique_ptr<SpooledKeys> keys;
  /// Of the first batch, the rows decided before memory was refused.
  std::vector<uint8_t> decided;
  /// Keys that had come out before; they are the first rows of `keys`.
  int64_t num_seen = 0;
  MemoryReservation reservation;
  RowBitmap losers;
  int64_t next_row = 0;

  /// Whether the row behind those asked about so far stays.
  bool Keeps() {
    const int64_t row = next_row++;
    const auto num_decided = static_cast<int64_t>(decided.size());
    if (row < num_decided) return decided[static_cast<size_t>(row)] != 0;
    return !losers.Contains(num_seen + row - num_decided);
  }
};

class StreamDedup : public StreamDedupReader {
 public:
  StreamDedup(std::shared_ptr<Run> run, std::shared_ptr<arrow::RecordBatchReader> source,
              const StreamDedupOptions& options)
      : run_(std::move(run)),
        source_(std::move(source)),
        options_(options),
        lender_(run_),
        headroom_(run_->budget()) {
    report_.verb = "dedup";
    report_.options = DescribeStreamOptions(options, run_->context());
  }

  arrow::Status Open(int64_t most_seen_bytes) {
    ARROW_ASSIGN_OR_RAISE(keys_, StreamKeys::Make(source_->schema(), options_,
                                                  run_->budget()->limit(), run_->pool()));
    const SpooledKeyForm& form = keys_->form();
    DescribeKeys(form, &report_.engine);
    if (options_.keep == Keep::kFirst && !form.has_order) {
      seen_.emplace(form.form, most_seen_bytes, run_->pool());
      headroom_.TryGrow(run_->budget()->limit() / kHeadroomShare);
      return run_->EnterStage("stream", 0, 0);
    }
    return CheckScratch(Error(ErrorKind::kInvalidOption,
                              "a stream needs scratch unless it keeps the first row of "
                              "each key in the stream's own order"));
  }

  /// Lent batches may keep the run alive, but not what is in scratch.
  ~StreamDedup() override { Release(); }

  std::shared_ptr<arrow::Schema> schema() const override { return source_->schema(); }
  int64_t spooled_rows() const override { return spooled_rows_; }
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
    Release();
    report_.rows_dropped = report_.rows_in - report_.rows_kept;
    run_->Complete(&report_);
    return failed_;
  }

 private:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  void Release() {
    spool_.reset();
    seen_.reset();
    headroom_.Reset();
    run_->RemoveScratch();
  }

  /// `error`, if there is no place for scratch.
  arrow::Status CheckScratch(Error error) const {
    if (run_->scratch() != nullptr) return arrow::Status::OK();
    return error.Hint("set `temp_dir` to a directory with room for the stream");
  }

  /// The next batch with rows that stay; null at the end.
  arrow::Status FindNext(BatchPtr* kept) {
    while (spool_ == nullptr && seen_) {
      BatchPtr batch;
      ARROW_RETURN_NOT_OK(ReadSource(&batch));
      if (batch == nullptr) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(DecideAtOnce(batch, kept));
      if (*kept != nullptr) return arrow::Status::OK();
    }
    if (spool_ == nullptr) {
      ARROW_RETURN_NOT_OK(BeginSpool());
      ARROW_RETURN_NOT_OK(SpoolRest());
    }
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, spool_->batches->Next());
      if (batch == nullptr) return arrow::Status::OK();
      std::vector<uint8_t> flags(static_cast<size_t>(batch->num_rows()));
      for (uint8_t& flag : flags) flag = spool_->Keeps() ? 1 : 0;
      ARROW_RETURN_NOT_OK(run_->Advance(batch->num_rows(), 0));
      ARROW_RETURN_NOT_OK(Filter(batch, flags, kept));
      if (*kept != nullptr) return arrow::Status::OK();
    }
  }

  /// The next piece of a batch.
  arrow::Status ReadSource(BatchPtr* batch) {
    int64_t begin = 0;
    *batch = pieces_.Next(&begin);
    if (*batch != nullptr) return run_->Advance((*batch)->num_rows(), 0);
    // Not only the rows visited last, but all that was read with them.
    ARROW_RETURN_NOT_OK(keys_->LetGo());
    ARROW_RETURN_NOT_OK(source_->ReadNext(batch));
    if (*batch == nullptr) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(
        *batch, ConformBatch(*batch, schema(), MissingColumns::kError,
                             {options_.source_name, report_.chunks}, run_->batch_pool()));
    report_.rows_in += (*batch)->num_rows();
    ++report_.chunks;
    pieces_ = BatchPieces(std::move(*batch), kPieceBytes, kPieceRows);
    *batch = pieces_.Next(&begin);
    return run_->Advance((*batch)->num_rows(), 0);
  }

  arrow::Status Filter(const BatchPtr& batch, const std::vector<uint8_t>& flags,
                       BatchPtr* kept) const {
    ARROW_ASSIGN_OR_RAISE(*kept, FilterRows(batch, flags, run_->batch_pool()));
    if ((*kept)->num_rows() == 0) *kept = nullptr;
    return arrow::Status::OK();
  }

  arrow::Status DecideAtOnce(const BatchPtr& batch, BatchPtr* kept) {
    std::vector<uint8_t> fresh(static_cast<size_t>(batch->num_rows()));
    int64_t num_decided = 0;
    ARROW_RETURN_NOT_OK(keys_->Visit(
        batch, [&](const KeyBatch& keys, int64_t begin) -> arrow::Result<bool> {
          const int64_t taken = seen_->Insert(keys, fresh.data() + begin);
          num_decided = begin + taken;
          return taken == keys.num_rows;
        }));
    if (num_decided < batch->num_rows()) {
      fresh.resize(static_cast<size_t>(num_decided));
      return Overflow(batch, std::move(fresh));
    }
    report_.engine.records = seen_->num_keys();
    const arrow::Status filtered = Filter(batch, fresh, kept);
    if (!filtered.IsOutOfMemory() || run_->scratch() == nullptr) return filtered;
    return Overflow(batch, std::move(fresh));
  }

  /// Goes over to scratch, perhaps in the middle of a batch: `decided` says of its first
  /// rows whether they stay.
  arrow::Status Overflow(const BatchPtr& batch, std::vector<uint8_t> decided) {
    ARROW_RETURN_NOT_OK(CheckScratch(
        Error(ErrorKind::kMemoryLimit, "the keys of the stream do not fit in memory")
            .Fact("keys so far", std::to_string(seen_->num_keys()))));
    headroom_.Reset();
    ARROW_RETURN_NOT_OK(BeginSpool());
    ARROW_RETURN_NOT_OK(
        seen_->Visit([&](const KeyBatch& keys) { return spool_->keys->Append(keys); }));
    spool_->num_seen = seen_->num_keys();
    seen_.reset();
    const auto num_decided = static_cast<int64_t>(decided.size());
    spool_->decided = std::move(decided);
    ARROW_RETURN_NOT_OK(spool_->batches->Append(*batch));
    ARROW_RETURN_NOT_OK(SpoolKeys(batch->Slice(num_decided)));
    return SpoolRest();
  }

  arrow::Status BeginSpool() {
    ARROW_RETURN_NOT_OK(run_->EnterStage("spool", 0, 0));
    spool_ = std::make_unique<Spool>(run_.get());
    ARROW_ASSIGN_OR_RAISE(spool_->batches, SpooledBatches::Make(run_.get(), schema()));
    ARROW_ASSIGN_OR_RAISE(std::string path, run_->scratch()->NewPath("keys"));
    ARROW_ASSIGN_OR_RAISE(spool_->keys,
                          SpooledKeys::Make(run_.get(), std::move(path), keys_->form()));
    return arrow::Status::OK();
  }

  arrow::Status SpoolKeys(const BatchPtr& rows) {
    ARROW_RETURN_NOT_OK(
        keys_->Visit(rows, [&](const KeyBatch& keys, int64_t) -> arrow::Result<bool> {
          ARROW_RETURN_NOT_OK(spool_->keys->Append(keys));
          return true;
        }));
    spooled_rows_ += rows->num_rows();
    return arrow::Status::OK();
  }

  /// Reads the source to its end and decides.
  arrow::Status SpoolRest() {
    while (true) {
      BatchPtr batch;
      ARROW_RETURN_NOT_OK(ReadSource(&batch));
      if (batch == nullptr) break;
      ARROW_RETURN_NOT_OK(spool_->batches->Append(*batch));
      ARROW_RETURN_NOT_OK(SpoolKeys(batch));
    }
    keys_.reset();
    ARROW_RETURN_NOT_OK(spool_->batches->Rewind());
    run_->CountSpill(spool_->batches->spooled_bytes(), report_.chunks);
    const int64_t num_rows = spool_->keys->num_rows();
    ARROW_ASSIGN_OR_RAISE(spool_->losers, spool_->keys->FindLosers(
                                              PolicyOf(options_.keep),
                                              options_.optimizations, &report_.engine));
    ARROW_RETURN_NOT_OK(
        spool_->reservation.Grow(RowBitmap::BytesFor(num_rows), "row selection"));
    spool_->keys.reset();
    return run_->EnterStage("emit", num_rows - spool_->num_seen, 0);
  }

  // Destroyed last to first: memory before the run.
  const std::shared_ptr<Run> run_;
  const std::shared_ptr<arrow::RecordBatchReader> source_;
  const StreamDedupOptions options_;
  BatchLender lender_;
  MemoryReservation headroom_;
  BatchPieces pieces_;
  std::unique_ptr<StreamKeys> keys_;
  std::optional<SeenKeys> seen_;
  std::unique_ptr<Spool> spool_;
  int64_t spooled_rows_ = 0;
  Report report_;
  arrow::Status failed_;
  bool ended_ = false;
  std::atomic<bool> reading_{false};
};

int64_t MostSeenBytes(const Run& run) {
  return run.budget()->limit() / kSeenShare;
}

}  // namespace

arrow::Result<std::shared_ptr<StreamDedupReader>> MakeStreamDedup(
    std::shared_ptr<Run> run, std::shared_ptr<arrow::RecordBatchReader> source,
    const StreamDedupOptions& options, int64_t most_seen_bytes) {
  auto reader = std::make_shared<StreamDedup>(std::move(run), std::move(source), options);
  ARROW_RETURN_NOT_OK(AddContext(reader->Open(most_seen_bytes), ErrorKind::kUnsupported,
                                 options.source_name));
  return reader;
}

namespace {

arrow::Result<std::shared_ptr<StreamDedupReader>> OpenStream(
    std::shared_ptr<arrow::RecordBatchReader> source, const StreamDedupOptions& options,
    const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Run> run, Run::Make(context));
  const int64_t most_seen_bytes = MostSeenBytes(*run);
  return MakeStreamDedup(std::move(run), std::move(source), options, most_seen_bytes);
}

arrow::Result<std::shared_ptr<StreamDedupReader>> OpenIpcStream(
    std::shared_ptr<arrow::io::InputStream> source, const StreamDedupOptions& options,
    const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Run> run, Run::Make(context));
  ARROW_ASSIGN_OR_RAISE(
      auto batches, ReadIpcStream(std::move(source), options.source_name, run->pool()));
  const int64_t most_seen_bytes = MostSeenBytes(*run);
  return MakeStreamDedup(std::move(run), std::move(batches), options, most_seen_bytes);
}

}  // namespace

arrow::Result<std::shared_ptr<StreamDedupReader>> DedupStream(
    std::shared_ptr<arrow::RecordBatchReader> source, const StreamDedupOptions& options,
    const RunContext& context) {
  return WithoutExceptions(
      [&] { return OpenStream(std::move(source), options, context); });
}

arrow::Result<std::shared_ptr<StreamDedupReader>> DedupIpcStream(
    std::shared_ptr<arrow::io::InputStream> source, const StreamDedupOptions& options,
    const RunContext& context) {
  return WithoutExceptions(
      [&] { return OpenIpcStream(std::move(source), options, context); });
}

}  // namespace planish
