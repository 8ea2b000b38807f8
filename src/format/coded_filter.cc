// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>
#include <utility>

#include "format/page_body.h"
#include "format/physical_type.h"
#include "format/value_filter.h"
#include "parquet/encoding.h"

namespace planish {
namespace {

template <typename DType>
class CodedFilter : public ValueFilter {
 public:
  using T = typename DType::c_type;
  using Decoder = typename parquet::EncodingTraits<DType>::Decoder;
  using Encoder = typename parquet::EncodingTraits<DType>::Encoder;

  CodedFilter(const parquet::ColumnDescriptor* column, parquet::Encoding::type encoding,
              ValueStatistics* statistics, arrow::MemoryPool* pool)
      : column_(column),
        statistics_(static_cast<TypedValueStatistics<DType>*>(statistics)),
        decoder_(parquet::MakeTypedDecoder<DType>(encoding, column, pool)),
        encoder_(parquet::MakeTypedEncoder<DType>(encoding, /*use_dictionary=*/false,
                                                  column, pool)),
        body_(pool) {}

  arrow::Status BeginPage(std::string_view bytes, int32_t max_values) override {
    // Decoders of some encodings refuse to begin on nothing, which a page of nulls may
    // hold.
    empty_ = bytes.empty();
    if (empty_) return arrow::Status::OK();
    if (bytes.size() > std::numeric_limits<int>::max()) {
      return arrow::Status::NotImplemented("page of more than 2 GiB");
    }
    decoder_->SetData(max_values, reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
    return arrow::Status::OK();
  }

  arrow::Status Take(int32_t count, const std::vector<KeptRun>& runs) override {
    ARROW_RETURN_NOT_OK(Decode(count));
    for (const KeptRun& run : runs) Encode(values_.data() + run.begin, run.length);
    return arrow::Status::OK();
  }

  arrow::Status TakePatched(int32_t count, const BatchPatch& patch) override {
    ARROW_RETURN_NOT_OK(Decode(count));
    for (size_t i = 0; i < patch.positions.size(); ++i) {
      T& value = values_[static_cast<size_t>(patch.positions[i])];
      const T other = ToPhysical<DType>(patch.value(i));
      if (AreSame<DType>(value, other, column_->type_length())) continue;
      (*patch.differs)[patch.first + i] = true;
      value = other;
    }
    Encode(values_.data(), count);
    return arrow::Status::OK();
  }

  arrow::Status Put(const StoredValues& values, size_t i) override {
    return PutBack(*values[i]);
  }

  arrow::Status PutBack(std::string_view passed) override {
    const T typed = ToPhysical<DType>(passed);
    Encode(&typed, 1);
    return arrow::Status::OK();
  }

  arrow::Result<std::string_view> Pass() override {
    ARROW_RETURN_NOT_OK(Decode(1));
    return BytesOf<DType>(values_[0], column_->type_length());
  }

  int64_t pending_bytes() const override { return encoder_->EstimatedDataEncodedSize(); }

  arrow::Result<std::string_view> FinishPage(std::string_view front) override {
    const auto buffer = encoder_->FlushValues();
    ARROW_RETURN_NOT_OK(body_.Append(buffer->data(), buffer->size()));
    return body_.Finish(front);
  }

 private:
  /// The next `count` values into `values_`.
  arrow::Status Decode(int32_t count) {
    if (count == 0) return arrow::Status::OK();
    if (empty_ || decoder_->Decode(values_.data(), count) != count) {
      return arrow::Status::Invalid("page holds fewer values than its levels say");
    }
    return arrow::Status::OK();
  }

  void Encode(const T* values, int32_t count) {
    encoder_->Put(values, count);
    if (statistics_->wanted().min_max()) statistics_->Add(values, count);
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
      for (int32_t i = 0; i < count; ++i) statistics_->AddUnencodedBytes(values[i].len);
    }
  }

  const parquet::ColumnDescriptor* const column_;
  TypedValueStatistics<DType>* const statistics_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Encoder> encoder_;
  PageBody body_;
  std::array<T, kFilterBatch> values_;
  bool empty_ = false;
};

}  // namespace

std::unique_ptr<ValueFilter> MakeCodedFilter(const parquet::ColumnDescriptor* column,
                                             parquet::Encoding::type encoding,
                                             ValueStatistics* statistics,
                                             arrow::MemoryPool* pool) {
  return VisitPhysicalType(column->physical_type(),
                           [&](auto type) -> std::unique_ptr<ValueFilter> {
                             return std::make_unique<CodedFilter<decltype(type)>>(
                                 column, encoding, statistics, pool);
                           });
}

}  // namespace planish
