// SPDX-License-Identifier: Apache-2.0
#include "scan/key_scanner.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "arrow/array/util.h"
#include "arrow/buffer.h"
#include "arrow/util/byte_size.h"
#include "base/arrow_casts.h"
#include "base/error_builder.h"
#include "base/null_array.h"
#include "scan/column_conversion.h"
#include "scan/columnwise_reader.h"
#include "scan/open_file_cache.h"

namespace planish {
namespace {

// Row groups are scanned in order, so few; a footer of thousands of columns takes
// megabytes.
constexpr size_t kMaxIdleFiles = 2;

/// Constant columns are cheap to make anew and need not be as long as a chunk.
constexpr int64_t kConstantBatchRows = int64_t{64} << 10;

/// Batches hold some MiB, but where a single value is longer.
constexpr int64_t kLargeBatchBytes = int64_t{8} << 20;
/// What reading a large batch takes, and what making keys of it takes besides, in terms
/// of its own size: a page as it is and decompressed, a buffer that grows; a key as it is
/// encoded and recorded.
constexpr int64_t kShareOfReading = 4;
constexpr int64_t kShareOfKeys = 2;

/// A scan's place among the scans of other threads: beside them, or after them and alone.
class Turn {
 public:
  explicit Turn(std::shared_mutex* scanning)
      : beside_others_(*scanning), alone_(*scanning, std::defer_lock) {}

  /// Waits until no other scan is under way; false if it is alone already.
  bool GoAlone() {
    if (alone_.owns_lock()) return false;
    beside_others_.unlock();
    alone_.lock();
    return true;
  }

 private:
  std::shared_lock<std::shared_mutex> beside_others_;
  std::unique_lock<std::shared_mutex> alone_;
};

}  // namespace

/// One row group on its way through the scanner.
class KeyScanner::RowGroupScan : public KeyScanner::Batches {
 public:
  RowGroupScan(const KeyScanner& scanner, const RowGroupRef& row_group,
               int64_t batch_rows)
      : scanner_(scanner),
        inventory_(*scanner.inventory_),
        file_(inventory_.files()[row_group.file]),
        row_group_(row_group),
        most_constants_(std::clamp<int64_t>(batch_rows, 1, kConstantBatchRows)),
        next_row_(row_group.first_row) {
    for (int column : scanner.columns_) Plan(column);
  }

  bool needs_file() const { return !file_columns_.empty(); }

  arrow::Status ReadFrom(std::shared_ptr<const ParquetFile> parquet, int64_t batch_rows) {
    parquet_ = std::move(parquet);
    ARROW_ASSIGN_OR_RAISE(
        reader_, parquet_->ReadRowGroup(row_group_.row_group, file_columns_, batch_rows));
    return arrow::Status::OK();
  }

  /// From here on reads a few columns at a time; false if it does already or cannot.
  bool GoColumnwise(std::atomic<int>* at_once, ScratchDirectory* scratch,
                    int64_t batch_rows) {
    if (columnwise_ || scratch == nullptr || file_columns_.size() < 2) return false;
    columnwise_ = true;
    read_.reset();
    reader_ = std::make_unique<ColumnwiseReader>(
        parquet_, row_group_.row_group, file_columns_, next_row_ - row_group_.first_row,
        batch_rows, at_once, scratch, scanner_.pool_);
    return true;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (reader_ != nullptr) return NextOfFile();
    if (rows_left() == 0) return nullptr;
    return Emit(nullptr, std::min(most_constants_, rows_left()));
  }

 private:
  /// Where a column of the result comes from.
  struct Source {
    int place = -1;  ///< in the batches of the file; -1 for a constant
    bool never_null = false;
    std::shared_ptr<arrow::Scalar> constant;
    /// As long as the longest batch so far.
    std::shared_ptr<arrow::Array> constants;
  };

  int64_t rows_left() const {
    return row_group_.first_row + row_group_.num_rows - next_row_;
  }

  void Plan(int column) {
    Source& source = sources_.emplace_back();
    source.never_null = inventory_.never_null()[column];
    if (column >= inventory_.num_data_columns()) {
      source.constant = inventory_.partitions()[file_.partition]
                            .values[column - inventory_.num_data_columns()];
      return;
    }
    const int file_column = file_.columns[column];
    if (file_column < 0) {
      source.constant = arrow::MakeNullScalar(inventory_.schema()->field(column)->type());
      return;
    }
    const auto known = std::ranges::find(file_columns_, file_column);
    source.place = static_cast<int>(known - file_columns_.begin());
    if (known == file_columns_.end()) file_columns_.push_back(file_column);
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> NextOfFile() {
    while (read_ == nullptr || read_->num_rows() == 0) {
      ARROW_RETURN_NOT_OK(reader_->ReadNext(&read_));
      if (read_ != nullptr) continue;
      if (rows_left() > 0) return WrongRows("fewer");
      return nullptr;
    }
    if (read_->num_rows() > rows_left()) return WrongRows("more");
    ARROW_ASSIGN_OR_RAISE(auto result, Emit(read_.get(), read_->num_rows()));
    read_.reset();
    return result;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Emit(const arrow::RecordBatch* batch,
                                                          int64_t num_rows) {
    arrow::ArrayVector arrays;
    for (size_t i = 0; i < sources_.size(); ++i) {
      auto array = sources_[i].place < 0 ? Constants(&sources_[i], num_rows)
                                         : Converted(i, batch->column(sources_[i].place));
      ARROW_RETURN_NOT_OK(array.status());
      arrays.push_back(*std::move(array));
    }
    next_row_ += num_rows;
    return arrow::RecordBatch::Make(scanner_.schema_, num_rows, std::move(arrays));
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Constants(Source* source,
                                                         int64_t num_rows) {
    if (source->constants == nullptr || source->constants->length() < num_rows) {
      ARROW_ASSIGN_OR_RAISE(
          source->constants,
          source->constant->is_valid
              ? arrow::MakeArrayFromScalar(*source->constant, num_rows, scanner_.pool_)
              : MakeNullArray(source->constant->type, num_rows, scanner_.pool_));
    }
    return source->constants->Slice(0, num_rows);
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Converted(
      size_t index, const std::shared_ptr<arrow::Array>& array) {
    const arrow::Field& field = *scanner_.schema_->field(static_cast<int>(index));
    if (sources_[index].never_null && array->null_count() > 0) {
      return Locate(Error(ErrorKind::kCorrupt,
                          "column has nulls, but its statistics say that it has none"))
          .Column(field.name());
    }
    auto converted = ConvertColumn(array, field, scanner_.pool_);
    if (converted.ok() || converted.status().IsOutOfMemory()) return converted;
    return Locate(Error(ErrorKind::kSchemaMismatch,
                        "value does not fit the type that the files share: " +
                            field.type()->ToString()))
        .Column(field.name())
        .Fact("type here", array->type()->ToString())
        .Cause(converted.status());
  }

  Error Locate(Error error) const {
    return error.File(file_.path).RowGroup(row_group_.row_group);
  }

  arrow::Status WrongRows(const std::string& how) const {
    return Locate(Error(ErrorKind::kCorrupt,
                        "row group has " + how + " rows than the footer says"));
  }

  const KeyScanner& scanner_;
  const Inventory& inventory_;
  const DataFile& file_;
  const RowGroupRef row_group_;
  const int64_t most_constants_;
  std::shared_ptr<const ParquetFile> parquet_;
  std::unique_ptr<arrow::RecordBatchReader> reader_;
  bool columnwise_ = false;
  /// What came from the reader and has not been handed on.
  std::shared_ptr<arrow::RecordBatch> read_;
  int64_t next_row_;
  std::vector<int> file_columns_;
  std::vector<Source> sources_;
};

KeyScanner::KeyScanner(FileSystem* fs, std::shared_ptr<const Inventory> inventory,
                       std::vector<int> columns, arrow::MemoryPool* pool,
                       ScratchDirectory* scratch)
    : inventory_(std::move(inventory)),
      columns_(std::move(columns)),
      pool_(pool),
      scratch_(scratch),
      schema_(SelectFields(*inventory_->schema(), columns_)),
      open_files_(std::make_unique<OpenFileCache>(fs, inventory_, kMaxIdleFiles, pool)) {}

KeyScanner::~KeyScanner() = default;

arrow::Result<std::unique_ptr<KeyScanner::Batches>> KeyScanner::Open(
    const RowGroupRef& row_group, int64_t batch_rows) {
  return Begin(row_group, batch_rows);
}

arrow::Result<std::unique_ptr<KeyScanner::RowGroupScan>> KeyScanner::Begin(
    const RowGroupRef& row_group, int64_t batch_rows) {
  static const arrow::Status casts_registered = RegisterCasts();
  ARROW_RETURN_NOT_OK(casts_registered);
  ARROW_RETURN_NOT_OK(inventory_->CheckTypesAgree(columns_));
  auto scan = std::make_unique<RowGroupScan>(*this, row_group, batch_rows);
  if (scan->needs_file()) {
    ARROW_ASSIGN_OR_RAISE(auto parquet, open_files_->Get(row_group.file));
    ARROW_RETURN_NOT_OK(scan->ReadFrom(std::move(parquet), batch_rows));
  }
  return scan;
}

std::unique_ptr<arrow::Buffer> KeyScanner::SetAside(int64_t bytes) const {
  return arrow::AllocateBuffer(bytes, pool_).ValueOr(nullptr);
}

arrow::Status KeyScanner::Scan(const RowGroupRef& row_group, int64_t batch_rows,
                               const Visitor& visit) {
  return ScanWhile(
      row_group, batch_rows,
      [&](const arrow::RecordBatch& batch, int64_t first_row) -> arrow::Result<bool> {
        ARROW_RETURN_NOT_OK(visit(batch, first_row));
        return true;
      });
}

arrow::Status KeyScanner::ScanWhile(const RowGroupRef& row_group, int64_t batch_rows,
                                    const Taker& take) {
  // Before all that takes memory, so that who comes after finds it free.
  Turn turn(&scanning_);
  ARROW_ASSIGN_OR_RAISE(auto batches, Begin(row_group, batch_rows));
  const auto go_columnwise = [&] {
    return batches->GoColumnwise(&columns_at_once_, scratch_, batch_rows);
  };
  const auto columns = static_cast<int>(columns_.size());
  if (columns_at_once_.load() < columns) go_columnwise();
  int64_t first_row = row_group.first_row;
  int64_t large_bytes = 0;  ///< of the last batch, if it was large
  while (true) {
    // A refusal in the middle of a read would cost what has been read of the row group.
    while (SetAside(kShareOfReading * large_bytes) == nullptr && turn.GoAlone()) {
    }
    auto batch = batches->Next();
    if (batch.status().IsOutOfMemory() && (turn.GoAlone() || go_columnwise())) continue;
    ARROW_RETURN_NOT_OK(batch.status());
    if (*batch == nullptr) return arrow::Status::OK();
    const int64_t bytes = arrow::util::TotalBufferSize(**batch);
    large_bytes = bytes > kLargeBatchBytes ? bytes : 0;
    auto for_keys = SetAside(kShareOfKeys * large_bytes);
    if (for_keys == nullptr && turn.GoAlone()) {
      for_keys = SetAside(kShareOfKeys * large_bytes);
    }
    ARROW_ASSIGN_OR_RAISE(const bool goes_on, take(**batch, first_row));
    if (!goes_on) return arrow::Status::OK();
    first_row += (*batch)->num_rows();
  }
}

int64_t KeyScanner::bytes_read() const {
  return open_files_->bytes_read();
}

}  // namespace planish
