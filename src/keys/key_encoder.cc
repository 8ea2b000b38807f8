// SPDX-License-Identifier: Apache-2.0
#include "keys/key_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "base/hashing.h"
#include "keys/canonical_keys.h"
#include "keys/decoded_array.h"
#include "keys/fixed_width_column.h"
#include "keys/order_bytes.h"
#include "keys/packed_text.h"
#include "keys/row_block.h"

namespace planish {
namespace {

constexpr int64_t kInlineBytes = sizeof(KeyBatch::Words);
// What a block writes should stay in the second-level cache; also bounds the scratch of
// long keys.
constexpr uint64_t kBlockBytes = uint64_t{1} << 18;
constexpr uint64_t kLongestPayload = std::numeric_limits<uint32_t>::max();

KeyBatch::Words DigestOf(const void* data, size_t size) {
  const Digest digest = HashBytes(data, size);
  return {digest.low, digest.high};
}

class BlockwiseEncoder final : public KeyEncoder {
 public:
  BlockwiseEncoder(CanonicalKeys keys, OrderBytes order, KeyForm form,
                   const KeySpec& spec, arrow::MemoryPool* pool)
      : pool_(pool),
        keys_(std::move(keys)),
        order_(std::move(order)),
        form_(form),
        has_payload_(form == KeyForm::kBytes ||
                     (form == KeyForm::kInline && !order_.empty())),
        packing_(spec.packing),
        marks_nan_(!spec.nan_equal && keys_.may_hold_nan()),
        needs_lengths_(has_payload_ ||
                       (form == KeyForm::kDigest && keys_.has_variable_part() &&
                        !keys_.is_lone_binary())) {}

  arrow::Status Encode(const arrow::RecordBatch& batch, KeyBatch* out) override {
    ARROW_RETURN_NOT_OK(keys_.Bind(batch, pool_));
    if (has_payload_) ARROW_RETURN_NOT_OK(order_.Bind(batch, pool_));
    Prepare(batch.num_rows(), out);
    int64_t target = MostRows();
    for (int64_t begin = 0; begin < out->num_rows;) {
      int64_t count = std::min(target, out->num_rows - begin);
      if (needs_lengths_) {
        ARROW_ASSIGN_OR_RAISE(count, MeasureRows(begin, count));
        target = std::min(MostRows(), 2 * count);
      }
      if (packing_ != TextPacking::kNone && !PackBlock(begin, count, out)) {
        packing_failed_ = true;
        return arrow::Status::Invalid("key text of another form than the first");
      }
      EncodeBlock(begin, count, out);
      begin += count;
    }
    if (marks_nan_ && std::all_of(out->unmatchable.begin(), out->unmatchable.end(),
                                  [](uint8_t is) { return is == 0; })) {
      out->unmatchable.clear();
    }
    return arrow::Status::OK();
  }
  bool packing_failed() const override { return packing_failed_; }

 private:
  void Prepare(int64_t num_rows, KeyBatch* out) const {
    out->num_rows = num_rows;
    out->words.resize(num_rows);
    out->has_payload = has_payload_;
    out->payload.clear();
    out->payload_offsets.clear();
    out->key_lengths.clear();
    out->unmatchable.clear();
    if (has_payload_) {
      out->payload_offsets.resize(num_rows + 1);
      out->key_lengths.resize(num_rows);
    }
    if (marks_nan_) out->unmatchable.resize(num_rows);
  }

  int64_t MostRows() const {
    const int64_t width = std::max<int64_t>(keys_.fixed_width(), 1);
    return std::clamp<int64_t>(static_cast<int64_t>(kBlockBytes) / width, 1, kBlockRows);
  }

  // Measures rows from `begin` on and returns how many of the next `count` make a block:
  // as many as keep it below kBlockBytes, but one at least.
  arrow::Result<int64_t> MeasureRows(int64_t begin, int64_t count) {
    const uint64_t key_bytes =
        form_ == KeyForm::kInline ? 0 : static_cast<uint64_t>(keys_.fixed_width());
    std::fill_n(key_lengths_.data(), count, key_bytes);
    if (form_ != KeyForm::kInline) {
      keys_.AddVariableLengths(begin, count, key_lengths_.data());
    }
    std::fill_n(order_lengths_.data(), count, uint64_t{0});
    if (has_payload_) order_.AddLengths(begin, count, order_lengths_.data());
    uint64_t total = 0;
    for (int64_t i = 0; i < count; ++i) {
      const uint64_t length = key_lengths_[i] + order_lengths_[i];
      if (length > kLongestPayload) {
        return Error(ErrorKind::kUnsupported,
                     "key and order values of one row are longer than 4 GiB: " +
                         std::to_string(length) + " bytes");
      }
      total += length;
      if (total > kBlockBytes && i > 0) return i;
    }
    return count;
  }

  void EncodeBlock(int64_t begin, int64_t count, KeyBatch* out) {
    KeyBatch::Words* words = out->words.data() + begin;
    uint8_t* nan = marks_nan_ ? out->unmatchable.data() + begin : nullptr;
    std::array<uint8_t*, kBlockRows> places;
    if (has_payload_) AppendPayloads(begin, count, out, places.data());
    switch (form_) {
      case KeyForm::kInline: {
        if (packing_ != TextPacking::kNone) break;
        std::fill_n(words, count, KeyBatch::Words{});
        keys_.WriteFixedPart(begin, count, reinterpret_cast<uint8_t*>(words),
                             sizeof(KeyBatch::Words), nan);
        break;
      }
      case KeyForm::kDigest:
        DigestBlock(begin, count, words, nan);
        break;
      case KeyForm::kBytes:
        WriteKeys(begin, count, places.data(), nan);
        DigestPayloads(begin, count, *out, words);
        break;
    }
    if (has_payload_) order_.Write(begin, count, places.data());
  }

  bool PackBlock(int64_t begin, int64_t count, KeyBatch* out) const {
    std::array<std::string_view, kBlockRows> values;
    keys_.LoneValues(begin, count, values.data());
    const char* null = keys_.null_marker().data();
    bool all_fit = true;
    for (int64_t i = 0; i < count; ++i) {
      all_fit &=
          PackText(packing_, values[i], values[i].data() == null, &out->words[begin + i]);
    }
    return all_fit;
  }

  // Makes room for the measured rows' payloads.
  void AppendPayloads(int64_t begin, int64_t count, KeyBatch* out, uint8_t** places) {
    uint64_t offset = out->payload_offsets[begin];
    for (int64_t i = 0; i < count; ++i) {
      out->key_lengths[begin + i] = static_cast<uint32_t>(key_lengths_[i]);
      offset += key_lengths_[i] + order_lengths_[i];
      out->payload_offsets[begin + i + 1] = offset;
    }
    out->payload.resize(offset);
    for (int64_t i = 0; i < count; ++i) {
      places[i] = out->payload.data() + out->payload_offsets[begin + i];
    }
  }

  // Writes fixed parts to scratch_, one behind the other.
  void WriteFixedParts(int64_t begin, int64_t count, uint8_t* nan) {
    scratch_.assign(count * keys_.fixed_width(), 0);
    keys_.WriteFixedPart(begin, count, scratch_.data(), keys_.fixed_width(), nan);
  }

  // Writes keys to their places, which move to the keys' ends.
  void WriteKeys(int64_t begin, int64_t count, uint8_t** places, uint8_t* nan) {
    const size_t width = keys_.fixed_width();
    if (width > 0) {
      WriteFixedParts(begin, count, nan);
      const uint8_t* part = scratch_.data();
      for (int64_t i = 0; i < count; ++i, part += width) {
        std::memcpy(places[i], part, width);
        places[i] += width;
      }
    }
    keys_.WriteVariablePart(begin, count, places, nan);
  }

  void DigestLoneValues(int64_t begin, int64_t count, KeyBatch::Words* words) const {
    std::array<std::string_view, kBlockRows> values;
    keys_.LoneValues(begin, count, values.data());
    for (int64_t i = 0; i < count; ++i) {
      words[i] = DigestOf(values[i].data(), values[i].size());
    }
  }

  void DigestBlock(int64_t begin, int64_t count, KeyBatch::Words* words, uint8_t* nan) {
    if (keys_.is_lone_binary()) return DigestLoneValues(begin, count, words);
    if (!keys_.has_variable_part()) {
      WriteFixedParts(begin, count, nan);
      const size_t width = keys_.fixed_width();
      for (int64_t i = 0; i < count; ++i) {
        words[i] = DigestOf(scratch_.data() + i * width, width);
      }
      return;
    }
    uint64_t total = 0;
    for (int64_t i = 0; i < count; ++i) total += key_lengths_[i];
    key_scratch_.resize(total);
    std::array<uint8_t*, kBlockRows> places;
    uint8_t* place = key_scratch_.data();
    for (int64_t i = 0; i < count; ++i) {
      places[i] = place;
      place += key_lengths_[i];
    }
    WriteKeys(begin, count, places.data(), nan);
    const uint8_t* key = key_scratch_.data();
    for (int64_t i = 0; i < count; ++i) {
      words[i] = DigestOf(key, key_lengths_[i]);
      key += key_lengths_[i];
    }
  }

  void DigestPayloads(int64_t begin, int64_t count, const KeyBatch& batch,
                      KeyBatch::Words* words) const {
    if (keys_.is_lone_binary()) return DigestLoneValues(begin, count, words);
    for (int64_t i = 0; i < count; ++i) {
      const uint8_t* key = batch.payload.data() + batch.payload_offsets[begin + i];
      words[i] = DigestOf(key, batch.key_lengths[begin + i]);
    }
  }

  arrow::MemoryPool* const pool_;
  CanonicalKeys keys_;
  OrderBytes order_;
  const KeyForm form_;
  const bool has_payload_;
  const TextPacking packing_;
  bool packing_failed_ = false;
  const bool marks_nan_;
  const bool needs_lengths_;

  // Of the rows measured last.
  std::array<uint64_t, kBlockRows> key_lengths_{};
  std::array<uint64_t, kBlockRows> order_lengths_{};
  std::vector<uint8_t> scratch_;
  std::vector<uint8_t> key_scratch_;
};

}  // namespace

int FixedKeyWidth(const arrow::Schema& schema, const KeySpec& spec) {
  const arrow::Result<CanonicalKeys> keys = CanonicalKeys::Make(schema, spec);
  if (spec.packing != TextPacking::kNone) return kInlineBytes;
  if (!keys.ok() || keys->has_variable_part()) return -1;
  return static_cast<int>(
      std::min<int64_t>(keys->fixed_width(), std::numeric_limits<int>::max()));
}

arrow::Result<TextPacking> ChoosePacking(const arrow::RecordBatch& batch,
                                         const KeySpec& spec, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(CanonicalKeys keys, CanonicalKeys::Make(*batch.schema(), spec));
  if (!keys.is_lone_binary()) return TextPacking::kNone;
  ARROW_RETURN_NOT_OK(keys.Bind(batch, pool));
  std::array<std::string_view, kBlockRows> values;
  const int64_t count = std::min<int64_t>(batch.num_rows(), kBlockRows);
  keys.LoneValues(0, count, values.data());
  return ChoosePacking({values.data(), static_cast<size_t>(count)}, keys.null_marker());
}

arrow::Result<std::unique_ptr<KeyEncoder>> KeyEncoder::Make(
    std::shared_ptr<arrow::Schema> schema, KeySpec spec, KeyForm form,
    arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(CanonicalKeys keys, CanonicalKeys::Make(*schema, spec));
  ARROW_ASSIGN_OR_RAISE(OrderBytes order, OrderBytes::Make(*schema, spec));
  if (spec.packing != TextPacking::kNone &&
      (form != KeyForm::kInline || !keys.is_lone_binary())) {
    return arrow::Status::Invalid("packing is for inline keys of one text column");
  }
  if (form == KeyForm::kInline && spec.packing == TextPacking::kNone &&
      (keys.has_variable_part() || keys.fixed_width() > kInlineBytes)) {
    return arrow::Status::Invalid("keys do not fit ", kInlineBytes, " bytes");
  }
  return std::make_unique<BlockwiseEncoder>(std::move(keys), std::move(order), form, spec,
                                            pool);
}

}  // namespace planish
