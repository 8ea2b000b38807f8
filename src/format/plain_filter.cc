// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "format/page_body.h"
#include "format/physical_type.h"
#include "format/value_filter.h"

namespace planish {
namespace {

arrow::Status TooFewValues() {
  return arrow::Status::Invalid("page holds fewer values than its levels say");
}

/// Grows once, but not for a page so large that it is ended on the way.
arrow::Status ReserveForPage(int64_t size, PageBody* pending) {
  constexpr int64_t kMostReserved = int64_t{4} << 20;
  return pending->Reserve(std::min(size, kMostReserved));
}

/// Values of a fixed width: runs of them are runs of bytes.
template <typename DType>
class FixedPlainFilter : public ValueFilter {
 public:
  using T = typename DType::c_type;

  FixedPlainFilter(const parquet::ColumnDescriptor* column, ValueStatistics* statistics,
                   arrow::MemoryPool* pool)
      : width_(kIsBytes ? column->type_length() : static_cast<int64_t>(sizeof(T))),
        statistics_(static_cast<TypedValueStatistics<DType>*>(statistics)),
        pending_(pool) {}

  arrow::Status BeginPage(std::string_view bytes, int32_t) override {
    next_ = reinterpret_cast<const uint8_t*>(bytes.data());
    bytes_left_ = static_cast<int64_t>(bytes.size());
    return ReserveForPage(bytes_left_, &pending_);
  }

  arrow::Status Take(int32_t count, const std::vector<KeptRun>& runs) override {
    // A constant where the type is of one width, so that copies of a few values are
    // inlined.
    const int64_t width = kIsBytes ? width_ : static_cast<int64_t>(sizeof(T));
    if (count * width > bytes_left_) return TooFewValues();
    ARROW_RETURN_NOT_OK(pending_.Reserve(count * width));
    uint8_t* out = pending_.end();
    const uint8_t* const begin = out;
    for (const KeptRun& run : runs) {
      std::memcpy(out, next_ + run.begin * width,
                  static_cast<size_t>(run.length * width));
      out += run.length * width;
    }
    pending_.Advance(out - begin);
    next_ += count * width;
    bytes_left_ -= count * width;
    return arrow::Status::OK();
  }

  arrow::Status TakePatched(int32_t count, const BatchPatch& patch) override {
    const int64_t width = kIsBytes ? width_ : static_cast<int64_t>(sizeof(T));
    if (count * width > bytes_left_) return TooFewValues();
    ARROW_RETURN_NOT_OK(pending_.Reserve(count * width));
    uint8_t* const out = pending_.end();
    std::memcpy(out, next_, static_cast<size_t>(count * width));
    for (size_t i = 0; i < patch.positions.size(); ++i) {
      uint8_t* const place = out + patch.positions[i] * width;
      const std::string_view old_value(reinterpret_cast<const char*>(place),
                                       static_cast<size_t>(width));
      const std::string_view value = patch.value(i);
      if (AreSame<DType>(ToPhysical<DType>(old_value), ToPhysical<DType>(value),
                         static_cast<int>(width))) {
        continue;
      }
      (*patch.differs)[patch.first + i] = true;
      std::memcpy(place, value.data(), static_cast<size_t>(width));
    }
    pending_.Advance(count * width);
    next_ += count * width;
    bytes_left_ -= count * width;
    return arrow::Status::OK();
  }

  arrow::Status Put(const StoredValues& values, size_t i) override {
    return pending_.Append(*values[i]);
  }

  arrow::Status PutBack(std::string_view passed) override {
    return pending_.Append(passed);
  }

  arrow::Result<std::string_view> Pass() override {
    if (width_ > bytes_left_) return TooFewValues();
    const auto* const value = reinterpret_cast<const char*>(next_);
    next_ += width_;
    bytes_left_ -= width_;
    return std::string_view(value, static_cast<size_t>(width_));
  }

  int64_t pending_bytes() const override { return pending_.size(); }

  arrow::Result<std::string_view> FinishPage(std::string_view front) override {
    if (statistics_->wanted().min_max()) AddStatistics();
    return pending_.Finish(front);
  }

 private:
  static constexpr bool kIsBytes = std::is_same_v<DType, parquet::FLBAType>;

  void AddStatistics() {
    if constexpr (kIsBytes) {
      T values[kFilterBatch];
      const int64_t count = width_ == 0 ? 0 : pending_.size() / width_;
      for (int64_t begin = 0; begin < count; begin += kFilterBatch) {
        const int64_t length = std::min<int64_t>(kFilterBatch, count - begin);
        for (int64_t i = 0; i < length; ++i) {
          values[i].ptr = pending_.data() + (begin + i) * width_;
        }
        statistics_->Add(values, length);
      }
    } else {
      statistics_->Add(reinterpret_cast<const T*>(pending_.data()),
                       pending_.size() / static_cast<int64_t>(sizeof(T)));
    }
  }

  const int64_t width_;
  TypedValueStatistics<DType>* const statistics_;
  PageBody pending_;
  const uint8_t* next_ = nullptr;
  int64_t bytes_left_ = 0;
};

/// Values behind their lengths: where a value begins is known only from the one before.
class ByteArrayPlainFilter : public ValueFilter {
 public:
  ByteArrayPlainFilter(ValueStatistics* statistics, arrow::MemoryPool* pool)
      : statistics_(
            static_cast<TypedValueStatistics<parquet::ByteArrayType>*>(statistics)),
        pending_(pool) {}

  arrow::Status BeginPage(std::string_view bytes, int32_t) override {
    next_ = reinterpret_cast<const uint8_t*>(bytes.data());
    end_ = next_ + bytes.size();
    return ReserveForPage(static_cast<int64_t>(bytes.size()), &pending_);
  }

  arrow::Status Take(int32_t count, const std::vector<KeptRun>& runs) override {
    num_kept_ = 0;
    int32_t position = 0;
    for (const KeptRun& run : runs) {
      ARROW_RETURN_NOT_OK(Skip(run.begin - position));
      ARROW_RETURN_NOT_OK(TakeRun(run.length));
      position = run.begin + run.length;
    }
    ARROW_RETURN_NOT_OK(Skip(count - position));
    if (num_kept_ > 0) statistics_->Add(kept_, num_kept_);
    return arrow::Status::OK();
  }

  arrow::Status TakePatched(int32_t count, const BatchPatch& patch) override {
    num_kept_ = 0;
    int32_t position = 0;
    for (size_t i = 0; i < patch.positions.size(); ++i) {
      ARROW_RETURN_NOT_OK(TakeRun(patch.positions[i] - position));
      ARROW_ASSIGN_OR_RAISE(const std::string_view old_value, Pass());
      const std::string_view value = patch.value(i);
      const bool differs = value != old_value;
      (*patch.differs)[patch.first + i] = differs;
      const std::string_view kept = differs ? value : old_value;
      ARROW_RETURN_NOT_OK(AppendValue(kept));
      kept_[num_kept_++] = parquet::ByteArray(kept);
      position = patch.positions[i] + 1;
    }
    ARROW_RETURN_NOT_OK(TakeRun(count - position));
    if (num_kept_ > 0 && statistics_->wanted().min_max()) {
      statistics_->Add(kept_, num_kept_);
    }
    return arrow::Status::OK();
  }

  arrow::Status Put(const StoredValues& values, size_t i) override {
    return PutBack(*values[i]);
  }

  arrow::Status PutBack(std::string_view passed) override {
    const parquet::ByteArray bytes(passed);
    if (statistics_->wanted().min_max()) statistics_->Add(&bytes, 1);
    return AppendValue(passed);
  }

  arrow::Result<std::string_view> Pass() override {
    const int64_t length = NextLength();
    if (length < 0) return TooFewValues();
    const auto* const value = reinterpret_cast<const char*>(next_ + 4);
    next_ += 4 + length;
    return std::string_view(value, static_cast<size_t>(length));
  }

  int64_t pending_bytes() const override { return pending_.size(); }

  arrow::Result<std::string_view> FinishPage(std::string_view front) override {
    return pending_.Finish(front);
  }

 private:
  /// The length of the value at `next_`, or -1 if the page ends before it does.
  int64_t NextLength() const {
    if (end_ - next_ < 4) return -1;
    uint32_t length;
    std::memcpy(&length, next_, 4);
    return length > end_ - next_ - 4 ? -1 : int64_t{length};
  }

  /// Keeps the next `length` values, and remembers them for the statistics.
  arrow::Status TakeRun(int32_t length) {
    const uint8_t* const begin = next_;
    ARROW_RETURN_NOT_OK(statistics_->wanted().min_max() ? Collect(length) : Skip(length));
    ARROW_RETURN_NOT_OK(pending_.Append(begin, next_ - begin));
    if (statistics_->wanted().unencoded_bytes) {
      statistics_->AddUnencodedBytes(next_ - begin - 4 * length);
    }
    return arrow::Status::OK();
  }

  arrow::Status AppendValue(std::string_view value) {
    const auto length = static_cast<uint32_t>(value.size());
    ARROW_RETURN_NOT_OK(pending_.Append(&length, sizeof(length)));
    if (statistics_->wanted().unencoded_bytes) statistics_->AddUnencodedBytes(length);
    return pending_.Append(value);
  }

  arrow::Status Skip(int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      const int64_t length = NextLength();
      if (length < 0) return TooFewValues();
      next_ += 4 + length;
    }
    return arrow::Status::OK();
  }

  arrow::Status Collect(int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      const int64_t length = NextLength();
      if (length < 0) return TooFewValues();
      kept_[num_kept_++] = {static_cast<uint32_t>(length), next_ + 4};
      next_ += 4 + length;
    }
    return arrow::Status::OK();
  }

  TypedValueStatistics<parquet::ByteArrayType>* const statistics_;
  PageBody pending_;
  const uint8_t* next_ = nullptr;
  const uint8_t* end_ = nullptr;
  parquet::ByteArray kept_[kFilterBatch];
  int32_t num_kept_ = 0;
};

}  // namespace

std::unique_ptr<ValueFilter> MakePlainFilter(const parquet::ColumnDescriptor* column,
                                             ValueStatistics* statistics,
                                             arrow::MemoryPool* pool) {
  return VisitPhysicalType(
      column->physical_type(), [&](auto type) -> std::unique_ptr<ValueFilter> {
        using DType = decltype(type);
        if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
          return std::make_unique<ByteArrayPlainFilter>(statistics, pool);
        } else {
          return std::make_unique<FixedPlainFilter<DType>>(column, statistics, pool);
        }
      });
}

}  // namespace planish
