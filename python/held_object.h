// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

namespace planish::python {

/// A Python object, or none, that C++ may let go of on any thread, with the GIL or
/// without.
class HeldObject {
 public:
  HeldObject() = default;
  explicit HeldObject(nanobind::object object) : object_(std::move(object)) {}
  HeldObject(HeldObject&&) = default;
  HeldObject& operator=(HeldObject&&) = delete;
  ~HeldObject() {
    if (!object_.is_valid()) return;
    if (Py_IsInitialized() == 0) {
      (void)object_.release();  // It went with the interpreter.
      return;
    }
    nanobind::gil_scoped_acquire acquire;
    object_.reset();
  }

  /// Lets go of it. With the GIL.
  void Reset() { object_.reset(); }
  bool is_valid() const { return object_.is_valid(); }
  nanobind::handle get() const { return object_; }

 private:
  nanobind::object object_;
};

}  // namespace planish::python
