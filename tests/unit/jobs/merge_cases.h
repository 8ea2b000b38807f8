// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planish/merge.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {

/// A target and a source in a directory of their own, and what comes of merging them.
class MergeRoom {
 public:
  arrow::Status Target(const std::shared_ptr<arrow::Schema>& schema,
                       const std::string& rows, const std::string& path = "a.parquet",
                       const WriteSpec& spec = {}) {
    return Write("target/" + path, schema, rows, spec);
  }
  arrow::Status Source(const std::shared_ptr<arrow::Schema>& schema,
                       const std::string& rows, const std::string& path = "s.parquet") {
    return Write("source/" + path, schema, rows, {});
  }

  std::string target() const { return directory_ / "target"; }
  std::string result() const { return directory_ / "result"; }
  std::string operator/(const std::string& name) const { return directory_ / name; }

  MergeOptions Options(MergeStrategy strategy, std::vector<std::string> key) const {
    MergeOptions options;
    options.target = target();
    options.source.inputs = {directory_ / "source"};
    options.strategy = strategy;
    options.key = std::move(key);
    options.output = result();
    return options;
  }

  static RunContext Context() {
    RunContext context;
    context.sync = false;
    context.threads = 2;
    return context;
  }

  /// The rows of the result, all in all.
  arrow::Result<std::shared_ptr<arrow::Table>> Run(const MergeOptions& options) {
    ARROW_ASSIGN_OR_RAISE(report_, Merge(options, Context()));
    return ReadDataset(options.in_place ? target() : options.output);
  }
  const MergeReport& counts() const { return *report_.merge; }
  const Report& report() const { return report_; }

 private:
  arrow::Status Write(const std::string& path,
                      const std::shared_ptr<arrow::Schema>& schema,
                      const std::string& rows, const WriteSpec& spec) {
    ARROW_ASSIGN_OR_RAISE(const auto table, TableFromJson(schema, rows));
    return WriteParquet(table, directory_ / path, spec);
  }

  TempDir directory_;
  Report report_;
};

}  // namespace planish
