// SPDX-License-Identifier: Apache-2.0
#include "planish/quantities.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error_builder.h"

namespace planish {
namespace {

struct Unit {
  std::string_view name;  // in lower case
  int64_t bytes;
};

constexpr std::array<Unit, 14> kUnits = {{{"", 1},
                                          {"b", 1},
                                          {"k", 1'000},
                                          {"m", 1'000'000},
                                          {"g", 1'000'000'000},
                                          {"t", 1'000'000'000'000},
                                          {"kb", 1'000},
                                          {"mb", 1'000'000},
                                          {"gb", 1'000'000'000},
                                          {"tb", 1'000'000'000'000},
                                          {"kib", int64_t{1} << 10},
                                          {"mib", int64_t{1} << 20},
                                          {"gib", int64_t{1} << 30},
                                          {"tib", int64_t{1} << 40}}};

/// Unlike printf, not subject to the process's locale.
std::string Fixed(double value, int digits) {
  char text[64];
  auto end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, digits);
  return std::string(text, end.ptr);
}

std::string TwoDigits(int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Digits with an optional fraction, read so that whole numbers stay exact.
struct Decimal {
  int64_t whole = 0;
  double fraction = 0;
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a number off the front of `text`; false if there is none or it does not fit.
bool TakeDecimal(std::string_view* text, Decimal* out) {
  if (text->empty() || !IsDigit(text->front())) return false;
  const char* end = text->data() + text->size();
  auto [next, error] = std::from_chars(text->data(), end, out->whole);
  if (error != std::errc()) return false;
  if (next != end && *next == '.') {
    const char* first_digit = ++next;
    for (double place = 0.1; next != end && IsDigit(*next); ++next, place /= 10) {
      out->fraction += (*next - '0') * place;
    }
    if (next == first_digit) return false;
  }
  text->remove_prefix(static_cast<size_t>(next - text->data()));
  return true;
}

arrow::Status NotAByteSize(std::string_view text, int64_t whole) {
  Error error(ErrorKind::kInvalidOption, "not a size in bytes: " + std::string(text));
  error.Fact("allowed",
             "a positive number, then nothing or B, kB, MB, GB, TB (or k, M, G, T), KiB, "
             "MiB, GiB, TiB");
  if (whole > 0) error.Fact("or", "more than 0% and at most 100%");
  return error.Hint("write it like 500MB, 2G or 1.5GiB");
}

}  // namespace

arrow::Result<int64_t> ParseByteSize(std::string_view text, int64_t whole) {
  std::string_view rest = Trim(text);
  Decimal number;
  if (!TakeDecimal(&rest, &number)) return NotAByteSize(text, whole);
  const std::string name = Lower(Trim(rest));
  int64_t bytes = 0;
  if (name == "%") {
    const double share = (static_cast<double>(number.whole) + number.fraction) / 100;
    if (whole > 0 && share <= 1) {
      bytes = static_cast<int64_t>(share * static_cast<double>(whole));
    }
  }
  for (const Unit& unit : kUnits) {
    if (name != unit.name) continue;
    if (number.whole >= std::numeric_limits<int64_t>::max() / unit.bytes) break;
    const double fraction = number.fraction * static_cast<double>(unit.bytes);
    // Decimal fractions fall short of their binary neighbours by less than this.
    bytes = number.whole * unit.bytes + static_cast<int64_t>(fraction + 1e-3);
  }
  if (bytes <= 0) return NotAByteSize(text, whole);
  return bytes;
}

std::string FormatByteSize(int64_t bytes) {
  static constexpr std::array<const char*, 7> kNames = {"B",  "kB", "MB", "GB",
                                                        "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  if (std::abs(value) < 1000) return std::to_string(bytes) + " B";
  size_t unit = 0;
  // 999.5 and more would be written with four digits.
  while (std::abs(value) >= 999.5 && unit + 1 < kNames.size()) {
    value /= 1000;
    ++unit;
  }
  const double size = std::abs(value);
  const int digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return Fixed(value, digits) + " " + kNames[unit];
}

std::string FormatCount(int64_t count) {
  std::string text = std::to_string(count);
  const size_t first_digit = count < 0 ? 1 : 0;
  for (size_t i = text.size(); i > first_digit + 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string FormatSeconds(double seconds) {
  if (seconds < 9.995) return Fixed(seconds, 2) + " s";
  if (seconds < 59.95) return Fixed(seconds, 1) + " s";
  const int64_t whole = std::llround(seconds);
  if (whole < 3600) {
    return std::to_string(whole / 60) + " min " + TwoDigits(whole % 60) + " s";
  }
  const int64_t minutes = std::llround(seconds / 60);
  return std::to_string(minutes / 60) + " h " + TwoDigits(minutes % 60) + " min";
}

}  // namespace planish
