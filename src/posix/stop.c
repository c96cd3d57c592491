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

/* Whether the number still means our child: it does until someone collects it, and nobody else does while we look. */
static bool is_still_ours(const struct subproc_os_child *child)
{
    siginfo_t info;
    info.si_pid = 0;
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* 0 or an errno. */
static int send_to(const struct subproc_os_child *child, int number)
{
#if defined(__linux__)
    if (child->notice.is_pidfd) {
        if (syscall(SYS_pidfd_send_signal, child->notice.handle, number, NULL, 0) == 0)
            return 0;
        if (errno != ENOSYS && errno != EPERM) /* a sandbox says EPERM too; kill() knows whether it is meant */
            return errno;
    }
#endif
    if (!is_still_ours(child))
        return 0;
    return kill(child->pid, number) == 0 ? 0 : errno;
}

int subproc_os_child_signal(struct subproc_os_child *child, int number, struct subproc_error *error)
{
    pthread_mutex_lock(&child->lock);
    const int problem = child->end.exit.kind == SUBPROC_EXIT_RUNNING ? send_to(child, number) : 0;
    pthread_mutex_unlock(&child->lock);
    return problem == 0 || problem == ESRCH ? 0 : subproc_os_fail(error, "kill", problem);
}

int subproc_os_child_stop(struct subproc_os_child *child, enum subproc_os_stop how, struct subproc_error *error)
{
    if (how == SUBPROC_OS_KILL)
        return subproc_os_child_signal(child, SIGKILL, error);
    const int result = subproc_os_child_signal(child, SIGTERM, error);
    if (result != 0 || how == SUBPROC_OS_TERMINATE)
        return result;
    return subproc_os_child_signal(child, SIGCONT, error); /* a stopped child can't answer */
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
    const bool gone = is_gone(child);
    subproc_posix_notice_drop(&child->notice);
    if (gone)
        destroy(child);
    else
        adopt_orphan(child);
    subproc_posix_sweep(0);
}
