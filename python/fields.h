// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace planish::python {

/// Reads the fields of an options struct from a dict of keyword arguments. What is not in
/// the dict keeps its default. Throws TypeError or planish.InvalidOptionError.
class Fields {
 public:
  explicit Fields(nanobind::dict values) : values_(std::move(values)) {}

  template <typename T>
  void Read(const char* name, T* field) const {
    const nanobind::object value = Find(name);
    if (!value.is_valid()) return;
    if (!nanobind::try_cast(value, *field)) ThrowType(name, value);
  }

  /// One of a few names, each standing for a value.
  template <typename E>
  void ReadChoice(const char* name, E* field,
                  std::initializer_list<std::pair<const char*, E>> choices) const {
    std::string given;
    if (!Find(name).is_valid()) return;
    Read(name, &given);
    std::vector<std::string> names;
    for (const auto& [text, value] : choices) {
      if (given == text) {
        *field = value;
        return;
      }
      names.emplace_back(text);
    }
    ThrowChoice(name, given, names);
  }

  /// Bytes as a number, or as text: "2GB", or "50%" of the machine's memory.
  void ReadBytes(const char* name, int64_t* field) const;
  void ReadBytes(const char* name, std::optional<int64_t>* field) const;

  /// Paths come as bytes, because not all of them are UTF-8.
  void ReadPath(const char* name, std::string* field) const;
  void ReadPaths(const char* name, std::vector<std::string>* field) const;

 private:
  /// Not valid if there is none.
  nanobind::object Find(const char* name) const;
  [[noreturn]] static void ThrowType(const char* name, const nanobind::object& value);
  [[noreturn]] static void ThrowChoice(const char* name, const std::string& given,
                                       const std::vector<std::string>& names);

  const nanobind::dict values_;
};

}  // namespace planish::python
