// SPDX-License-Identifier: Apache-2.0
#include "jobs/common_values.h"

#include <algorithm>
#include <utility>

#include "base/error_builder.h"
#include "dataset/partition_path.h"
#include "dataset/schema_agreement.h"
#include "scan/column_conversion.h"
#include "scan/number_conversion.h"

namespace planish {

namespace {

/// The numbers of a column that goes by value, in the type that they come in.
arrow::Result<std::shared_ptr<arrow::Array>> NumbersOf(
    const SharedColumn& column, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool) {
  if (array->type_id() != arrow::Type::DICTIONARY) return array;
  const auto& type = static_cast<const arrow::DictionaryType&>(*array->type());
  return ConvertColumn(array, *column.common->WithType(type.value_type()), pool);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> ToCommon(
    const SharedColumn& column, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool) {
  if (column.as_text) return PartitionTexts(array, pool);
  auto converted = ConvertColumn(array, *column.common, pool);
  if (converted.ok() || converted.status().IsOutOfMemory()) return converted;
  return Error(ErrorKind::kSchemaMismatch,
               "value does not fit the type that target and source share: " +
                   TypeText(*column.common))
      .Column(column.common->name())
      .Fact("type here", array->type()->ToString())
      .Cause(converted.status())
      .Hint("change the value, or give target and source one type for the column");
}

arrow::Result<std::shared_ptr<arrow::Array>> ToCommonKey(
    const SharedColumn& key, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool, std::vector<int64_t>* misfits) {
  if (!key.by_value) return ToCommon(key, array, pool);
  ARROW_ASSIGN_OR_RAISE(const auto numbers, NumbersOf(key, array, pool));
  ARROW_ASSIGN_OR_RAISE(FittedNumbers fitted,
                        FitNumbers(*numbers, *key.common->type(), Rounding::kNone, pool));
  misfits->insert(misfits->end(), fitted.misfits.begin(), fitted.misfits.end());
  return std::move(fitted.values);
}

arrow::Result<SourceKeys> ToCommonKeys(const MergeQuestion& question,
                                       const arrow::RecordBatch& batch,
                                       arrow::MemoryPool* pool) {
  SourceKeys keys;
  for (size_t k = 0; k < question.key.size(); ++k) {
    ARROW_ASSIGN_OR_RAISE(keys.columns.emplace_back(),
                          ToCommonKey(question.key[k], batch.column(static_cast<int>(k)),
                                      pool, &keys.misfits));
  }
  std::ranges::sort(keys.misfits);
  keys.misfits.erase(std::unique(keys.misfits.begin(), keys.misfits.end()),
                     keys.misfits.end());
  return keys;
}

arrow::Result<SourceAges> ToCommonAges(const SharedColumn& newer,
                                       const std::shared_ptr<arrow::Array>& array,
                                       arrow::MemoryPool* pool) {
  if (!newer.by_value) {
    ARROW_ASSIGN_OR_RAISE(auto common, ToCommon(newer, array, pool));
    return SourceAges{std::move(common), {}};
  }
  ARROW_ASSIGN_OR_RAISE(const auto numbers, NumbersOf(newer, array, pool));
  ARROW_ASSIGN_OR_RAISE(FittedNumbers rounded,
                        RoundUpNumbers(*numbers, *newer.common->type(), pool));
  return SourceAges{std::move(rounded.values), std::move(rounded.misfits)};
}

arrow::Result<std::shared_ptr<arrow::Array>> ToShape(
    const SharedColumn& column, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool) {
  if (column.shape == nullptr) return array;
  return ConvertColumn(array, *column.shape, pool);
}

}  // namespace planish
