// SPDX-License-Identifier: Apache-2.0
#include "python/fields.h"

#include <unistd.h>

#include <optional>

#include "planish/quantities.h"
#include "python/exceptions.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// For "50%"; 0 if the system does not tell.
int64_t PhysicalMemory() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_bytes > 0 ? pages * page_bytes : 0;
}

[[noreturn]] void ThrowInvalidOption(const std::string& message) {
  const nb::object type =
      nb::module_::import_("planish.errors").attr("InvalidOptionError");
  PyErr_SetObject(type.ptr(), type(message).ptr());
  throw nb::python_error();
}

std::string PathOf(const nb::handle& value) {
  const auto path = nb::cast<nb::bytes>(value);
  return std::string(path.c_str(), path.size());
}

}  // namespace

nb::object Fields::Find(const char* name) const {
  return values_.contains(name) ? nb::object(values_[name]) : nb::object();
}

void Fields::ReadBytes(const char* name, int64_t* field) const {
  const nb::object value = Find(name);
  if (!value.is_valid()) return;
  if (!nb::isinstance<nb::str>(value)) {
    Read(name, field);
    return;
  }
  const auto text = nb::cast<std::string>(value);
  const auto bytes = ParseByteSize(text, PhysicalMemory());
  if (!bytes.ok()) {
    ThrowInvalidOption(std::string(name) +
                       " must be a number of bytes or a size such as '64MB', '1.5GiB' or "
                       "'50%': '" +
                       text + "'");
  }
  *field = *bytes;
}

void Fields::ReadBytes(const char* name, std::optional<int64_t>* field) const {
  if (!Find(name).is_valid()) return;
  int64_t bytes = 0;
  ReadBytes(name, &bytes);
  *field = bytes;
}

void Fields::ReadPath(const char* name, std::string* field) const {
  const nb::object value = Find(name);
  if (value.is_valid()) *field = PathOf(value);
}

void Fields::ReadPaths(const char* name, std::vector<std::string>* field) const {
  const nb::object value = Find(name);
  if (!value.is_valid()) return;
  for (const nb::handle path : nb::cast<nb::list>(value)) field->push_back(PathOf(path));
}

void Fields::ThrowType(const char* name, const nb::object& value) {
  const auto type = nb::cast<std::string>(nb::repr(value));
  throw nb::type_error((std::string(name) + " cannot be " + type).c_str());
}

void Fields::ThrowChoice(const char* name, const std::string& given,
                         const std::vector<std::string>& names) {
  std::string message = std::string(name) + " must be ";
  for (size_t i = 0; i < names.size(); ++i) {
    message += (i == 0 ? "'" : i + 1 < names.size() ? ", '" : " or '") + names[i] + "'";
  }
  ThrowInvalidOption(message + ": '" + given + "'");
}

}  // namespace planish::python
