// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_rewrite.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "jobs/file_changes.h"
#include "jobs/merge_skips.h"
#include "jobs/pipeline.h"
#include "jobs/row_group_merge.h"
#include "rewrite/patched_file.h"

namespace planish {

namespace {

/// Row groups under way.
constexpr int64_t kWindow = 8;
/// Of the memory, what encoded chunks that wait for their turn may take.
constexpr int64_t kWaitingShare = 8;

/// The smallest piece of work, in the target's order.
struct Step {
  enum class Kind : uint8_t { kKeepFile, kRowGroup, kFinishFile };
  Kind kind;
  int file;
  size_t group;    ///< in Inventory::RowGroups
  size_t stretch;  ///< of the row group, or of the file's last one
};

/// Rows of `patch` for one row group.
std::shared_ptr<arrow::RecordBatch> PatchFor(
    const std::shared_ptr<arrow::RecordBatch>& patch, const RowGroupRef& group) {
  if (patch == nullptr) return nullptr;
  const auto& targets =
      static_cast<const arrow::Int64Array&>(*patch->column(PatchRows::kTarget));
  const int64_t* const rows = targets.raw_values();
  const int64_t* const end = rows + targets.length();
  const int64_t* const from = std::lower_bound(rows, end, group.first_row);
  const int64_t* const to = std::lower_bound(from, end, group.first_row + group.num_rows);
  return patch->Slice(from - rows, to - from);
}

class TargetRewrite {
 public:
  TargetRewrite(Run* run, const Inventory& target, const Inventory& source,
                const MergeQuestion& question, const MergeOptions& options,
                const RowBitmap* matched, PatchRows* patches, RowBitmap* dropped,
                bool keeps_a_file, std::vector<SchemaChange> schema_changes,
                MergeOutput* output, SkippedChunks* skipped, Report* report)
      : run_(run),
        target_(target),
        question_(question),
        writer_(&options.writer),
        in_place_(options.in_place),
        matched_(matched),
        patches_(patches),
        dropped_(dropped),
        keeps_a_file_(keeps_a_file),
        schema_changes_(std::move(schema_changes)),
        output_(output),
        skipped_(skipped),
        known_findings_(skipped->num_findings()),
        report_(report),
        groups_(target.RowGroups()),
        room_(WaitingBytes(), run->scratch()),
        merge_(run, &target, &source, &question, patches,
               options.on_partition_change == PartitionChange::kMove, &options.writer,
               output == nullptr ? nullptr : &room_),
        files_(target.files().size()) {}

  arrow::Result<TargetChanges> Execute() && {
    PlanSteps();
    ARROW_RETURN_NOT_OK(
        run_->EnterStage("rewrite", target_.num_rows(), target_.num_bytes()));
    for (size_t begin = 0; begin < steps_.size();) {
      const size_t stretch = steps_[begin].stretch;
      size_t end = begin;
      while (end < steps_.size() && steps_[end].stretch == stretch) ++end;
      if (patches_ != nullptr && stretch < patches_->stretches().size()) {
        ARROW_ASSIGN_OR_RAISE(patch_, patches_->Take(stretch));
      }
      const int64_t row_groups = std::count_if(
          steps_.begin() + static_cast<std::ptrdiff_t>(begin),
          steps_.begin() + static_cast<std::ptrdiff_t>(end),
          [](const Step& step) { return step.kind == Step::Kind::kRowGroup; });
      columns_at_once_ = static_cast<int>(
          std::max<int64_t>(1, run_->threads() / std::max<int64_t>(1, row_groups)));
      outcomes_.clear();
      outcomes_.resize(kWindow);
      ARROW_RETURN_NOT_OK(RunOrdered(
          run_->threads(), static_cast<int64_t>(end - begin), kWindow,
          [&](int64_t i) { return Produce(steps_[begin + static_cast<size_t>(i)], i); },
          [&](int64_t i) -> arrow::Status {
            const Step& step = steps_[begin + static_cast<size_t>(i)];
            ARROW_RETURN_NOT_OK(Consume(step, i));
            if (IsBooked(step)) room_.Unbook(RowGroupBytes(step));
            return arrow::Status::OK();
          },
          [&](int64_t i) {
            const Step& step = steps_[begin + static_cast<size_t>(i)];
            return !IsBooked(step) || room_.Book(RowGroupBytes(step));
          }));
      begin = end;
    }
    run_->CountSpill(room_.spilled_bytes(), room_.spilled_blocks());
    std::ranges::sort(changes_.moved, {}, [](const RowPair& pair) {
      return std::pair(pair.source, pair.target);
    });
    return std::move(changes_);
  }

 private:
  /// Whether the file is written anew because parts of it cannot be read.
  bool LosesRowGroups(const DataFile& file) const {
    return !in_place_ && !file.skipped_row_groups.empty();
  }

  /// Whether nothing of the file can be read, and nothing of it is in the result.
  bool IsLeftOut(const DataFile& file) const {
    return LosesRowGroups(file) &&
           file.skipped_row_groups.size() == file.row_group_rows.size();
  }

  bool IsCopiedByRowGroups(int file) const {
    return skipped_->files_copied_by_row_groups().contains(file);
  }

  bool HasWork(int index) const {
    const DataFile& file = target_.files()[static_cast<size_t>(index)];
    if (LosesRowGroups(file) || IsCopiedByRowGroups(index)) return true;
    const int64_t end = file.first_row + file.num_rows;
    return dropped_->Count(file.first_row, end) > 0 ||
           (matched_ != nullptr && matched_->Count(file.first_row, end) > 0);
  }

  void PlanSteps() {
    size_t group = 0, stretch = 0;
    for (size_t i = 0; i < target_.files().size(); ++i) {
      const auto file = static_cast<int>(i);
      if (IsLeftOut(target_.files()[i])) continue;
      const bool work = HasWork(file);
      for (; group < groups_.size() && groups_[group].file == file; ++group) {
        if (patches_ != nullptr) {
          const auto& stretches = patches_->stretches();
          while (group >= stretches[stretch].first_group + stretches[stretch].num_groups)
            ++stretch;
        }
        if (work) steps_.push_back({Step::Kind::kRowGroup, file, group, stretch});
      }
      const auto kind = work ? Step::Kind::kFinishFile : Step::Kind::kKeepFile;
      steps_.push_back({kind, file, 0, stretch});
    }
  }

  PatchedFile* FileOf(const Step& step) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& file = files_[static_cast<size_t>(step.file)];
    if (file == nullptr) {
      const DataFile* source = &target_.files()[static_cast<size_t>(step.file)];
      file = std::make_unique<PatchedFile>(
          run_->fs(), source, [this, source] { return output_->Replace(*source); },
          schema_changes_[static_cast<size_t>(step.file)], writer_, run_->context().sync,
          run_->pool());
      if (IsCopiedByRowGroups(step.file)) file->WriteInAnyCase();
    }
    return file.get();
  }

  bool HasWork(const RowGroupRef& group) const {
    const int64_t end = group.first_row + group.num_rows;
    return dropped_->Count(group.first_row, end) > 0 ||
           (matched_ != nullptr && matched_->Count(group.first_row, end) > 0);
  }

  int64_t WaitingBytes() const { return run_->budget()->limit() / kWaitingShare; }

  /// Whether the place of the step's row group in the waiting room is booked. It is not
  /// where the room has too few row groups for all threads to be busy.
  bool IsBooked(const Step& step) const {
    return step.kind == Step::Kind::kRowGroup && output_ != nullptr &&
           RowGroupBytes(step) <= WaitingBytes() / run_->threads();
  }
  int64_t RowGroupBytes(const Step& step) const {
    const DataFile& file = target_.files()[static_cast<size_t>(step.file)];
    return file.row_group_bytes[static_cast<size_t>(groups_[step.group].row_group)];
  }

  arrow::Status Produce(const Step& step, int64_t index) {
    if (step.kind == Step::Kind::kKeepFile) {
      return skipped_->CopyByRowGroups(target_, step.file, KeepFile(step));
    }
    if (step.kind != Step::Kind::kRowGroup) return arrow::Status::OK();
    const RowGroupRef& group = groups_[step.group];
    auto& outcome = outcomes_[static_cast<size_t>(index % kWindow)];
    outcome.emplace();
    outcome->row_group.rows_kept = group.num_rows;
    if (!HasWork(group)) return arrow::Status::OK();
    const arrow::Status merged = MergeGroup(step, group, &*outcome);
    if (CannotBeChanged(merged)) return merged;
    return skipped_->SkipRowGroup(target_, step.file, group.row_group, merged);
  }

  arrow::Status MergeGroup(const Step& step, const RowGroupRef& group,
                           RowGroupOutcome* outcome) {
    PatchedFile* const file = FileOf(step);
    const auto merge = [&](int columns_at_once) {
      return merge_.Merge(file, group, PatchFor(patch_, group), dropped_,
                          columns_at_once);
    };
    {
      // What does not fit beside others is tried again without others.
      const std::shared_lock<std::shared_mutex> beside_others(merging_);
      auto merged = merge(columns_at_once_);
      if (!merged.status().IsOutOfMemory()) return std::move(merged).Value(outcome);
    }
    const std::lock_guard<std::shared_mutex> alone(merging_);
    return merge(1).Value(outcome);
  }

  /// What is worked out from here on is only to see whether it can be read.
  bool is_void() const { return skipped_->num_findings() > known_findings_; }

  arrow::Status KeepFile(const Step& step) {
    const DataFile& file = target_.files()[static_cast<size_t>(step.file)];
    if (output_ == nullptr) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, output_->Keep(file));
    std::lock_guard<std::mutex> lock(mutex_);
    report_->bytes_copied += bytes;
    report_->bytes_read += bytes;
    report_->bytes_written += bytes;
    return arrow::Status::OK();
  }

  arrow::Status Consume(const Step& step, int64_t index) {
    const DataFile& data = target_.files()[static_cast<size_t>(step.file)];
    if (is_void()) {
      outcomes_[static_cast<size_t>(index % kWindow)].reset();
      return run_->Advance(0, 0);
    }
    if (step.kind == Step::Kind::kKeepFile) return CountKept(data);
    if (step.kind == Step::Kind::kFinishFile) return FinishFile(step, data);
    auto& slot = outcomes_[static_cast<size_t>(index % kWindow)];
    const RowGroupOutcome outcome = std::move(*slot);
    slot.reset();
    const RowGroupRef& group = groups_[step.group];
    Count(outcome);
    PatchedFile* const file = FileOf(step);
    if (output_ != nullptr) {
      ARROW_RETURN_NOT_OK(LeaveOutUpTo(group.row_group, file));
      const arrow::Status appended = file->Append(outcome.row_group);
      ARROW_RETURN_NOT_OK(
          skipped_->SkipRowGroup(target_, step.file, file->last_written(), appended));
    } else {
      DryRun(outcome.row_group);
    }
    return run_->Advance(group.num_rows,
                         data.row_group_bytes[static_cast<size_t>(group.row_group)]);
  }

  /// Leaves out the row groups below `end` that have not come.
  static arrow::Status LeaveOutUpTo(int end, PatchedFile* file) {
    while (file->num_row_groups() < end) {
      ARROW_RETURN_NOT_OK(file->Append({Fate::kDrop, 0, {}}));
    }
    return arrow::Status::OK();
  }

  void Count(const RowGroupOutcome& outcome) {
    MergeReport& merge = *report_->merge;
    const auto moved = static_cast<int64_t>(outcome.moved.size());
    merge.updated += outcome.updated + moved;
    merge.moved += moved;
    merge.unchanged += outcome.unchanged;
    merge.stale += outcome.stale;
    changes_.moved.insert(changes_.moved.end(), outcome.moved.begin(),
                          outcome.moved.end());
    report_->bytes_decoded += outcome.bytes_decoded;
    report_->engine.decoded_column_chunks += outcome.decoded_chunks;
    changes_.rows_kept += outcome.row_group.rows_kept;
    switch (outcome.row_group.fate) {
      case Fate::kCopy:
        ++report_->row_groups.copied;
        break;
      case Fate::kDrop:
        ++report_->row_groups.dropped;
        break;
      default:
        ++report_->row_groups.transcoded;
    }
  }

  /// What PatchedFile would find out.
  void DryRun(const PatchedRowGroup& row_group) {
    planned_rows_ += row_group.rows_kept;
    planned_change_ = planned_change_ || row_group.fate != Fate::kCopy;
  }

  arrow::Status CountKept(const DataFile& data) {
    const auto groups = static_cast<int64_t>(data.row_group_rows.size());
    if (!data.skipped_row_groups.empty()) {
      ++changes_.files_kept;
      changes_.rows_kept += data.num_rows;
      return run_->Advance(data.num_rows, data.identity.size);
    }
    CountFile(Fate::kCopy);
    if (in_place_) {
      report_->row_groups.untouched += groups;
    } else {
      report_->row_groups.copied += groups;
      report_->engine.copied_column_chunks += groups * data.num_leaf_columns;
    }
    changes_.rows_kept += data.num_rows;
    return run_->Advance(data.num_rows, data.identity.size);
  }

  arrow::Status FinishFile(const Step& step, const DataFile& data) {
    // Somebody has to bear the schema.
    const bool last_hope = !keeps_a_file_ && changes_.files_kept == 0 &&
                           changes_.moved.empty() && step.file == steps_.back().file;
    if (output_ == nullptr) {
      planned_change_ = planned_change_ || LosesRowGroups(data);
      const bool empty = planned_change_ && planned_rows_ == 0;
      CountFile(!planned_change_      ? Fate::kCopy
                : empty && !last_hope ? Fate::kDrop
                                      : Fate::kTranscode);
      if (in_place_ && !planned_change_) LeaveRowGroups(data);
      planned_rows_ = 0;
      planned_change_ = false;
      return arrow::Status::OK();
    }
    PatchedFile* const file = FileOf(step);
    ARROW_RETURN_NOT_OK(LeaveOutUpTo(static_cast<int>(data.row_group_rows.size()), file));
    ARROW_RETURN_NOT_OK(file->Finish(last_hope));
    {
      std::lock_guard<std::mutex> lock(mutex_);
      report_->bytes_copied += file->bytes_copied();
      report_->bytes_written += file->bytes_written();
      report_->bytes_read += file->bytes_read();
    }
    report_->engine.copied_column_chunks += file->copied_chunks();
    CountFile(file->fate());
    if (file->fate() == Fate::kDrop) ARROW_RETURN_NOT_OK(output_->Remove(data));
    if (file->fate() == Fate::kCopy) {
      ARROW_RETURN_NOT_OK(KeepFile(step));
      if (in_place_) LeaveRowGroups(data);
    }
    std::lock_guard<std::mutex> lock(mutex_);
    files_[static_cast<size_t>(step.file)].reset();
    return arrow::Status::OK();
  }

  /// Of a file that turned out to stay, and whose row groups were counted one by one.
  void LeaveRowGroups(const DataFile& data) {
    const auto groups = static_cast<int64_t>(data.row_group_rows.size());
    report_->row_groups.copied -= groups;
    report_->row_groups.untouched += groups;
  }

  void CountFile(Fate fate) {
    FateCounts& files = report_->files;
    if (fate == Fate::kCopy) ++(in_place_ ? files.untouched : files.copied);
    if (fate == Fate::kDrop) ++report_->files.dropped;
    if (fate == Fate::kTranscode) ++report_->files.transcoded;
    if (fate != Fate::kDrop) ++changes_.files_kept;
  }

  Run* const run_;
  const Inventory& target_;
  const MergeQuestion& question_;
  const WriterOptions* const writer_;
  const bool in_place_;
  const RowBitmap* const matched_;
  PatchRows* const patches_;
  RowBitmap* const dropped_;
  const bool keeps_a_file_;
  const std::vector<SchemaChange> schema_changes_;  ///< by file of the target
  MergeOutput* const output_;
  SkippedChunks* const skipped_;
  const size_t known_findings_;
  Report* const report_;
  const std::vector<RowGroupRef> groups_;
  WaitingRoom room_;
  const RowGroupMerge merge_;
  std::vector<Step> steps_;
  std::shared_ptr<arrow::RecordBatch> patch_;  ///< of the stretch at work
  int columns_at_once_ = 1;
  std::shared_mutex merging_;
  std::vector<std::optional<RowGroupOutcome>> outcomes_;
  std::mutex mutex_;  ///< guards files_ and the report's bytes
  std::vector<std::unique_ptr<PatchedFile>> files_;
  TargetChanges changes_;
  int64_t planned_rows_ = 0;
  bool planned_change_ = false;
};

}  // namespace

arrow::Result<TargetChanges> ChangeTarget(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question, const MergeOptions& options, const RowBitmap* matched,
    PatchRows* patches, RowBitmap* dropped, bool keeps_a_file, MergeOutput* output,
    SkippedChunks* skipped, Report* report) {
  FileChanges changes(run, &target, source, &question, options.strategy, report);
  std::vector<SchemaChange> schema_changes;
  for (const DataFile& file : target.files()) {
    ARROW_ASSIGN_OR_RAISE(schema_changes.emplace_back(), changes.Of(file));
  }
  return TargetRewrite(run, target, *source, question, options, matched, patches, dropped,
                       keeps_a_file, std::move(schema_changes), output, skipped, report)
      .Execute();
}

}  // namespace planish
