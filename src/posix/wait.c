/* Waiting: for several things at once, and for one child's status. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

/* ---- one child's status ---------------------------------------------------------------------------------------- */

/* What the system told about an ended child. */
struct ending {
    bool signalled;
    int code;
    int64_t user_ns, system_ns;
    int64_t peak_rss_units;
};

enum look { LOOK_RUNNING, LOOK_ENDED, LOOK_FAILED };

#if defined(__linux__)

/* The kernel's struct rusage, whose times stayed `long` where a libc has wider ones. waitid(2), "C library/kernel
   differences": the system call has a fifth argument for it. https://man7.org/linux/man-pages/man2/waitid.2.html */
struct kernel_rusage {
    long user_s, user_us, system_s, system_us;
    long maxrss;
    long others[13];
};

enum { WAIT_FOR_PIDFD = 3 }; /* P_PIDFD, which older headers lack */

static int64_t nanoseconds(long seconds, long microseconds)
{
    return (int64_t)seconds * 1000000000 + (int64_t)microseconds * 1000;
}

static long raw_waitid(const struct subproc_os_child *child, int flags, siginfo_t *info, struct kernel_rusage *usage)
{
    if (child->notice.is_pidfd) {
        /* by pidfd, so that a child of the host that has the number now is left alone; Linux 5.4, else EINVAL */
        const long found = syscall(SYS_waitid, WAIT_FOR_PIDFD, child->notice.handle, info, flags, usage);
        if (found == 0 || errno != EINVAL)
            return found;
    }
    return syscall(SYS_waitid, P_PID, child->pid, info, flags, usage);
}

/* Collects the child if it has ended; WNOHANG and WNOWAIT as waitid() has them. */
static enum look look(const struct subproc_os_child *child, int flags, struct ending *ending)
{
    siginfo_t info;
    struct kernel_rusage usage;
    memset(&info, 0, sizeof info);
    memset(&usage, 0, sizeof usage);
    if (raw_waitid(child, WEXITED | flags, &info, &usage) != 0)
        return LOOK_FAILED;
    if (info.si_pid == 0)
        return LOOK_RUNNING;
    *ending = (struct ending){
        .signalled = info.si_code != CLD_EXITED,
        .code = info.si_status,
        .user_ns = nanoseconds(usage.user_s, usage.user_us),
        .system_ns = nanoseconds(usage.system_s, usage.system_us),
        .peak_rss_units = usage.maxrss,
    };
    return LOOK_ENDED;
}

#else

static int64_t nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

/* waitid() tells no use of resources. */
static enum look look_only(const struct subproc_os_child *child, int flags, struct ending *ending)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | flags) != 0)
        return LOOK_FAILED;
    if (info.si_pid == 0)
        return LOOK_RUNNING;
    *ending = (struct ending){
        .signalled = info.si_code != CLD_EXITED,
        /* FreeBSD has all that was given to exit() here, wait4() the low byte alone: wait(2) */
        .code = info.si_code == CLD_EXITED ? info.si_status & 0xFF : info.si_status,
        .user_ns = -1,
        .system_ns = -1,
        .peak_rss_units = -1,
    };
    return LOOK_ENDED;
}

/* Collects the child if it has ended; WNOHANG and WNOWAIT as waitid() has them. */
static enum look look(const struct subproc_os_child *child, int flags, struct ending *ending)
{
    if ((flags & WNOWAIT) != 0)
        return look_only(child, flags, ending);
    int status = 0;
    struct rusage usage;
    const pid_t found = wait4(child->pid, &status, flags, &usage);
    if (found != child->pid)
        return found == 0 ? LOOK_RUNNING : LOOK_FAILED;
    *ending = (struct ending){
        .signalled = !WIFEXITED(status),
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
        .user_ns = nanoseconds(usage.ru_utime),
        .system_ns = nanoseconds(usage.ru_stime),
        .peak_rss_units = usage.ru_maxrss,
    };
    return LOOK_ENDED;
}

#endif

#if defined(__APPLE__)
enum { PEAK_RSS_UNIT = 1 }; /* getrusage(2) of macOS: bytes */
#else
enum { PEAK_RSS_UNIT = 1024 };
#endif

static int64_t peak_rss(const struct subproc_os_child *child, int64_t units)
{
#if defined(__linux__)
    if (units <= child->own_peak_rss)
        return -1; /* setmax_mm_hiwater_rss() at exec: the count begins at our own peak */
#else
    (void)child;
#endif
    return units < 0 ? -1 : units * PEAK_RSS_UNIT;
}

static void note_end(struct subproc_os_child *child, const struct ending *ending)
{
    child->end = (struct subproc_os_end){
        .exit.kind = ending->signalled ? SUBPROC_EXIT_SIGNALLED : SUBPROC_EXIT_EXITED,
        .exit.code = (uint32_t)ending->code,
        .ended_at = subproc_os_now(),
        .user_ns = ending->user_ns,
        .system_ns = ending->system_ns,
        .peak_rss = peak_rss(child, ending->peak_rss_units),
    };
}

static void note_loss(struct subproc_os_child *child)
{
    child->end = (struct subproc_os_end){
        .exit.kind = SUBPROC_EXIT_LOST,
        .ended_at = subproc_os_now(),
        .user_ns = -1,
        .system_ns = -1,
        .peak_rss = -1,
    };
}

static int collect(struct subproc_os_child *child, int flags, struct subproc_error *error)
{
    if (child->end.exit.kind != SUBPROC_EXIT_RUNNING)
        return 0;
    struct ending ending;
    switch (look(child, flags | (child->has_tree ? WNOWAIT : 0), &ending)) {
    case LOOK_RUNNING:
        return SUBPROC_E_AGAIN;
    case LOOK_ENDED:
        note_end(child, &ending);
        child->is_held = child->has_tree;
        return 0;
    default:
        if (errno == EINTR)
            return SUBPROC_E_AGAIN;
        if (errno != ECHILD)
            return subproc_os_fail(error, "wait", errno);
        note_loss(child);
        return 0;
    }
}

int subproc_posix_collect(struct subproc_os_child *child, struct subproc_error *error)
{
    return collect(child, WNOHANG, error);
}

/* Until the end. */
static int collect_alone(struct subproc_os_child *child, struct subproc_error *error)
{
    int result;
    pthread_mutex_lock(&child->lock);
    do
        result = collect(child, 0, error);
    while (result == SUBPROC_E_AGAIN);
    pthread_mutex_unlock(&child->lock);
    return result;
}

enum subproc_posix_life subproc_posix_life(const struct subproc_os_child *child)
{
    struct ending unused;
    switch (look(child, WNOHANG | WNOWAIT, &unused)) {
    case LOOK_RUNNING:
        return SUBPROC_POSIX_RUNNING;
    case LOOK_ENDED:
        return SUBPROC_POSIX_ZOMBIE;
    default:
        return SUBPROC_POSIX_GONE;
    }
}

void subproc_posix_let_go(struct subproc_os_child *child)
{
    struct ending unused;
    if (child->is_held)
        (void)look(child, WNOHANG, &unused); /* if someone else was faster nothing is lost: the status is known */
    child->is_held = child->has_tree = false;
}

bool subproc_os_child_has_tree(const struct subproc_os_child *child)
{
    return child->has_tree;
}

int64_t subproc_os_child_id(const struct subproc_os_child *child)
{
    return child->pid;
}

int subproc_os_child_status(struct subproc_os_child *child, struct subproc_os_end *end, struct subproc_error *error)
{
    pthread_mutex_lock(&child->lock);
    const int result = subproc_posix_collect(child, error);
    if (result == 0)
        *end = child->end;
    pthread_mutex_unlock(&child->lock);
    return result;
}

int subproc_os_child_exit_handle(struct subproc_os_child *child, subproc_handle *handle, struct subproc_error *error)
{
    int fd = -1;
    pthread_mutex_lock(&child->lock);
    const int result = subproc_posix_notice_handle(child, &fd, error);
    pthread_mutex_unlock(&child->lock);
    if (result == 0)
        *handle = fd;
    return result;
}

/* ---- several things at once ------------------------------------------------------------------------------------ */

enum { FEW = 8 }; /* a run waits for at most five; this many need no allocation */

/* The descriptor to poll for a child, or -1 with *ended set. */
static int child_descriptor(struct subproc_os_child *child, bool *ended, int *fd, struct subproc_error *error)
{
    int result = 0;
    *fd = -1;
    pthread_mutex_lock(&child->lock);
    *ended = child->end.exit.kind != SUBPROC_EXIT_RUNNING;
    if (!*ended)
        result = subproc_posix_notice_handle(child, fd, error);
    pthread_mutex_unlock(&child->lock);
    return result;
}

static int prepare_one(struct subproc_os_item *item, struct pollfd *polled, struct subproc_error *error)
{
    *polled = (struct pollfd){.fd = -1, .events = POLLIN};
    item->ready = false;
    switch (item->kind) {
    case SUBPROC_OS_ITEM_CHILD:
        return child_descriptor(item->child, &item->ready, &polled->fd, error);
    case SUBPROC_OS_ITEM_READ:
        polled->fd = (int)subproc_os_pipe_handle(item->pipe);
        return 0;
    case SUBPROC_OS_ITEM_WRITE:
        polled->fd = (int)subproc_os_pipe_handle(item->pipe);
        polled->events = POLLOUT;
        return 0;
    default:
        polled->fd = (int)item->handle;
        return 0;
    }
}

/* Fills `polled`; *any is whether an item is ready without asking the system. */
static int prepare_all(struct subproc_os_item *items, size_t count, struct pollfd *polled, bool *any,
                       struct subproc_error *error)
{
    int result = 0;
    *any = false;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = prepare_one(&items[i], &polled[i], error);
        *any = *any || items[i].ready;
    }
    return result;
}

int subproc_posix_poll_timeout(int64_t deadline)
{
    enum { NS_PER_MS = 1000000 };
    if (deadline == SUBPROC_OS_FOREVER)
        return -1;
    const int64_t now = subproc_os_now();
    if (deadline <= now)
        return 0;
    const int64_t left = (deadline - now - 1) / NS_PER_MS + 1;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* The number of descriptors that are ready, 0 at the deadline, -1 and errno. */
static int poll_until(struct pollfd *polled, size_t count, int64_t deadline)
{
    for (;;) {
        const int timeout = subproc_posix_poll_timeout(deadline);
        const int found = poll(polled, (nfds_t)count, timeout);
        if (found > 0 || (found == 0 && timeout == 0))
            return found;
        if (found < 0 && errno != EINTR)
            return found;
    }
}

/* Whether nothing but the child's own end can end this wait. */
static bool waits_alone(const struct subproc_os_item *items, size_t count, int64_t deadline)
{
    return count == 1 && items[0].kind == SUBPROC_OS_ITEM_CHILD && items[0].child->waits_alone &&
           deadline == SUBPROC_OS_FOREVER;
}

static int wait_polled(struct subproc_os_item *items, size_t count, int64_t deadline, struct pollfd *polled,
                       struct subproc_error *error)
{
    bool any;
    int result = prepare_all(items, count, polled, &any, error);
    if (result == SUBPROC_E_LIMIT && count == 1 && items[0].kind == SUBPROC_OS_ITEM_CHILD) {
        result = subproc_posix_notice_wait(items[0].child, deadline, error); /* a child alone needs no descriptor */
        items[0].ready = result == 0;
        return result;
    }
    if (result != 0)
        return result;
    const int found = poll_until(polled, count, any ? 0 : deadline);
    if (found < 0)
        return subproc_os_fail(error, "poll", errno);
    if (found == 0 && !any)
        return subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
    /* POLLHUP, POLLERR and POLLNVAL too: the read or write that follows says what it is */
    for (size_t i = 0; i < count; i++)
        items[i].ready = items[i].ready || polled[i].revents != 0;
    return 0;
}

int subproc_os_wait(struct subproc_os_item *items, size_t count, int64_t deadline, struct subproc_error *error)
{
    if (waits_alone(items, count, deadline)) {
        const int result = collect_alone(items[0].child, error);
        items[0].ready = result == 0;
        return result;
    }
    struct pollfd few[FEW];
    struct pollfd *polled = count <= FEW ? few : calloc(count, sizeof *polled);
    if (polled == NULL)
        return subproc_os_fail(error, "wait", ENOMEM);
    const int result = wait_polled(items, count, deadline, polled, error);
    if (polled != few)
        free(polled);
    return result;
}
