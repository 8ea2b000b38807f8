// SPDX-License-Identifier: Apache-2.0
#include "jobs/stream_keys.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "dataset/order_by.h"
#include "jobs/batch_pieces.h"

namespace planish {
namespace {

constexpr int kInlineKeyBytes = 16;

/// Rows whose keys are encoded at a time: as many as stay in the cache, and few bytes of
/// them.
constexpr int64_t kSliceRows = 32 * 1024;
constexpr int64_t kMostSliceBytes = int64_t{4} << 20;
constexpr int64_t kSliceShare = 64;

arrow::Result<std::vector<int>> KeyColumns(const arrow::Schema& schema,
                                           const std::vector<std::string>& key) {
  if (!key.empty()) return ResolveColumns(schema, key, "key");
  std::vector<int> all(static_cast<size_t>(schema.num_fields()));
  std::iota(all.begin(), all.end(), 0);
  if (all.empty()) {
    return Error(ErrorKind::kMissingColumn, "the stream has no columns to compare");
  }
  return all;
}

}  // namespace

arrow::Result<std::unique_ptr<StreamKeys>> StreamKeys::Make(
    const std::shared_ptr<arrow::Schema>& schema, const StreamDedupOptions& options,
    int64_t memory_limit, arrow::MemoryPool* pool) {
  KeySpec spec;
  spec.nan_equal = options.nan_equal;
  ARROW_ASSIGN_OR_RAISE(spec.key_columns, KeyColumns(*schema, options.key));
  for (const std::string& item : options.order_by) {
    ARROW_ASSIGN_OR_RAISE(const OrderByColumn column, ResolveOrderBy(*schema, item));
    spec.order_columns.push_back({column.column, column.descending});
  }
  auto keys = std::make_unique<StreamKeys>();
  const int width = FixedKeyWidth(*schema, spec);
  const bool is_inline =
      options.optimizations.inline_keys && width >= 0 && width <= kInlineKeyBytes;
  keys->form_.form = is_inline ? KeyForm::kInline : KeyForm::kBytes;
  keys->form_.key_bytes = is_inline ? width : 0;
  keys->form_.has_order = !spec.order_columns.empty();
  keys->form_.has_unmatchable = !options.nan_equal;
  keys->most_bytes_ = std::min(memory_limit / kSliceShare, kMostSliceBytes);
  ARROW_ASSIGN_OR_RAISE(
      keys->encoder_, KeyEncoder::Make(schema, std::move(spec), keys->form_.form, pool));
  ARROW_ASSIGN_OR_RAISE(keys->nothing_, arrow::RecordBatch::MakeEmpty(schema, pool));
  return keys;
}

arrow::Status StreamKeys::Visit(const std::shared_ptr<arrow::RecordBatch>& rows,
                                const Visitor& visitor) {
  BatchPieces slices(rows, most_bytes_, kSliceRows);
  int64_t begin = 0;
  while (auto slice = slices.Next(&begin)) {
    ARROW_RETURN_NOT_OK(encoder_->Encode(*slice, &keys_));
    ARROW_ASSIGN_OR_RAISE(const bool goes_on, visitor(keys_, begin));
    if (!goes_on) break;
  }
  return arrow::Status::OK();
}

arrow::Status StreamKeys::LetGo() {
  return encoder_->Encode(*nothing_, &keys_);
}

void DescribeKeys(const SpooledKeyForm& form, EngineReport* engine) {
  engine->name = "auto";
  engine->key_form = form.form == KeyForm::kInline ? "inline" : "bytes";
  engine->key_bytes = form.key_bytes;
}

}  // namespace planish
