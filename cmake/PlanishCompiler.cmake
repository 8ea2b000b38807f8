# SPDX-License-Identifier: Apache-2.0
# Flags shared by everything that is compiled here.
add_library(planish_flags INTERFACE)
target_compile_options(planish_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
# GCC 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
target_compile_options(planish_flags INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>)
if(PLANISH_WERROR)
  target_compile_options(planish_flags INTERFACE -Werror)
endif()
if(PLANISH_SANITIZE)
  target_compile_options(planish_flags INTERFACE -fsanitize=${PLANISH_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(planish_flags INTERFACE -fsanitize=${PLANISH_SANITIZE})
endif()
if(PLANISH_BUILD_FUZZERS)
  target_compile_options(planish_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
