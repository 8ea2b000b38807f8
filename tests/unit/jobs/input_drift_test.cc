// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "arrow/array/array_primitive.h"
#include "arrow/table.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/merge.h"
#include "planish/stream.h"
#include "support/arrow_assertions.h"
#include "support/faulty_file_system.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// An input that another program writes anew, bytes of the same number into the same
/// file, while a run works. Every row says in its columns `a` and `b` of which state it
/// is.
class InputDriftTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("old.parquet", 1);
    Write("new.parquet", 2);
    ASSERT_EQ(std::filesystem::file_size(directory_ / "old.parquet"),
              std::filesystem::file_size(directory_ / "new.parquet"));
    context_.threads = 1;
    context_.sync = false;
  }

  void Write(const std::string& name, int state) {
    std::string rows;
    for (const int id : {1, 2, 2, 3, 4, 4, 5, 6}) {
      const std::string of = std::to_string(state);
      rows += (rows.empty() ? "[" : ",") + std::string("[") + std::to_string(id) + "," +
              of + "," + of + "]";
    }
    ASSERT_OK_AND_ASSIGN(auto table,
                         TableFromJson(arrow::schema({arrow::field("id", arrow::int64()),
                                                      arrow::field("a", arrow::int64()),
                                                      arrow::field("b", arrow::int64())}),
                                       rows + "]"));
    WriteSpec spec;
    spec.row_group_rows = 3;
    spec.codec = arrow::Compression::UNCOMPRESSED;
    spec.dictionary = false;
    ASSERT_OK(WriteParquet(table, directory_ / name, spec));
  }

  void Become(const std::string& name, int hour) {
    const std::filesystem::path input = directory_ / "in/data.parquet";
    std::filesystem::create_directories(input.parent_path());
    std::filesystem::copy_file(directory_ / name, input,
                               std::filesystem::copy_options::overwrite_existing);
    // Clocks of file systems may not tell two writes apart that are so close together.
    std::filesystem::last_write_time(
        input, std::filesystem::file_time_type() + std::chrono::hours(hour));
  }

  /// How often it ended in each way.
  struct Outcomes {
    int drift = 0, other_errors = 0, old_state = 0, new_state = 0;
  };

  /// Runs `job` once for each of its file operations, before which the input changes. It
  /// returns the states that its result is of.
  Outcomes ChangeAtEveryOperation(
      const std::function<arrow::Result<std::set<int64_t>>()>& job) {
    Outcomes outcomes;
    for (int64_t index = 0;; ++index) {
      Become("old.parquet", 1);
      FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
        if (operation.index == index) Become("new.parquet", 2);
        return Fault();
      });
      const FileSystemOverride override(&files);
      const auto states = job();
      if (states.ok()) {
        EXPECT_EQ(states->size(), 1) << "a mixture, changed at operation " << index;
        ++(states->contains(1) ? outcomes.old_state : outcomes.new_state);
      } else {
        const ErrorDetail* detail = GetErrorDetail(states.status());
        const bool drift = detail != nullptr && detail->kind == ErrorKind::kDrift;
        ++(drift ? outcomes.drift : outcomes.other_errors);
      }
      if (files.num_operations() <= index) return outcomes;
    }
  }

  static void AddStates(const arrow::RecordBatch& rows, std::set<int64_t>* states) {
    for (const char* name : {"a", "b"}) {
      const auto column = rows.GetColumnByName(name);
      const auto& values = static_cast<const arrow::Int64Array&>(*column);
      states->insert(values.raw_values(), values.raw_values() + values.length());
    }
  }

  arrow::Result<std::set<int64_t>> StatesOf(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(const auto table, ReadParquet(path));
    ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch());
    std::set<int64_t> states;
    AddStates(*rows, &states);
    return states;
  }

  TempDir directory_;
  RunContext context_;
};

TEST_F(InputDriftTest, NeverMixesTwoStatesIntoADirectory) {
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    const Outcomes outcomes =
        ChangeAtEveryOperation([&]() -> arrow::Result<std::set<int64_t>> {
          std::filesystem::remove_all(directory_ / "out");
          DedupOptions options;
          options.dataset.inputs = {directory_ / "in"};
          options.key = {"id"};
          options.output = directory_ / "out";
          options.engine = engine;
          options.on_error = OnError::kFail;
          ARROW_RETURN_NOT_OK(Dedup(options, context_));
          return StatesOf(directory_ / "out/data.parquet");
        });
    EXPECT_GT(outcomes.drift, 10);
    EXPECT_GT(outcomes.new_state, 0);  // changed before it was looked at
    EXPECT_GT(outcomes.old_state, 0);  // changed when all was read
  }
}

TEST_F(InputDriftTest, NeverMixesTwoStatesIntoAStream) {
  const Outcomes outcomes =
      ChangeAtEveryOperation([&]() -> arrow::Result<std::set<int64_t>> {
        DedupOptions options;
        options.dataset.inputs = {directory_ / "in"};
        options.key = {"id"};
        options.on_error = OnError::kFail;
        ARROW_ASSIGN_OR_RAISE(auto reader, DedupToStream(options, context_));
        std::set<int64_t> states;
        while (true) {
          std::shared_ptr<arrow::RecordBatch> batch;
          ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
          if (batch == nullptr) return states;
          AddStates(*batch, &states);
        }
      });
  EXPECT_GT(outcomes.drift, 10);
  EXPECT_GT(outcomes.new_state, 0);
}

TEST_F(InputDriftTest, NeverMixesTwoStatesOfASource) {
  WriteSpec spec;
  ASSERT_OK_AND_ASSIGN(auto target,
                       TableFromJson(arrow::schema({arrow::field("id", arrow::int64()),
                                                    arrow::field("a", arrow::int64()),
                                                    arrow::field("b", arrow::int64())}),
                                     "[]"));
  ASSERT_OK(WriteParquet(target, directory_ / "target/empty.parquet", spec));
  const Outcomes outcomes =
      ChangeAtEveryOperation([&]() -> arrow::Result<std::set<int64_t>> {
        std::filesystem::remove_all(directory_ / "out");
        MergeOptions options;
        options.target = directory_ / "target";
        options.source.inputs = {directory_ / "in"};
        options.key = {"id"};
        options.output = directory_ / "out";
        ARROW_RETURN_NOT_OK(Merge(options, context_));
        std::set<int64_t> states;
        for (const auto& file : std::filesystem::directory_iterator(directory_ / "out")) {
          ARROW_ASSIGN_OR_RAISE(const auto of_file, StatesOf(file.path()));
          states.insert(of_file.begin(), of_file.end());
        }
        return states;
      });
  EXPECT_GT(outcomes.drift, 10);
  EXPECT_GT(outcomes.new_state, 0);
  EXPECT_GT(outcomes.old_state, 0);
}

}  // namespace
}  // namespace planish
