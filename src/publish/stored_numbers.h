// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

/// \file
/// How numbers are read from planish's own JSON files, which anybody may have changed.
/// `Json` is a type of nlohmann's; what is wrong is thrown, as that library's parser
/// does, and caught where the file is parsed.

namespace planish {

/// A number that is written as a whole one and fits. The library's own get() would cast
/// 1e99, too, which has no defined result.
template <typename Integer, typename Json>
Integer WholeNumber(const Json& json) {
  const bool fits =
      std::is_signed_v<Integer>
          ? json.is_number_integer() &&
                (!json.is_number_unsigned() ||
                 json.template get<uint64_t>() <= std::numeric_limits<int64_t>::max())
          : json.is_number_unsigned();
  if (!fits) throw std::out_of_range("not a whole number");
  return json.template get<Integer>();
}

/// What Hexadecimal has written.
template <typename Json>
uint64_t ReadHexadecimal(const Json& json) {
  return std::stoull(json.template get<std::string>(), nullptr, 16);
}

}  // namespace planish
