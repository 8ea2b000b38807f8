# SPDX-License-Identifier: Apache-2.0
# Library, headers, command, CMake package and pkg-config file.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/planish)

install(TARGETS planish EXPORT planish_targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/planish DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(EXPORT planish_targets NAMESPACE planish:: DESTINATION ${package_dir})
configure_package_config_file(cmake/planishConfig.cmake.in planishConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(planishConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/planishConfig.cmake
              ${PROJECT_BINARY_DIR}/planishConfigVersion.cmake
        DESTINATION ${package_dir})

# By name, not as "Requires: arrow": Debian's arrow.pc requires packages that its own -dev package
# does not install, and pkg-config then refuses everything.
set(PLANISH_PC_LIBS "-larrow")
if(NOT BUILD_SHARED_LIBS)
  set(PLANISH_PC_LIBS "-lparquet -larrow")
  if(TARGET ${PLANISH_ARROW_COMPUTE})
    set(PLANISH_PC_LIBS "-lparquet -larrow_compute -larrow")
  endif()
endif()
file(RELATIVE_PATH PLANISH_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/planish.pc.in planish.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/planish.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
