// SPDX-License-Identifier: Apache-2.0
#include "jobs/spooled_keys.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/array/builder_binary.h"
#include "arrow/buffer.h"
#include "arrow/record_batch.h"

namespace planish {
namespace {

/// Row groups are what threads share among themselves, so not too large; a thirty-second
/// of the limit is held until one is complete.
constexpr int64_t kRowGroupRows = 256 * 1024;
constexpr int64_t kMostRowGroupBytes = int64_t{32} << 20;
constexpr int64_t kRowGroupShare = 32;

std::shared_ptr<arrow::Field> Required(const char* name,
                                       std::shared_ptr<arrow::DataType> type) {
  return arrow::field(name, std::move(type), /*nullable=*/false);
}

/// Does not own: `values` must outlive it.
std::shared_ptr<arrow::Array> Numbers(const std::vector<uint64_t>& values) {
  return std::make_shared<arrow::UInt64Array>(static_cast<int64_t>(values.size()),
                                              arrow::Buffer::Wrap(values));
}

}  // namespace

SpooledKeys::SpooledKeys(Run* run, std::string path, const SpooledKeyForm& form)
    : run_(run), path_(std::move(path)), form_(form) {
  arrow::FieldVector fields;
  if (form.form == KeyForm::kInline) {
    fields.push_back(Required("low", arrow::uint64()));
    if (form.key_bytes > 8) fields.push_back(Required("high", arrow::uint64()));
  } else {
    fields.push_back(Required("key", arrow::large_binary()));
  }
  // Rows that match none are told apart by a number of their own.
  if (form.has_unmatchable) fields.push_back(Required("alone", arrow::uint64()));
  num_key_columns_ = static_cast<int>(fields.size());
  if (form.has_order) fields.push_back(Required("order", arrow::large_binary()));
  schema_ = arrow::schema(std::move(fields));
}

arrow::Result<std::unique_ptr<SpooledKeys>> SpooledKeys::Make(
    Run* run, std::string path, const SpooledKeyForm& form) {
  std::unique_ptr<SpooledKeys> keys(new SpooledKeys(run, std::move(path), form));
  BatchWriterOptions options;
  options.scratch = true;
  options.row_group_rows = kRowGroupRows;
  options.row_group_bytes =
      std::min(run->budget()->limit() / kRowGroupShare, kMostRowGroupBytes);
  ARROW_ASSIGN_OR_RAISE(keys->writer_,
                        BatchWriter::Make(run->scratch()->files(), keys->path_,
                                          keys->schema_, options, run->pool()));
  return keys;
}

void SpooledKeys::AddWords(const KeyBatch& batch, arrow::ArrayVector* columns) {
  low_.clear();
  high_.clear();
  for (const KeyBatch::Words& words : batch.words) {
    low_.push_back(words.low);
    high_.push_back(words.high);
  }
  columns->push_back(Numbers(low_));
  if (form_.key_bytes > 8) columns->push_back(Numbers(high_));
}

arrow::Status SpooledKeys::AddPayloads(const KeyBatch& batch,
                                       arrow::ArrayVector* columns) {
  arrow::LargeBinaryBuilder keys(run_->pool()), orders(run_->pool());
  const uint8_t* payload = batch.payload.data();
  for (int64_t row = 0; row < batch.num_rows; ++row) {
    const auto i = static_cast<size_t>(row);
    const auto begin = static_cast<int64_t>(batch.payload_offsets[i]);
    const auto end = static_cast<int64_t>(batch.payload_offsets[i + 1]);
    const int64_t key_end = begin + batch.key_lengths[i];
    if (form_.form == KeyForm::kBytes) {
      ARROW_RETURN_NOT_OK(keys.Append(payload + begin, key_end - begin));
    }
    if (form_.has_order) {
      ARROW_RETURN_NOT_OK(orders.Append(payload + key_end, end - key_end));
    }
  }
  std::shared_ptr<arrow::Array> array;
  if (form_.form == KeyForm::kBytes) {
    ARROW_RETURN_NOT_OK(keys.Finish(&array));
    columns->insert(columns->begin(), array);
  }
  if (form_.has_order) {
    ARROW_RETURN_NOT_OK(orders.Finish(&array));
    columns->push_back(array);
  }
  return arrow::Status::OK();
}

arrow::Status SpooledKeys::Append(const KeyBatch& batch) {
  if (batch.num_rows == 0) return arrow::Status::OK();
  arrow::ArrayVector columns;
  if (form_.form == KeyForm::kInline) AddWords(batch, &columns);
  if (form_.has_unmatchable) {
    alone_.assign(static_cast<size_t>(batch.num_rows), 0);
    for (size_t i = 0; i < batch.unmatchable.size(); ++i) {
      if (batch.unmatchable[i] != 0) alone_[i] = static_cast<uint64_t>(num_rows_) + i + 1;
    }
    columns.push_back(Numbers(alone_));
  }
  if (batch.has_payload) ARROW_RETURN_NOT_OK(AddPayloads(batch, &columns));
  const auto rows = arrow::RecordBatch::Make(schema_, batch.num_rows, std::move(columns));
  ARROW_RETURN_NOT_OK(writer_->Write(*rows));
  num_rows_ += batch.num_rows;
  return arrow::Status::OK();
}

arrow::Result<RowBitmap> SpooledKeys::FindLosers(KeepPolicy keep,
                                                 const Optimizations& optimizations,
                                                 EngineReport* engine) {
  ARROW_RETURN_NOT_OK(writer_->Finish());
  writer_.reset();
  DatasetOptions dataset;
  dataset.inputs = {path_};
  ARROW_ASSIGN_OR_RAISE(auto inventory,
                        Inventory::MakeOfOwnFiles(run_->fs(), dataset, /*hive=*/false,
                                                  /*by_size=*/false, run_->pool()));
  WinnerQuestion question;
  for (int column = 0; column < num_key_columns_; ++column) {
    question.key_columns.push_back(column);
  }
  if (form_.has_order) question.order_columns.push_back({num_key_columns_, false});
  question.keep = keep;
  question.optimizations = optimizations;
  WinnerSearch search(run_, std::move(inventory), std::move(question));
  ARROW_ASSIGN_OR_RAISE(RowBitmap losers, search.FindLosers());
  *engine = search.engine();
  return losers;
}

}  // namespace planish
