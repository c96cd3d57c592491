/* See sys/event.h. */
#include "sys/event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_EVENTS = 64 };

/* What one queue watches one descriptor for. It may be stale: a closed descriptor leaves its queues by itself. */
struct watch {
    int queue, fd;
    uint32_t ways; /* EPOLLIN, EPOLLOUT */
    struct watch *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch *watches;

int kqueue(void)
{
    return epoll_create1(0);
}

static struct watch *find(int queue, int fd)
{
    struct watch *watch = watches;
    while (watch && (watch->queue != queue || watch->fd != fd))
        watch = watch->next;
    if (watch)
        return watch;
    watch = calloc(1, sizeof *watch);
    if (!watch)
        abort();
    *watch = (struct watch){.queue = queue, .fd = fd, .next = watches};
    watches = watch;
    return watch;
}

/* FreeBSD refuses to watch the writing end of a pipe that nobody reads: filt_pipewrite, sys/kern/sys_pipe.c */
static int is_broken(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLOUT};
    return poll(&polled, 1, 0) == 1 && (polled.revents & POLLERR) != 0;
}

/* What the queue really watches: nothing when the descriptor was closed since. */
static uint32_t known_ways(const struct watch *watch)
{
    struct epoll_event event = {.events = watch->ways, .data.fd = watch->fd};
    return watch->ways != 0 && epoll_ctl(watch->queue, EPOLL_CTL_MOD, watch->fd, &event) == 0 ? watch->ways : 0;
}

static int change_descriptor(int queue, const struct kevent *change)
{
    const int fd = (int)change->ident;
    const uint32_t way = change->filter == EVFILT_READ ? EPOLLIN : EPOLLOUT;
    struct watch *watch = find(queue, fd);
    const uint32_t old = known_ways(watch);
    const uint32_t new = change->flags == EV_ADD ? old | way : old & ~way;
    if (change->flags == EV_ADD && way == EPOLLOUT && is_broken(fd))
        return EPIPE;
    if (change->flags == EV_DELETE && (old & way) == 0)
        return ENOENT;
    struct epoll_event event = {.events = new, .data.fd = fd};
    const int operation = old == 0 ? EPOLL_CTL_ADD : new == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    watch->ways = new;
    return epoll_ctl(queue, operation, fd, &event) == 0 ? 0 : errno;
}

/* The queue itself becomes the pidfd, which is readable when the queue would be. It can watch nothing else then. */
static int watch_process(int queue, const struct kevent *change)
{
    const int flags = fcntl(queue, F_GETFD);
    const int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)change->ident, 0);
    if (pidfd < 0)
        return errno;
    const int problem = dup3(pidfd, queue, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) == queue ? 0 : errno;
    close(pidfd);
    return problem;
}

static int change_one(int queue, const struct kevent *change)
{
    if (change->filter == EVFILT_PROC)
        return change->fflags == NOTE_EXIT ? watch_process(queue, change) : EINVAL;
    pthread_mutex_lock(&lock);
    const int problem = change_descriptor(queue, change);
    pthread_mutex_unlock(&lock);
    return problem;
}

static int tell(const struct epoll_event *found, uint32_t ways, struct kevent *events)
{
    int count = 0;
    if ((ways & EPOLLIN) != 0 && (found->events & ~(uint32_t)EPOLLOUT) != 0)
        EV_SET(&events[count++], found->data.fd, EVFILT_READ, 0, 0, 0, NULL);
    if ((ways & EPOLLOUT) != 0 && (found->events & ~(uint32_t)EPOLLIN) != 0)
        EV_SET(&events[count++], found->data.fd, EVFILT_WRITE, 0, 0, 0, NULL);
    return count;
}

static int wait_for_events(int queue, struct kevent *events, int room, int timeout)
{
    struct epoll_event found[MOST_EVENTS / 2]; /* each may be told twice */
    const int most = room / 2 < MOST_EVENTS / 2 ? room / 2 : MOST_EVENTS / 2;
    const int count = epoll_wait(queue, found, most, timeout);
    int told = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++)
        told += tell(&found[i], find(queue, found[i].data.fd)->ways, events + told);
    pthread_mutex_unlock(&lock);
    return count < 0 ? count : told;
}

int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *timeout)
{
    for (int i = 0; i < change_count; i++) {
        const int problem = change_one(queue, &changes[i]);
        if (problem != 0) {
            errno = problem;
            return -1;
        }
    }
    if (event_count == 0)
        return 0;
    return wait_for_events(queue, events, event_count,
                           timeout ? (int)(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000) : -1);
}
