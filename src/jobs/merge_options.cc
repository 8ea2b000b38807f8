// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "base/error_builder.h"
#include "jobs/dedup_question.h"
#include "jobs/merge_question.h"
#include "jobs/option_checks.h"
#include "planish/local_path.h"
#include "planish/merge.h"
#include "planish/quantities.h"

namespace planish {

namespace {

arrow::Status Refuse(const std::string& message, const std::string& hint = "") {
  Error error(ErrorKind::kInvalidOption, message);
  if (!hint.empty()) error.Hint(hint);
  return error;
}

arrow::Status CheckOutput(const MergeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckInPlaceOptions(options.in_place_options, options.in_place,
                                          options.source.allow_symlinks));
  ARROW_RETURN_NOT_OK(CheckLocalPath(options.output, "output"));
  if (options.in_place && !options.output.empty()) {
    return Refuse("`output` and `in_place` exclude each other",
                  "leave out one of the two");
  }
  if (options.dry_run && !options.output.empty()) {
    return Refuse("`output` and `dry_run` exclude each other",
                  "a dry run writes nothing: leave out one of the two");
  }
  if (options.on_error == OnError::kSkip && options.verify) {
    return Refuse("`verify` and `on_error=skip` exclude each other",
                  "what cannot be read cannot be verified");
  }
  if (options.dry_run && options.verify) {
    return Refuse("`dry_run` leaves nothing to `verify`");
  }
  if (!options.dry_run && !options.in_place && options.output.empty()) {
    return Refuse("no `output` given",
                  "name a directory for the result with `output`, or ask for `in_place` "
                  "or `dry_run`");
  }
  return arrow::Status::OK();
}

/// Options that mean something to some strategies only.
arrow::Status CheckStrategy(const MergeOptions& options) {
  const MergeStrategy strategy = options.strategy;
  if (!options.newer_by.empty() && !Updates(strategy)) {
    return Refuse("`newer_by` has no effect: the strategy updates no row");
  }
  if (!options.delete_when.empty() && strategy != MergeStrategy::kUpsert) {
    return Refuse("`delete_when` goes with `strategy=upsert` only");
  }
  if (options.allow_empty_source && strategy != MergeStrategy::kSync) {
    return Refuse("`allow_empty_source` goes with `strategy=sync` only");
  }
  if (options.create && strategy != MergeStrategy::kInsert &&
      strategy != MergeStrategy::kUpsert) {
    return Refuse("`create` goes with `strategy=insert` and `strategy=upsert` only",
                  "the others have nothing to do without a target");
  }
  if (options.extra_columns == ExtraSourceColumns::kAdd &&
      strategy == MergeStrategy::kDelete) {
    return Refuse("`extra_columns=add` has no effect: the strategy takes no values");
  }
  if (options.on_partition_change == PartitionChange::kMove) {
    if (!Updates(strategy)) {
      return Refuse("`on_partition_change` has no effect: the strategy updates no row");
    }
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status MergeOptions::Validate() const {
  if (target.empty()) return Refuse("no target given", "name the dataset's directory");
  if (source.inputs.empty()) {
    return Refuse("no `source` given", "name at least one directory, file or glob");
  }
  if (key.empty())
    return Refuse("no `key` given", "name the columns that identify a row");
  ARROW_RETURN_NOT_OK(CheckLocalPath(target, "target"));
  ARROW_RETURN_NOT_OK(CheckLocalPaths(source.inputs, "source"));
  ARROW_RETURN_NOT_OK(CheckPatterns(include, exclude));
  ARROW_RETURN_NOT_OK(CheckPatterns(source.include, source.exclude));
  ARROW_RETURN_NOT_OK(CheckNames(key, "key"));
  ARROW_RETURN_NOT_OK(CheckNames(source_order_by, "source_order_by"));
  ARROW_RETURN_NOT_OK(CheckRetries(on_error, retries));
  ARROW_RETURN_NOT_OK(writer.Validate());
  ARROW_RETURN_NOT_OK(CheckOutsideInputs(output, source.inputs));
  ARROW_RETURN_NOT_OK(CheckOutsideInputs(output, {target}));
  if (!source_order_by.empty() && source_duplicates != SourceDuplicates::kLast) {
    return Refuse("`source_duplicates` and `source_order_by` exclude each other");
  }
  if (!assume_timezone.empty() && assume_timezone != "UTC") {
    return Refuse("`assume_timezone` can be UTC only: " + assume_timezone,
                  "convert the source's times to UTC");
  }
  if (target_file_bytes < 1) {
    return Refuse("`target_file_bytes` must be at least 1: " +
                  std::to_string(target_file_bytes));
  }
  ARROW_RETURN_NOT_OK(CheckStrategy(*this));
  return CheckOutput(*this);
}

std::map<std::string, std::string> DescribeOptions(const MergeOptions& options,
                                                   const RunContext& context) {
  static const char* const kStrategies[] = {"insert", "update", "upsert", "delete",
                                            "sync"};
  static const char* const kDuplicates[] = {"last", "first", "error"};
  static const char* const kMissing[] = {"error", "keep", "null"};
  static const char* const kExtra[] = {"error", "ignore", "add"};
  const auto on_off = [](bool on) { return on ? "on" : "off"; };
  std::map<std::string, std::string> described = {
      {"target", options.target},
      {"source", JoinNames(options.source.inputs)},
      {"key", JoinNames(options.key)},
      {"strategy", kStrategies[static_cast<int>(options.strategy)]},
      {"source-duplicates", kDuplicates[static_cast<int>(options.source_duplicates)]},
      {"source-order-by", JoinNames(options.source_order_by)},
      {"newer-by", options.newer_by},
      {"delete-when", options.delete_when},
      {"missing-columns", kMissing[static_cast<int>(options.missing_columns)]},
      {"extra-columns", kExtra[static_cast<int>(options.extra_columns)]},
      {"on-partition-change",
       options.on_partition_change == PartitionChange::kError ? "error" : "move"},
      {"assume-timezone", options.assume_timezone},
      {"allow-empty-source", on_off(options.allow_empty_source)},
      {"on-error",
       options.on_error == OnError::kSkip ? "skip"
       : options.on_error == OnError::kFail
           ? "fail"
           : "retry=" + std::to_string(ReadRetries(options.on_error, options.retries))},
      {"output", options.output},
      {"in-place", on_off(options.in_place)},
      {"dry-run", on_off(options.dry_run)},
      {"verify", on_off(options.verify)},
      {"target-file-size", FormatByteSize(options.target_file_bytes)},
      {"engine", options.engine == Engine::kAuto ? "auto" : "reference"},
      {"prune", on_off(options.prune)},
      {"trust", options.trust == Trust::kNothing ? "nothing" : "statistics"},
      {"create", on_off(options.create)},
  };
  DescribeFileChoice(options.include, options.exclude, options.ignore_table_log,
                     options.source.allow_symlinks, &described);
  if (options.in_place) {
    const InPlaceOptions& how = options.in_place_options;
    described["publish"] = how.publish == PublishMode::kSwap ? "swap" : "files";
    described["keep-backup"] = how.keep_backup;
    described["lock-timeout"] =
        FormatSeconds(std::chrono::duration<double>(how.lock_timeout).count());
  }
  DescribeRun(options.writer, context, &described);
  return described;
}

}  // namespace planish
