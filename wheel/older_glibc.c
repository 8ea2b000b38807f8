// SPDX-License-Identifier: Apache-2.0
/// What libraries that are linked in want of the C library, and what is better made here:
/// of newer C libraries, without which the wheel would need glibc 2.36, and what code
/// that is not position independent refers to.

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/// For std::random_device.
uint32_t arc4random(void) {
  uint32_t value = 0;
  while (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) {
  }
  return value;
}

/// Whether std::shared_ptr may count without atomic instructions: never, since planish
/// has threads. Debian's static libraries are made for programs, and a shared library
/// cannot reach the C library's variable as they do.
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
