// SPDX-License-Identifier: Apache-2.0
#include "base/resident_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace planish {
namespace {

/// A "Name:   123 kB" line of /proc/self/status, in bytes; 0 if there is none.
int64_t StatusLineBytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, name.size(), name) != 0) continue;
    int64_t kibibytes = 0;
    std::istringstream(line.substr(name.size())) >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

int64_t ResidentBytes() {
  return StatusLineBytes("VmRSS:");
}

int64_t PeakResidentBytes() {
  // First choice because getrusage also counts what was resident before exec.
  if (int64_t bytes = StatusLineBytes("VmHWM:"); bytes > 0) return bytes;
  rusage usage = {};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return usage.ru_maxrss;
#else
  return int64_t{usage.ru_maxrss} * 1024;
#endif
}

int64_t PhysicalMemoryBytes() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES);
  const int64_t page_size = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0 ? pages * page_size : 0;
}

}  // namespace planish
