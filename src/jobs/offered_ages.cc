// SPDX-License-Identifier: Apache-2.0
#include "jobs/offered_ages.h"

#include <algorithm>
#include <string_view>

#include "arrow/array/util.h"
#include "keys/key_encoder.h"

namespace planish {

namespace {

/// Order bytes of a column, the greatest values first, null and NaN last.
arrow::Result<KeyBatch> AgesOf(const std::shared_ptr<arrow::Array>& values,
                               const std::shared_ptr<arrow::Field>& field,
                               arrow::MemoryPool* pool) {
  KeySpec spec;
  spec.key_columns = {0};
  spec.order_columns = {{1, true}};
  const auto constant = arrow::field("", arrow::int8(), false);
  const auto schema = arrow::schema({constant, field->WithName("age")});
  ARROW_ASSIGN_OR_RAISE(auto encoder,
                        KeyEncoder::Make(schema, spec, KeyForm::kInline, pool));
  ARROW_ASSIGN_OR_RAISE(
      const auto zeros,
      arrow::MakeArrayFromScalar(arrow::Int8Scalar(0), values->length(), pool));
  KeyBatch ages;
  ARROW_RETURN_NOT_OK(encoder->Encode(
      *arrow::RecordBatch::Make(schema, values->length(), {zeros, values}), &ages));
  return ages;
}

std::string_view AgeAt(const KeyBatch& ages, size_t row) {
  const uint64_t begin = ages.payload_offsets[row] + ages.key_lengths[row];
  return {reinterpret_cast<const char*>(ages.payload.data()) + begin,
          ages.payload_offsets[row + 1] - begin};
}

}  // namespace

arrow::Result<OfferedAges> OfferedAges::Make(const SharedColumn& newer,
                                             const std::shared_ptr<arrow::Array>& values,
                                             arrow::MemoryPool* pool) {
  OfferedAges offered(newer);
  ARROW_ASSIGN_OR_RAISE(SourceAges common, ToCommonAges(newer, values, pool));
  ARROW_ASSIGN_OR_RAISE(offered.ages_, AgesOf(common.values, newer.common, pool));
  offered.greatest_ = std::move(common.greatest);
  return offered;
}

arrow::Result<std::vector<bool>> OfferedAges::AreNewerThan(
    const std::shared_ptr<arrow::Array>& here, size_t begin,
    arrow::MemoryPool* pool) const {
  ARROW_ASSIGN_OR_RAISE(const auto common, ToCommon(*newer_, here, pool));
  ARROW_ASSIGN_OR_RAISE(const KeyBatch ages, AgesOf(common, newer_->common, pool));
  std::vector<bool> newer;
  for (size_t i = 0; i < static_cast<size_t>(here->length()); ++i) {
    const std::string_view offered = AgeAt(ages_, begin + i);
    // What comes first is the greater; null and NaN are never greater than anything.
    const bool known = !offered.empty() && offered.front() == 0;
    const bool greatest =
        std::ranges::binary_search(greatest_, static_cast<int64_t>(begin + i));
    newer.push_back(greatest || (known && offered < AgeAt(ages, i)));
  }
  return newer;
}

}  // namespace planish
