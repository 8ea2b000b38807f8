// SPDX-License-Identifier: Apache-2.0
#include "io/user_names.h"

#include <pwd.h>

#include <vector>

namespace planish {

std::string UserName(uid_t user) {
  const std::string number = std::to_string(user);
  std::vector<char> buffer(16 << 10);
  passwd entry = {};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return number;
  }
  return std::string(entry.pw_name) + " (" + number + ")";
}

}  // namespace planish
