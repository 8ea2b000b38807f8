// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/error_builder.h"
#include "jobs/dedup_question.h"
#include "jobs/option_checks.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/local_path.h"
#include "planish/quantities.h"

namespace planish {

namespace {

const char* OnOff(bool on) {
  return on ? "on" : "off";
}

arrow::Status ValidateInputs(const DatasetOptions& dataset) {
  if (dataset.inputs.empty()) {
    return Error(ErrorKind::kInvalidOption, "no input given")
        .Hint("name at least one directory, file or glob");
  }
  ARROW_RETURN_NOT_OK(CheckLocalPaths(dataset.inputs, "inputs"));
  return CheckPatterns(dataset.include, dataset.exclude);
}

arrow::Status ValidateInPlace(const DedupOptions& options) {
  ARROW_RETURN_NOT_OK(CheckInPlaceOptions(options.in_place_options, options.in_place,
                                          options.dataset.allow_symlinks));
  if (!options.in_place) return arrow::Status::OK();
  if (!options.output.empty()) {
    return Error(ErrorKind::kInvalidOption, "`output` and `in_place` exclude each other")
        .Hint("leave out one of the two");
  }
  if (options.dataset.inputs.size() > 1) {
    return Error(ErrorKind::kInvalidOption, "`in_place` takes one input, a directory")
        .Fact("given", std::to_string(options.dataset.inputs.size()));
  }
  return arrow::Status::OK();
}

std::string DescribeOnError(OnError on_error, const std::optional<int>& retries) {
  if (on_error == OnError::kSkip) return "skip";
  if (on_error == OnError::kFail) return "fail";
  return "retry=" + std::to_string(ReadRetries(on_error, retries));
}

}  // namespace

int ReadRetries(OnError on_error, const std::optional<int>& retries) {
  return on_error == OnError::kRetry ? retries.value_or(3) : 0;
}

arrow::Status DedupOptions::Validate() const {
  ARROW_RETURN_NOT_OK(ValidateInputs(dataset));
  ARROW_RETURN_NOT_OK(CheckNames(key, "key"));
  ARROW_RETURN_NOT_OK(CheckNames(order_by, "order_by"));
  ARROW_RETURN_NOT_OK(CheckRetries(on_error, retries));
  ARROW_RETURN_NOT_OK(writer.Validate());
  ARROW_RETURN_NOT_OK(ValidateInPlace(*this));
  ARROW_RETURN_NOT_OK(CheckLocalPath(output, "output"));
  if (dry_run && !output.empty()) {
    return Error(ErrorKind::kInvalidOption, "`output` and `dry_run` exclude each other")
        .Hint("a dry run writes nothing: leave out one of the two");
  }
  if (!dry_run && !in_place && output.empty()) {
    return Error(ErrorKind::kInvalidOption, "no `output` given")
        .Hint(
            "name a directory for the result with `output`, or ask for `in_place` or "
            "`dry_run`");
  }
  if (dry_run && verify) {
    return Error(ErrorKind::kInvalidOption, "`dry_run` leaves nothing to `verify`");
  }
  ARROW_RETURN_NOT_OK(CheckOutsideInputs(output, dataset.inputs));
  if (semantics == Semantics::kLoop && scope == Scope::kPartition) {
    return Error(
        ErrorKind::kInvalidOption,
        "`semantics=loop` does not know partitions, so `scope=partition` cannot be had");
  }
  if (semantics == Semantics::kLoop && !nan_equal) {
    return Error(
        ErrorKind::kInvalidOption,
        "`semantics=loop` already takes every NaN for distinct: leave out `nan_equal`");
  }
  if (keep == Keep::kNone && !order_by.empty()) {
    return Error(ErrorKind::kInvalidOption,
                 "`keep=none` drops every row of a duplicated key, so `order_by` has no "
                 "effect")
        .Hint("leave out `order_by`, or set `keep=first` or `keep=last`");
  }
  return arrow::Status::OK();
}

arrow::Status CheckOptions::Validate() const {
  ARROW_RETURN_NOT_OK(ValidateInputs(dataset));
  ARROW_RETURN_NOT_OK(CheckNames(key, "key"));
  ARROW_RETURN_NOT_OK(CheckRetries(on_error, retries));
  if (worst_keys < 0) {
    return Error(ErrorKind::kInvalidOption,
                 "`worst_keys` must be 0 or more: " + std::to_string(worst_keys));
  }
  return arrow::Status::OK();
}

std::map<std::string, std::string> DescribeOptions(const CheckOptions& options,
                                                   const RunContext& context) {
  std::map<std::string, std::string> described = {
      {"inputs", JoinNames(options.dataset.inputs)},
      {"missing-columns",
       options.dataset.missing_columns == MissingColumns::kError ? "error" : "null"},
      {"key", JoinNames(options.key)},
      {"scope", options.scope == Scope::kDataset ? "dataset" : "partition"},
      {"nan-distinct", OnOff(!options.nan_equal)},
      {"trust", options.dataset.trust == Trust::kNothing ? "nothing" : "statistics"},
      {"on-error", DescribeOnError(options.on_error, options.retries)},
      {"worst-keys", std::to_string(options.worst_keys)},
  };
  DescribeFileChoice(options.dataset.include, options.dataset.exclude,
                     options.dataset.ignore_table_log, options.dataset.allow_symlinks,
                     &described);
  DescribeRun({}, context, &described);
  for (const char* name : {"compression", "sync"}) described.erase(name);
  return described;
}

std::map<std::string, std::string> DescribeOptions(const DedupOptions& options,
                                                   const RunContext& context) {
  static const char* const kKeepNames[] = {"first", "last", "none"};
  const Optimizations& on = options.optimizations;
  std::map<std::string, std::string> described = {
      {"inputs", JoinNames(options.dataset.inputs)},
      {"missing-columns",
       options.dataset.missing_columns == MissingColumns::kError ? "error" : "null"},
      {"trust", options.dataset.trust == Trust::kNothing ? "nothing" : "statistics"},
      {"key", JoinNames(options.key)},
      {"keep", kKeepNames[static_cast<int>(options.keep)]},
      {"order-by", JoinNames(options.order_by)},
      {"scope", options.scope == Scope::kDataset ? "dataset" : "partition"},
      {"nan-distinct", OnOff(!options.nan_equal)},
      {"semantics", options.semantics == Semantics::kPlanish ? "planish" : "loop"},
      {"on-error", DescribeOnError(options.on_error, options.retries)},
      {"output", options.output},
      {"in-place", OnOff(options.in_place)},
      {"dry-run", OnOff(options.dry_run)},
      {"verify", OnOff(options.verify)},
      {"engine", options.engine == Engine::kAuto ? "auto" : "reference"},
      {"copy-row-groups", OnOff(on.copy_row_groups)},
      {"copy-files", OnOff(on.copy_files)},
      {"inline-keys", OnOff(on.inline_keys)},
      {"key-digests", OnOff(on.key_digests)},
      {"key-ranges", OnOff(on.key_ranges)},
      {"spill", OnOff(on.spill)},
  };
  DescribeFileChoice(options.dataset.include, options.dataset.exclude,
                     options.dataset.ignore_table_log, options.dataset.allow_symlinks,
                     &described);
  DescribeRun(options.writer, context, &described);
  if (options.in_place) {
    const InPlaceOptions& how = options.in_place_options;
    described["publish"] = how.publish == PublishMode::kSwap ? "swap" : "files";
    described["keep-backup"] = how.keep_backup;
    described["lock-timeout"] =
        FormatSeconds(std::chrono::duration<double>(how.lock_timeout).count());
  }
  return described;
}

}  // namespace planish
