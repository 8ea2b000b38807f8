// SPDX-License-Identifier: Apache-2.0
#include "publish/journal.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "base/hashing.h"
#include "planish/version.h"
#include "publish/escaped_path.h"
#include "publish/staged_files.h"
#include "publish/stored_numbers.h"

namespace planish {
namespace {

constexpr char kHeading[] = "planish-journal ";
constexpr char kChecksumLabel[] = "xxh3 ";
constexpr int64_t kChecksumBlock = int64_t{1} << 20;

const char* NameOf(JournalEntry::Action action) {
  if (action == JournalEntry::Action::kReplace) return "replace";
  return action == JournalEntry::Action::kAdd ? "add" : "remove";
}

nlohmann::json ToJson(const JournalEntry& entry) {
  nlohmann::json json = {{"action", NameOf(entry.action)},
                         {"path", EscapePath(entry.path)}};
  if (entry.action != JournalEntry::Action::kRemove) {
    json["size"] = entry.size;
    json["xxh3"] = Hexadecimal(entry.checksum);
  }
  if (entry.action != JournalEntry::Action::kAdd) {
    json["old"] = {{"size", entry.old.size},
                   {"modified_ns", entry.old.modified_nanoseconds},
                   {"inode", entry.old.inode}};
  }
  return json;
}

/// False if it is not what ToJson makes.
bool FromJson(const nlohmann::json& json, JournalEntry* entry) {
  const std::string action = json.at("action").get<std::string>();
  if (action == "replace") {
    entry->action = JournalEntry::Action::kReplace;
  } else if (action == "add") {
    entry->action = JournalEntry::Action::kAdd;
  } else if (action == "remove") {
    entry->action = JournalEntry::Action::kRemove;
  } else {
    return false;
  }
  if (!UnescapePath(json.at("path").get<std::string>(), &entry->path) ||
      !StaysInside(entry->path)) {
    return false;
  }
  if (entry->action != JournalEntry::Action::kRemove) {
    entry->size = WholeNumber<int64_t>(json.at("size"));
    entry->checksum = ReadHexadecimal(json.at("xxh3"));
  }
  if (entry->action != JournalEntry::Action::kAdd) {
    const nlohmann::json& old = json.at("old");
    entry->old = {WholeNumber<int64_t>(old.at("size")),
                  WholeNumber<int64_t>(old.at("modified_ns")),
                  WholeNumber<uint64_t>(old.at("inode"))};
  }
  return true;
}

Error Unusable(const std::string& path, const std::string& what) {
  return Error(ErrorKind::kUnfinished, what)
      .File(path)
      .Hint(
          "nothing was changed; copy the dataset with its .planish directory before you "
          "do anything about it");
}

/// Takes entries out of a journal as they are parsed, and lets nothing come into memory
/// that a journal does not have: a number of two bytes would be one of thirty there.
class EntryFilter {
 public:
  explicit EntryFilter(Journal* journal) : journal_(journal) {}

  /// As nlohmann::json::parser_callback_t: whether to keep what was parsed.
  bool operator()(int depth, nlohmann::json::parse_event_t event,
                  nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::key) {
      const std::string& key = parsed.get_ref<const std::string&>();
      if (depth == 1) in_entries_ = key == "entries";
      return std::ranges::find(kKeys, key) != std::end(kKeys);
    }
    // The one array is that of the entries, at the first level.
    if (event == Event::array_start) return depth == 1 && in_entries_;
    if (event == Event::value) return depth != 2 || !in_entries_;
    if (event == Event::object_start) return depth < 4;
    if (event != Event::object_end || depth != 2 || !in_entries_) return true;
    valid_ = valid_ && FromJson(parsed, &journal_->entries.emplace_back());
    return false;
  }

  bool valid() const { return valid_; }

 private:
  static constexpr std::string_view kKeys[] = {
      "id",   "created", "entries", "action",      "path",
      "size", "xxh3",    "old",     "modified_ns", "inode"};

  Journal* const journal_;
  bool in_entries_ = false;
  bool valid_ = true;
};

bool ParseBody(std::string_view body, Journal* journal) {
  // The library's parser tells errors by exceptions.
  try {
    EntryFilter filter(journal);
    const nlohmann::json json =
        nlohmann::json::parse(body.begin(), body.end(), std::ref(filter));
    journal->id = json.at("id").get<std::string>();
    journal->created = json.at("created").get<std::string>();
    if (!filter.valid() || !json.at("entries").is_array()) return false;
  } catch (const std::exception&) {
    return false;
  }
  return StaysInside(journal->id) && journal->id.find('/') == std::string::npos;
}

}  // namespace

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[32] = {};
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string Journal::ToText() const {
  nlohmann::json list = nlohmann::json::array();
  for (const JournalEntry& entry : entries) list.push_back(ToJson(entry));
  const nlohmann::json json = {
      {"id", id}, {"created", created}, {"planish", Version()}, {"entries", list}};
  const std::string text =
      kHeading + std::to_string(kVersion) + "\n" + json.dump(1) + "\n";
  return text + kChecksumLabel + Hexadecimal(Checksum(text.data(), text.size())) + "\n";
}

arrow::Result<Journal> Journal::Parse(const std::string& text, const std::string& path) {
  const std::string heading = kHeading;
  const size_t body = text.find('\n');
  if (text.rfind(heading, 0) != 0 || body == std::string::npos) {
    return Unusable(path, "journal of an unfinished publish is damaged");
  }
  const std::string version = text.substr(heading.size(), body - heading.size());
  if (version != std::to_string(kVersion)) {
    return Unusable(path, "journal of an unfinished publish has version " + version)
        .Fact("this planish knows", std::to_string(kVersion))
        .Hint("run recover of the planish that wrote it; nothing was changed");
  }
  const std::string label = std::string("\n") + kChecksumLabel;
  const size_t end = text.rfind(label);
  Journal journal;
  if (end == std::string::npos || end < body ||
      text.substr(end + label.size()) !=
          Hexadecimal(Checksum(text.data(), end + 1)) + "\n" ||
      !ParseBody(std::string_view(text).substr(body + 1, end - body), &journal)) {
    return Unusable(path, "journal of an unfinished publish is damaged");
  }
  return journal;
}

arrow::Result<uint64_t> FileChecksum(FileSystem* fs, const std::string& path,
                                     const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const auto file, fs->OpenInput(path));
  std::string block(static_cast<size_t>(std::min(kChecksumBlock, file->size() + 1)), 0);
  // XXH3 of each block in turn, with what came before in front.
  uint64_t sums[2] = {0, 0};
  for (int64_t offset = 0; offset < file->size(); offset += kChecksumBlock) {
    if (proceed) ARROW_RETURN_NOT_OK(proceed());
    const int64_t length = std::min(kChecksumBlock, file->size() - offset);
    ARROW_RETURN_NOT_OK(file->ReadAt(offset, length, block.data()));
    sums[1] = Checksum(block.data(), static_cast<size_t>(length));
    sums[0] = Checksum(sums, sizeof(sums));
  }
  return sums[0];
}

std::string TransactionsDirectory(const std::string& dataset) {
  return dataset + "/.planish";
}

std::string JournalPath(const std::string& dataset) {
  return TransactionsDirectory(dataset) + "/journal";
}

std::string StagingPath(const std::string& dataset, const std::string& id) {
  return TransactionsDirectory(dataset) + "/" + id;
}

std::string StagedPath(const std::string& dataset, const std::string& id,
                       const std::string& path) {
  return StagingPath(dataset, id) + "/" + StagedName(path, kStagedSuffix);
}

}  // namespace planish
