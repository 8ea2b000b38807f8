# SPDX-License-Identifier: Apache-2.0
# Library, headers, command, CMake package and pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS planish EXPORT planish_targets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/planish DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
