// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "format/physical_type.h"
#include "format/rle_hybrid.h"
#include "format/value_filter.h"
#include "parquet/encoding.h"

namespace planish {
namespace {

constexpr uint32_t kUnused = std::numeric_limits<uint32_t>::max();

/// Entries of a dictionary so small are marked where a page uses them, and compared once
/// a page; of a larger one every use is compared, as a page may use few of its entries.
constexpr uint32_t kFewEntries = uint32_t{16} << 10;

/// What is the same for all types: moving indices.
class IndexFilter : public DictionaryFilter {
 public:
  IndexFilter(const DictionaryContent& dictionary, bool compact,
              const StatisticsWanted& wanted, arrow::MemoryPool* pool)
      : num_entries_(static_cast<uint32_t>(dictionary.num_entries)),
        patch_entries_(dictionary.patch_entries),
        compact_(compact),
        // With bounds of pages, those of the chunk come from them.
        mark_(compact || (wanted.chunk_min_max && !wanted.page_min_max)),
        page_bounds_(wanted.page_min_max),
        mark_in_page_(page_bounds_ && num_entries_ <= kFewEntries),
        add_lengths_(wanted.unencoded_bytes),
        pending_(pool),
        out_(pool),
        new_index_(pool),
        in_page_(pool) {}

  arrow::Status Init() {
    if (mark_in_page_) ARROW_RETURN_NOT_OK(in_page_.Append(num_entries_, 0));
    return mark_ ? new_index_.Append(num_entries_, kUnused) : arrow::Status::OK();
  }

  arrow::Status BeginPage(std::string_view bytes, int32_t) override {
    // A page of nulls alone may lack even the bit width.
    const int bit_width = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
    if (bit_width > 32) return arrow::Status::Invalid("index bit width: ", bit_width);
    if (!bytes.empty()) bytes.remove_prefix(1);
    indices_ = RleHybridReader(reinterpret_cast<const uint8_t*>(bytes.data()),
                               static_cast<int64_t>(bytes.size()), bit_width);
    return arrow::Status::OK();
  }

  arrow::Status Take(int32_t count, const std::vector<KeptRun>& runs) override {
    ARROW_RETURN_NOT_OK(indices_.Read(count, batch_.data()));
    ARROW_RETURN_NOT_OK(pending_.Reserve(count));
    uint32_t* const begin = pending_.mutable_data() + pending_.length();
    uint32_t* end = begin;
    for (const KeptRun& run : runs) {
      end = std::copy_n(batch_.data() + run.begin, run.length, end);
    }
    return Keep(begin, end);
  }

  arrow::Status TakePatched(int32_t count, const BatchPatch& patch) override {
    ARROW_RETURN_NOT_OK(pending_.Reserve(count));
    uint32_t* const begin = pending_.mutable_data() + pending_.length();
    ARROW_RETURN_NOT_OK(indices_.Read(count, begin));
    for (size_t i = 0; i < patch.positions.size(); ++i) {
      uint32_t& entry = begin[patch.positions[i]];
      const uint32_t other = (*patch_entries_)[patch.first + i];
      if (entry >= num_entries_) return BeyondDictionary();
      if (entry == other || AreSameEntries(entry, other)) continue;
      (*patch.differs)[patch.first + i] = true;
      entry = other;
    }
    return Keep(begin, begin + count);
  }

  arrow::Status Put(const StoredValues&, size_t i) override {
    return KeepIndex((*patch_entries_)[i]);
  }

  arrow::Result<std::string_view> Pass() override {
    ARROW_RETURN_NOT_OK(indices_.Read(1, batch_.data()));
    if (batch_[0] >= num_entries_) return BeyondDictionary();
    return BytesOfEntry(batch_[0]);
  }

  arrow::Status PutBack(std::string_view) override { return KeepIndex(batch_[0]); }

  int64_t pending_bytes() const override {
    return pending_.length() * BitWidth(num_entries_) / 8;
  }

  arrow::Result<std::string_view> FinishPage(std::string_view front) override {
    out_.Rewind(0);
    ARROW_RETURN_NOT_OK(AppendBytes(front, &out_));
    const uint32_t* begin = pending_.data();
    const int64_t count = pending_.length();
    const uint32_t largest = count == 0 ? 0 : *std::max_element(begin, begin + count);
    // Never 0: not every reader takes indices of no bits.
    const int bit_width = std::max(1, BitWidth(largest));
    ARROW_RETURN_NOT_OK(out_.Append(1, static_cast<uint8_t>(bit_width)));
    ARROW_RETURN_NOT_OK(AppendRleHybrid(begin, count, bit_width, &out_));
    pending_.bytes_builder()->Rewind(0);
    if (mark_in_page_) AddMarkedToBounds();
    return std::string_view(reinterpret_cast<const char*>(out_.data()),
                            static_cast<size_t>(out_.length()));
  }

 protected:
  virtual std::string_view BytesOfEntry(uint32_t entry) const = 0;
  virtual bool AreSameEntries(uint32_t left, uint32_t right) const = 0;
  /// Tells the statistics which entries a page uses, each at least once. At most
  /// kFilterBatch at a time.
  virtual void AddToBounds(const uint32_t* indices, int64_t count) = 0;
  virtual void AddLengths(const uint32_t* indices, int64_t count) = 0;

  uint32_t num_entries() const { return num_entries_; }
  bool marks() const { return mark_; }
  bool IsUsed(uint32_t entry) const { return new_index_.data()[entry] != kUnused; }

  /// Entries of the source by their new index.
  std::vector<uint32_t> UsedEntries() const {
    std::vector<uint32_t> entries(num_used_);
    for (uint32_t entry = 0; entry < num_entries_; ++entry) {
      if (IsUsed(entry)) entries[new_index_.data()[entry]] = entry;
    }
    return entries;
  }

 private:
  arrow::Status BeyondDictionary() const {
    return arrow::Status::Invalid("index beyond its dictionary, which has: ",
                                  num_entries_);
  }

  arrow::Status KeepIndex(uint32_t index) {
    ARROW_RETURN_NOT_OK(pending_.Reserve(1));
    uint32_t* const begin = pending_.mutable_data() + pending_.length();
    *begin = index;
    return Keep(begin, begin + 1);
  }

  /// Of indices that are written behind the pending ones.
  arrow::Status Keep(uint32_t* begin, uint32_t* end) {
    if (begin == end) return arrow::Status::OK();
    if (*std::max_element(begin, end) >= num_entries_) return BeyondDictionary();
    if (add_lengths_) AddLengths(begin, end - begin);
    if (mark_in_page_) {
      for (const uint32_t* index = begin; index < end; ++index)
        in_page_.mutable_data()[*index] = 1;
    } else if (page_bounds_) {
      AddToBounds(begin, end - begin);
    }
    if (compact_) {
      Renumber(begin, end);
    } else if (mark_) {
      for (uint32_t* index = begin; index < end; ++index)
        new_index_.mutable_data()[*index] = 0;
    }
    pending_.bytes_builder()->UnsafeAdvance((end - begin) * int64_t{sizeof(uint32_t)});
    return arrow::Status::OK();
  }

  /// Of the page that ends here.
  void AddMarkedToBounds() {
    uint8_t* const marks = in_page_.mutable_data();
    int64_t count = 0;
    for (uint32_t entry = 0; entry < num_entries_; ++entry) {
      batch_[count] = entry;
      count += marks[entry];
      marks[entry] = 0;
      if (count < kFilterBatch) continue;
      AddToBounds(batch_.data(), count);
      count = 0;
    }
    if (count > 0) AddToBounds(batch_.data(), count);
  }

  void Renumber(uint32_t* begin, uint32_t* end) {
    uint32_t* const new_index = new_index_.mutable_data();
    for (; begin < end; ++begin) {
      uint32_t& index = new_index[*begin];
      if (index == kUnused) index = num_used_++;
      *begin = index;
    }
  }

  const uint32_t num_entries_;
  const std::vector<uint32_t>* const patch_entries_;
  const bool compact_, mark_, page_bounds_, mark_in_page_, add_lengths_;
  arrow::TypedBufferBuilder<uint32_t> pending_;
  arrow::BufferBuilder out_;  ///< the page that ended last
  /// By entry: the index it has from now on (0 if entries stay), or kUnused.
  arrow::TypedBufferBuilder<uint32_t> new_index_;
  /// By entry: 1 if the page at work uses it.
  arrow::TypedBufferBuilder<uint8_t> in_page_;
  uint32_t num_used_ = 0;
  RleHybridReader indices_;
  std::array<uint32_t, kFilterBatch> batch_;
};

template <typename DType>
class TypedDictionaryFilter : public IndexFilter {
 public:
  using T = typename DType::c_type;

  TypedDictionaryFilter(const parquet::ColumnDescriptor* column,
                        const DictionaryContent& dictionary, bool compact,
                        ValueStatistics* statistics, arrow::MemoryPool* pool)
      : IndexFilter(dictionary, compact, statistics->wanted(), pool),
        column_(column),
        statistics_(static_cast<TypedValueStatistics<DType>*>(statistics)),
        pool_(pool) {}

  arrow::Status DecodeEntries(std::string_view bytes) {
    const auto count = static_cast<int>(num_entries());
    ARROW_ASSIGN_OR_RAISE(entries_buffer_,
                          arrow::AllocateBuffer(count * int64_t{sizeof(T)}, pool_));
    T* const entries = reinterpret_cast<T*>(entries_buffer_->mutable_data());
    auto decoder =
        parquet::MakeTypedDecoder<DType>(parquet::Encoding::PLAIN, column_, pool_);
    decoder->SetData(count, reinterpret_cast<const uint8_t*>(bytes.data()),
                     static_cast<int>(bytes.size()));
    if (count > 0 && decoder->Decode(entries, count) != count) {
      return arrow::Status::Invalid("dictionary page holds fewer entries than it says");
    }
    entries_ = entries;
    return arrow::Status::OK();
  }

  arrow::Status FinishChunk() override {
    const StatisticsWanted& wanted = statistics_->wanted();
    if (!wanted.chunk_min_max || wanted.page_min_max) return arrow::Status::OK();
    int64_t count = 0;
    for (uint32_t entry = 0; entry < num_entries(); ++entry) {
      if (!IsUsed(entry)) continue;
      values_[count++] = entries_[entry];
      if (count == kFilterBatch) {
        statistics_->Add(values_.data(), count);
        count = 0;
      }
    }
    if (count > 0) statistics_->Add(values_.data(), count);
    return arrow::Status::OK();
  }

  arrow::Status WriteDictionary(arrow::BufferBuilder* out,
                                int32_t* num_entries) override {
    auto encoder =
        parquet::MakeTypedEncoder<DType>(parquet::Encoding::PLAIN,
                                         /*use_dictionary=*/false, column_, pool_);
    const std::vector<uint32_t> used = UsedEntries();
    for (const uint32_t entry : used) encoder->Put(entries_ + entry, 1);
    *num_entries = static_cast<int32_t>(used.size());
    const auto bytes = encoder->FlushValues();
    return AppendBytes(bytes->data(), bytes->size(), out);
  }

 private:
  std::string_view BytesOfEntry(uint32_t entry) const override {
    return BytesOf<DType>(entries_[entry], column_->type_length());
  }

  bool AreSameEntries(uint32_t left, uint32_t right) const override {
    return AreSame<DType>(entries_[left], entries_[right], column_->type_length());
  }

  void AddToBounds(const uint32_t* indices, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) values_[i] = entries_[indices[i]];
    statistics_->Add(values_.data(), count);
  }

  void AddLengths(const uint32_t* indices, int64_t count) override {
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
      int64_t bytes = 0;
      for (int64_t i = 0; i < count; ++i) bytes += entries_[indices[i]].len;
      statistics_->AddUnencodedBytes(bytes);
    }
  }

  const parquet::ColumnDescriptor* const column_;
  TypedValueStatistics<DType>* const statistics_;
  arrow::MemoryPool* const pool_;
  std::unique_ptr<arrow::Buffer> entries_buffer_;
  const T* entries_ = nullptr;
  std::array<T, kFilterBatch> values_;
};

}  // namespace

arrow::Result<std::unique_ptr<DictionaryFilter>> MakeDictionaryFilter(
    const parquet::ColumnDescriptor* column, const DictionaryContent& dictionary,
    bool compact, ValueStatistics* statistics, arrow::MemoryPool* pool) {
  return VisitPhysicalType(
      column->physical_type(),
      [&](auto type) -> arrow::Result<std::unique_ptr<DictionaryFilter>> {
        using DType = decltype(type);
        if constexpr (std::is_same_v<DType, parquet::BooleanType>) {
          return arrow::Status::NotImplemented("dictionary of BOOLEAN");
        } else {
          auto filter = std::make_unique<TypedDictionaryFilter<DType>>(
              column, dictionary, compact, statistics, pool);
          ARROW_RETURN_NOT_OK(filter->Init());
          const StatisticsWanted& wanted = statistics->wanted();
          const bool compares = dictionary.patch_entries != nullptr;
          if (compact || compares || wanted.min_max() || wanted.unencoded_bytes) {
            ARROW_RETURN_NOT_OK(filter->DecodeEntries(dictionary.bytes));
          }
          return std::unique_ptr<DictionaryFilter>(std::move(filter));
        }
      });
}

}  // namespace planish
