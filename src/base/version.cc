// SPDX-License-Identifier: Apache-2.0
#include "planish/version.h"

namespace planish {

const char* Version() {
  return PLANISH_VERSION;
}

}  // namespace planish
