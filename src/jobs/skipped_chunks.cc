// SPDX-License-Identifier: Apache-2.0
#include "jobs/skipped_chunks.h"

#include <algorithm>

#include "base/error_builder.h"

namespace planish {
namespace {

bool ConcernsOneChunk(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotParquet:
    case ErrorKind::kCorrupt:
    case ErrorKind::kEncrypted:
    case ErrorKind::kUnsupported:
    case ErrorKind::kPermission:
    case ErrorKind::kIo:
      return true;
    default:
      return false;
  }
}

/// Whether nothing of the file is left.
bool IsSkipped(const DataFile& file) {
  return !file.skipped_row_groups.empty() &&
         file.skipped_row_groups.size() == file.row_group_rows.size();
}

}  // namespace

SkippedChunk DescribeSkip(const std::string& path, int row_group,
                          const arrow::Status& status) {
  const ErrorDetail& detail = *GetErrorDetail(status);
  SkippedChunk chunk;
  chunk.file = path;
  chunk.row_group = row_group;
  chunk.column = detail.column;
  chunk.kind = detail.kind;
  chunk.cause = status.message();
  for (const auto& [name, value] : detail.facts) {
    chunk.cause += "; " + name + ": " + value;
  }
  std::ranges::replace(chunk.cause, '\n', ' ');
  return chunk;
}

bool SkippedChunks::CanSkip(const std::string& path, const arrow::Status& status) const {
  const ErrorDetail* detail = GetErrorDetail(status);
  // Errors of scratch files and outputs name other files, those of decisions none.
  return on_error_ == OnError::kSkip && detail != nullptr && detail->file == path &&
         ConcernsOneChunk(detail->kind);
}

arrow::Status SkippedChunks::SkipFile(const std::string& path, int64_t bytes,
                                      const arrow::Status& status) {
  if (status.ok() || !CanSkip(path, status)) return status;
  const SkippedChunk chunk = DescribeSkip(path, -1, status);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (first_.ok()) first_ = status;
    skips_[{path, -1}] = {chunk};
    ++files_;
    bytes_ += bytes;
  }
  Log(chunk);
  return arrow::Status::OK();
}

Inventory::UnreadableFile SkippedChunks::FileSkipper() {
  return [this](const std::string& path, int64_t bytes, const arrow::Status& status) {
    return SkipFile(path, bytes, status);
  };
}

arrow::Status SkippedChunks::SkipRowGroup(const Inventory& inventory, int file,
                                          int row_group, const arrow::Status& status,
                                          int leaf) {
  const DataFile& source = inventory.files()[static_cast<size_t>(file)];
  if (status.ok() || !CanSkip(source.path, status)) return status;
  SkippedChunk chunk = DescribeSkip(source.path, row_group, status);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (first_.ok()) first_ = status;
    const auto [known, is_new] =
        skips_.try_emplace({source.path, row_group}, Skip{chunk, leaf});
    if (!is_new) {
      chunk.rows = known->second.chunk.rows;
      if (leaf < known->second.leaf) known->second = {chunk, leaf};
      return arrow::Status::OK();
    }
    known->second.chunk.rows = TakeOut(source, file, row_group);
  }
  Log(chunk);
  return arrow::Status::OK();
}

/// Returns how many rows go with it.
int64_t SkippedChunks::TakeOut(const DataFile& source, int file, int row_group) {
  const auto rows_of = [&](int group) {
    return source.row_group_rows[static_cast<size_t>(group)];
  };
  if (!whole_files_) {
    row_groups_.push_back({file, row_group, 0, rows_of(row_group)});
    return rows_of(row_group);
  }
  if (!left_files_.insert(file).second) return 0;
  const auto num_row_groups = static_cast<int>(source.row_group_rows.size());
  for (int group = 0; group < num_row_groups; ++group) {
    row_groups_.push_back({file, group, 0, rows_of(group)});
  }
  return source.num_rows;
}

arrow::Status SkippedChunks::SkipWhatFailed(const Inventory& inventory,
                                            const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr || !CanSkip(detail->file, status)) return status;
  const auto found = std::ranges::find(inventory.files(), detail->file, &DataFile::path);
  if (found == inventory.files().end()) return status;
  const DataFile& source = *found;
  const auto file = static_cast<int>(found - inventory.files().begin());
  const auto num_row_groups = static_cast<int>(source.row_group_rows.size());
  const int named = detail->row_group;
  if (named >= 0 && named < num_row_groups) {
    return SkipRowGroup(inventory, file, named, status);
  }
  bool any_left = false;
  for (int i = 0; i < num_row_groups; ++i) {
    if (source.skipped_row_groups.contains(i)) continue;
    any_left = true;
    ARROW_RETURN_NOT_OK(SkipRowGroup(inventory, file, i, status));
  }
  return any_left ? arrow::Status::OK() : status;
}

arrow::Status SkippedChunks::CopyByRowGroups(const Inventory& inventory, int file,
                                             const arrow::Status& status) {
  const DataFile& source = inventory.files()[static_cast<size_t>(file)];
  if (status.ok() || !CanSkip(source.path, status)) return status;
  std::lock_guard<std::mutex> lock(mutex_);
  by_row_groups_.insert(file);
  return arrow::Status::OK();
}

size_t SkippedChunks::num_findings() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return row_groups_.size() + by_row_groups_.size();
}

arrow::Result<std::shared_ptr<const Inventory>> SkippedChunks::Rest(
    const std::shared_ptr<const Inventory>& inventory) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto rest = row_groups_.empty() ? inventory : inventory->Without(row_groups_);
  const bool any_left = std::ranges::any_of(
      rest->files(), [](const DataFile& file) { return !IsSkipped(file); });
  if (any_left) return rest;
  if (skips_.size() == 1) return first_;
  const ErrorDetail& detail = *GetErrorDetail(first_);
  return Error(detail.kind, "nothing of the input can be read")
      .File(detail.file)
      .RowGroup(detail.row_group)
      .Column(detail.column)
      .Cause(first_)
      .Fact("skipped", std::to_string(skips_.size()) + " chunks, this one first");
}

void SkippedChunks::Describe(const Inventory& inventory, Report* report) const {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [place, skip] : skips_) report->skipped.push_back(skip.chunk);
  report->files_in = static_cast<int64_t>(inventory.files().size()) + files_;
  report->bytes_in = inventory.num_bytes() + bytes_;
  report->files.skipped = files_;
  report->row_groups.skipped = static_cast<int64_t>(row_groups_.size());
  for (const DataFile& file : inventory.files()) {
    if (IsSkipped(file)) ++report->files.skipped;
  }
}

void SkippedChunks::Log(const SkippedChunk& chunk) {
  std::string text = "skipped ";
  if (chunk.row_group >= 0) {
    text += "row group " + std::to_string(chunk.row_group) + " of ";
  }
  text += chunk.file;
  if (!chunk.column.empty()) text += ", column " + chunk.column;
  run_->Log(LogLevel::kWarning, text + ": " + chunk.cause);
}

}  // namespace planish
