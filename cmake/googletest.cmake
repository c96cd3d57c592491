# GTest::gtest_main: the system's, else built from Debian's sources (cross builds), else fetched (hosted machines).
find_package(GTest QUIET)
if(TARGET GTest::gtest_main)
  return()
endif()

set(INSTALL_GTEST OFF)
set(BUILD_GMOCK OFF)
# With Microsoft's compiler: the same C runtime as everything else here.
set(gtest_force_shared_crt ON)
# Linked into the test programs, whatever kind of library ours is.
set(BUILD_SHARED_LIBS OFF)
set(SUBPROC_GOOGLETEST_SOURCES /usr/src/googletest CACHE PATH "Where Debian's googletest puts its sources")
if(EXISTS "${SUBPROC_GOOGLETEST_SOURCES}/CMakeLists.txt")
  add_subdirectory("${SUBPROC_GOOGLETEST_SOURCES}" "${PROJECT_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL SYSTEM)
else()
  include(FetchContent)
  FetchContent_Declare(googletest
    URL https://github.com/google/googletest/archive/refs/tags/v1.14.0.tar.gz
    URL_HASH SHA256=8ad598c73ad796e0d8280b082cebd82a630d73e73cd3c70057938a6501bba5d7
    DOWNLOAD_EXTRACT_TIMESTAMP ON SYSTEM)
  FetchContent_MakeAvailable(googletest)
endif()
if(NOT TARGET GTest::gtest_main)
  add_library(GTest::gtest_main ALIAS gtest_main)
endif()
