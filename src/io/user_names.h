// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace planish {

/// The name of a user, as in "alice (1000)"; only the number where there is no name.
std::string UserName(uid_t user);

}  // namespace planish
