# What this POSIX system's libc has, asked once. Each answer is a cache variable SUBPROC_HAVE_X that -DSUBPROC_HAVE_X=OFF
# forces off; src/posix/posix.h says what each stands for. Sets SUBPROC_FEATURES to the ones that are there.
include(CheckCSourceCompiles)
include(CMakePushCheckState)

set(SUBPROC_FEATURES)

# Compiles and links `body` in main after `headers`.
macro(subproc_probe name headers body)
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
  set(CMAKE_REQUIRED_FLAGS -Werror=implicit-function-declaration)
  string(REGEX REPLACE "([^ ]+)" "#include <\\1>\n" includes "${headers}")
  check_c_source_compiles("${includes}int main(void) { ${body} }" SUBPROC_HAVE_${name})
  cmake_pop_check_state()
  if(SUBPROC_HAVE_${name})
    list(APPEND SUBPROC_FEATURES SUBPROC_HAVE_${name})
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
subproc_probe(CLOSEFROM "unistd.h stdlib.h" "closefrom(3); return 0;")
subproc_probe(KQUEUE "sys/types.h sys/event.h sys/time.h" "return kqueue();")
# Kernel calls without a wrapper in every libc (musl has no linux/*.h): the numbers are the backend's, this says Linux.
subproc_probe(CLONE_PIDFD "sys/syscall.h" "return SYS_clone;")
subproc_probe(PIDFD "sys/syscall.h" "return SYS_waitid;")
subproc_probe(CLOSE_RANGE "sys/syscall.h" "return SYS_close;")
