# What this POSIX system's libc has, asked once. Each answer is a cache variable SUBPROC_HAVE_X that -DSUBPROC_HAVE_X=OFF
# forces off; src/posix/posix.h says what each stands for. Sets SUBPROC_FEATURES to SUBPROC_HAVE_X=0 or =1 for each.
include(CheckCSourceCompiles)
include(CMakePushCheckState)

set(SUBPROC_FEATURES)

# Compiles and links `body` in main after `headers`, with the libraries that follow.
macro(subproc_probe name headers body)
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_LIBRARIES ${ARGN})
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
  set(CMAKE_REQUIRED_FLAGS -Werror=implicit-function-declaration)
  string(REGEX REPLACE "([^ ]+)" "#include <\\1>\n" includes "${headers}")
  check_c_source_compiles("${includes}int main(void) { ${body} }" SUBPROC_HAVE_${name})
  cmake_pop_check_state()
  if(SUBPROC_HAVE_${name})
    list(APPEND SUBPROC_FEATURES SUBPROC_HAVE_${name}=1)
  else()
    list(APPEND SUBPROC_FEATURES SUBPROC_HAVE_${name}=0)
  endif()
endmacro()

subproc_probe(POSIX_SPAWN "spawn.h"
  "posix_spawn_file_actions_t a; posix_spawnattr_t t; posix_spawn_file_actions_init(&a);
   posix_spawnattr_init(&t); return posix_spawn_file_actions_adddup2(&a, 3, 0);")
subproc_probe(ADDCHDIR "spawn.h"
  "posix_spawn_file_actions_t a; posix_spawn_file_actions_init(&a);
   return posix_spawn_file_actions_addchdir_np(&a, \"/\");")
subproc_probe(CLOSEFROM_ACTION "spawn.h"
  "posix_spawn_file_actions_t a; posix_spawn_file_actions_init(&a);
   return posix_spawn_file_actions_addclosefrom_np(&a, 3);")
subproc_probe(PIPE2 "fcntl.h unistd.h" "int ends[2]; return pipe2(ends, O_CLOEXEC | O_NONBLOCK);")
subproc_probe(CLOSEFROM "unistd.h" "closefrom(3); return 0;")
subproc_probe(KQUEUE "sys/types.h sys/event.h sys/time.h" "return kqueue();")
subproc_probe(EPOLL "sys/epoll.h" "return epoll_create1(EPOLL_CLOEXEC);")
subproc_probe(CLONE3 "sys/syscall.h"
  "
#if !defined(__linux__) || !defined(__LP64__) || !(defined(__x86_64__) || defined(__aarch64__))
   return no_clone3_here;
#endif
   return SYS_clone;")
subproc_probe(CLONE_PIDFD "sched.h sys/syscall.h"
  "return SYS_waitid + (clone != 0) + CLONE_VFORK;")
subproc_probe(PIDFD "sys/syscall.h sys/prctl.h" "return SYS_waitid;")
subproc_probe(CLOSE_RANGE "sys/syscall.h unistd.h"
  "
#if !defined(SYS_close_range)
   return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
#else
   return SYS_close_range;
#endif
")

# In the C library (glibc, musl, FreeBSD), else in one beside it (macOS, GNU libiconv): SUBPROC_ICONV is that one.
set(SUBPROC_ICONV)
find_package(Iconv QUIET)
if(Iconv_FOUND AND NOT Iconv_IS_BUILT_IN)
  set(SUBPROC_ICONV Iconv::Iconv)
endif()
subproc_probe(ICONV "iconv.h" "return iconv_open(\"UTF-8\", \"CP949\") == 0;" ${SUBPROC_ICONV})
if(NOT SUBPROC_HAVE_ICONV)
  set(SUBPROC_ICONV)
endif()
