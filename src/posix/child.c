/*
 * What runs in the child between its start and exec.
 *
 * On Linux the child shares our memory while the calling thread stands still; elsewhere it is a copy made by fork(). In both
 * other threads may have held any lock, so: no allocation, no lock, no stdio, _exit only. libc's set*id functions and sigaction
 * act on the parent's threads or records, so on Linux they are raw system calls, as is what sanitizers replace.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#ifndef SYS_close_range
#define SYS_close_range 436 /* one number on all architectures: linux/include/uapi/asm-generic/unistd.h */
#endif
#endif

/* ---- telling the parent ---------------------------------------------------------------------------------------- */

SUBPROC_POSIX_CHILD static _Noreturn void child_die(const struct subproc_posix_launch *launch,
                                                    const struct subproc_posix_verdict *verdict)
{
    enum { NEVER_SEEN = 127 };
    /* less than PIPE_BUF, so it arrives whole; the parent reads until it has it or we are gone */
#if defined(__linux__)
    *launch->told = *verdict; /* seen where the memory is shared */
    if (launch->report_to >= 0)
        (void)syscall(SYS_write, launch->report_to, verdict, sizeof *verdict);
    /* the thread sanitizer's _exit would first end its work for all of us, and sleep */
    for (;;)
        (void)syscall(SYS_exit_group, NEVER_SEEN);
#else
    const ssize_t written = write(launch->report_to, verdict, sizeof *verdict);
    (void)written;
    _exit(NEVER_SEEN);
#endif
}

SUBPROC_POSIX_CHILD static _Noreturn void child_fail(const struct subproc_posix_launch *launch, const char *step,
                                                     int errnum)
{
    const struct subproc_posix_verdict verdict = {.step = step, .errnum = errnum};
    child_die(launch, &verdict);
}

/* ---- descriptors ----------------------------------------------------------------------------------------------- */

#if defined(__linux__)

SUBPROC_POSIX_CHILD static int child_dup(int source, int target)
{
    return (int)syscall(SYS_dup3, source, target, 0);
}

SUBPROC_POSIX_CHILD static void child_close(int fd)
{
    (void)syscall(SYS_close, fd);
}

#if SUBPROC_HAVE_CLOSE_RANGE

SUBPROC_POSIX_CHILD static int child_mark_range(void)
{
    enum { MARK_CLOEXEC = 4 }; /* CLOSE_RANGE_CLOEXEC, Linux 5.11: close_range(2) */
    return (int)syscall(SYS_close_range, 3U, ~0U, MARK_CLOEXEC);
}

/* Copies the table up to `above` only: what is there and higher is not in the copy. CLOSE_RANGE_UNSHARE, Linux 5.9. */
SUBPROC_POSIX_CHILD static int child_copy_low(unsigned above)
{
    enum { UNSHARE = 2 };
    return (int)syscall(SYS_close_range, above, ~0U, UNSHARE);
}

#else

SUBPROC_POSIX_CHILD static int child_copy_low(unsigned above)
{
    (void)above;
    errno = ENOSYS;
    return -1;
}

SUBPROC_POSIX_CHILD static int child_mark_range(void)
{
    errno = ENOSYS;
    return -1;
}

#endif

/* getdents64(2); declared here, since no libc header has it for all */
struct child_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* The number that `name` says, or -1 for "." and "..". */
SUBPROC_POSIX_CHILD static int child_number(const char *name)
{
    int number = 0;
    if (*name < '0' || *name > '9')
        return -1;
    for (; *name >= '0' && *name <= '9'; name++)
        number = number * 10 + (*name - '0');
    return number;
}

SUBPROC_POSIX_CHILD static void child_mark_entries(const char *entries, long size)
{
    for (long at = 0; at < size;) {
        const struct child_entry *entry = (const struct child_entry *)(const void *)(entries + at);
        const int fd = child_number(entry->name);
        if (fd >= 3)
            (void)syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC); /* it is open, so this can't fail */
        at += entry->size;
    }
}

/* Marks what /proc says is open. The flag doesn't change the list, so it can be read in pieces. */
SUBPROC_POSIX_CHILD static int child_mark_listed(void)
{
    enum { PIECE = 2048 };
    _Alignas(uint64_t) char entries[PIECE];
    const int list = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (list < 0)
        return -1;
    long size;
    while ((size = syscall(SYS_getdents64, list, entries, sizeof entries)) > 0)
        child_mark_entries(entries, size);
    const int problem = errno;
    child_close(list);
    errno = problem;
    return size == 0 ? 0 : -1;
}

SUBPROC_POSIX_CHILD static bool child_opens_again(const struct subproc_posix_launch *launch,
                                                  const struct subproc_posix_mapping *mapping)
{
    /* for the report's end the table is copied up to there in any case */
    return launch->opens_again && launch->table_is_shared && launch->report_to < 0 && mapping->again.path[0] != '\0';
}

SUBPROC_POSIX_CHILD static int child_highest_source(const struct subproc_posix_launch *launch)
{
    int highest = launch->report_to > STDERR_FILENO ? launch->report_to : STDERR_FILENO;
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].source > highest && !child_opens_again(launch, &launch->map[i]))
            highest = launch->map[i].source;
    return highest;
}

/*
 * Where the host's table came with its memory: a table of our own before anything in it changes. To copy one of ten thousand
 * descriptors would cost more than all the rest of a start, so only the low part that is needed is copied. Whether there is
 * anything above 2 in it.
 */
SUBPROC_POSIX_CHILD static bool child_own_table(struct subproc_posix_launch *launch)
{
    const int highest = child_highest_source(launch);
    if (!launch->table_is_shared)
        return true;
    if (child_copy_low((unsigned)highest + 1) == 0)
        return highest > STDERR_FILENO;
    if (syscall(SYS_unshare, CLONE_FILES) != 0)
        child_fail(launch, subproc_posix_table_step, errno);
    launch->table_is_shared = false;
    return true;
}

/* Makes every descriptor above 2 close-on-exec; never by trying numbers up to the limit. */
SUBPROC_POSIX_CHILD static void child_hide_others(struct subproc_posix_launch *launch)
{
    if (!child_own_table(launch) || child_mark_range() == 0)
        return;
    const int problem = errno;
    if (launch->report_from >= 0)
        child_close(launch->report_from); /* not ours to use, and its number may be the only free one */
    if (child_mark_listed() != 0)
        child_fail(launch, "close_range", problem);
}

SUBPROC_POSIX_CHILD static int child_keep(int fd)
{
    return (int)syscall(SYS_fcntl, fd, F_SETFD, 0);
}

/* A pipe's other end is open with us, so that this never blocks. Where /proc is another's, the path may lead to anything. */
SUBPROC_POSIX_CHILD static int child_open_again(const struct subproc_posix_again *again)
{
    struct stat file;
    if (stat(again->path, &file) != 0 || file.st_dev != again->device || file.st_ino != again->inode)
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, again->path, again->way, 0);
}

SUBPROC_POSIX_CHILD static int child_place_again(const struct subproc_posix_launch *launch,
                                                 const struct subproc_posix_mapping *mapping)
{
    const int opened = child_open_again(&mapping->again);
    if (opened < 0)
        child_fail(launch, subproc_posix_again_step, errno);
    if (opened == mapping->target)
        return opened;
    const int placed = child_dup(opened, mapping->target);
    const int problem = errno;
    child_close(opened);
    errno = problem;
    return placed;
}

/* All is marked already. */
static void child_close_others(const struct subproc_posix_launch *launch)
{
    (void)launch;
}

#else

static int child_dup(int source, int target)
{
    return dup2(source, target);
}

static int child_keep(int fd)
{
    return fcntl(fd, F_SETFD, 0);
}

/* Nowhere is the table shared here. */
static bool child_opens_again(const struct subproc_posix_launch *launch, const struct subproc_posix_mapping *mapping)
{
    (void)launch;
    (void)mapping;
    return false;
}

static int child_place_again(const struct subproc_posix_launch *launch, const struct subproc_posix_mapping *mapping)
{
    (void)launch;
    (void)mapping;
    return -1;
}

/* Nothing to do before the dup2 calls. */
static void child_hide_others(struct subproc_posix_launch *launch)
{
    (void)launch;
}

#if SUBPROC_HAVE_CLOSE_RANGE || SUBPROC_HAVE_CLOSEFROM

static bool child_needs(const struct subproc_posix_launch *launch, int fd)
{
    if (fd == launch->report_to)
        return true;
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].target == fd)
            return true;
    return false;
}

static int child_highest_needed(const struct subproc_posix_launch *launch)
{
    int highest = launch->report_to;
    for (size_t i = 0; i < launch->map_count; i++)
        highest = launch->map[i].target > highest ? launch->map[i].target : highest;
    return highest;
}

/* One by one only below the highest number that is needed, all the rest at once. */
static void child_close_others(const struct subproc_posix_launch *launch)
{
    const int highest = child_highest_needed(launch);
    for (int fd = 3; fd < highest; fd++)
        if (!child_needs(launch, fd))
            (void)close(fd);
#if SUBPROC_HAVE_CLOSEFROM
    closefrom(highest + 1);
#else
    (void)close_range((unsigned)highest + 1, ~0U, 0);
#endif
}

#else

/* macOS closes the rest in its exec. */
static void child_close_others(const struct subproc_posix_launch *launch)
{
    (void)launch;
}

#endif
#endif

SUBPROC_POSIX_CHILD static int child_place(const struct subproc_posix_launch *launch,
                                           const struct subproc_posix_mapping *mapping)
{
    if (child_opens_again(launch, mapping))
        return child_place_again(launch, mapping);
    /* dup2 of a number to itself would leave its close-on-exec flag, and refuses one above the soft limit */
    return mapping->source == mapping->target ? child_keep(mapping->source) : child_dup(mapping->source, mapping->target);
}

SUBPROC_POSIX_CHILD static void child_place_descriptors(struct subproc_posix_launch *launch)
{
    child_hide_others(launch);
    for (size_t i = 0; i < launch->map_count; i++)
        if (child_place(launch, &launch->map[i]) < 0)
            child_fail(launch, "dup2", errno);
    child_close_others(launch);
}

/* ---- limits, directory, identity ------------------------------------------------------------------------------- */

#if defined(__linux__)

/* The call's own 64 bits on every architecture, with no limit as all ones: prlimit(2) */
SUBPROC_POSIX_CHILD static int child_set_limit(const struct subproc_resource_limit *limit)
{
    const uint64_t values[2] = {limit->soft, limit->hard};
    return (int)syscall(SYS_prlimit64, 0, limit->resource, values, NULL);
}

#else

static rlim_t child_limit_value(uint64_t value)
{
    return value >= (uint64_t)RLIM_INFINITY ? RLIM_INFINITY : (rlim_t)value;
}

static int child_set_limit(const struct subproc_resource_limit *limit)
{
    const struct rlimit values = {.rlim_cur = child_limit_value(limit->soft), .rlim_max = child_limit_value(limit->hard)};
    return setrlimit(limit->resource, &values);
}

#endif

SUBPROC_POSIX_CHILD static void child_set_limits(const struct subproc_posix_launch *launch)
{
    for (size_t i = 0; i < launch->posix->limit_count; i++)
        if (child_set_limit(&launch->posix->limits[i]) != 0)
            child_fail(launch, "rlimit", errno);
}

SUBPROC_POSIX_CHILD static void child_enter_directory(const struct subproc_posix_launch *launch)
{
    if (launch->directory == NULL || chdir(launch->directory) == 0)
        return;
    const struct subproc_posix_verdict verdict = {.step = "chdir", .code = SUBPROC_E_NO_DIRECTORY, .errnum = errno};
    child_die(launch, &verdict);
}

#if defined(__linux__)

/* 32-bit systems have an older call for 16-bit ids under the plain name: setresuid(2) */
#ifdef SYS_setresuid32
enum { CHILD_SETRESUID = SYS_setresuid32, CHILD_SETRESGID = SYS_setresgid32, CHILD_SETGROUPS = SYS_setgroups32 };
#else
enum { CHILD_SETRESUID = SYS_setresuid, CHILD_SETRESGID = SYS_setresgid, CHILD_SETGROUPS = SYS_setgroups };
#endif

SUBPROC_POSIX_CHILD static int child_set_groups(const struct subproc_posix_identity *identity)
{
    return (int)syscall(CHILD_SETGROUPS, identity->group_count, identity->groups);
}

SUBPROC_POSIX_CHILD static int child_set_group(gid_t group)
{
    return (int)syscall(CHILD_SETRESGID, group, group, group);
}

SUBPROC_POSIX_CHILD static int child_set_user(uid_t user)
{
    return (int)syscall(CHILD_SETRESUID, user, user, user);
}

#else

static int child_set_groups(const struct subproc_posix_identity *identity)
{
    return setgroups((int)identity->group_count, identity->groups);
}

/* Setting the real id sets the saved one too: https://pubs.opengroup.org/onlinepubs/9799919799/functions/setreuid.html */
static int child_set_group(gid_t group)
{
    return setregid(group, group);
}

static int child_set_user(uid_t user)
{
    return setreuid(user, user);
}

#endif

SUBPROC_POSIX_CHILD static void child_become(const struct subproc_posix_launch *launch)
{
    const struct subproc_posix_identity *identity = &launch->identity;
    if (identity->set_groups && child_set_groups(identity) != 0)
        child_fail(launch, "setgroups", errno);
    if (identity->set_group && child_set_group(identity->group) != 0)
        child_fail(launch, "setgid", errno);
    if (identity->set_user && child_set_user(identity->user) != 0)
        child_fail(launch, "setuid", errno);
    if ((launch->posix->set & SUBPROC_POSIX_UMASK) != 0)
        (void)umask((mode_t)launch->posix->umask);
}

SUBPROC_POSIX_CHILD static void child_leave_group(const struct subproc_posix_launch *launch)
{
    if (launch->posix->new_session != 0 && setsid() < 0)
        child_fail(launch, "setsid", errno);
    const bool joins = (launch->posix->set & SUBPROC_POSIX_PROCESS_GROUP) != 0;
    const pid_t group = joins ? (pid_t)launch->posix->process_group : 0;
    if ((joins || launch->leads_group) && setpgid(0, group) != 0)
        child_fail(launch, "setpgid", errno);
}

/* ---- the parent's end ------------------------------------------------------------------------------------------ */

#if defined(__linux__)

/*
 * After the change of ids, which clears it: PR_SET_PDEATHSIG(2const). It is bound to the thread that starts us, which stands
 * still until our exec, so only the whole process can have ended before; then we have another parent by now. In a namespace of
 * ours the parent has the number 0, before its end and after: there, and there alone, nothing can be known.
 */
SUBPROC_POSIX_CHILD static void child_bind(const struct subproc_posix_launch *launch)
{
    if (launch->bound_to == 0)
        return;
    if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        child_fail(launch, "end_with_parent", errno);
    const long parent = syscall(SYS_getppid);
    if (parent != launch->bound_to && parent != 0)
        child_fail(launch, "end_with_parent", ESRCH);
}

#else

/* subproc_os_check refuses it. */
static void child_bind(const struct subproc_posix_launch *launch)
{
    (void)launch;
}

#endif

/* ---- signals --------------------------------------------------------------------------------------------------- */

#if defined(__linux__)

enum {
    KERNEL_SIGNALS = _NSIG - 1,
    KERNEL_MASK_SIZE = _NSIG / 8, /* what the kernel takes; libc's type is larger */
#if defined(__mips__)
    HANDLER_WORD = 1 /* its struct sigaction begins with the flags */
#else
    HANDLER_WORD = 0
#endif
};

SUBPROC_POSIX_CHILD void subproc_posix_set_mask(const sigset_t *mask, sigset_t *old)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, old, (size_t)KERNEL_MASK_SIZE); /* can't fail with good pointers */
}

void subproc_posix_block_all(sigset_t *old)
{
    sigset_t all;
    memset(&all, 0xff, sizeof all); /* sigfillset leaves libc's own out */
    subproc_posix_set_mask(&all, old);
}

enum child_disposition { CHILD_DEFAULT, CHILD_IGNORED, CHILD_CAUGHT };

/* Room for the kernel's struct sigaction of any architecture; all zero it is SIG_DFL on each. */
struct child_action {
    uintptr_t words[20];
};

SUBPROC_POSIX_CHILD static enum child_disposition child_disposition(int number)
{
    struct child_action action = {{0}};
    if (syscall(SYS_rt_sigaction, number, NULL, &action, (size_t)KERNEL_MASK_SIZE) != 0)
        return CHILD_DEFAULT;
    const uintptr_t handler = action.words[HANDLER_WORD];
    return handler == (uintptr_t)SIG_DFL ? CHILD_DEFAULT : handler == (uintptr_t)SIG_IGN ? CHILD_IGNORED : CHILD_CAUGHT;
}

SUBPROC_POSIX_CHILD static void child_set_default(int number)
{
    const struct child_action action = {{0}};
    (void)syscall(SYS_rt_sigaction, number, &action, NULL, (size_t)KERNEL_MASK_SIZE); /* refused for KILL and STOP alone */
}

#else

#if defined(NSIG)
enum { KERNEL_SIGNALS = NSIG - 1 };
#else
enum { KERNEL_SIGNALS = 64 };
#endif

void subproc_posix_set_mask(const sigset_t *mask, sigset_t *old)
{
    (void)pthread_sigmask(SIG_SETMASK, mask, old); /* can't fail with good pointers */
}

void subproc_posix_block_all(sigset_t *old)
{
    sigset_t all;
    sigfillset(&all);
    subproc_posix_set_mask(&all, old);
}

enum child_disposition { CHILD_DEFAULT, CHILD_IGNORED, CHILD_CAUGHT };

static enum child_disposition child_disposition(int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL)
        return CHILD_DEFAULT;
    return action.sa_handler == SIG_IGN ? CHILD_IGNORED : CHILD_CAUGHT;
}

static void child_set_default(int number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    (void)sigaction(number, &action, NULL); /* refused for KILL and STOP alone */
}

#endif

/* Handlers go before the mask does: none of the host's may ever run here. */
SUBPROC_POSIX_CHILD static void child_set_signals(const struct subproc_posix_launch *launch)
{
    const enum subproc_signals signals = launch->posix->signals;
    const bool look = !launch->none_is_caught || signals == SUBPROC_SIGNALS_RESET;
    for (int number = 1; look && number <= KERNEL_SIGNALS; number++) {
        const enum child_disposition disposition = child_disposition(number);
        if (disposition == CHILD_CAUGHT || (disposition == CHILD_IGNORED && signals == SUBPROC_SIGNALS_RESET))
            child_set_default(number);
    }
    if (signals == SUBPROC_SIGNALS_DEFAULT)
        child_set_default(SIGPIPE);
    sigset_t none;
    sigemptyset(&none);
    subproc_posix_set_mask(signals == SUBPROC_SIGNALS_INHERIT ? &launch->mask : &none, NULL);
}

/* ---- exec ------------------------------------------------------------------------------------------------------ */

SUBPROC_POSIX_CHILD static bool is_missing(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENODEV: /* these two: a network mount that is gone, as execvp has it: glibc posix/execvpe.c */
    case ETIMEDOUT:
#ifdef ESTALE
    case ESTALE:
#endif
        return true;
    default:
        return false;
    }
}

SUBPROC_POSIX_CHILD bool subproc_posix_pass_over(struct subproc_posix_verdict *verdict, const char *program, int errnum)
{
    struct stat file;
    const bool was_missing = verdict->step == NULL || verdict->code == SUBPROC_E_NOT_FOUND;
    if (is_missing(errnum)) {
        /* a file that is there and "isn't found" is a script: what its first line names is missing */
        const bool exists = program[0] != '\0' && stat(program, &file) == 0;
        if (exists && was_missing)
            *verdict = (struct subproc_posix_verdict){.step = "interpreter", .errnum = errnum};
        else if (verdict->step == NULL)
            *verdict = (struct subproc_posix_verdict){.step = "exec", .code = SUBPROC_E_NOT_FOUND, .errnum = errnum};
        return true;
    }
    if (errnum == EACCES) {
        if (was_missing)
            *verdict = (struct subproc_posix_verdict){.step = "exec", .errnum = errnum};
        return true;
    }
    *verdict = (struct subproc_posix_verdict){.step = "exec", .errnum = errnum};
    return false;
}

SUBPROC_POSIX_CHILD static int child_exec(const struct subproc_posix_launch *launch, const char *program)
{
#if defined(__APPLE__)
    /* as an exec that closes what isn't named: POSIX_SPAWN_SETEXEC, posix_spawnattr_setflags(3) of macOS */
    return posix_spawn(NULL, program, &launch->exec_actions, &launch->exec_attributes, launch->argv, launch->environment);
#else
    (void)execve(program, launch->argv, launch->environment);
    return errno;
#endif
}

SUBPROC_POSIX_CHILD int subproc_posix_child_main(void *argument)
{
    struct subproc_posix_launch *launch = argument;
    launch->memory_is_shared = true;
    child_leave_group(launch);
    child_place_descriptors(launch);
    child_set_limits(launch);
    child_enter_directory(launch);
    child_become(launch);
    child_bind(launch);
    child_set_signals(launch);

    struct subproc_posix_verdict verdict = launch->verdict;
    for (const char **program = launch->programs; *program != NULL; program++)
        if (!subproc_posix_pass_over(&verdict, *program, child_exec(launch, *program)))
            break;
    child_die(launch, &verdict);
}
