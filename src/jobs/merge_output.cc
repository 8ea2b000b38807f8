// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_output.h"

#include <map>

#include "format/footer.h"

namespace planish {

arrow::Result<std::string> MergeOutput::Prepare(const std::string& relative_path) {
  has_staged_ = true;
  ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication_->files());
  return files->Prepare(relative_path);
}

arrow::Result<std::string> MergeOutput::Replace(const DataFile& file) {
  std::lock_guard<std::mutex> lock(mutex_);
  changes_.replaced.push_back({file.relative_path, file.identity});
  return Prepare(file.relative_path);
}

arrow::Result<std::string> MergeOutput::Add(const std::string& relative_path,
                                            const DataFile& model) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (target_exists_) changes_.models[relative_path] = model.relative_path;
  changes_.added.push_back(relative_path);
  return Prepare(relative_path);
}

arrow::Status MergeOutput::Remove(const DataFile& file) {
  std::lock_guard<std::mutex> lock(mutex_);
  changes_.removed.push_back({file.relative_path, file.identity});
  return arrow::Status::OK();
}

void MergeOutput::SetUnread(const Inventory& target) {
  changes_.unread.clear();
  for (const UnreadFile& file : target.unread_files()) {
    changes_.unread.push_back(file.relative_path);
  }
}

arrow::Result<int64_t> MergeOutput::Keep(const DataFile& file) {
  if (!target_exists_) return 0;
  std::string path;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (publication_->in_place()) {
      rows_left_alone_ += file.num_rows;
      ++files_left_alone_;
      return 0;
    }
    ARROW_ASSIGN_OR_RAISE(path, Prepare(file.relative_path));
    kept_.insert(file.relative_path);
  }
  // Opening checks that the file is still the one whose rows were matched.
  ARROW_RETURN_NOT_OK(OpenDataFile(run_->fs(), file, run_->pool()).status());
  const bool sync = run_->context().sync && file.identity.size >= kSyncByWriter;
  return run_->fs()->CopyFile(file.stored_path, path, sync, {});
}

arrow::Result<int64_t> MergeOutput::RowsOf(const std::string& relative_path) {
  ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication_->files());
  ARROW_ASSIGN_OR_RAISE(auto input, run_->fs()->OpenInput(files->PathOf(relative_path)));
  ARROW_ASSIGN_OR_RAISE(const Footer footer, Footer::Read(*input));
  return footer.num_rows();
}

std::set<std::string> MergeOutput::WrittenPaths() const {
  std::set<std::string> written = kept_;
  for (const auto& change : changes_.replaced) written.insert(change.path);
  written.insert(changes_.added.begin(), changes_.added.end());
  return written;
}

arrow::Result<std::vector<WrittenFile>> MergeOutput::Written(const Inventory& target) {
  std::vector<WrittenFile> written;
  const std::set<std::string> paths = WrittenPaths();
  if (paths.empty()) return written;
  std::map<std::string, const DataFile*> sources;
  for (const DataFile& file : target.files()) sources[file.relative_path] = &file;
  ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication_->files());
  for (const std::string& path : paths) {
    const auto source = sources.find(path);
    written.push_back(
        {files->PathOf(path), source == sources.end() ? nullptr : source->second, {}});
  }
  return written;
}

arrow::Result<int64_t> MergeOutput::CountRows(int64_t* num_files) {
  const std::set<std::string> written = WrittenPaths();
  int64_t rows = rows_left_alone_;
  for (const std::string& path : written) {
    ARROW_ASSIGN_OR_RAISE(const int64_t in_file, RowsOf(path));
    rows += in_file;
  }
  *num_files = files_left_alone_ + static_cast<int64_t>(written.size());
  return rows;
}

}  // namespace planish
