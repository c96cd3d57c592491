# cpack: an archive of everything (.tar.gz, on Windows .zip), or Debian packages: the library, what a program is built with,
# and the command. `cmake --workflow --preset deb` makes the latter, `--preset archive` and `--preset zip` the former.
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_VENDOR "the subproc authors")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_RESOURCE_FILE_README "${PROJECT_SOURCE_DIR}/README.md")
set(CPACK_PACKAGE_FILE_NAME "subproc-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_STRIP_FILES ON)
if(WIN32)
  set(CPACK_GENERATOR ZIP)
else()
  set(CPACK_GENERATOR TGZ)
endif()
# Debian's packages have theirs from packaging/debian.
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT document)

# Debian: one package for each component, named as https://www.debian.org/doc/debian-policy/ch-sharedlibs.html has it.
set(CPACK_COMPONENTS_ALL library development command)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Whoever makes the packages is named in them. These are how Debian's own tools are told who that is.
set(CPACK_PACKAGE_CONTACT "the subproc authors <subproc@localhost>")
if(DEFINED ENV{DEBEMAIL} AND DEFINED ENV{DEBFULLNAME})
  set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
# The changelog's first line is "subproc (VERSION-REVISION) ...".
file(STRINGS packaging/debian/changelog line LIMIT_COUNT 1)
if(NOT line MATCHES "^subproc \\(${PROJECT_VERSION}-([^)]+)\\)")
  message(FATAL_ERROR "packaging/debian/changelog doesn't begin with ${PROJECT_VERSION}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_1})
set(version ${PROJECT_VERSION}-${CMAKE_MATCH_1})

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libsubproc${SUBPROC_SOVERSION})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "child processes from C, the same way on every system - shared library
subproc starts a program, talks to it, waits for it and stops it, joins
several into a pipeline, runs many side by side, and gives their output back
as text. Every call comes back at its deadline, full pipes can't deadlock and
nothing leaks into the child.
.
This package has the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libsubproc-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME} (= ${version})")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "child processes from C, the same way on every system - development files
subproc starts a program, talks to it, waits for it and stops it, joins
several into a pipeline, runs many side by side, and gives their output back
as text.
.
This package has the header, which is the manual, the static library, and the
files by which CMake and pkg-config find them.")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME subproc)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "run commands with deadlines, in pipelines and many at a time
The command line of libsubproc: it runs a command with a deadline and an
output limit, stops all that it has started, joins commands into a pipeline,
runs one for many arguments side by side, decodes what they write, and tells
how they ended as text or as JSON.")

# Adds what Debian wants, and sets the dependencies and the control files.
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/debian/stage.cmake")
set(CPACK_SUBPROC_SOVERSION "${SUBPROC_SOVERSION}")
set(CPACK_SUBPROC_DEBIAN_FOLDER "${PROJECT_SOURCE_DIR}/packaging/debian")

include(CPack)
