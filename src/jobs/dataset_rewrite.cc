// SPDX-License-Identifier: Apache-2.0
#include "jobs/dataset_rewrite.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "format/table_rewriter.h"
#include "jobs/pipeline.h"
#include "rewrite/file_rewriter.h"

namespace planish {

namespace {

/// Steps under way: enough that one slow column does not hold up the other threads.
constexpr int64_t kWindow = 32;

/// Of the memory, what encoded chunks that wait for their turn may take.
constexpr int64_t kWaitingShare = 8;

/// The smallest piece of work in writing a dataset. Steps of a file follow each other.
struct Step {
  enum class Kind : uint8_t { kCopyFile, kCopyRowGroup, kEncodeChunk, kFinishFile };
  Kind kind;
  int32_t plan;   ///< index into RewritePlan::files
  int32_t group;  ///< index into FilePlan::row_groups
  int32_t leaf;
};

/// Whether a copy of it is synced at once, not with all others in the end.
bool IsLarge(const DataFile& file) {
  return file.identity.size >= kSyncByWriter;
}

std::vector<Step> StepsOf(const Inventory& inventory, const RewritePlan& plan) {
  std::vector<Step> steps;
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const FilePlan& file = plan.files[i];
    const auto at = static_cast<int32_t>(i);
    if (file.fate == Fate::kCopy) steps.push_back({Step::Kind::kCopyFile, at, 0, 0});
    if (file.fate != Fate::kTranscode) continue;
    const int leaves = inventory.files()[static_cast<size_t>(file.file)].num_leaf_columns;
    for (size_t g = 0; g < file.row_groups.size(); ++g) {
      const auto group = static_cast<int32_t>(g);
      if (file.row_groups[g].fate == Fate::kCopy) {
        steps.push_back({Step::Kind::kCopyRowGroup, at, group, 0});
      } else if (file.row_groups[g].fate == Fate::kTranscode) {
        for (int leaf = 0; leaf < leaves; ++leaf) {
          steps.push_back({Step::Kind::kEncodeChunk, at, group, leaf});
        }
      }
    }
    steps.push_back({Step::Kind::kFinishFile, at, 0, 0});
  }
  return steps;
}

/// Carries out steps: Produce in any order on any thread, Consume in step order.
class StepRunner {
 public:
  StepRunner(Run* run, const Inventory& inventory, const RewritePlan& plan,
             const RowBitmap& losers, const WriterOptions& writer, StagedFiles* staged,
             SkippedChunks* skipped, Report* report)
      : run_(run),
        inventory_(inventory),
        plan_(plan),
        losers_(losers),
        writer_(writer),
        staged_(staged),
        skipped_(skipped),
        known_findings_(skipped->num_findings()),
        report_(report),
        steps_(StepsOf(inventory, plan)),
        room_(WaitingBytes(), run->scratch()),
        encoded_(kWindow),
        rewriters_(plan.files.size()) {}

  arrow::Status Execute() {
    const arrow::Status status = RunOrdered(
        Threads(), static_cast<int64_t>(steps_.size()), kWindow,
        [this](int64_t index) { return Produce(index); },
        [this](int64_t index) {
          ARROW_RETURN_NOT_OK(Consume(index));
          if (EndsBooking(index)) room_.Unbook(RowGroupBytes(index));
          return arrow::Status::OK();
        },
        [this](int64_t index) {
          return !BeginsBooking(index) || room_.Book(RowGroupBytes(index));
        });
    run_->CountSpill(room_.spilled_bytes(), room_.spilled_blocks());
    return status;
  }

 private:
  int64_t WaitingBytes() const { return run_->budget()->limit() / kWaitingShare; }

  /// Who only copies waits for the disk, not for the processor.
  int Threads() const {
    const bool only_copies = std::ranges::all_of(
        steps_, [](const Step& step) { return step.kind == Step::Kind::kCopyFile; });
    return run_->threads() * (only_copies ? 2 : 1);
  }

  const FilePlan& PlanOf(const Step& step) const {
    return plan_.files[static_cast<size_t>(step.plan)];
  }
  const DataFile& SourceOf(const Step& step) const {
    return inventory_.files()[static_cast<size_t>(PlanOf(step).file)];
  }

  /// Whether the step is the first or the last of a row group whose place in the waiting
  /// room is booked. It is not where the room has too few row groups for all threads to
  /// be busy: then they encode ahead, though some of it may go to scratch.
  bool BeginsBooking(int64_t index) const {
    const Step& step = steps_[static_cast<size_t>(index)];
    return IsBooked(index) && step.leaf == 0;
  }
  bool EndsBooking(int64_t index) const {
    const Step& step = steps_[static_cast<size_t>(index)];
    return IsBooked(index) && step.leaf + 1 == SourceOf(step).num_leaf_columns;
  }
  bool IsBooked(int64_t index) const {
    const Step& step = steps_[static_cast<size_t>(index)];
    if (step.kind != Step::Kind::kEncodeChunk) return false;
    const int64_t at_once = run_->threads() / SourceOf(step).num_leaf_columns + 1;
    return RowGroupBytes(index) <= WaitingBytes() / at_once;
  }
  int64_t RowGroupBytes(int64_t index) const {
    const Step& step = steps_[static_cast<size_t>(index)];
    const int row_group =
        PlanOf(step).row_groups[static_cast<size_t>(step.group)].row_group;
    return SourceOf(step).row_group_bytes[static_cast<size_t>(row_group)];
  }

  arrow::Result<std::string> PrepareOutput(const Step& step) {
    std::lock_guard<std::mutex> lock(mutex_);
    return staged_->Prepare(SourceOf(step).relative_path);
  }

  arrow::Result<FileRewriter*> RewriterOf(const Step& step) {
    ARROW_ASSIGN_OR_RAISE(std::string path, PrepareOutput(step));
    std::lock_guard<std::mutex> lock(mutex_);
    auto& rewriter = rewriters_[static_cast<size_t>(step.plan)];
    if (!rewriter) {
      rewriter = std::make_unique<FileRewriter>(run_->fs(), &SourceOf(step),
                                                std::move(path), run_->context().sync,
                                                &writer_, &room_, run_->pool());
    }
    return rewriter.get();
  }

  arrow::Status Produce(int64_t index) {
    const Step& step = steps_[static_cast<size_t>(index)];
    if (step.kind == Step::Kind::kCopyFile) {
      if (is_void()) return arrow::Status::OK();
      return skipped_->CopyByRowGroups(inventory_, PlanOf(step).file, CopyFile(step));
    }
    if (step.kind != Step::Kind::kEncodeChunk) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(FileRewriter * rewriter, RewriterOf(step));
    const RowGroupPlan& group = PlanOf(step).row_groups[static_cast<size_t>(step.group)];
    auto chunk = Encode(rewriter, group, step.leaf);
    if (!chunk.ok()) {
      return skipped_->SkipRowGroup(inventory_, PlanOf(step).file, group.row_group,
                                    chunk.status(), step.leaf);
    }
    encoded_[static_cast<size_t>(index % kWindow)] = *std::move(chunk);
    return arrow::Status::OK();
  }

  /// A chunk whose pages do not fit beside those that others hold is tried again without
  /// others.
  arrow::Result<EncodedChunk> Encode(FileRewriter* rewriter, const RowGroupPlan& group,
                                     int leaf) {
    {
      const std::shared_lock<std::shared_mutex> beside_others(encoding_);
      auto chunk = rewriter->Encode(group, leaf, losers_);
      if (!chunk.status().IsOutOfMemory()) return chunk;
    }
    const std::lock_guard<std::shared_mutex> alone(encoding_);
    return rewriter->Encode(group, leaf, losers_);
  }

  /// What is encoded from here on is encoded only to see whether it can be read.
  bool is_void() const { return skipped_->num_findings() > known_findings_; }

  arrow::Status Consume(int64_t index) {
    const Step& step = steps_[static_cast<size_t>(index)];
    if (is_void()) {
      encoded_[static_cast<size_t>(index % kWindow)].reset();
      std::lock_guard<std::mutex> lock(mutex_);
      if (step.kind == Step::Kind::kFinishFile) rewriters_[step.plan].reset();
      return run_->Advance(0, 0);
    }
    if (step.kind == Step::Kind::kCopyFile) {
      return run_->Advance(SourceOf(step).num_rows, SourceOf(step).identity.size);
    }
    ARROW_ASSIGN_OR_RAISE(FileRewriter * rewriter, RewriterOf(step));
    if (step.kind == Step::Kind::kFinishFile) {
      return skipped_->SkipWhatFailed(inventory_, FinishFile(step, rewriter));
    }
    const RowGroupPlan& group = PlanOf(step).row_groups[static_cast<size_t>(step.group)];
    const DataFile& source = SourceOf(step);
    const int64_t group_bytes =
        source.row_group_bytes[static_cast<size_t>(group.row_group)];
    if (step.kind == Step::Kind::kCopyRowGroup) {
      const arrow::Status copied = rewriter->CopyRowGroup(group);
      if (!copied.ok()) {
        return skipped_->SkipRowGroup(inventory_, PlanOf(step).file, group.row_group,
                                      copied);
      }
      {
        std::lock_guard<std::mutex> lock(mutex_);
        report_->engine.copied_column_chunks += source.num_leaf_columns;
      }
      return run_->Advance(group.num_rows, group_bytes);
    }
    const EncodedChunk chunk = std::move(*encoded_[static_cast<size_t>(index % kWindow)]);
    encoded_[static_cast<size_t>(index % kWindow)].reset();
    ARROW_RETURN_NOT_OK(rewriter->AppendChunk(group, step.leaf, chunk));
    report_->bytes_decoded += chunk.decoded_bytes;
    report_->engine.decoded_column_chunks += 1;
    const bool last = step.leaf + 1 == source.num_leaf_columns;
    return run_->Advance(last ? group.num_rows : 0, last ? group_bytes : 0);
  }

  arrow::Status CopyFile(const Step& step) {
    ARROW_ASSIGN_OR_RAISE(std::string path, PrepareOutput(step));
    const DataFile& source = SourceOf(step);
    // Opening checks that the file is still the one whose rows were judged.
    ARROW_RETURN_NOT_OK(OpenDataFile(run_->fs(), source, run_->pool()).status());
    ARROW_ASSIGN_OR_RAISE(
        const int64_t bytes,
        run_->fs()->CopyFile(source.stored_path, path,
                             run_->context().sync && IsLarge(source), {}));
    std::lock_guard<std::mutex> lock(mutex_);
    report_->bytes_copied += bytes;
    report_->bytes_read += bytes;
    report_->bytes_written += bytes;
    report_->engine.copied_column_chunks +=
        static_cast<int64_t>(source.row_group_rows.size()) * source.num_leaf_columns;
    return arrow::Status::OK();
  }

  arrow::Status FinishFile(const Step& step, FileRewriter* rewriter) {
    ARROW_RETURN_NOT_OK(rewriter->Finish(PlanOf(step).rows_kept));
    std::lock_guard<std::mutex> lock(mutex_);
    report_->bytes_copied += rewriter->bytes_copied();
    report_->bytes_written += rewriter->bytes_written();
    report_->bytes_read += rewriter->bytes_read();
    rewriters_[static_cast<size_t>(step.plan)].reset();
    return arrow::Status::OK();
  }

  Run* const run_;
  const Inventory& inventory_;
  const RewritePlan& plan_;
  const RowBitmap& losers_;
  const WriterOptions& writer_;
  StagedFiles* const staged_;
  SkippedChunks* const skipped_;
  const size_t known_findings_;
  Report* const report_;
  const std::vector<Step> steps_;
  WaitingRoom room_;
  std::shared_mutex encoding_;
  std::vector<std::optional<EncodedChunk>> encoded_;
  std::mutex mutex_;  ///< guards staged_, rewriters_ and what the report has of copies
  std::vector<std::unique_ptr<FileRewriter>> rewriters_;
};

arrow::Status RewriteFileNaively(Run* run, const DataFile& source,
                                 const RowBitmap& losers, const WriterOptions& writer,
                                 StagedFiles* staged, Report* report) {
  ARROW_ASSIGN_OR_RAISE(auto input, OpenDataFile(run->fs(), source, run->pool()));
  ARROW_ASSIGN_OR_RAISE(std::string path, staged->Prepare(source.relative_path));
  ARROW_ASSIGN_OR_RAISE(auto output, run->fs()->CreateOutput(path, run->context().sync));
  const RowBitmapSlice dropped{&losers, source.first_row, source.num_rows};
  const arrow::Status rewritten =
      RewriteAsTables(*input, source.skipped_row_groups, dropped, writer, output.get(),
                      run->pool())
          .status();
  report->bytes_read += input->input().bytes_read();
  ARROW_RETURN_NOT_OK(rewritten);
  if (run->context().sync) ARROW_RETURN_NOT_OK(output->SyncIfLarge());
  report->bytes_written += output->position();
  ARROW_RETURN_NOT_OK(output->Close());
  return run->Advance(source.num_rows, source.identity.size);
}

}  // namespace

arrow::Status RewriteDataset(Run* run, const Inventory& inventory,
                             const RewritePlan& plan, const RowBitmap& losers,
                             const WriterOptions& writer, StagedFiles* staged,
                             SkippedChunks* skipped, Report* report) {
  return StepRunner(run, inventory, plan, losers, writer, staged, skipped, report)
      .Execute();
}

arrow::Status RewriteDatasetNaively(Run* run, const Inventory& inventory,
                                    const RewritePlan& plan, const RowBitmap& losers,
                                    const WriterOptions& writer, StagedFiles* staged,
                                    SkippedChunks* skipped, Report* report) {
  for (const FilePlan& planned : plan.files) {
    if (!planned.WritesFile()) continue;
    ARROW_RETURN_NOT_OK(skipped->SkipWhatFailed(
        inventory,
        RewriteFileNaively(run, inventory.files()[static_cast<size_t>(planned.file)],
                           losers, writer, staged, report)));
  }
  return arrow::Status::OK();
}

}  // namespace planish
