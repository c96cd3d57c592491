/*
 * What the files of the POSIX backend share.
 *
 * Switches that the build defines as 0 or 1 after a probe; each is read in the file beside it, and each may be forced to 0:
 *   SUBPROC_HAVE_POSIX_SPAWN       spawn.c   <spawn.h> declares posix_spawn()
 *   SUBPROC_HAVE_ADDCHDIR          spawn.c   <spawn.h> declares posix_spawn_file_actions_addchdir_np()
 *   SUBPROC_HAVE_CLOSEFROM_ACTION  spawn.c   <spawn.h> declares posix_spawn_file_actions_addclosefrom_np()
 *   SUBPROC_HAVE_CLONE3            start.c   Linux on x86-64 and aarch64: try clone3; off or refused: clone()
 *   SUBPROC_HAVE_CLONE_PIDFD       start.c   Linux (<sched.h> declares clone()): ask either for a pidfd
 *   SUBPROC_HAVE_CLOSE_RANGE       child.c   <sys/syscall.h> defines SYS_close_range, or <unistd.h> declares close_range() and
 *                                            CLOSE_RANGE_CLOEXEC (FreeBSD)
 *   SUBPROC_HAVE_CLOSEFROM         child.c   BSD: <unistd.h> declares closefrom()
 *   SUBPROC_HAVE_PIDFD             notice.c  Linux (<sys/syscall.h>): pidfds may be used; a host without them is found at run time
 *   SUBPROC_HAVE_KQUEUE            notice.c  <sys/event.h> declares kqueue()
 *                                  poller.c
 *   SUBPROC_HAVE_EPOLL             poller.c  <sys/epoll.h> declares epoll_create1(); neither this nor kqueue: poll()
 *   SUBPROC_HAVE_PIPE2             pipe.c    <unistd.h> declares pipe2()
 *   SUBPROC_HAVE_ICONV             convert.c <iconv.h> declares iconv(); without it only the portable encodings are known
 */
#ifndef SUBPROC_POSIX_H
#define SUBPROC_POSIX_H

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>

#include "../error.h"
#include "../os.h"

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* The one place that turns an errno into ours. Returns the code. */
int subproc_os_fail(struct subproc_error *error, const char *step, int errnum);

/* ---- our own process -------------------------------------------------------------------------------------------- */

/* The environment itself, which ends with NULL. */
char **subproc_posix_environ(void);

/* ---- descriptors ----------------------------------------------------------------------------------------------- */

/* The descriptor itself, or a close-on-exec copy of it above 2 with `fd` closed. -1 and errno on failure, `fd` closed. */
int subproc_posix_above_standard(int fd);

/*
 * A start copies our table of descriptors up to the highest that the child gets (child.c). So a few low numbers are kept for
 * those: what stays with us as long as a child lives moves away from there. The descriptor, or its copy with `fd` closed.
 */
int subproc_posix_leave_low(int fd);

/* ends[0] to read, ends[1] to write: blocking, close-on-exec, above 2. 0 or an errno. */
int subproc_posix_pipe(int ends[2]);

/* ---- exit notices ---------------------------------------------------------------------------------------------- */

struct subproc_posix_watch;

/* What tells that a child has ended. Made when it is needed, a pidfd at birth. */
struct subproc_posix_notice {
    int handle;                        /* readable once the child has ended; -1: none yet */
    bool is_pidfd;                     /* `handle` names the child itself */
    struct subproc_posix_watch *watch; /* the thread that waits, where there is neither pidfd nor kqueue */
};

/* Whether a start should ask for a pidfd. */
bool subproc_posix_pidfd_wanted(void);

/* Fills the notice of a child that has just been started; owns `pidfd`, which may be -1. */
void subproc_posix_notice_born(struct subproc_os_child *child, int pidfd, bool may_open_pidfd);

/* The descriptor to poll, made on demand. The child's lock is held. */
int subproc_posix_notice_handle(struct subproc_os_child *child, int *handle, struct subproc_error *error);

/* Blocks until the child has ended, without a descriptor. TIMEOUT, LIMIT, NO_MEMORY. The child's lock is not held. */
int subproc_posix_notice_wait(struct subproc_os_child *child, int64_t deadline, struct subproc_error *error);

void subproc_posix_notice_drop(struct subproc_posix_notice *notice);

/* ---- waiting --------------------------------------------------------------------------------------------------- */

/* Milliseconds for poll(), rounded up so that it doesn't come back early and spin; -1: for ever. */
int subproc_posix_poll_timeout(int64_t deadline);

/* Many descriptors, each registered once; what is ready is told for as long as it is. */
struct subproc_posix_poller;

enum { SUBPROC_POSIX_READ = 1, SUBPROC_POSIX_WRITE = 2 };

/* 0 or an errno. */
int subproc_posix_poller_open(struct subproc_posix_poller **opened);

/* Changes which ways a descriptor is waited for; 0: not at all. 0 or an errno; EPERM: it never blocks, so it can't be. */
int subproc_posix_poller_change(struct subproc_posix_poller *poller, int fd, int from, int to);

typedef void subproc_posix_found(void *context, int fd, int ways);

/* Calls `found` for what is ready; returns how many are, 0 after so many milliseconds, -1 and errno. */
int subproc_posix_poller_wait(struct subproc_posix_poller *poller, int timeout, subproc_posix_found *found, void *context);

/* Accepts NULL. */
void subproc_posix_poller_close(struct subproc_posix_poller *poller);

/* ---- children -------------------------------------------------------------------------------------------------- */

struct subproc_os_child {
    pthread_mutex_t lock; /* collecting and signalling exclude each other: a collected child is never signalled */
    pid_t pid;
    bool has_tree; /* it leads a group that is signalled in its place */
    bool is_held;  /* ended, but only looked at: as long as it is a zombie its group's number can't be another's */
    struct subproc_os_end end; /* exit.kind is the child's life: RUNNING until it is collected or known to be lost */
    int64_t own_peak_rss;      /* ours at the start: the kernel counts the child's peak from there (Linux) */
    bool waits_alone;          /* a wait without a deadline may stand in waitid() with the lock held */
    struct subproc_posix_notice notice;
    struct subproc_os_child *next; /* among those freed while they ran */
};

/* Collects the child if it has ended; a tree's leader is only looked at. 0 (`child->end` is the answer), AGAIN, OS. The child's
 * lock is held. */
int subproc_posix_collect(struct subproc_os_child *child, struct subproc_error *error);

/* What the child's number means: the child itself until someone collects it, and nobody else does while the lock is held. */
enum subproc_posix_life { SUBPROC_POSIX_RUNNING, SUBPROC_POSIX_ZOMBIE, SUBPROC_POSIX_GONE };

enum subproc_posix_life subproc_posix_life(const struct subproc_os_child *child);

/* Nobody signals the tree any more: a leader that was only looked at is collected. */
void subproc_posix_let_go(struct subproc_os_child *child);

/*
 * Collects children that were freed while they ran and have ended since. `newborn` is a pid that was just given to a new
 * child, so that an older child of that number must be gone; 0: none.
 */
void subproc_posix_sweep(pid_t newborn);

/* ---- starting -------------------------------------------------------------------------------------------------- */

/* A source with a high number, as /proc names it: the child opens it anew rather than copy our table up to there. */
struct subproc_posix_again {
    char path[48]; /* "": it is to be copied */
    int way;       /* O_RDONLY or O_WRONLY */
    dev_t device;
    ino_t inode;
};

struct subproc_posix_mapping {
    int source; /* ours; never a target of another mapping, so the order of the mappings doesn't matter */
    int target; /* the child's */
    struct subproc_posix_again again;
};

/* Who the child runs as, all looked up before the start. */
struct subproc_posix_identity {
    bool set_user, set_group, set_groups;
    uid_t user;
    gid_t group;
    gid_t *groups;
    size_t group_count;
};

/* Why a start failed, as the child tells it. `step` NULL: it didn't. */
struct subproc_posix_verdict {
    const char *step; /* static, so its address is good in parent and child */
    int code;         /* 0: what subproc_os_fail makes of errnum */
    int errnum;
};

/* All that a child needs between its start and exec, made before the start. */
struct subproc_posix_launch {
    char *const *argv;
    char *const *environment;
    const char *directory;
    const char **programs; /* ends with NULL */
    char *program_text;    /* what `programs` points into where they were made absolute */
    const struct subproc_posix *posix;
    struct subproc_posix_mapping *map;
    size_t map_count;
    int *moved; /* copies of sources that stood on a target */
    size_t moved_count;
    struct subproc_posix_identity identity;
    bool has_tree;                        /* the group or session that it leads is its tree */
    bool leads_group;                     /* of its own, in our session */
    bool waits_alone;                     /* no pidfd: its thread will stand in waitid() */
    pid_t bound_to;                       /* the process whose end is the child's too; 0: none */
    struct subproc_posix_verdict verdict; /* of candidates that were passed over so far */
    sigset_t mask;                        /* the calling thread's, before all signals were blocked */
    struct subproc_posix_verdict *told;   /* the child's: seen by us only if its memory is ours */
    int report_from, report_to;           /* the pipe for it; -1 where the memory is known to be shared */
    bool copies_table;                    /* the child begins with a copy of our table of descriptors in any case */
    bool table_is_shared;                 /* the child begins with our table, not a copy; until it has copied all of it */
    bool opens_again;                     /* mappings that have a path for it, where the table is shared */
    bool none_is_caught;                  /* the kernel has reset the handlers already */
    volatile bool memory_is_shared;       /* set by the child: seen by us only if its memory is ours */
#if defined(__APPLE__)
    posix_spawnattr_t exec_attributes; /* fork() way: posix_spawn as an exec that closes the rest */
    posix_spawn_file_actions_t exec_actions;
#endif
};

/* What a start gives. */
struct subproc_posix_born {
    pid_t pid;
    int pidfd; /* -1: none */
};

int subproc_posix_prepare(struct subproc_posix_launch *launch, const struct subproc_os_plan *plan,
                          struct subproc_error *error);
void subproc_posix_launch_clear(struct subproc_posix_launch *launch);

/* Starts a process in subproc_posix_child_main, with all signals blocked there. 0 or an errno. */
int subproc_posix_start_process(struct subproc_posix_launch *launch, struct subproc_posix_born *born);

/* What failed in a child that got our table of descriptors and no way to one of its own: a sandbox may be so. */
extern const char subproc_posix_table_step[];

/* What failed in a child that may not open its streams anew: there is no /proc, or we are not dumpable. */
extern const char subproc_posix_again_step[];

/* `fd` or a close-on-exec copy of it that is no target of the map. -1 and errno; `fd` stays open when it was copied. */
int subproc_posix_off_targets(const struct subproc_posix_launch *launch, int fd);

/* The errno of entering `directory`, 0 when it can be entered (or nothing is known). */
int subproc_posix_directory_problem(const char *directory);

/* ---- the child between start and exec (child.c) ---------------------------------------------------------------- */

/*
 * That code may share our memory, so a sanitizer's bookkeeping there would spoil ours: it is compiled without, and the
 * libc calls that sanitizers replace are made as raw system calls on Linux.
 */
#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation) /* clang: its no_sanitize("thread") still counts the calls */
#define SUBPROC_POSIX_CHILD __attribute__((disable_sanitizer_instrumentation))
#endif
#endif
#if !defined(SUBPROC_POSIX_CHILD)
#define SUBPROC_POSIX_CHILD __attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined")))
#endif

/* The calling thread's signal mask, the signals that libc keeps for itself included. */
void subproc_posix_block_all(sigset_t *old);
void subproc_posix_set_mask(const sigset_t *mask, sigset_t *old);

/* Runs the launch; never returns. */
int subproc_posix_child_main(void *launch);

/* Notes that starting `program` failed with `errnum`. True: the next candidate may be tried. */
bool subproc_posix_pass_over(struct subproc_posix_verdict *verdict, const char *program, int errnum);

#endif
