// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace planish {

/// Which row of each key stays, in the total order (order bytes, row ordinal).
enum class KeepPolicy { kFirst, kLast, kNone };

}  // namespace planish
