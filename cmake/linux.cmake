# Builds for another Linux with Debian's cross compilers: -DSUBPROC_TRIPLET=i686-linux-gnu, aarch64-linux-gnu and so on. The
# programs name their own C library's place, so that they run where the processor or a registered qemu-user takes them.
set(CMAKE_SYSTEM_NAME Linux)
set(SUBPROC_TRIPLET "" CACHE STRING "Whose compilers and libraries are used")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SUBPROC_TRIPLET)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${SUBPROC_TRIPLET}")

set(CMAKE_C_COMPILER ${SUBPROC_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${SUBPROC_TRIPLET}-g++)

set(libraries /usr/${SUBPROC_TRIPLET}/lib)
file(GLOB loader ${libraries}/ld*.so.*)
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -Wl,--dynamic-linker=${loader} -Wl,-rpath,${libraries}")

list(APPEND CMAKE_FIND_ROOT_PATH /usr/${SUBPROC_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
