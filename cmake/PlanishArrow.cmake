# SPDX-License-Identifier: Apache-2.0
# Finds Arrow and Parquet. Arrow's config files accept only their own major version, so the version
# is compared after the package is found. Static libraries are taken where there are no shared ones. Sets
#   PLANISH_ARROW            the target of Arrow
#   PLANISH_ARROW_COMPUTE    that of its compute library, which planish does not need, but which has to be told
#                            of where Arrow was built with it (base/arrow_casts.h)
#   PLANISH_ARROW_LIBRARIES  what to link for both and for Parquet
#   PLANISH_ARROW_IS_STATIC
set(PLANISH_MINIMUM_ARROW 21)

foreach(package Arrow Parquet)
  find_package(${package} CONFIG QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR
      "CMake finds no ${package}: planish needs Arrow C++ ${PLANISH_MINIMUM_ARROW} or newer with Parquet. "
      "Install it (Debian testing: libarrow-dev libparquet-dev; conda-forge: libarrow-all; Homebrew: apache-arrow; "
      "more in README, Set-up) and name its prefix in CMAKE_PREFIX_PATH if CMake does not look there.")
  endif()
endforeach()
if(ARROW_VERSION VERSION_LESS PLANISH_MINIMUM_ARROW)
  message(FATAL_ERROR "Arrow ${ARROW_VERSION} is too old: planish needs Arrow C++ "
                      "${PLANISH_MINIMUM_ARROW} or newer with Parquet (see README, Set-up)")
endif()
find_package(ArrowCompute CONFIG QUIET)

if(TARGET Arrow::arrow_shared)
  set(PLANISH_ARROW_IS_STATIC FALSE)
  set(linkage shared)
else()
  set(PLANISH_ARROW_IS_STATIC TRUE)
  set(linkage static)
endif()
set(PLANISH_ARROW Arrow::arrow_${linkage})
set(PLANISH_ARROW_COMPUTE ArrowCompute::arrow_compute_${linkage})
set(PLANISH_ARROW_LIBRARIES Parquet::parquet_${linkage} ${PLANISH_ARROW})
if(TARGET ${PLANISH_ARROW_COMPUTE})
  list(INSERT PLANISH_ARROW_LIBRARIES 1 ${PLANISH_ARROW_COMPUTE})
endif()
