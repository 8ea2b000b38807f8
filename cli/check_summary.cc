// SPDX-License-Identifier: Apache-2.0
#include "cli/check_summary.h"

#include <algorithm>
#include <vector>

#include "cli/dedup_summary.h"
#include "cli/terminal.h"
#include "cli/text_table.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

using Align = TextTable::Align;
constexpr int kWidestKey = 40, kWidestOfManyKeys = 20;
// Exact duplicates of a wide table have as many key columns as it has; a line has not.
constexpr size_t kShownKeyColumns = 8;

std::string WorstKeys(const CheckResult& result) {
  const size_t shown = std::min(result.key.size(), kShownKeyColumns);
  const int widest = shown > 3 ? kWidestOfManyKeys : kWidestKey;
  std::vector<Align> columns(shown, Align::kLeft);
  columns.insert(columns.end(), {Align::kRight, Align::kLeft});
  TextTable table(columns);
  std::vector<std::string> heading;
  for (size_t i = 0; i < shown; ++i) {
    heading.push_back(Shortened(Printable(result.key[i]), widest));
  }
  heading.insert(heading.end(), {"rows", "first seen at"});
  table.Add(heading);
  for (const DuplicatedKey& duplicated : result.worst) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < shown; ++i) {
      cells.push_back(Shortened(Printable(duplicated.values[i]), widest));
    }
    cells.push_back(FormatCount(duplicated.rows));
    cells.push_back(Printable(duplicated.first_file) + ":" +
                    std::to_string(duplicated.first_row));
    table.Add(cells);
  }
  std::string out = table.ToString(2);
  const auto hidden_columns = static_cast<int64_t>(result.key.size() - shown);
  const int64_t hidden_keys =
      result.duplicated_keys - static_cast<int64_t>(result.worst.size());
  if (hidden_keys > 0) {
    out += "  and " + FormatCount(hidden_keys) +
           (hidden_keys == 1 ? " more key\n" : " more keys\n");
  }
  if (hidden_columns > 0) {
    out += "  and " + FormatCount(hidden_columns) +
           " more columns of the key (--json shows all)\n";
  }
  return out;
}

}  // namespace

std::string CheckSummary(const CheckResult& result) {
  const Report& report = result.report;
  const std::string rows = FormatCount(report.rows_kept + report.rows_dropped) + " rows";
  if (result.duplicated_keys == 0) {
    return "no duplicates in " + rows + "\n\n" + RunSummary(result.report) +
           SkippedSummary(result.report);
  }
  std::string out = FormatCount(result.duplicated_keys) +
                    (result.duplicated_keys == 1 ? " key has " : " keys have ") +
                    "more than one row: " + FormatCount(result.surplus_rows) + " of " +
                    rows + " are surplus\n";
  if (!result.worst.empty()) out += "\n" + WorstKeys(result);
  return out + "\n" + RunSummary(result.report) + SkippedSummary(result.report);
}

}  // namespace planish::cli
