// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"
#include "planish/dataset_options.h"
#include "planish/report.h"
#include "planish/run_context.h"

/// \file
/// inspect: what a dataset is made of, from its footers.

namespace planish {

struct InspectedColumn {
  std::string name;  ///< dotted path of a leaf column, or a hive column's name
  /// After promotion, as Arrow prints it; where the files disagree on the column, their
  /// types with " | " between them.
  std::string type;
  bool hive =
      false;  ///< the values come from directory names; nothing below counts chunks then
  int64_t compressed_bytes = 0;
  int64_t uncompressed_bytes = 0;
  std::map<std::string, int64_t>
      codecs;  ///< column chunks by codec, as WriterOptions names it
  std::map<std::string, int64_t> encodings;  ///< column chunks by data encoding
  int64_t chunks_with_statistics = 0;
  int64_t chunks = 0;
  int64_t null_count = -1;  ///< -1 if some chunk does not say
  /// Over all chunks, as text; unset if some chunk with values does not say.
  std::optional<std::string> min, max;
  int64_t chunks_with_bloom_filter = 0;
  int64_t chunks_with_page_index = 0;
};

struct FileSizeBucket {
  int64_t below_bytes =
      0;  ///< files smaller than this and not in an earlier bucket; -1: the rest
  int64_t files = 0;
  int64_t bytes = 0;
};

/// A type that some files have a column in.
struct TypeInFiles {
  std::string type;  ///< as Arrow prints it; "missing" for files without the column
  int64_t files = 0;
  std::string file;  ///< one of them, the first
};

/// A column whose types in the files have none in common without loss, or that some files
/// lack, if that is not taken for null. It can be no key, order nothing, nor be streamed.
struct TypeDisagreement {
  std::string column;
  std::vector<TypeInFiles> types;  ///< by first file
};

struct InspectResult {
  int64_t files = 0, row_groups = 0, rows = 0, bytes = 0, partitions = 0;
  int64_t other_files = 0;  ///< as in Report
  int64_t min_row_group_rows = 0, max_row_group_rows = 0;
  std::vector<std::string> created_by;  ///< distinct writers, sorted
  /// What an interrupted run has left in an input directory, or one that is still at it,
  /// in one sentence; empty if nothing.
  std::string unfinished;
  /// After promotion, hive columns last. A column that files disagree on has the type of
  /// the first file with it.
  std::shared_ptr<arrow::Schema> schema;
  std::vector<InspectedColumn> columns;
  std::vector<TypeDisagreement> disagreements;  ///< in the order of the schema
  /// Files whose footers cannot be read, by path. Nothing else tells of them.
  std::vector<SkippedChunk> unreadable;
  std::vector<FileSizeBucket> size_histogram;

  /// Indented JSON as docs/report.md describes it, ending in a newline.
  std::string ToJson() const;
};

/// Reads the footers of a dataset, and of partition columns that files have too those
/// chunks whose statistics do not say what they hold. Errors are those that other verbs
/// raise for the same inputs; that a file cannot be read is none, nor that files disagree
/// on a type. Of `context`, `cancel` and `memory_limit` matter: a file whose footer takes
/// more than half of that cannot be read.
arrow::Result<InspectResult> Inspect(const DatasetOptions& options,
                                     const RunContext& context = {});

}  // namespace planish
