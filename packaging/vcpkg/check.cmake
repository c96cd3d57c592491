# Runs the port where there is no vcpkg: cmake -DWORK=FOLDER -P packaging/vcpkg/check.cmake
# What the port calls does here what vcpkg's manual says it does, with this system's compiler:
# https://learn.microsoft.com/vcpkg/maintainers/functions/vcpkg_cmake_configure
cmake_minimum_required(VERSION 3.25)

set(port_folder "${CMAKE_CURRENT_LIST_DIR}/ports/subproc")
set(PORT subproc)
set(FEATURES core tool)
set(CURRENT_PACKAGES_DIR "${WORK}/package")

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

function(expect file)
  if(NOT EXISTS "${CURRENT_PACKAGES_DIR}/${file}")
    message(FATAL_ERROR "the port doesn't install ${file}")
  endif()
endfunction()

function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 asked "" "OUT_FEATURE_OPTIONS" "FEATURES")
  list(GET asked_FEATURES 0 feature)
  list(GET asked_FEATURES 1 variable)
  if(feature IN_LIST FEATURES)
    set(${asked_OUT_FEATURE_OPTIONS} -D${variable}=ON PARENT_SCOPE)
  else()
    set(${asked_OUT_FEATURE_OPTIONS} -D${variable}=OFF PARENT_SCOPE)
  endif()
endfunction()

# An option that the project doesn't know is an error, as in vcpkg.
function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 asked "" "SOURCE_PATH" "OPTIONS")
  foreach(kind folder prefix IN ZIP_LISTS kind_types kind_folders kind_prefixes)
    execute_process(COMMAND "${CMAKE_COMMAND}" -S "${asked_SOURCE_PATH}" -B "${WORK}/${folder}" -G Ninja
      -DCMAKE_BUILD_TYPE=${kind} -DCMAKE_INSTALL_PREFIX=${prefix} -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR=lib
      ${asked_OPTIONS} ERROR_VARIABLE said OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    if(said MATCHES "not used by the project")
      message(FATAL_ERROR "${said}")
    endif()
  endforeach()
endfunction()

function(vcpkg_cmake_install)
  foreach(folder IN LISTS kind_folders)
    run("${CMAKE_COMMAND}" --build "${WORK}/${folder}")
    run("${CMAKE_COMMAND}" --install "${WORK}/${folder}")
  endforeach()
endfunction()

function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 asked "" "CONFIG_PATH" "")
  expect(${asked_CONFIG_PATH}/subproc-config.cmake)
  expect(debug/${asked_CONFIG_PATH}/subproc-targets-debug.cmake)
  file(COPY "${CURRENT_PACKAGES_DIR}/${asked_CONFIG_PATH}/" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
endfunction()

function(vcpkg_fixup_pkgconfig)
  expect(lib/pkgconfig/subproc.pc)
endfunction()

function(vcpkg_copy_tools)
  expect(bin/subproc)
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 asked "" "" "FILE_LIST")
  file(COPY_FILE "${asked_FILE_LIST}" "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright")
endfunction()

file(REMOVE_RECURSE "${WORK}")
set(kind_types Debug Release)
set(kind_folders debug release)
set(kind_prefixes "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}")
include("${port_folder}/portfile.cmake")

foreach(file include/subproc/subproc.h lib/libsubproc.a debug/lib/libsubproc.a share/subproc/subproc-config.cmake
    share/subproc/usage share/subproc/copyright)
  expect(${file})
endforeach()
if(EXISTS "${CURRENT_PACKAGES_DIR}/debug/include" OR EXISTS "${CURRENT_PACKAGES_DIR}/debug/share")
  message(FATAL_ERROR "the port installs the headers or documents twice")
endif()
file(READ "${port_folder}/vcpkg.json" manifest)
string(JSON version GET "${manifest}" version)
file(STRINGS "${WORK}/release/CMakeCache.txt" line REGEX "^CMAKE_PROJECT_VERSION:")
if(NOT line MATCHES "=${version}$")
  message(FATAL_ERROR "the port's version is ${version}, which is not the project's")
endif()
message(STATUS "the port builds and installs")
