// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace planish {

/// Version of the library that is linked, "major.minor.patch".
const char* Version();

}  // namespace planish
