// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "arrow/type_traits.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

std::string NameOf(std::string order) {
  if (order.starts_with('-')) order.erase(0, 1);
  return order.ends_with(" desc") ? order.substr(0, order.size() - 5) : order;
}

/// Whether a file may lack a column that is compared, or a field of its structs.
bool ComparesWhatIsMissing(const DedupCase& one) {
  std::vector<std::string> names = one.options().key;
  if (names.empty()) return true;
  for (const std::string& order : one.options().order_by) names.push_back(NameOf(order));
  for (const std::string& name : names) {
    if (std::ranges::count(one.dataset().hive_columns, name) > 0) continue;
    for (const RandomFile& file : one.dataset().files) {
      const auto field = file.table->schema()->GetFieldByName(name);
      if (field == nullptr || arrow::is_nested(field->type()->id())) return true;
    }
  }
  return false;
}

class EnginesAgreeTest : public testing::TestWithParam<int> {
 protected:
  static void Try(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    ASSERT_OK_AND_ASSIGN(const TablesByPath expected, one->Expected());
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      SCOPED_TRACE(engine == Engine::kAuto ? "engine auto" : "engine reference");
      DedupOptions options =
          one->WithOutput(engine == Engine::kAuto ? "auto" : "reference");
      options.engine = engine;
      // What is not compared may be missing, whatever that means.
      if (seed % 2 == 0 && !ComparesWhatIsMissing(*one)) {
        options.dataset.missing_columns = MissingColumns::kError;
      }
      ASSERT_OK(Dedup(options, one->RandomContext()));
      ASSERT_OK_AND_ASSIGN(const TablesByPath actual, ReadTables(options.output));
      ASSERT_TRUE(SameTables(expected, actual));
    }
  }
};

TEST_P(EnginesAgreeTest, BothKeepTheRowsThatWinNaively) {
  const int iterations = PropertyIterations(2000);
  for (int i = 0; i < iterations && !HasFatalFailure(); ++i)
    Try(PropertySeed(GetParam(), i));
}

INSTANTIATE_TEST_SUITE_P(Shard, EnginesAgreeTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
