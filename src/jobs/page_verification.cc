// SPDX-License-Identifier: Apache-2.0
#include "jobs/page_verification.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <utility>

#include "base/error_builder.h"
#include "format/chunk_verification.h"
#include "jobs/pipeline.h"

namespace planish {

namespace {

/// What of a file is under way.
struct FileAtWork {
  int64_t first_chunk = 0;  ///< its first column chunk, counted through all files
  int num_leaves = 0;
  int64_t chunks_left = 0;
  std::shared_ptr<ParquetFile> file;  ///< while any of it is being read
};

/// Whether reading failed for a reason that says nothing of the bytes.
bool IsOfTheRun(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail == nullptr || (detail->kind != ErrorKind::kCorrupt &&
                               detail->kind != ErrorKind::kUnsupported &&
                               detail->kind != ErrorKind::kNotParquet);
}

class PageVerification {
 public:
  PageVerification(Run* run, const Inventory& inventory,
                   const std::vector<WrittenFile>& files, SkippedChunks* skipped,
                   Report* report)
      : run_(run),
        inventory_(inventory),
        files_(files),
        skipped_(skipped),
        report_(report) {}

  arrow::Status Execute() {
    ARROW_RETURN_NOT_OK(run_->EnterStage("verify", 0, report_->bytes_written));
    ARROW_RETURN_NOT_OK(CountChunks());
    return RunParallel(run_->threads(), num_chunks_,
                       [this](int64_t chunk, int) { return Verify(chunk); });
  }

 private:
  arrow::Status CountChunks() {
    at_work_.resize(files_.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto file, OpenWritten(files_[i]));
      at_work_[i].first_chunk = num_chunks_;
      at_work_[i].num_leaves = file->num_leaf_columns();
      at_work_[i].chunks_left =
          int64_t{file->footer().num_row_groups()} * file->num_leaf_columns();
      num_chunks_ += at_work_[i].chunks_left;
      report_->bytes_read += file->input().bytes_read();
    }
    return arrow::Status::OK();
  }

  arrow::Result<std::shared_ptr<ParquetFile>> OpenWritten(const WrittenFile& written) {
    ARROW_ASSIGN_OR_RAISE(auto input, run_->fs()->OpenInput(written.path));
    auto opened = ParquetFile::Open(std::move(input), run_->pool());
    if (opened.ok() || IsOfTheRun(opened.status())) return opened;
    return Unreadable(written, opened.status(), -1, "");
  }

  arrow::Status Verify(int64_t chunk) {
    const auto after =
        std::ranges::upper_bound(at_work_, chunk, {}, &FileAtWork::first_chunk);
    FileAtWork& at_work = *(after - 1);
    const WrittenFile& written = files_[static_cast<size_t>(&at_work - at_work_.data())];
    const auto in_file = chunk - at_work.first_chunk;
    const auto row_group = static_cast<int>(in_file / at_work.num_leaves);
    const auto leaf = static_cast<int>(in_file % at_work.num_leaves);
    ARROW_ASSIGN_OR_RAISE(const auto file, Begin(written, &at_work));
    const arrow::Status status = VerifyWithRoom(*file, row_group, leaf);
    End(&at_work);
    if (!status.ok()) ARROW_RETURN_NOT_OK(Judge(written, *file, row_group, leaf, status));
    return run_->Advance(0, file->Summary(row_group, leaf).compressed_size);
  }

  /// Pages that do not fit beside those of others are tried again without others.
  arrow::Status VerifyWithRoom(const ParquetFile& file, int row_group, int leaf) {
    {
      const std::shared_lock<std::shared_mutex> beside_others(reading_);
      const arrow::Status status = VerifyColumnChunk(file, row_group, leaf, run_->pool());
      if (!status.IsOutOfMemory()) return status;
    }
    const std::lock_guard<std::shared_mutex> alone(reading_);
    return VerifyColumnChunk(file, row_group, leaf, run_->pool());
  }

  arrow::Result<std::shared_ptr<ParquetFile>> Begin(const WrittenFile& written,
                                                    FileAtWork* at_work) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (at_work->file == nullptr) {
      ARROW_ASSIGN_OR_RAISE(at_work->file, OpenWritten(written));
    }
    return at_work->file;
  }

  void End(FileAtWork* at_work) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--at_work->chunks_left > 0) return;
    report_->bytes_read += at_work->file->input().bytes_read();
    at_work->file.reset();
  }

  /// Whose fault it is that a column chunk cannot be read.
  arrow::Status Judge(const WrittenFile& written, const ParquetFile& file, int row_group,
                      int leaf, const arrow::Status& status) {
    if (IsOfTheRun(status)) return status;
    const std::string column = file.leaf_path(leaf);
    if (written.source != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const int copied,
                            FindCopied(written, {&file, row_group, leaf}));
      if (copied >= 0) {
        return skipped_->SkipWhatFailed(
            inventory_, OfSource(*written.source, copied, column, status));
      }
    }
    return Unreadable(written, status, row_group, column);
  }

  /// The row group of the source that has the same column chunk, or -1.
  arrow::Result<int> FindCopied(const WrittenFile& written,
                                const ColumnChunkPlace& place) {
    const DataFile& source = *written.source;
    ARROW_ASSIGN_OR_RAISE(const auto file,
                          OpenDataFile(run_->fs(), source, run_->pool()));
    const std::string column = place.file->leaf_path(place.leaf);
    int leaf = 0;
    while (leaf < file->num_leaf_columns() && file->leaf_path(leaf) != column) ++leaf;
    if (leaf == file->num_leaf_columns()) return -1;
    std::vector<int> candidates = written.source_row_groups;
    if (candidates.empty()) {
      candidates.resize(source.row_group_rows.size());
      std::iota(candidates.begin(), candidates.end(), 0);
    } else {
      candidates = {candidates[static_cast<size_t>(place.row_group)]};
    }
    for (const int row_group : candidates) {
      if (source.skipped_row_groups.contains(row_group)) continue;
      ARROW_ASSIGN_OR_RAISE(const bool same, HaveSamePages({file.get(), row_group, leaf},
                                                           place, run_->pool()));
      if (same) return row_group;
    }
    return -1;
  }

  static arrow::Status OfSource(const DataFile& source, int row_group,
                                const std::string& column, const arrow::Status& status) {
    return Error(GetErrorDetail(status)->kind, status.message())
        .File(source.path)
        .RowGroup(row_group)
        .Column(column)
        .Fact("found by", "verify, in bytes that were copied from this file as they are")
        .Hint("the source is damaged: restore that file, or leave it out");
  }

  static arrow::Status Unreadable(const WrittenFile& written, const arrow::Status& status,
                                  int row_group, const std::string& column) {
    return Error(ErrorKind::kVerification, "what was written cannot be read")
        .File(written.path)
        .RowGroup(row_group)
        .Column(column)
        .Cause(status)
        .Hint("this is a defect of planish or of the disk; nothing was published");
  }

  Run* const run_;
  const Inventory& inventory_;
  const std::vector<WrittenFile>& files_;
  SkippedChunks* const skipped_;
  Report* const report_;
  int64_t num_chunks_ = 0;
  std::shared_mutex reading_;
  std::mutex mutex_;  ///< guards what follows, and report_
  std::vector<FileAtWork> at_work_;
};

}  // namespace

arrow::Status VerifyPages(Run* run, const Inventory& inventory,
                          const std::vector<WrittenFile>& files, SkippedChunks* skipped,
                          Report* report) {
  return PageVerification(run, inventory, files, skipped, report).Execute();
}

}  // namespace planish
