// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace planish {

/// Resident bytes of this process now, and the most there were since it started, as the
/// kernel counts them; 0 where the platform does not tell.
int64_t ResidentBytes();
int64_t PeakResidentBytes();

/// Physical memory of the machine, in bytes; 0 where the platform does not tell.
int64_t PhysicalMemoryBytes();

}  // namespace planish
