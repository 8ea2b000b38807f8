// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_source.h"

#include <algorithm>

#include "base/error_builder.h"
#include "dataset/ipc_import.h"
#include "format/batch_writer.h"
#include "jobs/other_files.h"

namespace planish {

namespace {

arrow::Status CheckSource(const Inventory& source, const MergeOptions& options) {
  if (source.num_rows() > 0 || options.strategy != MergeStrategy::kSync ||
      options.allow_empty_source) {
    return arrow::Status::OK();
  }
  return Error(ErrorKind::kInvalidOption,
               "the source has no rows, so sync would empty the target")
      .Hint("set allow-empty-source if that is meant");
}

}  // namespace

arrow::Result<std::shared_ptr<const Inventory>> OpenMergeSource(
    Run* run, const MergeOptions& options, SkippedChunks* skipped, Report* report) {
  const IpcImport import(run->fs(), run->scratch(), run->context().memory_limit,
                         options.writer, run->pool());
  ARROW_ASSIGN_OR_RAISE(
      const auto found,
      Inventory::Make(run->fs(), options.source, /*hive=*/true, /*by_size=*/false,
                      run->pool(), skipped->FileSkipper(), &import));
  NoteOtherFiles(run, *found, report);
  ARROW_ASSIGN_OR_RAISE(auto source, skipped->Rest(found));
  ARROW_RETURN_NOT_OK(CheckSource(*source, options));
  return source;
}

arrow::Result<std::string> SpoolMergeSource(Run* run, arrow::RecordBatchReader* source) {
  if (run->scratch() == nullptr) {
    return Error(ErrorKind::kInvalidOption, "a stream as source needs scratch")
        .Hint("set temp_dir to a directory with room for it");
  }
  ARROW_RETURN_NOT_OK(run->EnterStage("spool", 0, 0));
  ARROW_ASSIGN_OR_RAISE(std::string path, run->scratch()->NewPath("source.parquet"));
  BatchWriterOptions options;
  options.row_group_bytes =
      std::min(run->budget()->limit() / 16, options.row_group_bytes);
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        BatchWriter::Make(run->scratch()->files(), path, source->schema(),
                                          options, run->pool()));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(source->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
    ARROW_RETURN_NOT_OK(run->Advance(batch->num_rows(), 0));
  }
  ARROW_RETURN_NOT_OK(writer->Finish());
  return path;
}

}  // namespace planish
