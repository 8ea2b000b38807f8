// SPDX-License-Identifier: Apache-2.0
#include "io/lock_holder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "io/user_names.h"

namespace planish {
namespace {

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

/// Seconds since 1970 at which the machine was started; 0 if not known.
int64_t BootTime() {
  std::ifstream stat("/proc/stat");
  for (std::string line; std::getline(stat, line);) {
    if (line.rfind("btime ", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

std::string StartOf(int64_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(file, stat);
  // The second field is a name in parentheses, which may hold anything.
  const size_t name_end = stat.rfind(')');
  const int64_t boot = BootTime();
  if (name_end == std::string::npos || boot == 0) return "";
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  constexpr int kStartTimeBehindName = 20;
  for (int i = 0; i < kStartTimeBehindName; ++i) fields >> field;
  int64_t ticks = 0;
  if (field.empty() || !(std::istringstream(field) >> ticks)) return "";
  const std::time_t started = boot + ticks / sysconf(_SC_CLK_TCK);
  std::tm utc = {};
  if (gmtime_r(&started, &utc) == nullptr) return "";
  char text[sizeof("2026-11-22T21:05:09Z") + 16] = {};
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string UserOf(int64_t process) {
  struct stat status = {};
  const std::string path = "/proc/" + std::to_string(process);
  return stat(path.c_str(), &status) == 0 ? UserName(status.st_uid) : "";
}

/// Its arguments, with spaces between them.
std::string CommandOf(int64_t process) {
  constexpr size_t kLongest = 120;
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline");
  std::string command(kLongest + 1, '\0');
  file.read(command.data(), static_cast<std::streamsize>(command.size()));
  command.resize(static_cast<size_t>(file.gcount()));
  const bool is_long = command.size() > kLongest;
  if (is_long) command.resize(kLongest);
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::ranges::replace(command, '\0', ' ');
  return is_long ? command + "..." : command;
}

}  // namespace

std::optional<LockHolder> FindLockHolder(dev_t device, ino_t inode) {
  char wanted[64] = {};
  std::snprintf(wanted, sizeof(wanted), "%02x:%02x:%llu", major(device), minor(device),
                static_cast<unsigned long long>(inode));
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, type, advisory, access, place;
    int64_t process = 0;
    fields >> number >> type >> advisory >> access >> process >> place;
    // A line "1: -> FLOCK" is one who waits.
    if (type != "FLOCK" || place != wanted || process <= 0) continue;
    return LockHolder{process, HostName(), StartOf(process), UserOf(process),
                      CommandOf(process)};
  }
  return std::nullopt;
}

}  // namespace planish
