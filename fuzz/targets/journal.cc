// SPDX-License-Identifier: Apache-2.0
// The journal of a transaction, as recovery reads it. A fuzzer does not find checksums,
// so bytes that do not begin as a journal does are taken for the body of one.
#include "publish/journal.h"

#include <cinttypes>
#include <cstdio>
#include <string>

#include "base/hashing.h"
#include "fuzz_target.h"

namespace {

std::string AsJournal(std::string_view bytes) {
  if (bytes.starts_with("planish-journal ")) return std::string(bytes);
  const std::string text = "planish-journal 1\n" + std::string(bytes) + "\n";
  char checksum[17] = {};
  std::snprintf(checksum, sizeof(checksum), "%016" PRIx64,
                planish::Checksum(text.data(), text.size()));
  return text + "xxh3 " + checksum + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using planish::fuzz::Require;
  const std::string text = AsJournal(planish::fuzz::Bytes(data, size));
  const auto journal = planish::Journal::Parse(text, "journal");
  if (!journal.ok()) return 0;
  Require(journal->id.find('/') == std::string::npos && journal->id != "..",
          "a transaction's directory lies where transactions lie");
  for (const planish::JournalEntry& entry : journal->entries) {
    Require(!entry.path.empty() && entry.path.front() != '/', "paths are relative");
    const std::string walled = "/" + entry.path + "/";
    Require(walled.find("/../") == std::string::npos, "paths do not lead out");
    Require(walled.rfind("/.planish/", 0) != 0,
            "paths do not lead to planish's own files");
  }
  const auto again = planish::Journal::Parse(journal->ToText(), "journal");
  Require(again.ok(), "a journal that is written can be read");
  Require(again->entries.size() == journal->entries.size(), "and says the same");
  return 0;
}
