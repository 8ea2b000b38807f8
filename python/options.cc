// SPDX-License-Identifier: Apache-2.0
#include "python/options.h"

#include <chrono>

#include "python/exceptions.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

void ReadScope(const Fields& fields, Scope* scope) {
  fields.ReadChoice<Scope>(
      "scope", scope, {{"dataset", Scope::kDataset}, {"partition", Scope::kPartition}});
}

void ReadOnError(const Fields& fields, OnError* on_error, std::optional<int>* retries) {
  fields.ReadChoice<OnError>(
      "on_error", on_error,
      {{"skip", OnError::kSkip}, {"fail", OnError::kFail}, {"retry", OnError::kRetry}});
  fields.Read("retries", retries);
}

void ReadSeconds(const Fields& fields, const char* name,
                 std::chrono::milliseconds* field) {
  double seconds = std::chrono::duration<double>(*field).count();
  fields.Read(name, &seconds);
  *field = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1e3));
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

}  // namespace

InPlaceOptions InPlaceOptionsOf(const Fields& fields) {
  InPlaceOptions options;
  fields.ReadChoice<PublishMode>(
      "publish", &options.publish,
      {{"files", PublishMode::kFiles}, {"swap", PublishMode::kSwap}});
  fields.ReadPath("keep_backup", &options.keep_backup);
  ReadSeconds(fields, "lock_timeout", &options.lock_timeout);
  return options;
}

WriterOptions WriterOptionsOf(const Fields& fields) {
  WriterOptions options;
  fields.Read("compression", &options.compression);
  fields.Read("compression_level", &options.compression_level);
  return options;
}

void ReadTrust(const Fields& fields, Trust* trust) {
  fields.ReadChoice<Trust>(
      "trust", trust, {{"statistics", Trust::kStatistics}, {"nothing", Trust::kNothing}});
}

void ReadEngine(const Fields& fields, Engine* engine) {
  fields.ReadChoice<Engine>("engine", engine,
                            {{"auto", Engine::kAuto}, {"reference", Engine::kReference}});
}

void ReadKeep(const Fields& fields, Keep* keep) {
  fields.ReadChoice<Keep>(
      "keep", keep,
      {{"first", Keep::kFirst}, {"last", Keep::kLast}, {"none", Keep::kNone}});
}

Optimizations OptimizationsOf(const Fields& fields) {
  nb::dict given;
  fields.Read("optimizations", &given);
  const Fields switches(std::move(given));
  Optimizations on;
  switches.Read("copy_row_groups", &on.copy_row_groups);
  switches.Read("copy_files", &on.copy_files);
  switches.Read("inline_keys", &on.inline_keys);
  switches.Read("key_digests", &on.key_digests);
  switches.Read("key_ranges", &on.key_ranges);
  switches.Read("spill", &on.spill);
  return on;
}

DatasetOptions DatasetOptionsOf(const Fields& fields) {
  DatasetOptions options;
  fields.ReadPaths("inputs", &options.inputs);
  fields.ReadPaths("include", &options.include);
  fields.ReadPaths("exclude", &options.exclude);
  fields.Read("ignore_table_log", &options.ignore_table_log);
  fields.Read("allow_symlinks", &options.allow_symlinks);
  fields.ReadChoice<MissingColumns>(
      "missing_columns", &options.missing_columns,
      {{"error", MissingColumns::kError}, {"null", MissingColumns::kNull}});
  ReadTrust(fields, &options.trust);
  return options;
}

RecoverOptions RecoverOptionsOf(const Fields& fields) {
  RecoverOptions options;
  fields.ReadPath("dataset", &options.dataset);
  ReadSeconds(fields, "lock_timeout", &options.lock_timeout);
  return options;
}

RestoreOptions RestoreOptionsOf(const Fields& fields) {
  RestoreOptions options;
  fields.ReadPath("dataset", &options.dataset);
  fields.ReadPath("backup", &options.backup);
  fields.Read("dry_run", &options.dry_run);
  ReadSeconds(fields, "lock_timeout", &options.lock_timeout);
  return options;
}

DedupOptions DedupOptionsOf(const Fields& fields) {
  DedupOptions options;
  options.dataset = DatasetOptionsOf(fields);
  fields.Read("key", &options.key);
  ReadKeep(fields, &options.keep);
  fields.Read("order_by", &options.order_by);
  ReadScope(fields, &options.scope);
  fields.Read("nan_equal", &options.nan_equal);
  fields.ReadChoice<Semantics>(
      "semantics", &options.semantics,
      {{"planish", Semantics::kPlanish}, {"loop", Semantics::kLoop}});
  ReadOnError(fields, &options.on_error, &options.retries);
  fields.ReadPath("output", &options.output);
  fields.Read("in_place", &options.in_place);
  options.in_place_options = InPlaceOptionsOf(fields);
  fields.Read("dry_run", &options.dry_run);
  fields.Read("verify", &options.verify);
  options.writer = WriterOptionsOf(fields);
  ReadEngine(fields, &options.engine);
  options.optimizations = OptimizationsOf(fields);
  return options;
}

CheckOptions CheckOptionsOf(const Fields& fields) {
  CheckOptions options;
  options.dataset = DatasetOptionsOf(fields);
  fields.Read("key", &options.key);
  ReadScope(fields, &options.scope);
  fields.Read("nan_equal", &options.nan_equal);
  ReadOnError(fields, &options.on_error, &options.retries);
  fields.Read("worst_keys", &options.worst_keys);
  return options;
}

RunContext RunContextOf(const Fields& fields) {
  RunContext context;
  fields.Read("threads", &context.threads);
  fields.ReadBytes("memory_limit", &context.memory_limit);
  fields.ReadPath("temp_dir", &context.temp_dir);
  fields.ReadBytes("temp_limit", &context.temp_limit);
  fields.ReadChoice<ChunkMode>("chunk", &context.chunk,
                               {{"auto", ChunkMode::kAuto},
                                {"rows", ChunkMode::kRows},
                                {"bytes", ChunkMode::kBytes},
                                {"row-group", ChunkMode::kRowGroup},
                                {"file", ChunkMode::kFile},
                                {"off", ChunkMode::kOff}});
  fields.Read("chunk_rows", &context.chunk_rows);
  fields.ReadBytes("chunk_bytes", &context.chunk_bytes);
  fields.Read("sync", &context.sync);
  ReadSeconds(fields, "retry_delay", &context.retry_delay);
  return context;
}

void TellProgress(nb::handle callback, const Progress& progress) {
  const nb::object seconds_left = progress.seconds_left < 0
                                      ? nb::object(nb::none())
                                      : nb::float_(progress.seconds_left);
  callback(progress.stage, progress.rows_done, progress.rows_total, progress.bytes_done,
           progress.bytes_total, progress.seconds, seconds_left);
}

void TellLog(nb::handle callback, LogLevel level, const std::string& message) {
  callback(LevelName(level), ReadableText(message));
}

}  // namespace planish::python
