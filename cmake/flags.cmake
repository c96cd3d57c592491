# How this project compiles its own targets; nothing here reaches who uses the library.

# Warnings, the language and the sanitizers, for each of our targets.
function(subproc_flags target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  if(MSVC)
    # The sources are UTF-8, and C11's atomics are behind a switch:
    # https://devblogs.microsoft.com/cppblog/c11-atomics-in-visual-studio-2022-version-17-5-preview-2/
    target_compile_options(${target} PRIVATE /W3 /utf-8
      "$<$<COMPILE_LANGUAGE:C>:/experimental:c11atomics>"
      "$<$<COMPILE_LANGUAGE:CXX>:/EHsc;/Zc:__cplusplus>"
      "$<$<BOOL:${SUBPROC_WERROR}>:/WX>")
    target_compile_definitions(${target} PRIVATE _CRT_SECURE_NO_WARNINGS _CRT_NONSTDC_NO_WARNINGS)
  else()
    subproc_warnings(${target})
  endif()
  if(WIN32)
    target_compile_definitions(${target} PRIVATE
      _WIN32_WINNT=0x0A00 UNICODE _UNICODE WIN32_LEAN_AND_MEAN __USE_MINGW_ANSI_STDIO=1
      "$<$<C_COMPILER_ID:GNU>:SUBPROC_PRINTF_KIND=gnu_printf>")
  else()
    # Files and times of 64 bits where `long` has 32; no public name depends on either.
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  endif()
endfunction()

function(subproc_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wno-missing-field-initializers
    "$<$<COMPILE_LANGUAGE:C>:-Wconversion;-Wshadow;-Wmissing-prototypes;-Wstrict-prototypes>"
    # GCC 12 warns of its own std::string: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>"
    "$<$<BOOL:${SUBPROC_WERROR}>:-Werror>")
endfunction()

# Left out for the test helper: it is what a user's child would be, and its memory and descriptors are measured.
function(subproc_sanitize target)
  if(SUBPROC_SANITIZE)
    set(options -fsanitize=${SUBPROC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(${target} PRIVATE ${options})
    target_link_options(${target} PRIVATE ${options})
  endif()
endfunction()

# Without GCC's own exec, which writes the counts down before it runs: in a child that shares our memory that would be twice.
function(subproc_coverage target)
  if(SUBPROC_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic -fno-builtin-execve)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()

# A Windows program that needs no DLL of the compiler.
function(subproc_program target)
  subproc_flags(${target})
  if(MINGW)
    target_link_options(${target} PRIVATE -static)
  endif()
endfunction()

# The library, with the given features of this system (SUBPROC_HAVE_X=0 or 1); the tests build it with fewer of them too.
function(subproc_library target)
  subproc_flags(${target})
  subproc_sanitize(${target})
  subproc_coverage(${target})
  set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden)
  target_compile_features(${target} PUBLIC c_std_11)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src"
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>")
  target_compile_definitions(${target} PRIVATE SUBPROC_BUILDING ${ARGN})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    target_compile_definitions(${target} PUBLIC SUBPROC_STATIC)
  elseif(MINGW)
    target_link_options(${target} PRIVATE -static-libgcc)
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # A sanitizer's own names stay open in a shared library; on FreeBSD `environ` is the program's.
    target_link_options(${target} PRIVATE "$<$<NOT:$<BOOL:${SUBPROC_SANITIZE}>>:-Wl,--no-undefined>")
  endif()
  if(NOT WIN32)
    target_link_libraries(${target} PRIVATE Threads::Threads ${SUBPROC_ICONV})
  endif()
endfunction()
