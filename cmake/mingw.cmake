# Builds Windows programs with MinGW-w64 on Linux; they run through ci/wine where there is a Wine.
# -DSUBPROC_MINGW=x86_64-w64-mingw32ucrt or i686-w64-mingw32: another one of its compilers.
set(CMAKE_SYSTEM_NAME Windows)
set(SUBPROC_MINGW x86_64-w64-mingw32 CACHE STRING "Whose compilers and libraries are used")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SUBPROC_MINGW)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${SUBPROC_MINGW}")

# Both of one variant: CMake links a C++ program with the C compiler's libraries too, and the variants' differ under the same
# names, so that threads of the one stand still in the other. GCC 12's other variant has no std::mutex, which GoogleTest needs.
find_program(SUBPROC_MINGW_CC NAMES ${SUBPROC_MINGW}-gcc-posix ${SUBPROC_MINGW}-gcc)
find_program(SUBPROC_MINGW_CXX NAMES ${SUBPROC_MINGW}-g++-posix ${SUBPROC_MINGW}-g++)
set(CMAKE_C_COMPILER "${SUBPROC_MINGW_CC}")
set(CMAKE_CXX_COMPILER "${SUBPROC_MINGW_CXX}")

list(APPEND CMAKE_FIND_ROOT_PATH /usr/${SUBPROC_MINGW})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(SUBPROC_WINE wine)
if(SUBPROC_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/../ci/wine" --through-file)
endif()
