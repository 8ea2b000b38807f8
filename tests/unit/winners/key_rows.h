// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "arrow/status.h"
#include "base/hashing.h"
#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "keys/key_batch.h"
#include "support/arrow_assertions.h"
#include "winners/record_store.h"
#include "winners/winner_finder.h"

/// \file
/// Rows to decide, the store and finder run on them, and the plain answer.

namespace planish {

struct KeyRow {
  KeyBatch::Words words;
  std::string key;    ///< kBytes only
  std::string order;  ///< of stores with payloads
  bool unmatchable = false;
  int64_t ordinal = 0;
};

/// How rows are put into a store and decided.
struct Setting {
  KeyForm form = KeyForm::kInline;
  bool has_order = false;
  KeepPolicy keep = KeepPolicy::kFirst;
  int partitions = 4;
  int threads = 1;
  int64_t batch_rows = 100;
  const RowBitmap* only = nullptr;
  ScratchDirectory* scratch = nullptr;

  bool has_payload() const { return has_order || form == KeyForm::kBytes; }
};

inline KeyBatch ToBatch(const std::vector<KeyRow>& rows, size_t begin, size_t end,
                        bool has_payload) {
  KeyBatch batch;
  batch.num_rows = static_cast<int64_t>(end - begin);
  batch.has_payload = has_payload;
  if (has_payload) batch.payload_offsets.push_back(0);
  for (size_t i = begin; i < end; ++i) {
    const KeyRow& row = rows[i];
    batch.words.push_back(row.words);
    if (row.unmatchable) batch.unmatchable.resize(end - begin);
    if (row.unmatchable) batch.unmatchable[i - begin] = 1;
    if (!has_payload) continue;
    batch.payload.insert(batch.payload.end(), row.key.begin(), row.key.end());
    batch.payload.insert(batch.payload.end(), row.order.begin(), row.order.end());
    batch.payload_offsets.push_back(batch.payload.size());
    batch.key_lengths.push_back(static_cast<uint32_t>(row.key.size()));
  }
  return batch;
}

/// Appends runs of rows with consecutive ordinals, every `threads`-th by one of as many
/// threads.
inline arrow::Status AppendRows(const std::vector<KeyRow>& rows, const Setting& setting,
                                RecordStore* store) {
  std::vector<std::pair<size_t, size_t>> runs;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && end - begin < static_cast<size_t>(setting.batch_rows) &&
           rows[end].ordinal == rows[end - 1].ordinal + 1) {
      ++end;
    }
    runs.emplace_back(begin, end);
    begin = end;
  }
  std::vector<arrow::Status> outcomes(static_cast<size_t>(setting.threads));
  const auto work = [&](size_t thread) -> arrow::Status {
    auto appender = store->NewAppender();
    for (size_t r = thread; r < runs.size(); r += outcomes.size()) {
      const KeyBatch batch =
          ToBatch(rows, runs[r].first, runs[r].second, setting.has_payload());
      ARROW_RETURN_NOT_OK(
          appender->Append(batch, rows[runs[r].first].ordinal, setting.only));
    }
    return appender->Finish();
  };
  std::vector<std::thread> threads;
  for (size_t t = 0; t < outcomes.size(); ++t) {
    threads.emplace_back([&, t] { outcomes[t] = work(t); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& outcome : outcomes) ARROW_RETURN_NOT_OK(outcome);
  return arrow::Status::OK();
}

/// One more than the largest ordinal.
inline int64_t OrdinalEnd(const std::vector<KeyRow>& rows) {
  int64_t end = 0;
  for (const KeyRow& row : rows) end = std::max(end, row.ordinal + 1);
  return end;
}

inline std::vector<int64_t> RowsOf(const RowBitmap& bitmap) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < bitmap.num_rows(); ++row) {
    if (bitmap.Contains(row)) rows.push_back(row);
  }
  return rows;
}

/// What `setting` makes of the rows: losers in ascending order.
inline arrow::Result<std::vector<int64_t>> FindLosers(const std::vector<KeyRow>& rows,
                                                      const Setting& setting,
                                                      MemoryBudget* budget) {
  ARROW_ASSIGN_OR_RAISE(
      auto store, RecordStore::Make(setting.partitions, setting.has_payload(), budget, 0,
                                    setting.scratch));
  ARROW_RETURN_NOT_OK(AppendRows(rows, setting, store.get()));
  RowBitmap losers(OrdinalEnd(rows));
  WinnerFinder finder(store.get(), setting.form, setting.keep, budget);
  std::vector<arrow::Status> outcomes(static_cast<size_t>(setting.threads));
  std::vector<std::thread> threads;
  for (int t = 0; t < setting.threads; ++t) {
    threads.emplace_back([&, t] {
      for (int p = t; p < setting.partitions; p += setting.threads) {
        outcomes[static_cast<size_t>(t)] &= finder.Decide(p, &losers);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& outcome : outcomes) ARROW_RETURN_NOT_OK(outcome);
  return RowsOf(losers);
}

inline arrow::Result<std::vector<KeyGroup>> FindGroups(const std::vector<KeyRow>& rows,
                                                       const Setting& setting,
                                                       MemoryBudget* budget) {
  ARROW_ASSIGN_OR_RAISE(
      auto store, RecordStore::Make(setting.partitions, setting.has_payload(), budget, 0,
                                    setting.scratch));
  ARROW_RETURN_NOT_OK(AppendRows(rows, setting, store.get()));
  WinnerFinder finder(store.get(), setting.form, setting.keep, budget);
  std::vector<KeyGroup> groups;
  for (int p = 0; p < setting.partitions; ++p) {
    ARROW_RETURN_NOT_OK(finder.CollectGroups(p, &groups));
  }
  std::sort(groups.begin(), groups.end(), [](const KeyGroup& a, const KeyGroup& b) {
    return a.first_row < b.first_row;
  });
  return groups;
}

/// Rows by key, each key's rows in the total order: the definition, spelled out.
inline std::vector<std::vector<const KeyRow*>> GroupPlainly(
    const std::vector<KeyRow>& rows, const Setting& setting) {
  const auto key = [&](const KeyRow* row) {
    return std::tuple(row->words.low, row->words.high,
                      setting.form == KeyForm::kBytes ? std::string_view(row->key)
                                                      : std::string_view());
  };
  const auto rank = [&](const KeyRow* row) {
    return std::pair(
        setting.has_order ? std::string_view(row->order) : std::string_view(),
        row->ordinal);
  };
  std::vector<const KeyRow*> sorted;
  for (const KeyRow& row : rows) {
    if (row.unmatchable) continue;
    if (setting.only != nullptr && !setting.only->Contains(row.ordinal)) continue;
    sorted.push_back(&row);
  }
  std::sort(sorted.begin(), sorted.end(), [&](const KeyRow* a, const KeyRow* b) {
    return std::pair(key(a), rank(a)) < std::pair(key(b), rank(b));
  });
  std::vector<std::vector<const KeyRow*>> groups;
  for (const KeyRow* row : sorted) {
    if (groups.empty() || key(groups.back().front()) != key(row)) groups.emplace_back();
    groups.back().push_back(row);
  }
  return groups;
}

inline std::vector<int64_t> LosersPlainly(const std::vector<KeyRow>& rows,
                                          const Setting& setting) {
  std::vector<int64_t> losers;
  for (const auto& group : GroupPlainly(rows, setting)) {
    for (const KeyRow* row : group) {
      const KeyRow* kept = setting.keep == KeepPolicy::kFirst  ? group.front()
                           : setting.keep == KeepPolicy::kLast ? group.back()
                           : group.size() == 1                 ? group.front()
                                                               : nullptr;
      if (row != kept) losers.push_back(row->ordinal);
    }
  }
  std::sort(losers.begin(), losers.end());
  return losers;
}

/// Rows 0 to n - 1 with keys and order values drawn from few.
inline std::vector<KeyRow> RandomRows(int64_t num_rows, int num_keys, bool has_order,
                                      KeyForm form, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<KeyRow> rows(static_cast<size_t>(num_rows));
  for (int64_t i = 0; i < num_rows; ++i) {
    KeyRow& row = rows[static_cast<size_t>(i)];
    row.ordinal = i;
    const uint64_t key = random() % static_cast<uint64_t>(num_keys);
    row.words = {key / 3, key % 3};
    if (form == KeyForm::kBytes) {
      row.key = std::string(key % 7, 'k') + std::to_string(key);
      const Digest digest = HashBytes(row.key.data(), row.key.size());
      row.words = {digest.low, digest.high};
    }
    // Prefixes of each other, bytes above 127, and ties.
    const size_t length = random() % 3;
    if (has_order) {
      for (size_t at = 0; at < length; ++at) {
        row.order += static_cast<char>(random() % 2 * 200);
      }
    }
    row.unmatchable = random() % 50 == 0;
  }
  return rows;
}

/// Keeps so many bits of hashes while it lives.
class NarrowHashes {
 public:
  explicit NarrowHashes(int bits) { NarrowHashesForTesting(bits); }
  ~NarrowHashes() { NarrowHashesForTesting(64); }
  NarrowHashes(const NarrowHashes&) = delete;
  NarrowHashes& operator=(const NarrowHashes&) = delete;
};

}  // namespace planish
