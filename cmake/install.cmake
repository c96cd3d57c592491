# cmake --install: the library, its headers, the command, and how CMake and pkg-config find them. Components: `library` is what
# a program needs when it runs, `development` what it is built with, `command` the rest.
include(CMakePackageConfigHelpers)

set(SUBPROC_INSTALLED subproc)
if(TARGET subproc_static)
  list(APPEND SUBPROC_INSTALLED subproc_static)
endif()
install(TARGETS ${SUBPROC_INSTALLED} EXPORT subproc
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library NAMELINK_COMPONENT development
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT library
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
if(TARGET subproc_cli)
  install(TARGETS subproc_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(FILES completions/subproc.ps1 DESTINATION "${CMAKE_INSTALL_DATADIR}/subproc")
  if(NOT WIN32)
    install(DIRECTORY docs/man/ DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
    # Where bash-completion looks, by the command's name.
    install(FILES completions/subproc.bash DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME subproc)
  endif()
endif()

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/subproc")
install(EXPORT subproc NAMESPACE subproc:: FILE subproc-targets.cmake DESTINATION "${package}" COMPONENT development)
configure_package_config_file(cmake/subproc-config.cmake.in subproc-config.cmake INSTALL_DESTINATION "${package}")
# Before 1.0 a new minor number may break.
write_basic_package_version_file(subproc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/subproc-config.cmake" "${PROJECT_BINARY_DIR}/subproc-config-version.cmake"
  DESTINATION "${package}" COMPONENT development)

# Paths relative to the .pc file let the installed tree move.
file(RELATIVE_PATH SUBPROC_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
get_target_property(type subproc TYPE)
if(NOT WIN32)
  set(SUBPROC_PC_SYSTEM "${CMAKE_THREAD_LIBS_INIT}")
  if(SUBPROC_ICONV)
    list(APPEND SUBPROC_PC_SYSTEM ${Iconv_LIBRARIES})
  endif()
endif()
list(JOIN SUBPROC_PC_SYSTEM " " SUBPROC_PC_SYSTEM)
if(type STREQUAL "STATIC_LIBRARY")
  set(SUBPROC_PC_CFLAGS " -DSUBPROC_STATIC")
  set(SUBPROC_PC_LIBS " ${SUBPROC_PC_SYSTEM}")
elseif(TARGET subproc_static)
  # For `pkg-config --static`.
  set(SUBPROC_PC_PRIVATE "Libs.private: ${SUBPROC_PC_SYSTEM}\nCflags.private: -DSUBPROC_STATIC\n")
endif()
configure_file(cmake/subproc.pc.in subproc.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/subproc.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
