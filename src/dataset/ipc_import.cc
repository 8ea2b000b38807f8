// SPDX-License-Identifier: Apache-2.0
#include "dataset/ipc_import.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error_builder.h"
#include "dataset/data_file_names.h"
#include "dataset/path.h"
#include "format/batch_writer.h"
#include "format/ipc_source.h"

namespace planish {
namespace {

constexpr std::string_view kParquet = ".parquet";
/// Row groups decide what the result looks like, which must not depend on the limit. So
/// they take what the smallest limit with a promise (128 MB) has room for; under a
/// smaller one there is no way but smaller ones.
constexpr int64_t kMostRowGroupBytes = 16'000'000;
/// Of the limit, what a row group may take until it is complete.
constexpr int64_t kRowGroupShare = 8;

std::string WithParquetExtension(const std::string& path) {
  const size_t extension = IpcExtension(BaseName(path)).size();
  return path.substr(0, path.size() - extension) + std::string(kParquet);
}

/// An error if an IPC file would get the relative path of another file.
arrow::Status CheckDistinct(const std::vector<DiscoveredFile>& files,
                            const std::vector<bool>& is_ipc) {
  std::unordered_map<std::string_view, size_t> by_relative_path;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto [first, is_new] = by_relative_path.emplace(files[i].relative_path, i);
    if (is_new || (!is_ipc[i] && !is_ipc[first->second])) continue;
    return Error(ErrorKind::kInvalidOption,
                 "two inputs would become one file: " + files[i].relative_path)
        .File(files[first->second].path)
        .Fact("other file", files[i].path)
        .Hint("rename one of them: IPC files become Parquet files of the same name");
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::vector<bool>> IpcImport::Identify(
    std::vector<DiscoveredFile>* files) const {
  std::vector<bool> is_ipc;
  for (DiscoveredFile& file : *files) {
    is_ipc.push_back(false);
    if (file.path.ends_with(kParquet)) continue;
    const auto opened = fs_->OpenInput(file.path);
    if (!opened.ok()) continue;
    const auto found = IsIpc(**opened);
    if (!found.ok() || !*found) continue;
    is_ipc.back() = true;
    file.relative_path = WithParquetExtension(file.relative_path);
  }
  ARROW_RETURN_NOT_OK(CheckDistinct(*files, is_ipc));
  return is_ipc;
}

arrow::Status IpcImport::Write(const std::string& from, const std::string& to) const {
  ARROW_ASSIGN_OR_RAISE(auto input, fs_->OpenInput(from));
  ARROW_ASSIGN_OR_RAISE(auto batches, ReadIpcFile(std::move(input), pool_));
  BatchWriterOptions options;
  options.writer = writer_;
  options.row_group_bytes = std::min(memory_limit_ / kRowGroupShare, kMostRowGroupBytes);
  ARROW_ASSIGN_OR_RAISE(
      auto writer,
      BatchWriter::Make(scratch_->files(), to, batches->schema(), options, pool_));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(batches->ReadNext(&batch));
    if (batch == nullptr) return writer->Finish();
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
}

arrow::Result<std::string> IpcImport::Import(const std::string& path) const {
  if (scratch_ == nullptr) {
    return Error(ErrorKind::kInvalidOption, "Arrow IPC inputs need scratch")
        .File(path)
        .Hint("set `temp_dir` to a directory with room for them");
  }
  ARROW_ASSIGN_OR_RAISE(std::string target, scratch_->NewPath("rows.parquet"));
  ARROW_RETURN_NOT_OK(AddContext(Write(path, target), ErrorKind::kCorrupt, path));
  return target;
}

}  // namespace planish
