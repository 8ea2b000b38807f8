// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "arrow/table.h"
#include "base/arrow_casts.h"
#include "dataset/inventory.h"
#include "dataset/order_by.h"
#include "jobs/duplicate_mask.h"
#include "jobs/row_filter.h"
#include "jobs/stream_dedup.h"
#include "planish/stream.h"
#include "property/dedup_case.h"
#include "reference/naive_winners.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// Random rows, a random question about them, and the answer of the naive engine.
class StreamCase {
 public:
  explicit StreamCase(uint64_t seed) : random_(seed) {}

  arrow::Status Make() {
    ARROW_RETURN_NOT_OK(RegisterCasts());
    ARROW_RETURN_NOT_OK(MakeTable());
    MakeQuestion();
    most_seen_bytes_ = random_.OneIn(4) ? int64_t{1} << 20 : random_.Below(5'000);
    return MakeBatches();
  }

  const StreamDedupOptions& options() const { return options_; }
  std::shared_ptr<arrow::RecordBatchReader> Source() const {
    return arrow::RecordBatchReader::Make(batches_, table_->schema()).ValueOrDie();
  }

  /// What keys may take: sometimes nothing, sometimes a part of what they would.
  int64_t most_seen_bytes() const { return most_seen_bytes_; }

  RunContext Context() {
    RunContext context;
    context.threads = random_.Between(1, 4);
    context.memory_limit = int64_t{32} << 20;
    context.temp_dir = directory_.path();
    return context;
  }

  arrow::Result<std::shared_ptr<arrow::Table>> Expected() const {
    const std::string path = directory_ / "rows.parquet";
    ARROW_RETURN_NOT_OK(WriteParquet(*table_, path));
    DatasetOptions dataset;
    dataset.inputs = {path};
    arrow::MemoryPool* pool = arrow::default_memory_pool();
    ARROW_ASSIGN_OR_RAISE(
        auto inventory, Inventory::Make(LocalFileSystem(), dataset, false, false, pool));
    NaiveQuestion question;
    ARROW_ASSIGN_OR_RAISE(question.key_columns,
                          ResolveColumns(*inventory->schema(), options_.key, "key"));
    for (const std::string& item : options_.order_by) {
      ARROW_ASSIGN_OR_RAISE(const auto order, ResolveOrderBy(*inventory->schema(), item));
      question.order_columns.push_back(order.column);
      question.descending.push_back(order.descending);
    }
    question.keep = options_.keep;
    question.nan_equal = options_.nan_equal;
    ARROW_ASSIGN_OR_RAISE(
        const RowBitmap losers,
        FindLosersNaively(LocalFileSystem(), inventory, question, pool));
    std::vector<std::shared_ptr<arrow::Table>> kept = {table_->Slice(0, 0)};
    for (int64_t row = 0; row < table_->num_rows(); ++row) {
      if (!losers.Contains(row)) kept.push_back(table_->Slice(row, 1));
    }
    return arrow::ConcatenateTables(kept);
  }

  std::string ToString() const {
    std::string text = "keep " + std::to_string(static_cast<int>(options_.keep));
    for (const std::string& name : options_.key) text += " key " + name;
    for (const std::string& item : options_.order_by) text += " order " + item;
    if (!options_.nan_equal) text += " NaN distinct";
    text += " seen " + std::to_string(most_seen_bytes_) + "\n";
    return text + table_->ToString();
  }

 private:
  arrow::Status MakeTable() {
    const int num_columns = random_.Between(1, 4);
    const int num_rows = random_.Between(0, 60);
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (int i = 0; i < num_columns; ++i) {
      const auto type = RandomType(&random_);
      const int values = random_.Between(1, random_.OneIn(3) ? 40 : 6);
      const bool has_nulls =
          type->id() != arrow::Type::FIXED_SIZE_LIST && random_.OneIn(2);
      std::vector<int> indexes;
      for (int row = 0; row < num_rows; ++row) {
        const bool is_null = has_nulls && random_.OneIn(5);
        indexes.push_back(is_null ? kNullIndex : random_.Below(values));
      }
      ARROW_ASSIGN_OR_RAISE(auto column, ColumnOfValues(type, indexes));
      fields.push_back(arrow::field("c" + std::to_string(i), type));
      columns.push_back(std::move(column));
      if (arrow::is_nested(type->id())) continue;
      flat_.push_back(fields.back()->name());
    }
    table_ = arrow::Table::Make(arrow::schema(fields), columns, num_rows);
    return arrow::Status::OK();
  }

  void MakeQuestion() {
    std::vector<std::string> names = table_->schema()->field_names();
    random_.Shuffle(&names);
    names.resize(static_cast<size_t>(random_.Between(1, static_cast<int>(names.size()))));
    options_.key = names;
    options_.keep = random_.Pick(
        {Keep::kFirst, Keep::kFirst, Keep::kFirst, Keep::kLast, Keep::kNone});
    options_.nan_equal = !random_.OneIn(4);
    options_.optimizations.inline_keys = !random_.OneIn(4);
    options_.optimizations.key_digests = !random_.OneIn(4);
    if (options_.keep == Keep::kNone || flat_.empty() || !random_.OneIn(3)) return;
    random_.Shuffle(&flat_);
    for (int i = 0; i < random_.Between(1, static_cast<int>(flat_.size())); ++i) {
      options_.order_by.push_back((random_.OneIn(2) ? "-" : "") +
                                  flat_[static_cast<size_t>(i)]);
    }
  }

  arrow::Status MakeBatches() {
    ARROW_ASSIGN_OR_RAISE(auto whole, table_->CombineChunksToBatch());
    for (int64_t begin = 0; begin < whole->num_rows();) {
      const int64_t rows = random_.Between(0, 20);
      batches_.push_back(whole->Slice(begin, rows));
      begin += rows;
    }
    return arrow::Status::OK();
  }

  RandomSource random_;
  TempDir directory_;
  std::vector<std::string> flat_;
  int64_t most_seen_bytes_ = 0;
  std::shared_ptr<arrow::Table> table_;
  arrow::RecordBatchVector batches_;
  StreamDedupOptions options_;
};

class StreamAgreesTest : public testing::TestWithParam<int> {
 protected:
  void Try(uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    StreamCase one(seed);
    ASSERT_OK(one.Make());
    SCOPED_TRACE(one.ToString());
    ASSERT_OK_AND_ASSIGN(const auto expected, one.Expected());
    ASSERT_NO_FATAL_FAILURE(TryMask(&one, *expected));
    ASSERT_OK_AND_ASSIGN(std::shared_ptr<planish::Run> run,
                         planish::Run::Make(one.Context()));
    ASSERT_OK_AND_ASSIGN(auto reader, MakeStreamDedup(run, one.Source(), one.options(),
                                                      one.most_seen_bytes()));
    ASSERT_OK_AND_ASSIGN(const auto actual, reader->ToTable());
    ASSERT_TRUE(TablesEqual(*expected, *actual));
    const Report report = reader->report();
    ASSERT_EQ(report.rows_kept, expected->num_rows());
    ASSERT_EQ(report.rows_in, report.rows_kept + report.rows_dropped);
    const bool first = one.options().keep == Keep::kFirst;
    if (!first || !one.options().order_by.empty()) {
      ASSERT_EQ(reader->spooled_rows(), report.rows_in);
    } else if (reader->spooled_rows() > 0) {
      ++num_overflows_;
      if (reader->spooled_rows() < report.rows_in) ++num_halfway_;
    }
  }

  /// The rows that the mask does not tell to be duplicates.
  void TryMask(StreamCase* one, const arrow::Table& expected) {
    ASSERT_OK_AND_ASSIGN(std::shared_ptr<planish::Run> run,
                         planish::Run::Make(one->Context()));
    ASSERT_OK_AND_ASSIGN(
        const auto mask,
        FindDuplicates(run.get(), one->Source(), one->options(), one->most_seen_bytes()));
    ASSERT_OK_AND_ASSIGN(const auto table, one->Source()->ToTable());
    ASSERT_OK_AND_ASSIGN(const auto rows, table->CombineChunksToBatch());
    ASSERT_OK(mask->ValidateFull());
    ASSERT_EQ(mask->length(), rows->num_rows());
    std::vector<uint8_t> kept;
    for (int64_t row = 0; row < mask->length(); ++row) {
      kept.push_back(mask->Value(row) ? 0 : 1);
    }
    ASSERT_OK_AND_ASSIGN(const auto actual,
                         FilterRows(rows, kept, arrow::default_memory_pool()));
    ASSERT_OK_AND_ASSIGN(const auto as_table, arrow::Table::FromRecordBatches({actual}));
    ASSERT_TRUE(TablesEqual(expected, *as_table));
  }

  /// Streams whose keys did not fit, and those of which some rows had come out before.
  int num_overflows_ = 0, num_halfway_ = 0;
};

TEST_P(StreamAgreesTest, KeepsTheRowsThatWinNaively) {
  const int iterations = PropertyIterations(800);
  for (int i = 0; i < iterations && !HasFatalFailure(); ++i) {
    Try(PropertySeed(GetParam(), i));
  }
  if (iterations >= 100) {
    EXPECT_GT(num_overflows_, 1);
    EXPECT_GT(num_halfway_, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, StreamAgreesTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
