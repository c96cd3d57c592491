# CPack runs this between installing into its own folder and packing. For Debian it completes each package as the policy asks
# for: documents, compressed manual pages, dependencies and control files. cpack could set the latter two by itself, but then
# adds maintainer scripts that call ldconfig, instead of the trigger that the policy asks for.
# https://www.debian.org/doc/debian-policy/ch-docs.html https://www.debian.org/doc/debian-policy/ch-sharedlibs.html
cmake_minimum_required(VERSION 3.25)
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

# cpack would put it before each package's own.
unset(CPACK_PACKAGE_DESCRIPTION_SUMMARY)

set(staging "${CPACK_TEMPORARY_DIRECTORY}")
set(control "${staging}-control")
set(library "${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME}")

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# As dh_compress does it: no name and no time inside.
function(compress file)
  run(gzip -9n "${file}")
endfunction()

# The sections that dh_strip takes out, too.
function(strip_more)
  foreach(file IN LISTS ARGN)
    run(strip --enable-deterministic-archives --strip-debug --remove-section=.comment --remove-section=.note "${file}")
  endforeach()
endfunction()

function(add_documents folder)
  file(COPY "${CPACK_SUBPROC_DEBIAN_FOLDER}/copyright" DESTINATION "${folder}")
  file(COPY_FILE "${CPACK_SUBPROC_DEBIAN_FOLDER}/../../CHANGELOG.md" "${folder}/changelog")
  file(READ "${CPACK_SUBPROC_DEBIAN_FOLDER}/changelog" changelog)
  string(REPLACE "the subproc authors <subproc@localhost>" "${CPACK_PACKAGE_CONTACT}" changelog "${changelog}")
  file(WRITE "${folder}/changelog.Debian" "${changelog}")
  compress("${folder}/changelog")
  compress("${folder}/changelog.Debian")
endfunction()

# What an ELF file needs, by the symbols that it uses. dpkg-shlibdeps wants a source package's control file around it.
function(find_dependencies result file)
  execute_process(COMMAND dpkg-shlibdeps -O "-S${staging}/library" "-e${file}"
    WORKING_DIRECTORY "${control}" OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "^shlibs:Depends=|\n" "" found "${found}")
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER "${component}" upper)
  set(package "${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
  add_documents("${staging}/${component}/usr/share/doc/${package}")
  file(MAKE_DIRECTORY "${staging}/${component}/usr/share/lintian/overrides")
  file(COPY_FILE "${CPACK_SUBPROC_DEBIAN_FOLDER}/lintian-overrides"
    "${staging}/${component}/usr/share/lintian/overrides/${package}")
endforeach()
file(GLOB_RECURSE pages "${staging}/*/usr/share/man/*.[1-8]")
foreach(page IN LISTS pages)
  compress("${page}")
endforeach()
file(GLOB library_file "${staging}/library/usr/lib/*/libsubproc.so.${CPACK_PACKAGE_VERSION}")
file(GLOB static_file "${staging}/development/usr/lib/*/libsubproc.a")
strip_more("${library_file}" "${static_file}" "${staging}/command/usr/bin/subproc")

file(REMOVE_RECURSE "${control}")
file(WRITE "${control}/debian/control" "Source: subproc\n\nPackage: ${library}\nArchitecture: any\n")
file(WRITE "${control}/shlibs" "libsubproc ${CPACK_SUBPROC_SOVERSION} ${library} (>= ${CPACK_PACKAGE_VERSION})\n")
file(WRITE "${control}/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
  "${control}/shlibs" "${control}/triggers" "${CPACK_SUBPROC_DEBIAN_FOLDER}/symbols")

# Where dpkg-shlibdeps looks for the symbols of a library that isn't packed yet.
file(COPY "${CPACK_SUBPROC_DEBIAN_FOLDER}/symbols" DESTINATION "${staging}/library/DEBIAN")
file(MAKE_DIRECTORY "${staging}/command/DEBIAN")
find_dependencies(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "${library_file}")
find_dependencies(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "${staging}/command/usr/bin/subproc")
file(REMOVE_RECURSE "${staging}/library/DEBIAN" "${staging}/command/DEBIAN")
