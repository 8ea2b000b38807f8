// SPDX-License-Identifier: Apache-2.0
#include "dataset/glob.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dataset/path.h"

namespace planish {
namespace {

/// Stands for a byte that is not UTF-8, above all characters.
constexpr char32_t kStrayByte = 0x110000;

size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xF0 && lead < 0xF8) return 4;
  if (lead >= 0xE0) return lead < 0xF0 ? 3 : 0;
  return lead >= 0xC0 ? 2 : 0;
}

std::u32string Characters(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = SequenceLength(lead);
    bool valid = length > 0 && i + length <= text.size();
    char32_t value = length == 1 ? lead : (lead & (0x7F >> length));
    for (size_t k = 1; valid && k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      valid = (next & 0xC0) == 0x80;
      value = (value << 6) | (next & 0x3F);
    }
    out += valid ? value : kStrayByte + lead;
    i += valid ? length : 1;
  }
  return out;
}

/// A bracket expression, and where it ends.
struct Bracket {
  bool matches = false;
  size_t end = 0;  ///< behind the "]"
};

/// `begin` is behind the "[". Nothing if there is no "]".
std::optional<Bracket> MatchBracket(const std::u32string& pattern, size_t begin,
                                    char32_t character) {
  size_t i = begin;
  const bool negated = i < pattern.size() && (pattern[i] == U'!' || pattern[i] == U'^');
  if (negated) ++i;
  bool found = false;
  // A "]" that comes first is one of the set.
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == U']' && !first) return Bracket{found != negated, i + 1};
    const char32_t low = pattern[i];
    const bool is_range =
        i + 2 < pattern.size() && pattern[i + 1] == U'-' && pattern[i + 2] != U']';
    const char32_t high = is_range ? pattern[i + 2] : low;
    found = found || (low <= character && character <= high);
    i += is_range ? 3 : 1;
  }
  return std::nullopt;
}

/// Whether the one-character element of `pattern` at `*p` matches; `*p` moves behind it.
bool MatchOne(const std::u32string& pattern, size_t* p, char32_t character) {
  const char32_t element = pattern[*p];
  if (element == U'[') {
    if (const auto bracket = MatchBracket(pattern, *p + 1, character)) {
      *p = bracket->end;
      return bracket->matches;
    }
  }
  ++*p;
  return element == U'?' || element == character;
}

}  // namespace

bool HasWildcard(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool MatchesGlob(std::string_view pattern_text, std::string_view name_text) {
  const std::u32string pattern = Characters(pattern_text);
  const std::u32string name = Characters(name_text);
  size_t p = 0, n = 0;
  // Only the last star ever needs to take more: those before it have matched their
  // shortest.
  std::optional<size_t> star;
  size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == U'*') {
      star = ++p;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && MatchOne(pattern, &p, name[n])) {
      ++n;
      continue;
    }
    if (!star) return false;
    p = *star;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == U'*') ++p;
  return p == pattern.size();
}

bool MatchesGlobPath(const std::vector<std::string>& pattern,
                     std::span<const std::string_view> path) {
  size_t p = 0, n = 0;
  // As above, with "**" for the star.
  std::optional<size_t> star;
  size_t star_path = 0;
  while (n < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = ++p;
      star_path = n;
    } else if (p < pattern.size() && MatchesGlob(pattern[p], path[n])) {
      ++p;
      ++n;
    } else if (star) {
      p = *star;
      n = ++star_path;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

bool NamesItsMatches(std::string_view pattern) {
  const std::string_view name = BaseName(pattern);
  const size_t wildcard = name.find_last_of("*?[]");
  if (wildcard == std::string_view::npos) return true;
  const size_t dot = name.find('.', wildcard);
  return dot != std::string_view::npos && dot + 1 < name.size();
}

}  // namespace planish
