// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/inventory.h"
#include "format/schema_change.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// What a merge makes of the columns of files that it writes. One thread.
class FileChanges {
 public:
  /// All must outlive it.
  FileChanges(Run* run, const Inventory* target, std::shared_ptr<const Inventory> source,
              const MergeQuestion* question, MergeStrategy strategy, Report* report)
      : run_(run),
        target_(target),
        source_(std::move(source)),
        question_(question),
        updates_(Updates(strategy)),
        report_(report) {}

  /// For a new version of `file`, a file of the target: it gets the columns of
  /// MergeQuestion::ColumnsFor; and a column that takes values from the source becomes
  /// what it is in the target as a whole where the source has a value that the file's
  /// column cannot hold. The source is read to see that, once for each kind of column.
  arrow::Result<SchemaChange> Of(const DataFile& file);

  /// For a file of new rows like `model`, which has the target's columns as they are in
  /// the target as a whole. `kept`: columns that rows in it may have though the source
  /// lacks them.
  SchemaChange OfNewFile(const DataFile& model, const std::vector<int>& kept) const;

  /// How many columns of a file are as they are in the target as a whole.
  static int64_t NumColumnsAsIn(const Inventory& target, const DataFile& file);

 private:
  arrow::Result<bool> Holds(const arrow::Field& field, const SharedColumn& update);
  arrow::Result<bool> HoldsAll(const arrow::Field& whole_field,
                               const SharedColumn& update) const;

  Run* const run_;
  const Inventory* const target_;
  const std::shared_ptr<const Inventory> source_;
  const MergeQuestion* const question_;
  const bool updates_;
  Report* const report_;
  /// By source column, and by the field of the file.
  std::map<std::pair<int, std::string>, bool> known_;
};

}  // namespace planish
