// SPDX-License-Identifier: Apache-2.0
#include "python/merge_verb.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "planish/planish.h"
#include "python/calling_thread.h"
#include "python/exceptions.h"
#include "python/fields.h"
#include "python/options.h"
#include "python/run_callbacks.h"
#include "python/stream_source.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// A source that is read on the calling thread, since it may be Python code.
class CallersSource : public arrow::RecordBatchReader {
 public:
  CallersSource(std::shared_ptr<arrow::RecordBatchReader> source, CallingThread* thread)
      : source_(std::move(source)), thread_(thread) {}

  std::shared_ptr<arrow::Schema> schema() const override { return source_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    arrow::Status read;
    ARROW_RETURN_NOT_OK(thread_->Call([&] {
      nb::gil_scoped_release release;
      read = source_->ReadNext(batch);
    }));
    return read;
  }

 private:
  const std::shared_ptr<arrow::RecordBatchReader> source_;
  CallingThread* const thread_;
};

void ReadRows(const Fields& fields, MergeOptions* options) {
  fields.Read("key", &options->key);
  fields.ReadChoice<MergeStrategy>("strategy", &options->strategy,
                                   {{"insert", MergeStrategy::kInsert},
                                    {"update", MergeStrategy::kUpdate},
                                    {"upsert", MergeStrategy::kUpsert},
                                    {"delete", MergeStrategy::kDelete},
                                    {"sync", MergeStrategy::kSync}});
  fields.ReadChoice<SourceDuplicates>("source_duplicates", &options->source_duplicates,
                                      {{"last", SourceDuplicates::kLast},
                                       {"first", SourceDuplicates::kFirst},
                                       {"error", SourceDuplicates::kError}});
  fields.Read("source_order_by", &options->source_order_by);
  fields.Read("newer_by", &options->newer_by);
  fields.Read("delete_when", &options->delete_when);
  fields.Read("allow_empty_source", &options->allow_empty_source);
}

void ReadColumns(const Fields& fields, MergeOptions* options) {
  fields.ReadChoice<MissingSourceColumns>("missing_columns", &options->missing_columns,
                                          {{"error", MissingSourceColumns::kError},
                                           {"keep", MissingSourceColumns::kKeep},
                                           {"null", MissingSourceColumns::kNull}});
  fields.ReadChoice<ExtraSourceColumns>("extra_columns", &options->extra_columns,
                                        {{"error", ExtraSourceColumns::kError},
                                         {"ignore", ExtraSourceColumns::kIgnore},
                                         {"add", ExtraSourceColumns::kAdd}});
  fields.Read("assume_timezone", &options->assume_timezone);
  fields.ReadChoice<PartitionChange>(
      "on_partition_change", &options->on_partition_change,
      {{"error", PartitionChange::kError}, {"move", PartitionChange::kMove}});
}

MergeOptions MergeOptionsOf(const Fields& fields) {
  MergeOptions options;
  fields.ReadPath("target", &options.target);
  fields.ReadPaths("include", &options.include);
  fields.ReadPaths("exclude", &options.exclude);
  fields.Read("ignore_table_log", &options.ignore_table_log);
  fields.Read("create", &options.create);
  fields.ReadPaths("source", &options.source.inputs);
  options.source.ignore_table_log = options.ignore_table_log;
  fields.Read("allow_symlinks", &options.source.allow_symlinks);
  ReadRows(fields, &options);
  ReadColumns(fields, &options);
  fields.ReadChoice<OnError>(
      "on_error", &options.on_error,
      {{"fail", OnError::kFail}, {"retry", OnError::kRetry}, {"skip", OnError::kSkip}});
  fields.Read("retries", &options.retries);
  fields.ReadPath("output", &options.output);
  fields.Read("in_place", &options.in_place);
  options.in_place_options = InPlaceOptionsOf(fields);
  fields.Read("dry_run", &options.dry_run);
  fields.Read("verify", &options.verify);
  options.writer = WriterOptionsOf(fields);
  fields.ReadBytes("target_file_bytes", &options.target_file_bytes);
  ReadEngine(fields, &options.engine);
  fields.Read("prune", &options.prune);
  ReadTrust(fields, &options.trust);
  return options;
}

std::string RunMerge(const nb::object& source, const nb::dict& options,
                     const nb::dict& context) {
  const MergeOptions read_options = MergeOptionsOf(Fields(options));
  const Fields context_fields(context);
  RunContext read_context = RunContextOf(context_fields);
  CallingThread thread;
  AttachCallbacks(context_fields, &thread, &read_context);
  std::shared_ptr<arrow::RecordBatchReader> reader;
  if (!source.is_none()) {
    reader = std::make_shared<CallersSource>(
        OpenSource(source, [&thread] { return thread.KeepException(); }), &thread);
  }
  std::optional<arrow::Result<Report>> result;
  thread.Run([&] {
    result.emplace(reader == nullptr
                       ? Merge(read_options, read_context)
                       : MergeStream(std::move(reader), read_options, read_context));
  });
  return ValueOrThrow(*std::move(result)).ToJson();
}

}  // namespace

void BindMergeVerb(nb::module_* module) {
  module->def("merge", &RunMerge, nb::arg("source").none(), nb::arg("options"),
              nb::arg("context"));
}

}  // namespace planish::python
