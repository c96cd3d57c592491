/* How we hear of a child's end: a pidfd, a kqueue, or a thread that waits for it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

#if SUBPROC_HAVE_PIDFD
#include <sys/syscall.h>
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* one number on all architectures: linux/include/uapi/asm-generic/unistd.h */
#endif
#endif
#if SUBPROC_HAVE_KQUEUE
#include <sys/event.h>
#endif

/* ---- pidfd ----------------------------------------------------------------------------------------------------- */

#if SUBPROC_HAVE_PIDFD

static atomic_bool pidfds_are_useless;

bool subproc_posix_pidfd_wanted(void)
{
    return !atomic_load(&pidfds_are_useless);
}

/*
 * Linux 5.2 has CLONE_PIDFD but no poll for it, and a file without poll is always ready for everything. One that has it
 * never is for POLLOUT, so one look at the real thing tells, without a descriptor for a probe.
 */
static bool can_be_polled(int pidfd)
{
    static atomic_bool known;
    if (atomic_load(&known))
        return true;
    struct pollfd polled = {.fd = pidfd, .events = POLLIN | POLLOUT};
    if (poll(&polled, 1, 0) < 0)
        return false;
    const bool works = (polled.revents & (POLLOUT | POLLNVAL)) == 0;
    atomic_store(works ? &known : &pidfds_are_useless, true);
    return works;
}

/* Whether the pidfd that was opened by number names a child of ours, not a stranger who got the number in between. */
static bool names_our_child(int pidfd)
{
    enum { WAIT_FOR_PIDFD = 3 }; /* P_PIDFD, which older headers lack; Linux 5.4, else EINVAL */
    siginfo_t info;
    return waitid((idtype_t)WAIT_FOR_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static int pidfd_by_number(pid_t pid)
{
    if (!subproc_posix_pidfd_wanted())
        return -1;
    const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        if (errno == ENOSYS || errno == EPERM) /* an old kernel; a sandbox */
            atomic_store(&pidfds_are_useless, true);
        return -1;
    }
    if (names_our_child(pidfd))
        return pidfd;
    subproc_os_handle_close(pidfd);
    return -1;
}

/* Makes `pidfd` the notice if it serves as one; owns it. */
static void take_pidfd(struct subproc_posix_notice *notice, int pidfd)
{
    const int moved = subproc_posix_above_standard(pidfd);
    if (moved < 0)
        return;
    if (!can_be_polled(moved)) {
        subproc_os_handle_close(moved);
        return;
    }
    notice->handle = moved;
    notice->is_pidfd = true;
}

#else

bool subproc_posix_pidfd_wanted(void)
{
    return false;
}

static int pidfd_by_number(pid_t pid)
{
    (void)pid;
    return -1;
}

static void take_pidfd(struct subproc_posix_notice *notice, int pidfd)
{
    (void)notice;
    subproc_os_handle_close(pidfd);
}

#endif

void subproc_posix_notice_born(struct subproc_os_child *child, int pidfd, bool may_open_pidfd)
{
    child->notice = (struct subproc_posix_notice){.handle = -1};
    if (pidfd < 0 && may_open_pidfd)
        pidfd = pidfd_by_number(child->pid);
    if (pidfd >= 0)
        take_pidfd(&child->notice, subproc_posix_leave_low(pidfd));
}

/* ---- kqueue ---------------------------------------------------------------------------------------------------- */

#if SUBPROC_HAVE_KQUEUE

/* -1 also for a child that has ended already, which macOS answers with ESRCH: then the thread sees it at once. */
static int open_kqueue(pid_t pid)
{
    const int queue = subproc_posix_above_standard(kqueue());
    if (queue < 0)
        return -1;
    struct kevent change;
    EV_SET(&change, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, 0);
    if (fcntl(queue, F_SETFD, FD_CLOEXEC) == 0 && kevent(queue, &change, 1, NULL, 0, NULL) == 0)
        return queue;
    subproc_os_handle_close(queue);
    return -1;
}

#else

static int open_kqueue(pid_t pid)
{
    (void)pid;
    return -1;
}

#endif

/* ---- a thread that waits --------------------------------------------------------------------------------------- */

/* Shared by the child and its thread; freed by the last of them, so the child may be freed first. */
struct subproc_posix_watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pid_t pid;
    int users;
    bool ended;
    int write_end; /* written to and closed at the end; -1: no pipe (yet) */
};

static void destroy_watch(struct subproc_posix_watch *watch)
{
    (void)pthread_cond_destroy(&watch->changed); /* nobody waits */
    (void)pthread_mutex_destroy(&watch->lock);
    free(watch);
}

static void leave_watch(struct subproc_posix_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    const bool last = --watch->users == 0;
    pthread_mutex_unlock(&watch->lock);
    if (last)
        destroy_watch(watch);
}

/* Makes the pipe's other end readable for good: a byte for those who ask for data, the closed end for the rest. */
static void ring(struct subproc_posix_watch *watch)
{
    if (watch->write_end < 0)
        return;
    while (write(watch->write_end, "", 1) < 0 && errno == EINTR)
        continue;
    subproc_os_handle_close(watch->write_end);
    watch->write_end = -1;
}

static void *wait_for_end(void *argument)
{
    struct subproc_posix_watch *watch = argument;
    siginfo_t info;
    /* WNOWAIT leaves the status to whoever collects it; any failure but EINTR says that there is no such child any more */
    while (waitid(P_PID, (id_t)watch->pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&watch->lock);
    watch->ended = true;
    ring(watch);
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
    leave_watch(watch);
    return NULL;
}

/* 0 or an errno. */
static int start_thread(struct subproc_posix_watch *watch, const pthread_attr_t *attributes)
{
    /* the host's handlers shall not run in a thread that it doesn't know */
    sigset_t all, old;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old); /* can't fail with good pointers */
    pthread_t thread;
    const int problem = pthread_create(&thread, attributes, wait_for_end, watch);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return problem;
}

static int start_watching(struct subproc_posix_watch *watch)
{
    enum { STACK_SIZE = 128 * 1024 }; /* it needs next to nothing; some systems refuse less */
    pthread_attr_t attributes;
    int problem = pthread_attr_init(&attributes);
    if (problem != 0)
        return problem;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED); /* can't fail with a good value */
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);                /* the default serves too */
    problem = start_thread(watch, &attributes);
    (void)pthread_attr_destroy(&attributes);
    return problem;
}

/* The deadlines of a wait are on the monotonic clock; macOS can't choose it, and takes a remaining time instead. */
static int make_condition(pthread_cond_t *condition)
{
#if defined(__APPLE__)
    return pthread_cond_init(condition, NULL);
#else
    pthread_condattr_t attributes;
    int problem = pthread_condattr_init(&attributes);
    if (problem != 0)
        return problem;
    problem = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (problem == 0)
        problem = pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return problem;
#endif
}

static struct timespec timespec_of(int64_t nanoseconds)
{
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
}

static void wait_condition(struct subproc_posix_watch *watch, int64_t deadline)
{
    if (deadline == SUBPROC_OS_FOREVER) {
        pthread_cond_wait(&watch->changed, &watch->lock);
        return;
    }
#if defined(__APPLE__)
    const struct timespec left = timespec_of(deadline - subproc_os_now());
    pthread_cond_timedwait_relative_np(&watch->changed, &watch->lock, &left);
#else
    const struct timespec until = timespec_of(deadline);
    pthread_cond_timedwait(&watch->changed, &watch->lock, &until);
#endif
}

/* NULL and errno on failure. */
static struct subproc_posix_watch *new_watch(pid_t pid)
{
    struct subproc_posix_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->pid = pid;
    watch->users = 1;
    watch->write_end = -1;
    int problem = pthread_mutex_init(&watch->lock, NULL);
    if (problem == 0) {
        problem = make_condition(&watch->changed);
        if (problem != 0)
            (void)pthread_mutex_destroy(&watch->lock);
    }
    if (problem == 0)
        return watch;
    free(watch);
    errno = problem;
    return NULL;
}

/* Makes sure that a watch is there. A child that was collected gets one without a thread, since its number may be
   another's now. */
static int need_watch(struct subproc_os_child *child, struct subproc_error *error)
{
    if (child->notice.watch != NULL)
        return 0;
    struct subproc_posix_watch *watch = new_watch(child->pid);
    if (watch == NULL)
        return subproc_os_fail(error, "thread", errno);
    watch->ended = child->end.exit.kind != SUBPROC_EXIT_RUNNING;
    if (!watch->ended) {
        watch->users++; /* before the thread can leave */
        const int problem = start_watching(watch);
        if (problem != 0) {
            destroy_watch(watch);
            return subproc_os_fail(error, "thread", problem);
        }
    }
    child->notice.watch = watch;
    return 0;
}

static int need_watch_pipe(struct subproc_os_child *child, struct subproc_error *error)
{
    const int result = need_watch(child, error);
    if (result != 0)
        return result;
    int ends[2];
    const int problem = subproc_posix_pipe(ends);
    if (problem != 0)
        return subproc_os_fail(error, "pipe", problem);
    struct subproc_posix_watch *watch = child->notice.watch;
    pthread_mutex_lock(&watch->lock);
    watch->write_end = ends[1];
    if (watch->ended)
        ring(watch);
    pthread_mutex_unlock(&watch->lock);
    child->notice.handle = ends[0];
    return 0;
}

/* ---- any of them ----------------------------------------------------------------------------------------------- */

int subproc_posix_notice_handle(struct subproc_os_child *child, int *handle, struct subproc_error *error)
{
    int result = 0;
    if (child->notice.handle < 0 && child->notice.watch == NULL && child->end.exit.kind == SUBPROC_EXIT_RUNNING)
        child->notice.handle = open_kqueue(child->pid);
    if (child->notice.handle < 0)
        result = need_watch_pipe(child, error);
    if (result == 0)
        *handle = child->notice.handle;
    return result;
}

int subproc_posix_notice_wait(struct subproc_os_child *child, int64_t deadline, struct subproc_error *error)
{
    pthread_mutex_lock(&child->lock);
    const int result = need_watch(child, error);
    struct subproc_posix_watch *watch = child->notice.watch;
    pthread_mutex_unlock(&child->lock);
    if (result != 0)
        return result;
    pthread_mutex_lock(&watch->lock);
    while (!watch->ended && (deadline == SUBPROC_OS_FOREVER || subproc_os_now() < deadline))
        wait_condition(watch, deadline);
    const bool ended = watch->ended;
    pthread_mutex_unlock(&watch->lock);
    return ended ? 0 : subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
}

void subproc_posix_notice_drop(struct subproc_posix_notice *notice)
{
    subproc_os_handle_close(notice->handle);
    notice->handle = -1;
    notice->is_pidfd = false;
    struct subproc_posix_watch *watch = notice->watch;
    notice->watch = NULL;
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    subproc_os_handle_close(watch->write_end); /* nobody hears it any more */
    watch->write_end = -1;
    pthread_mutex_unlock(&watch->lock);
    leave_watch(watch);
}
