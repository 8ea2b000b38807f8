// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_source.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/error_builder.h"
#include "dataset/ipc_import.h"
#include "dataset/path.h"
#include "dataset/value_agreement.h"
#include "format/batch_writer.h"
#include "jobs/batch_conformance.h"
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

/// Writes the batches of a stream to scratch, as few files as their schemas allow: rows
/// whose columns and types the current file has go there, whatever their own are.
class SourceSpool {
 public:
  SourceSpool(Run* run, MissingColumns missing, StreamSchema schema,
              std::string directory)
      : run_(run),
        missing_(missing),
        schema_(std::move(schema)),
        directory_(std::move(directory)) {
    options_.row_group_bytes =
        std::min(run->budget()->limit() / 16, options_.row_group_bytes);
  }

  arrow::Status Begin() {
    // Files are read in the order of their names.
    char name[32];
    std::snprintf(name, sizeof(name), "%08d.parquet", num_files_++);
    return BatchWriter::Make(run_->scratch()->files(), JoinPath(directory_, name),
                             schema_.current(), options_, run_->pool())
        .Value(&writer_);
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
    const BatchPlace place{kSourceStreamName, num_batches_++};
    if (batch->num_rows() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto declared, WithDeclaredValues(*batch, place));
    const auto before = schema_.current();
    ARROW_RETURN_NOT_OK(schema_.Take(*batch->schema(), place));
    if (schema_.current() != before) {
      ARROW_RETURN_NOT_OK(writer_->Finish());
      ARROW_RETURN_NOT_OK(Begin());
    }
    ARROW_ASSIGN_OR_RAISE(
        const auto conformed,
        ConformBatch(declared, schema_.current(), missing_, place, run_->pool()));
    return writer_->Write(*conformed);
  }

  arrow::Status Finish() { return writer_->Finish(); }

 private:
  Run* const run_;
  const MissingColumns missing_;
  StreamSchema schema_;
  const std::string directory_;
  BatchWriterOptions options_;
  std::unique_ptr<BatchWriter> writer_;
  int num_files_ = 0;
  int64_t num_batches_ = 0;
};

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

std::shared_ptr<const Inventory> WithTimezonesOf(
    const Inventory& target, const MergeOptions& options,
    std::shared_ptr<const Inventory> source) {
  if (options.assume_timezone.empty()) return source;
  arrow::FieldVector fields;
  for (int i = 0; i < source->num_data_columns(); ++i) {
    const auto& field = source->schema()->field(i);
    const auto model = target.schema()->GetFieldByName(field->name());
    fields.push_back(model == nullptr ? field
                                      : field->WithType(WithTimezoneUtc(field->type(),
                                                                        *model->type())));
  }
  return source->WithDataFields(fields);
}

arrow::Result<DatasetOptions> SpoolMergeSource(Run* run, MissingColumns missing,
                                               arrow::RecordBatchReader* source) {
  if (run->scratch() == nullptr) {
    return Error(ErrorKind::kInvalidOption, "a stream as source needs scratch")
        .Hint("set `temp_dir` to a directory with room for it");
  }
  ARROW_RETURN_NOT_OK(run->EnterStage("spool", 0, 0));
  ARROW_ASSIGN_OR_RAISE(std::string directory, run->scratch()->NewPath("source"));
  ARROW_RETURN_NOT_OK(run->fs()->MakeDirectories(directory));
  ARROW_ASSIGN_OR_RAISE(StreamSchema schema,
                        StreamSchema::Make(source->schema(), missing, kSourceStreamName));
  SourceSpool spool(run, missing, std::move(schema), directory);
  ARROW_RETURN_NOT_OK(spool.Begin());
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(source->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(spool.Write(batch));
    ARROW_RETURN_NOT_OK(run->Advance(batch->num_rows(), 0));
  }
  ARROW_RETURN_NOT_OK(spool.Finish());
  DatasetOptions spooled;
  spooled.inputs = {std::move(directory)};
  // A file lacks columns that came up later, where batches may.
  spooled.missing_columns = missing;
  return spooled;
}

}  // namespace planish
