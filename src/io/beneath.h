// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace planish {

/// openat(2) that stays beneath `directory`: no component of `path`, which is relative
/// and has no "..", may be a symbolic link, the last one included. -1 and errno on
/// failure; ELOOP where there is a link. O_CLOEXEC is added to `flags`.
int OpenBeneath(int directory, const std::string& path, int flags, mode_t mode = 0);

/// The same by one openat for each component, for systems without openat2(2).
int OpenBeneathInSteps(int directory, const std::string& path, int flags,
                       mode_t mode = 0);

}  // namespace planish
