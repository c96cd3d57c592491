/* Signals to a child, and letting go of it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

#if defined(__linux__)
#include <sys/syscall.h>
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* one number on all architectures: linux/include/uapi/asm-generic/unistd.h */
#endif
#endif

/* ---- signals --------------------------------------------------------------------------------------------------- */

enum {
    LEADER_ALONE = 0,
    WHOLE_GROUP = 4 /* PIDFD_SIGNAL_PROCESS_GROUP, which older headers lack; Linux 6.9, else EINVAL */
};

/*
 * Names the child, or the group that it leads, by what can't become anyone else's. 0 or an errno; ENOSYS: there is no such way
 * here. A sandbox says EPERM too, and a number that is no signal is EINVAL: kill() knows what is meant.
 * https://man7.org/linux/man-pages/man2/pidfd_send_signal.2.html
 */
static int send_by_pidfd(const struct subproc_os_child *child, int number, unsigned whom)
{
#if defined(__linux__)
    if (!child->notice.is_pidfd)
        return ENOSYS;
    if (syscall(SYS_pidfd_send_signal, child->notice.handle, number, NULL, whom) == 0)
        return 0;
    return errno == EPERM || errno == EINVAL ? ENOSYS : errno;
#else
    (void)child;
    (void)number;
    (void)whom;
    return ENOSYS;
#endif
}

/* 0 or an errno. */
static int send_to_child(const struct subproc_os_child *child, int number)
{
    const int problem = send_by_pidfd(child, number, LEADER_ALONE);
    if (problem != ENOSYS)
        return problem;
    if (subproc_posix_life(child) != SUBPROC_POSIX_RUNNING)
        return 0;
    return kill(child->pid, number) == 0 ? 0 : errno;
}

/* 0 or an errno; ECHILD: someone else collected the leader, so that its number may be a stranger's group by now. */
static int send_to_group(const struct subproc_os_child *child, int number)
{
    const int problem = send_by_pidfd(child, number, WHOLE_GROUP);
    if (problem != ENOSYS)
        return problem;
    const enum subproc_posix_life life = subproc_posix_life(child);
    if (life == SUBPROC_POSIX_GONE)
        return ECHILD;
    if (kill(-child->pid, number) == 0)
        return 0;
#if defined(__APPLE__)
    /* what it says of a group of zombies: killpg1(), xnu bsd/kern/kern_sig.c */
    if (errno == EPERM && life == SUBPROC_POSIX_ZOMBIE)
        return 0;
#endif
    return errno;
}

/* A leader may have moved to another group. What the group got it gets a second time only where that makes no difference. */
static int send_to_tree(const struct subproc_os_child *child, int number)
{
    const int problem = send_to_group(child, number);
    const bool leader_too = problem == ESRCH || (problem == 0 && number == SIGKILL);
    return leader_too && child->end.exit.kind == SUBPROC_EXIT_RUNNING ? send_to_child(child, number) : problem;
}

/* 0 or an errno. The child's lock is held. */
static int send(const struct subproc_os_child *child, int number)
{
    if (child->has_tree)
        return send_to_tree(child, number);
    return child->end.exit.kind == SUBPROC_EXIT_RUNNING ? send_to_child(child, number) : 0;
}

int subproc_os_child_signal(struct subproc_os_child *child, int number, struct subproc_error *error)
{
    pthread_mutex_lock(&child->lock);
    const int problem = send(child, number);
    pthread_mutex_unlock(&child->lock);
    if (problem == 0 || problem == ESRCH)
        return 0;
    if (problem == ECHILD)
        return subproc_error_set(error, SUBPROC_E_LOST, "kill", problem);
    return subproc_os_fail(error, "kill", problem);
}

int subproc_os_child_stop(struct subproc_os_child *child, enum subproc_os_stop how, struct subproc_error *error)
{
    if (how == SUBPROC_OS_KILL)
        return subproc_os_child_signal(child, SIGKILL, error);
    const int result = subproc_os_child_signal(child, SIGTERM, error);
    if (result != 0 || how == SUBPROC_OS_TERMINATE)
        return result;
    return subproc_os_child_signal(child, SIGCONT, error); /* what is stopped can't answer */
}

/* ---- letting go ------------------------------------------------------------------------------------------------ */

/* Children that were freed while they ran: the only process-wide state. */
static pthread_mutex_t orphans_lock = PTHREAD_MUTEX_INITIALIZER;
static struct subproc_os_child *orphans;

static void destroy(struct subproc_os_child *child)
{
    (void)pthread_mutex_destroy(&child->lock); /* nobody holds it */
    free(child);
}

/* An error other than "still running" would come again at each sweep: such a child is given up too. */
static bool is_gone(struct subproc_os_child *child)
{
    struct subproc_error ignored;
    return subproc_posix_collect(child, &ignored) != SUBPROC_E_AGAIN;
}

void subproc_posix_sweep(pid_t newborn)
{
    pthread_mutex_lock(&orphans_lock);
    for (struct subproc_os_child **link = &orphans; *link != NULL;) {
        struct subproc_os_child *child = *link;
        if (child->pid == newborn || is_gone(child)) {
            *link = child->next;
            destroy(child);
        } else {
            link = &child->next;
        }
    }
    pthread_mutex_unlock(&orphans_lock);
}

static void adopt_orphan(struct subproc_os_child *child)
{
    pthread_mutex_lock(&orphans_lock);
    child->next = orphans;
    orphans = child;
    pthread_mutex_unlock(&orphans_lock);
}

void subproc_os_child_free(struct subproc_os_child *child)
{
    if (child == NULL)
        return;
    subproc_posix_let_go(child);
    const bool gone = is_gone(child);
    subproc_posix_notice_drop(&child->notice);
    if (gone)
        destroy(child);
    else
        adopt_orphan(child);
    subproc_posix_sweep(0);
}
