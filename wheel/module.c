// SPDX-License-Identifier: Apache-2.0
/// The Python module _planish, which libplanish.so makes.

struct _object* planish_python_module(void);

__attribute__((visibility("default"))) struct _object* PyInit__planish(void) {
  return planish_python_module();
}
