// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "format/column_patcher.h"
#include "jobs/key_match.h"
#include "jobs/merge_question.h"
#include "jobs/patch_rows.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "rewrite/patched_file.h"

namespace planish {

/// What a merge does to one row group of the target.
struct RowGroupOutcome {
  PatchedRowGroup row_group;
  int64_t updated = 0, unchanged = 0, deleted = 0, stale = 0;
  /// Rows here in whose place source rows come into other partitions.
  std::vector<RowPair> moved;
  int64_t bytes_decoded = 0;
  int64_t decoded_chunks = 0;
};

/// Works out and encodes the new version of row groups. Any thread, with any row group.
class RowGroupMerge {
 public:
  /// All must outlive it. `room` null: nothing is encoded, only counted.
  RowGroupMerge(Run* run, const Inventory* target, const Inventory* source,
                const MergeQuestion* question, const PatchRows* patches, bool may_move,
                const WriterOptions* writer, WaitingRoom* room);

  /// `patch` is the part of a stretch that is for rows of `group`, or null. `dropped`
  /// has the target rows that go without being matched, and gets those that go besides.
  /// PatchedFile::change of `file` is that of FileChanges::Of. With `columns_at_once`
  /// above 1, which is for where there are fewer row groups than threads, it takes that
  /// many threads.
  arrow::Result<RowGroupOutcome> Merge(PatchedFile* file, const RowGroupRef& group,
                                       std::shared_ptr<arrow::RecordBatch> patch,
                                       RowBitmap* dropped, int columns_at_once) const;

 private:
  /// A merge of one row group under way.
  struct Work;
  /// Values of a column for some rows.
  struct NewColumn {
    int column = -1, file_column = -1;
    std::shared_ptr<arrow::Field> retyped;  ///< null if it stays what it is
    std::shared_ptr<arrow::Array> values;   ///< one for each candidate
    bool changed = false;
    std::optional<PatchedChunk> patched;

    /// Null if it is not encoded yet.
    EncodedChunk* chunk() {
      return patched && patched->chunk ? &*patched->chunk : nullptr;
    }
  };

  static arrow::Status InRowGroup(const Work& work, const arrow::Status& status);
  arrow::Status JudgeAge(Work* work) const;
  arrow::Status Act(Work* work) const;
  arrow::Status Compare(Work* work) const;
  arrow::Result<std::shared_ptr<arrow::Array>> ValuesFor(const Work& work,
                                                         const SharedColumn& column,
                                                         int file_column,
                                                         const arrow::Field& field) const;
  arrow::Result<std::shared_ptr<arrow::Array>> WithKeptFields(
      const Work& work, int file_column, const arrow::Field& field,
      const std::shared_ptr<arrow::Array>& values) const;
  static void CompareWithNull(Work* work, NewColumn* column);
  arrow::Status CompareColumn(Work* work, NewColumn* column) const;
  arrow::Status Prepare(const Work& work, const SharedColumn& column,
                        NewColumn* made) const;
  static void TakePatched(Work* work, NewColumn* column);
  arrow::Status Encode(Work* work) const;
  arrow::Status EncodeColumn(Work* work, int column, const std::vector<int64_t>& chosen,
                             ColumnPatch* patch) const;
  arrow::Status EncodeAdded(Work* work, const std::vector<int64_t>& chosen,
                            std::vector<int64_t> rows) const;

  Run* const run_;
  const Inventory* const target_;
  const Inventory* const source_;
  const MergeQuestion* const question_;
  const PatchRows* const patches_;
  const bool may_move_;
  const WriterOptions* const writer_;
  WaitingRoom* const room_;
};

}  // namespace planish
