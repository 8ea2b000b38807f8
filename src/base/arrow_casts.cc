// SPDX-License-Identifier: Apache-2.0
#include "base/arrow_casts.h"

#ifdef PLANISH_ARROW_COMPUTE
#include "arrow/compute/initialize.h"
#endif

namespace planish {

arrow::Status RegisterCasts() {
#ifdef PLANISH_ARROW_COMPUTE
  return arrow::compute::Initialize();
#else
  return arrow::Status::OK();
#endif
}

}  // namespace planish
