// SPDX-License-Identifier: Apache-2.0
#include "format/ipc_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "arrow/array.h"
#include "arrow/array/util.h"
#include "arrow/io/interfaces.h"
#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "base/memory_budget.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

/// Gives at most a few bytes at a time, as pipes may.
class Trickle : public arrow::io::InputStream {
 public:
  explicit Trickle(std::string bytes) : bytes_(std::move(bytes)) {}
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return static_cast<int64_t>(at_); }
  arrow::Result<int64_t> Read(int64_t num_bytes, void* out) override {
    const size_t count =
        std::min({static_cast<size_t>(num_bytes), bytes_.size() - at_, size_t{7}});
    bytes_.copy(static_cast<char*>(out), count, at_);
    at_ += count;
    return static_cast<int64_t>(count);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t) override {
    return arrow::Status::NotImplemented("not asked for");
  }

 private:
  const std::string bytes_;
  size_t at_ = 0;
};

arrow::RecordBatchVector SampleBatches() {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int32()),
       arrow::field("name", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  arrow::RecordBatchVector batches;
  for (const auto& [ids, codes] : {std::pair("[1, 2, null]", "[0, 1, 0]"),
                                   std::pair("[]", "[]"), std::pair("[4]", "[null]")}) {
    auto id = arrow::json::ArrayFromJSONString(arrow::int32(), ids).ValueOrDie();
    auto code = arrow::json::ArrayFromJSONString(arrow::int8(), codes).ValueOrDie();
    auto names =
        arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["a", "b"])").ValueOrDie();
    auto name = arrow::DictionaryArray::FromArrays(schema->field(1)->type(), code, names)
                    .ValueOrDie();
    batches.push_back(arrow::RecordBatch::Make(schema, id->length(), {id, name}));
  }
  return batches;
}

arrow::Result<arrow::RecordBatchVector> ReadStream(const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        ReadIpcStream(std::make_shared<Trickle>(bytes), "the source",
                                      arrow::default_memory_pool()));
  return reader->ToRecordBatches();
}

arrow::Result<arrow::RecordBatchVector> ReadFile(const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(auto reader, ReadIpcFile(std::make_shared<MemoryInput>(bytes),
                                                 arrow::default_memory_pool()));
  return reader->ToRecordBatches();
}

/// Every error has a kind and names its source.
void ExpectLocated(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr) << status;
  EXPECT_NE(detail->file, "") << status;
}

TEST(IpcSourceTest, ReadsBothFormatsFrontToBackAndAsFiles) {
  const arrow::RecordBatchVector expected = SampleBatches();
  for (const IpcFormat format : {IpcFormat::kStream, IpcFormat::kFile}) {
    ASSERT_OK_AND_ASSIGN(const std::string bytes, IpcBytes(expected, format));
    for (const auto& read : {ReadStream(bytes), ReadFile(bytes)}) {
      ASSERT_OK(read);
      ASSERT_EQ(read->size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_TRUE((*read)[i]->Equals(*expected[i])) << "batch " << i;
      }
    }
  }
}

TEST(IpcSourceTest, KnowsIpcByItsFirstBytes) {
  const auto is_ipc = [](const std::string& bytes) {
    MemoryInput input(bytes);
    return IsIpc(input).ValueOrDie();
  };
  for (const IpcFormat format : {IpcFormat::kStream, IpcFormat::kFile}) {
    EXPECT_TRUE(is_ipc(IpcBytes(SampleBatches(), format).ValueOrDie()));
  }
  EXPECT_FALSE(is_ipc("PAR1PAR1"));
  EXPECT_FALSE(is_ipc("ARR"));
  EXPECT_FALSE(is_ipc(""));
}

TEST(IpcSourceTest, FileThatIsCutShortAnywhereIsAnError) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes,
                       IpcBytes(SampleBatches(), IpcFormat::kFile));
  for (size_t length = 0; length < bytes.size(); ++length) {
    for (const auto& read :
         {ReadStream(bytes.substr(0, length)), ReadFile(bytes.substr(0, length))}) {
      ASSERT_FALSE(read.ok()) << length << " of " << bytes.size() << " bytes";
      ExpectLocated(read.status());
    }
  }
}

TEST(IpcSourceTest, StreamThatIsCutShortWithinAMessageIsAnError) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, IpcBytes(SampleBatches()));
  int num_whole = 0;
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto read = ReadStream(bytes.substr(0, length));
    if (!read.ok()) {
      ExpectLocated(read.status());
      continue;
    }
    // The format allows to end without saying so, behind any message.
    ++num_whole;
    EXPECT_LE(read->size(), SampleBatches().size());
  }
  EXPECT_LE(num_whole, 5);
}

TEST(IpcSourceTest, NamesTheSourceAndTheBatchThatIsDamaged) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, IpcBytes(SampleBatches()));
  const arrow::Status status = ReadStream(bytes.substr(0, bytes.size() - 16)).status();
  EXPECT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_NE(status.ToString().find("file: the source"), std::string::npos) << status;
  EXPECT_NE(status.ToString().find("batch: 2"), std::string::npos) << status;
}

TEST(IpcSourceTest, BytesBehindTheEndOfAStreamAreAnError) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, IpcBytes(SampleBatches()));
  EXPECT_ERROR_KIND(ReadStream(bytes + bytes), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(ReadStream(bytes + "x"), ErrorKind::kCorrupt);
}

TEST(IpcSourceTest, NothingAtAllAndOtherFormatsAreErrors) {
  EXPECT_ERROR_KIND(ReadStream(""), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(ReadStream("PAR1 and so on"), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(ReadStream("id,name\n1,a\n"), ErrorKind::kCorrupt);
}

TEST(IpcSourceTest, BatchThatDoesNotFitIsAnErrorOfTheMemoryLimit) {
  const auto schema = arrow::schema({arrow::field("x", arrow::fixed_size_binary(4096))});
  auto column = arrow::MakeArrayOfNull(schema->field(0)->type(), 1000).ValueOrDie();
  ASSERT_OK_AND_ASSIGN(
      const std::string bytes,
      IpcBytes({arrow::RecordBatch::Make(schema, 1000, {std::move(column)})}));
  ASSERT_OK_AND_ASSIGN(auto budget, MemoryBudget::Make(int64_t{1} << 20));
  BudgetedPool pool(budget.get(), arrow::default_memory_pool());
  ASSERT_OK_AND_ASSIGN(auto reader,
                       ReadIpcStream(std::make_shared<Trickle>(bytes), "x", &pool));
  std::shared_ptr<arrow::RecordBatch> batch;
  EXPECT_ERROR_KIND(reader->ReadNext(&batch), ErrorKind::kMemoryLimit);
}

TEST(IpcSourceTest, RandomDamageIsAnErrorOrGivesValidBatches) {
  std::mt19937 random(3);
  for (const IpcFormat format : {IpcFormat::kStream, IpcFormat::kFile}) {
    ASSERT_OK_AND_ASSIGN(const std::string whole, IpcBytes(SampleBatches(), format));
    for (int i = 0; i < 1000; ++i) {
      std::string bytes = whole;
      for (int flips = 0; flips < 1 + i % 3; ++flips) {
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
      }
      for (const auto& read : {ReadStream(bytes), ReadFile(bytes)}) {
        if (!read.ok()) {
          ExpectLocated(read.status());
          continue;
        }
        for (const auto& batch : *read) ASSERT_OK(batch->ValidateFull());
      }
    }
  }
}

TEST(IpcSourceTest, FuzzedFilesOfTheArrowCorpusDoNoHarm) {
  const std::string corpus = "/usr/share/apache/arrow-testing";
  if (!std::filesystem::exists(corpus)) GTEST_SKIP() << "no corpus at " << corpus;
  int num_files = 0;
  for (const char* folder : {"/arrow-ipc-stream", "/arrow-ipc-file"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(corpus + folder)) {
      if (!entry.is_regular_file()) continue;
      SCOPED_TRACE(entry.path().string());
      ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(entry.path().string()));
      ++num_files;
      for (const auto& read : {ReadStream(bytes), ReadFile(bytes)}) {
        if (!read.ok()) ExpectLocated(read.status());
      }
    }
  }
  EXPECT_GT(num_files, 100);
}

}  // namespace
}  // namespace planish
