# SPDX-License-Identifier: Apache-2.0
# Finds Arrow and Parquet. Arrow's config files accept only their own major version, so the version
# is compared after the package is found.
set(PLANISH_MINIMUM_ARROW 21)

find_package(Arrow CONFIG REQUIRED)
find_package(Parquet CONFIG REQUIRED)
find_package(ArrowCompute CONFIG REQUIRED)
if(ARROW_VERSION VERSION_LESS PLANISH_MINIMUM_ARROW)
  message(FATAL_ERROR "Arrow ${ARROW_VERSION} is too old: planish needs Arrow C++ "
                      "${PLANISH_MINIMUM_ARROW} or newer with Parquet (see README, Set-up)")
endif()
