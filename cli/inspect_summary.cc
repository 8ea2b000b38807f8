// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_summary.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "cli/terminal.h"
#include "cli/text_table.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

using Align = TextTable::Align;
constexpr size_t kShownColumns = 40;
constexpr int kWidestName = 48;
constexpr int kWidestCell = 26;

/// "snappy", or "snappy 12, zstd 3" if there are several.
std::string Kinds(const std::map<std::string, int64_t>& counts) {
  std::string out;
  for (const auto& [kind, count] : counts) {
    if (!out.empty()) out += ", ";
    out += counts.size() > 1 ? kind + " " + FormatCount(count) : kind;
  }
  return out;
}

std::string Share(int64_t part, int64_t whole) {
  if (whole == 0 || part == 0) return "-";
  if (part == whole) return "all";
  return FormatCount(part) + " of " + FormatCount(whole);
}

std::string RowGroups(const InspectResult& result) {
  std::string out = FormatCount(result.row_groups);
  if (result.row_groups == 0) return out;
  out += " of " + FormatCount(result.min_row_group_rows);
  if (result.min_row_group_rows != result.max_row_group_rows) {
    out += " to " + FormatCount(result.max_row_group_rows);
  }
  return out + " rows";
}

std::string Totals(const InspectResult& result) {
  std::map<std::string, int64_t> codecs;
  int64_t compressed = 0, uncompressed = 0;
  for (const InspectedColumn& column : result.columns) {
    for (const auto& [codec, chunks] : column.codecs) codecs[codec] += chunks;
    compressed += column.compressed_bytes;
    uncompressed += column.uncompressed_bytes;
  }
  TextTable table({Align::kLeft, Align::kLeft});
  table.Add({"files", FormatCount(result.files) + ", " + FormatByteSize(result.bytes)});
  if (result.other_files > 0) {
    table.Add({"other files", FormatCount(result.other_files) + ", not data"});
  }
  if (result.partitions > 0) table.Add({"partitions", FormatCount(result.partitions)});
  table.Add({"rows", FormatCount(result.rows)});
  table.Add({"row groups", RowGroups(result)});
  table.Add({"data", FormatByteSize(compressed) + " compressed, " +
                         FormatByteSize(uncompressed) + " uncompressed"});
  if (!codecs.empty()) table.Add({"codecs", Kinds(codecs)});
  for (const std::string& writer : result.created_by) {
    table.Add({"written by", writer.empty() ? "(not said)" : Printable(writer)});
  }
  return table.ToString();
}

std::string SizeHistogram(const std::vector<FileSizeBucket>& buckets) {
  TextTable table({Align::kLeft, Align::kRight, Align::kRight});
  table.Add({"file size", "files", "bytes"});
  std::string previous;
  for (const FileSizeBucket& bucket : buckets) {
    const std::string limit =
        bucket.below_bytes < 0 ? "" : FormatByteSize(bucket.below_bytes);
    const std::string range = limit.empty() ? previous + " and more" : "below " + limit;
    previous = limit;
    if (bucket.files > 0) {
      table.Add({range, FormatCount(bucket.files), FormatByteSize(bucket.bytes)});
    }
  }
  return table.ToString();
}

/// The types that files have a column in, where no type holds the values of all.
std::string Disagreement(const TypeDisagreement& disagreement) {
  TextTable table({Align::kLeft, Align::kRight, Align::kLeft});
  table.Add({"type", "files", "such as"});
  for (const TypeInFiles& type : disagreement.types) {
    table.Add({Printable(type.type), FormatCount(type.files), Printable(type.file)});
  }
  return "\nfiles disagree on the type of " + Printable(disagreement.column) + ":\n" +
         table.ToString();
}

std::string Unreadable(const std::vector<SkippedChunk>& files) {
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft});
  table.Add({"file", "kind", "cause"});
  for (const SkippedChunk& file : files) {
    table.Add({Printable(file.file), ErrorKindName(file.kind), Printable(file.cause)});
  }
  return "\nfiles that cannot be read, and are not counted above:\n" + table.ToString();
}

/// One line a column. What is the same, or nothing, for every column gets no place.
class ColumnTable {
 public:
  ColumnTable(const std::vector<InspectedColumn>& columns, int widest) : widest_(widest) {
    for (const InspectedColumn& column : columns) {
      any_bloom_filter_ |= column.chunks_with_bloom_filter > 0;
      any_page_index_ |= column.chunks_with_page_index > 0;
      codecs_differ_ |= Kinds(column.codecs) != Kinds(columns[0].codecs) && !column.hive;
    }
    std::vector<std::string> heading = {"column", "type", "bytes",      "nulls",
                                        "min",    "max",  "statistics", "encoding"};
    if (codecs_differ_) heading.push_back("codec");
    if (any_bloom_filter_) heading.push_back("bloom filter");
    if (any_page_index_) heading.push_back("page index");
    table_.Add(heading);
  }

  void Add(const InspectedColumn& column) {
    const std::string nulls =
        column.null_count < 0 ? "?" : FormatCount(column.null_count);
    std::vector<std::string> cells = {Name(column.name), Cell(column.type), "hive", nulls,
                                      Value(column.min), Value(column.max)};
    if (!column.hive) {
      cells[2] = FormatByteSize(column.compressed_bytes);
      cells.push_back(Share(column.chunks_with_statistics, column.chunks));
      cells.push_back(Kinds(column.encodings));
      if (codecs_differ_) cells.push_back(Kinds(column.codecs));
      if (any_bloom_filter_) {
        cells.push_back(Share(column.chunks_with_bloom_filter, column.chunks));
      }
      if (any_page_index_) {
        cells.push_back(Share(column.chunks_with_page_index, column.chunks));
      }
    }
    table_.Add(std::move(cells));
  }

  std::string ToString() const { return table_.ToString(); }

 private:
  std::string Name(const std::string& text) const {
    return Shortened(Printable(text), std::max(widest_, kWidestName));
  }
  std::string Cell(const std::string& text) const {
    return Shortened(Printable(text), widest_);
  }
  std::string Value(const std::optional<std::string>& value) const {
    return value ? Cell(*value) : "?";
  }

  const int widest_;
  bool codecs_differ_ = false, any_bloom_filter_ = false, any_page_index_ = false;
  TextTable table_{{Align::kLeft, Align::kLeft, Align::kRight, Align::kRight,
                    Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft,
                    Align::kLeft, Align::kLeft}};
};

}  // namespace

std::string InspectSummary(const InspectResult& result, bool all_columns) {
  const size_t total = result.columns.size();
  const size_t shown = all_columns ? total : std::min(total, kShownColumns);
  ColumnTable table(result.columns,
                    all_columns ? std::numeric_limits<int>::max() : kWidestCell);
  for (size_t i = 0; i < shown; ++i) table.Add(result.columns[i]);
  std::string out = Totals(result);
  if (!result.unfinished.empty()) {
    out += "unfinished: " + Printable(result.unfinished) + "\n";
  }
  out += "\n" + SizeHistogram(result.size_histogram) + "\n" + table.ToString();
  if (shown < total) {
    out += "and " + FormatCount(static_cast<int64_t>(total - shown)) +
           " more columns (--all-columns shows them)\n";
  }
  if (!result.unreadable.empty()) out += Unreadable(result.unreadable);
  for (const TypeDisagreement& disagreement : result.disagreements) {
    out += Disagreement(disagreement);
  }
  return out;
}

}  // namespace planish::cli
