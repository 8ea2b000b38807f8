// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "property/damage_judge.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

/// Malformed files that others collected: each is a dataset of its own.
class DamagedCorpusTest : public testing::TestWithParam<const char*> {};

TEST_P(DamagedCorpusTest, GivesAnErrorANamedSkipOrTheRightRows) {
  const stdfs::path corpus = stdfs::path("/usr/share/apache") / GetParam();
  if (!stdfs::exists(corpus)) GTEST_SKIP() << corpus << " is not installed";
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::recursive_directory_iterator(corpus)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const stdfs::path& file : files) {
    SCOPED_TRACE(file.string());
    const TempDir directory;
    stdfs::create_directories(directory / "in");
    stdfs::copy_file(file, directory / "in/bad.parquet");
    for (const OnError on_error : {OnError::kSkip, OnError::kFail}) {
      for (const bool keyed : {false, true}) {
        DedupOptions options;
        options.dataset.inputs = {directory / "in"};
        options.output = directory / "out";
        options.on_error = on_error;
        if (keyed) {
          const std::string column = FirstColumn(directory / "in/bad.parquet");
          if (column.empty()) continue;
          options.key = {column};
        }
        JudgeRun(options, DedupCase::PlainContext());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, DamagedCorpusTest,
                         testing::Values("parquet-testing/bad_data",
                                         "arrow-testing/parquet/fuzzing",
                                         "arrow-testing/parquet/encoding-fuzzing"));

/// Good files, damaged at random.
class DamagedFileTest : public testing::TestWithParam<int> {
 protected:
  static void TryBoth(uint64_t seed, bool truncate) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    ASSERT_OK_AND_ASSIGN(const auto files, ListDataset(one->source()));
    const std::string path =
        files[static_cast<size_t>(one->random()->Below(static_cast<int>(files.size())))]
            .path;
    ASSERT_OK_AND_ASSIGN(std::string bytes, ReadFileBytes(path));
    const auto size = static_cast<int>(bytes.size());
    std::string what;
    if (truncate) {
      bytes.resize(static_cast<size_t>(one->random()->Below(size)));
      what = "cut off at byte " + std::to_string(bytes.size());
    } else {
      for (int i = one->random()->Between(1, 3); i > 0; --i) {
        const int at = one->random()->Below(size);
        const int bits = one->random()->Between(1, 255);
        bytes[static_cast<size_t>(at)] ^= static_cast<char>(bits);
        what += " byte " + std::to_string(at) + " ^ " + std::to_string(bits);
      }
    }
    SCOPED_TRACE(path + ":" + what + " of " + std::to_string(size) + "\n" +
                 one->ToString());
    ASSERT_OK(WriteFileBytes(path, bytes));
    for (const OnError on_error : {OnError::kSkip, OnError::kFail}) {
      DedupOptions options = one->WithOutput("out");
      options.on_error = on_error;
      JudgeRun(options, one->RandomContext());
    }
  }
};

TEST_P(DamagedFileTest, ByteFlipsGiveAnErrorANamedSkipOrTheRightRows) {
  const int iterations = PropertyIterations(1000);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryBoth(PropertySeed(GetParam(), i), /*truncate=*/false);
  }
}

TEST_P(DamagedFileTest, TruncationGivesAnErrorANamedSkipOrTheRightRows) {
  const int iterations = PropertyIterations(1000) / 5;
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    TryBoth(PropertySeed(GetParam(), i), /*truncate=*/true);
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, DamagedFileTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
