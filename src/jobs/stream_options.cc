// SPDX-License-Identifier: Apache-2.0
#include "jobs/stream_options.h"

#include "jobs/dedup_question.h"

namespace planish {
namespace {

/// The same question asked of a dataset.
DedupOptions AsDedupOptions(const StreamDedupOptions& options) {
  DedupOptions same;
  same.dataset.inputs = {options.source_name};
  same.dry_run = true;
  same.key = options.key;
  same.keep = options.keep;
  same.order_by = options.order_by;
  same.nan_equal = options.nan_equal;
  same.optimizations = options.optimizations;
  return same;
}

}  // namespace

arrow::Status StreamDedupOptions::Validate() const {
  DedupOptions same = AsDedupOptions(*this);
  same.dataset.inputs = {"-"};  // what the stream is called is no path
  return same.Validate();
}

std::map<std::string, std::string> DescribeStreamOptions(
    const StreamDedupOptions& options, const RunContext& context) {
  auto described = DescribeOptions(AsDedupOptions(options), context);
  for (const char* name :
       {"missing-columns", "scope", "semantics", "output", "dry-run", "verify",
        "compression", "engine", "copy-row-groups", "copy-files", "on-error", "retries",
        "include", "exclude", "ignore-table-log", "allow-symlinks"}) {
    described.erase(name);
  }
  return described;
}

}  // namespace planish
