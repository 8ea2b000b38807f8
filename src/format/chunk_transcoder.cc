// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_transcoder.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "format/arrow_parquet_file.h"
#include "format/chunk_dictionary.h"
#include "format/chunk_form.h"
#include "format/chunk_writer.h"
#include "format/column_chunk_facts.h"
#include "format/level_reader.h"
#include "format/page_source.h"
#include "format/parquet_boundary.h"
#include "format/physical_type.h"
#include "format/row_cursor.h"
#include "format/stored_values.h"
#include "format/value_filter.h"

namespace planish {
namespace {

bool IsDictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY ||
         encoding == parquet::Encoding::RLE_DICTIONARY;
}

/// Pages that reach this are ended between two values, so that what is held of them at a
/// time is little, whatever the source's writer thought.
constexpr int64_t kLargePageBytes = int64_t{8} << 20;

/// One column chunk on its way from its source to its new form, a page at a time. Every
/// page stays in its encoding, and no dictionary is built.
class ChunkTranscoder {
 public:
  /// `patch` without rows changes no value. `writes` false: nothing is written until
  /// values differ.
  ChunkTranscoder(const parquet::ColumnDescriptor* column, const RowBitmapSlice& dropped,
                  const ChunkPatch& patch, bool writes, arrow::MemoryPool* pool,
                  WaitingRoom* room)
      : column_(column),
        dropped_(dropped),
        patch_(patch),
        writes_(writes),
        pool_(pool),
        room_(room),
        dictionary_(column, pool),
        cursor_(dropped),
        repetition_(column->max_repetition_level(), /*spells_out=*/true),
        definition_(column->max_definition_level(), /*spells_out=*/false) {}

  arrow::Status Init(const ArrowParquetFile& file, int row_group, int leaf,
                     const WriterOptions& options);
  arrow::Result<PatchedChunk> Run();
  /// After Run: whether values differ behind pages that have not been written.
  bool differs_late() const { return differs_late_; }

 private:
  arrow::Status Begin(const PageHeader& first_data_page);
  arrow::Status TakeDataPage(const RawPage& page);
  void BeginLevels(const PageHeader& header, PageContent* content);
  arrow::Status BeginPage(const PageHeader& header, PageContent content);
  arrow::Status PassPage(int32_t num_levels);
  arrow::Result<bool> DoValuesDiffer(int32_t num_levels);
  arrow::Result<std::optional<std::string_view>> PassValue();
  bool AreSame(std::optional<std::string_view> left,
               std::optional<std::string_view> right) const;
  arrow::Status ReleaseCompressed(PageContent* content);
  static int32_t BatchLevels(const PageContent& content, int32_t num_levels);
  int64_t RowsToNextPatch(int64_t row) const;
  arrow::Result<bool> AreAllValues(int32_t count);
  arrow::Status TakeBatch(int32_t count);
  arrow::Status TakeSourceValues(int32_t count);
  arrow::Status TakePatchedRow();
  int32_t SelectValues(int32_t num_levels);
  arrow::Result<ValueFilter*> FilterFor(parquet::Encoding::type encoding);
  arrow::Status FinishPage();

  const parquet::ColumnDescriptor* const column_;
  const RowBitmapSlice dropped_;
  const ChunkPatch patch_;
  bool writes_;
  bool differs_late_ = false;
  PatchedChunk result_;
  arrow::MemoryPool* const pool_;
  WaitingRoom* const room_;

  // How the chunk is read and written.
  std::shared_ptr<const ArrowParquetFile::ColumnChunkSet> chunks_;
  ChunkForm form_;
  int64_t source_size_ = 0, expected_bytes_ = 0;
  bool same_codec_ = true;
  int32_t source_codec_name_ = 0;
  std::unique_ptr<arrow::util::Codec> source_codec_, new_codec_;
  std::unique_ptr<PageSource> source_;
  std::unique_ptr<ValueStatistics> statistics_;
  std::unique_ptr<ChunkWriter> writer_;

  ChunkDictionary dictionary_;
  bool dictionary_used_ = false;

  // The page at work.
  std::unique_ptr<arrow::ResizableBuffer> page_buffer_;
  std::string level_bytes_;
  RowCursor cursor_;
  LevelReader repetition_, definition_;
  std::vector<KeptRun> level_runs_, value_runs_;
  std::vector<int32_t> positions_;
  std::map<parquet::Encoding::type, std::unique_ptr<ValueFilter>> filters_;
  ValueFilter* filter_ = nullptr;
  parquet::Encoding::type encoding_ = parquet::Encoding::UNDEFINED;
  int32_t largest_page_levels_ = 0;
  size_t next_patch_ = 0;  ///< of the patch's rows
};

arrow::Status ChunkTranscoder::Init(const ArrowParquetFile& file, int row_group, int leaf,
                                    const WriterOptions& options) {
  const auto view = file.RowGroup(row_group);
  ARROW_RETURN_NOT_OK(CheckPhysicalType(*view.metadata, view.index, leaf));
  ARROW_ASSIGN_OR_RAISE(chunks_, file.ColumnChunks(row_group));
  const ColumnChunkLayout& layout = chunks_->layouts[leaf];
  ARROW_ASSIGN_OR_RAISE(form_, ReadChunkForm(chunks_->structures[leaf]));
  ARROW_ASSIGN_OR_RAISE(source_codec_, MakeCodec(form_.codec));
  source_codec_name_ = form_.codec;
  if (!options.compression.empty()) {
    ARROW_ASSIGN_OR_RAISE(form_.codec, CodecOf(options));
  }
  ARROW_ASSIGN_OR_RAISE(
      new_codec_, MakeCodec(form_.codec, options.compression_level.value_or(
                                             arrow::util::kUseDefaultCompressionLevel)));
  same_codec_ = form_.codec == source_codec_name_ && !options.compression_level;
  source_size_ = layout.total_compressed_size;
  source_ =
      std::make_unique<PageSource>(&file.input(), layout, source_codec_.get(), pool_);
  return arrow::Status::OK();
}

arrow::Result<PatchedChunk> ChunkTranscoder::Run() {
  if (patch_.rows != nullptr) result_.differs.assign(patch_.rows->size(), false);
  RawPage page;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, source_->Next(&page));
    if (!more) break;
    if (!page.header.is_data()) {
      if (dictionary_.kept() || writer_ != nullptr) {
        return arrow::Status::Invalid("column chunk has a dictionary page out of place");
      }
      ARROW_RETURN_NOT_OK(dictionary_.Keep(page, source_.get()));
      continue;
    }
    if (writer_ == nullptr) ARROW_RETURN_NOT_OK(Begin(page.header));
    if (result_.dictionary_too_large) return std::move(result_);
    ARROW_RETURN_NOT_OK(TakeDataPage(page));
    if (differs_late_) return std::move(result_);
  }
  if (writer_ == nullptr) ARROW_RETURN_NOT_OK(Begin(PageHeader()));
  if (result_.dictionary_too_large) return std::move(result_);
  ARROW_RETURN_NOT_OK(FinishPage());
  ARROW_RETURN_NOT_OK(cursor_.CheckComplete());
  if (!writes_) return std::move(result_);
  ARROW_RETURN_NOT_OK(dictionary_.Finish(dictionary_used_, writer_.get()));
  ARROW_ASSIGN_OR_RAISE(result_.chunk, writer_->Finish());
  result_.chunk->decoded_bytes = source_size_;
  result_.chunk->has_new_values = std::ranges::count(result_.differs, true) > 0;
  return std::move(result_);
}

arrow::Status ChunkTranscoder::Begin(const PageHeader& first_data_page) {
  form_.data_page_v2 = first_data_page.type == parquet::PageType::DATA_PAGE_V2;
  form_.checksums = first_data_page.checksum.has_value();
  form_.page_statistics = first_data_page.statistics;
  const bool huge_dictionary = dictionary_.huge();
  if (huge_dictionary && patch_.rows != nullptr) {
    result_.dictionary_too_large = true;
    return arrow::Status::OK();
  }
  if (huge_dictionary) {
    form_.column_index = false;
    form_.codec = source_codec_name_;
    ARROW_ASSIGN_OR_RAISE(new_codec_, MakeCodec(form_.codec));
  }
  StatisticsWanted wanted;
  wanted.chunk_min_max = form_.statistics.any_min_max() && !huge_dictionary;
  wanted.page_min_max =
      (form_.page_statistics.any_min_max() && !huge_dictionary) || form_.column_index;
  wanted.unencoded_bytes = form_.size_statistics && !huge_dictionary;
  statistics_ = ValueStatistics::Make(column_, wanted, pool_);
  writer_ = std::make_unique<ChunkWriter>(column_, &form_, new_codec_.get(),
                                          statistics_.get(), room_, pool_);
  const int64_t rows_kept = dropped_.num_rows - dropped_.Count();
  if (rows_kept == 0) return arrow::Status::OK();
  const double share =
      static_cast<double>(rows_kept) / static_cast<double>(dropped_.num_rows);
  // What is left may compress a little worse.
  constexpr double kSlack = 1.0 / 32;
  expected_bytes_ =
      static_cast<int64_t>(static_cast<double>(source_size_) * (share + kSlack));
  if (writes_) ARROW_RETURN_NOT_OK(writer_->Reserve(expected_bytes_));
  if (!dictionary_.kept()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(dictionary_.Begin(
      {static_cast<double>(form_.num_values) * share, same_codec_, patch_.values},
      source_.get(), statistics_.get(), writer_.get()));
  result_.dictionary_too_large = dictionary_.too_large();
  return arrow::Status::OK();
}

arrow::Result<ValueFilter*> ChunkTranscoder::FilterFor(parquet::Encoding::type encoding) {
  if (IsDictionary(encoding)) {
    if (dictionary_.filter() != nullptr) return dictionary_.filter();
    return arrow::Status::Invalid(
        "page needs a dictionary, but the column chunk has none");
  }
  std::unique_ptr<ValueFilter>& filter = filters_[encoding];
  if (filter == nullptr) {
    const bool plain = encoding == parquet::Encoding::PLAIN &&
                       column_->physical_type() != parquet::Type::BOOLEAN;
    filter = plain ? MakePlainFilter(column_, statistics_.get(), pool_)
                   : MakeCodedFilter(column_, encoding, statistics_.get(), pool_);
  }
  return filter.get();
}

arrow::Status ChunkTranscoder::FinishPage() {
  if (filter_ == nullptr || writer_->pending_levels() == 0) return arrow::Status::OK();
  dictionary_used_ |= IsDictionary(encoding_);
  return writer_->FinishPage(filter_, encoding_);
}

void ChunkTranscoder::BeginLevels(const PageHeader& header, PageContent* content) {
  if (header.type == parquet::PageType::DATA_PAGE_V2) {
    repetition_.BeginPageV2(header, content->repetition);
    definition_.BeginPageV2(header, content->definition);
  } else {
    repetition_.BeginPage(header, header.repetition_encoding, &content->bytes);
    definition_.BeginPage(header, header.definition_encoding, &content->bytes);
  }
}

arrow::Status ChunkTranscoder::BeginPage(const PageHeader& header, PageContent content) {
  BeginLevels(header, &content);
  return filter_->BeginPage(content.bytes, header.num_values);
}

/// Nothing of the page is written.
arrow::Status ChunkTranscoder::PassPage(int32_t num_levels) {
  return cursor_.TakeFlat(num_levels, &level_runs_);
}

/// Looks for the first patched row of the page whose value is another one.
arrow::Result<bool> ChunkTranscoder::DoValuesDiffer(int32_t num_levels) {
  int64_t row = cursor_.rows_seen();
  const int64_t end = row + num_levels;
  while (next_patch_ < patch_.rows->size() && (*patch_.rows)[next_patch_] < end) {
    while (row < (*patch_.rows)[next_patch_]) {
      const auto count =
          static_cast<int32_t>(std::min<int64_t>(kFilterBatch, RowsToNextPatch(row)));
      ARROW_RETURN_NOT_OK(definition_.Read(count));
      level_runs_.clear();
      ARROW_RETURN_NOT_OK(filter_->Take(SelectValues(count), {}));
      row += count;
    }
    ARROW_ASSIGN_OR_RAISE(const auto value, PassValue());
    if (!AreSame(value, (*patch_.values)[next_patch_])) return true;
    ++next_patch_;
    ++row;
  }
  return false;
}

/// The source's value of the next row; nothing if that is null.
arrow::Result<std::optional<std::string_view>> ChunkTranscoder::PassValue() {
  ARROW_RETURN_NOT_OK(definition_.Read(1));
  const int16_t* const level = definition_.levels();
  if (level != nullptr && *level < definition_.max_level()) return std::nullopt;
  return filter_->Pass();
}

bool ChunkTranscoder::AreSame(std::optional<std::string_view> left,
                              std::optional<std::string_view> right) const {
  if (!left || !right) return left.has_value() == right.has_value();
  return VisitPhysicalType(column_->physical_type(), [&](auto type) {
    using DType = decltype(type);
    return planish::AreSame<DType>(ToPhysical<DType>(*left), ToPhysical<DType>(*right),
                                   column_->type_length());
  });
}

arrow::Status ChunkTranscoder::TakeDataPage(const RawPage& page) {
  const int32_t num_levels = page.header.num_values;
  if (num_levels == 0) return arrow::Status::OK();
  largest_page_levels_ = std::max(largest_page_levels_, num_levels);
  if (!repetition_.present()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t num_dropped, cursor_.CountDropped(num_levels));
    if (num_dropped == num_levels) return PassPage(num_levels);
  }
  if (!writes_ && RowsToNextPatch(cursor_.rows_seen()) >= num_levels) {
    return PassPage(num_levels);
  }
  ARROW_ASSIGN_OR_RAISE(ValueFilter * filter, FilterFor(page.header.encoding));
  if (page.header.encoding != encoding_) {
    ARROW_RETURN_NOT_OK(FinishPage());
    filter_ = filter;
    encoding_ = page.header.encoding;
  }
  ARROW_ASSIGN_OR_RAISE(PageContent content, source_->Decompress(page, &page_buffer_));
  ARROW_RETURN_NOT_OK(ReleaseCompressed(&content));
  if (!writes_) {
    const size_t first_patch = next_patch_;
    ARROW_RETURN_NOT_OK(BeginPage(page.header, content));
    ARROW_ASSIGN_OR_RAISE(writes_, DoValuesDiffer(num_levels));
    if (!writes_) return PassPage(num_levels);
    differs_late_ = cursor_.rows_seen() > 0;
    if (differs_late_) return arrow::Status::OK();
    next_patch_ = first_patch;
    ARROW_RETURN_NOT_OK(writer_->Reserve(expected_bytes_));
  }
  ARROW_RETURN_NOT_OK(BeginPage(page.header, content));
  const int32_t batch = BatchLevels(content, num_levels);
  for (int32_t begin = 0; begin < num_levels; begin += batch) {
    ARROW_RETURN_NOT_OK(TakeBatch(std::min(batch, num_levels - begin)));
    if (!repetition_.present() && filter_->pending_bytes() >= kLargePageBytes) {
      ARROW_RETURN_NOT_OK(FinishPage());
    }
  }
  // Pages that have lost most of their rows are joined; the others stay as they are.
  constexpr int64_t kMaxJoinedBytes = int64_t{1} << 20;
  if (writer_->pending_levels() >= largest_page_levels_ / 2 ||
      filter_->pending_bytes() >= kMaxJoinedBytes) {
    return FinishPage();
  }
  return arrow::Status::OK();
}

/// Gives up the page as it was in the file, unless `content` is a part of that.
arrow::Status ChunkTranscoder::ReleaseCompressed(PageContent* content) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(content->bytes.data());
  if (page_buffer_ == nullptr || bytes != page_buffer_->data()) {
    return arrow::Status::OK();
  }
  // Never compressed in version 2, and so still there.
  level_bytes_ = content->repetition;
  level_bytes_ += content->definition;
  const size_t repetition_size = content->repetition.size();
  content->repetition = std::string_view(level_bytes_).substr(0, repetition_size);
  content->definition = std::string_view(level_bytes_).substr(repetition_size);
  return source_->ReleasePage();
}

/// Few enough that their values do not take much more than a page should.
int32_t ChunkTranscoder::BatchLevels(const PageContent& content, int32_t num_levels) {
  const auto bytes = static_cast<int64_t>(content.bytes.size());
  if (bytes < kLargePageBytes) return kFilterBatch;
  const int64_t levels = kLargePageBytes / 2 * num_levels / bytes;
  return static_cast<int32_t>(std::clamp<int64_t>(levels, 1, kFilterBatch));
}

/// How many rows that are not patched come from `row` on before the next one that is.
int64_t ChunkTranscoder::RowsToNextPatch(int64_t row) const {
  if (patch_.rows == nullptr || next_patch_ == patch_.rows->size()) {
    return std::numeric_limits<int64_t>::max();
  }
  return (*patch_.rows)[next_patch_] - row;
}

/// Whether the next `count` rows have a value each, before and after, none goes, and the
/// new ones are not so long that pages have to end among them; then positions_ are those
/// of the patched rows.
arrow::Result<bool> ChunkTranscoder::AreAllValues(int32_t count) {
  if (definition_.present() && !definition_.all_greatest()) return false;
  ARROW_ASSIGN_OR_RAISE(const int64_t num_dropped, cursor_.CountDropped(count));
  if (num_dropped > 0) return false;
  positions_.clear();
  int64_t bytes = 0;
  const int64_t begin = cursor_.rows_seen();
  for (size_t i = next_patch_; i < patch_.rows->size(); ++i) {
    const int64_t position = (*patch_.rows)[i] - begin;
    if (position >= count) break;
    const std::optional<std::string_view>& value = (*patch_.values)[i];
    if (!value) return false;
    bytes += static_cast<int64_t>(value->size());
    if (bytes > kLargePageBytes / 2) return false;
    positions_.push_back(static_cast<int32_t>(position));
  }
  return true;
}

arrow::Status ChunkTranscoder::TakeBatch(int32_t count) {
  if (RowsToNextPatch(cursor_.rows_seen()) >= count) return TakeSourceValues(count);
  ARROW_ASSIGN_OR_RAISE(const bool all_values, AreAllValues(count));
  if (all_values) {
    ARROW_RETURN_NOT_OK(cursor_.TakeFlat(count, &level_runs_));
    ARROW_RETURN_NOT_OK(filter_->TakePatched(
        count, {positions_, patch_.values, next_patch_, &result_.differs}));
    next_patch_ += positions_.size();
    return writer_->AppendLevels(nullptr, nullptr, count, count);
  }
  while (count > 0) {
    const auto from_source = static_cast<int32_t>(
        std::min<int64_t>(count, RowsToNextPatch(cursor_.rows_seen())));
    if (from_source > 0) ARROW_RETURN_NOT_OK(TakeSourceValues(from_source));
    count -= from_source;
    if (count == 0) break;
    ARROW_RETURN_NOT_OK(TakePatchedRow());
    --count;
    if (filter_->pending_bytes() >= kLargePageBytes) ARROW_RETURN_NOT_OK(FinishPage());
  }
  return arrow::Status::OK();
}

arrow::Status ChunkTranscoder::TakePatchedRow() {
  ARROW_RETURN_NOT_OK(cursor_.TakeFlat(1, &level_runs_));
  ARROW_ASSIGN_OR_RAISE(const auto old_value, PassValue());
  const std::optional<std::string_view>& value = (*patch_.values)[next_patch_];
  const bool differs = !AreSame(old_value, value);
  result_.differs[next_patch_] = differs;
  if (value) {
    ARROW_RETURN_NOT_OK(differs ? filter_->Put(*patch_.values, next_patch_)
                                : filter_->PutBack(*old_value));
  }
  ++next_patch_;
  const auto level = static_cast<int16_t>(value ? definition_.max_level() : 0);
  return writer_->AppendLevels(nullptr, definition_.present() ? &level : nullptr, 1,
                               value ? 1 : 0);
}

arrow::Status ChunkTranscoder::TakeSourceValues(int32_t count) {
  ARROW_RETURN_NOT_OK(repetition_.Read(count));
  ARROW_RETURN_NOT_OK(definition_.Read(count));
  if (repetition_.present()) {
    ARROW_RETURN_NOT_OK(cursor_.TakeRepeated(repetition_.levels(), count, &level_runs_));
  } else {
    ARROW_RETURN_NOT_OK(cursor_.TakeFlat(count, &level_runs_));
  }
  const int32_t num_values = SelectValues(count);
  ARROW_RETURN_NOT_OK(filter_->Take(num_values, value_runs_));
  int32_t levels_kept = 0, values_kept = 0;
  for (const KeptRun& run : level_runs_) levels_kept += run.length;
  for (const KeptRun& run : value_runs_) values_kept += run.length;
  repetition_.Keep(level_runs_);
  definition_.Keep(level_runs_);
  return writer_->AppendLevels(repetition_.levels(), definition_.levels(), levels_kept,
                               values_kept);
}

/// Which values go with the levels in `level_runs_`, and how many values there are in
/// all.
int32_t ChunkTranscoder::SelectValues(int32_t num_levels) {
  const int16_t* levels = definition_.levels();
  const auto values_in = [&](int32_t begin, int32_t end) {
    return static_cast<int32_t>(
        std::count(levels + begin, levels + end, definition_.max_level()));
  };
  if (levels == nullptr || values_in(0, num_levels) == num_levels) {
    value_runs_ = level_runs_;
    return num_levels;
  }
  value_runs_.clear();
  int32_t level = 0, value = 0;
  for (const KeptRun& run : level_runs_) {
    value += values_in(level, run.begin);
    const int32_t length = values_in(run.begin, run.begin + run.length);
    if (length > 0) value_runs_.push_back({value, length});
    value += length;
    level = run.begin + run.length;
  }
  return value + values_in(level, num_levels);
}

}  // namespace

arrow::Result<EncodedChunk> TranscodeColumnChunk(const ParquetFile& file, int row_group,
                                                 int leaf, const RowBitmapSlice& dropped,
                                                 const WriterOptions& options,
                                                 arrow::MemoryPool* pool,
                                                 WaitingRoom* room) {
  ARROW_ASSIGN_OR_RAISE(auto transcoded, PatchColumnChunk(file, row_group, leaf, {},
                                                          dropped, options, pool, room));
  return *std::move(transcoded.chunk);
}

arrow::Result<PatchedChunk> PatchColumnChunk(const ParquetFile& file, int row_group,
                                             int leaf, const ChunkPatch& patch,
                                             const RowBitmapSlice& dropped,
                                             const WriterOptions& options,
                                             arrow::MemoryPool* pool, WaitingRoom* room) {
  const auto& arrow_file = static_cast<const ArrowParquetFile&>(file);
  PatchedChunk patched;
  const arrow::Status status = CatchParquet([&]() -> arrow::Status {
    // Without rows to leave out there may be nothing to write.
    bool writes = patch.rows == nullptr || dropped.Count() > 0;
    while (true) {
      ChunkTranscoder transcoder(arrow_file.metadata().schema()->Column(leaf), dropped,
                                 patch, writes, pool, room);
      ARROW_RETURN_NOT_OK(transcoder.Init(arrow_file, row_group, leaf, options));
      ARROW_ASSIGN_OR_RAISE(patched, transcoder.Run());
      if (!transcoder.differs_late()) return arrow::Status::OK();
      writes = true;
    }
  });
  if (status.ok()) return patched;
  return AddContext(status, KindOfReadError(status), file.path(), row_group,
                    file.leaf_path(leaf));
}

}  // namespace planish
