// SPDX-License-Identifier: Apache-2.0
#include "python/exceptions.h"

#include <nanobind/stl/string.h>

#include <string>

#include "planish/error.h"
#include "planish/error_text.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

nb::object TextOrNone(const std::string& text) {
  return text.empty() ? nb::object(nb::none()) : ReadableText(text);
}

/// As os.fsdecode gives it, so that Python finds the file again.
nb::object PathOrNone(const std::string& path) {
  if (path.empty()) return nb::none();
  PyObject* decoded =
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()));
  if (decoded == nullptr) throw nb::python_error();
  return nb::steal(decoded);
}

nb::dict FactsOf(const ErrorDetail& detail) {
  nb::dict facts;
  for (const auto& [name, value] : detail.facts) {
    facts[ReadableText(name)] = ReadableText(value);
  }
  return facts;
}

nb::object ExceptionOf(const arrow::Status& status) {
  const nb::object errors = nb::module_::import_("planish.errors");
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr) {
    return errors.attr("_from_arrow")(status.CodeAsString(),
                                      ReadableText(status.message()));
  }
  const nb::object row_group =
      detail->row_group < 0 ? nb::object(nb::none()) : nb::int_(detail->row_group);
  return errors.attr("_from_engine")(
      ErrorKindName(detail->kind),
      ReadableText(WithOptions(status.message(), OptionStyle::kKeyword)),
      ReadableText(FormatError(status, OptionStyle::kKeyword)), PathOrNone(detail->file),
      row_group, TextOrNone(detail->column), FactsOf(*detail),
      TextOrNone(WithOptions(detail->hint, OptionStyle::kKeyword)), detail->system_error);
}

}  // namespace

nb::object ReadableText(std::string_view text) {
  PyObject* decoded =
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (decoded == nullptr) throw nb::python_error();
  return nb::steal(decoded);
}

void Throw(const arrow::Status& status) {
  const nb::object exception = ExceptionOf(status);
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace planish::python
