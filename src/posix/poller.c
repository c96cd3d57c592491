/* Which descriptors are ready: epoll, kqueue, or poll where there is neither. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "posix.h"

#if SUBPROC_HAVE_EPOLL
#include <sys/epoll.h>
#elif SUBPROC_HAVE_KQUEUE
#include <sys/event.h>
#include <sys/stat.h>
#endif

enum { BATCH = 64 };

#if SUBPROC_HAVE_EPOLL

/* ---- epoll ----------------------------------------------------------------------------------------------------- */

struct subproc_posix_poller {
    int queue;
};

static int open_queue(struct subproc_posix_poller *poller)
{
    poller->queue = subproc_posix_above_standard(epoll_create1(EPOLL_CLOEXEC));
    return poller->queue >= 0 ? 0 : errno;
}

/* EPERM: "The target file fd does not support epoll", a regular file or directory:
   https://man7.org/linux/man-pages/man2/epoll_ctl.2.html. poll() finds those always ready. */
int subproc_posix_poller_change(struct subproc_posix_poller *poller, int fd, int from, int to)
{
    const int operation = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    struct epoll_event event = {.data.fd = fd};
    if ((to & SUBPROC_POSIX_READ) != 0)
        event.events |= EPOLLIN;
    if ((to & SUBPROC_POSIX_WRITE) != 0)
        event.events |= EPOLLOUT;
    return from == to || epoll_ctl(poller->queue, operation, fd, &event) == 0 ? 0 : errno;
}

/* EPOLLERR and EPOLLHUP are for both sides: the read or write that follows says what it is. */
static int ways_of(uint32_t events)
{
    int ways = 0;
    if ((events & ~(uint32_t)EPOLLOUT) != 0)
        ways |= SUBPROC_POSIX_READ;
    if ((events & ~(uint32_t)EPOLLIN) != 0)
        ways |= SUBPROC_POSIX_WRITE;
    return ways;
}

int subproc_posix_poller_wait(struct subproc_posix_poller *poller, int timeout, subproc_posix_found *found, void *context)
{
    struct epoll_event events[BATCH];
    const int count = epoll_wait(poller->queue, events, BATCH, timeout);
    for (int i = 0; i < count; i++)
        found(context, events[i].data.fd, ways_of(events[i].events));
    return count;
}

static void close_queue(struct subproc_posix_poller *poller)
{
    subproc_os_handle_close(poller->queue);
}

#elif SUBPROC_HAVE_KQUEUE

/* ---- kqueue ---------------------------------------------------------------------------------------------------- */

struct subproc_posix_poller {
    int queue;
};

static int open_queue(struct subproc_posix_poller *poller)
{
    poller->queue = subproc_posix_above_standard(kqueue());
    if (poller->queue < 0)
        return errno;
    return fcntl(poller->queue, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
}

/* A regular file is only told of before its end, so that what poll() finds always ready is left to the caller. */
static bool is_always_ready(int fd)
{
    struct stat file;
    return fstat(fd, &file) == 0 && (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode));
}

static int change_one(const struct subproc_posix_poller *poller, int fd, short filter, bool was, bool is)
{
    struct kevent change;
    if (was == is)
        return 0;
    EV_SET(&change, (uintptr_t)fd, filter, is ? EV_ADD : EV_DELETE, 0, 0, 0);
    if (kevent(poller->queue, &change, 1, NULL, 0, NULL) == 0)
        return 0;
    /* a device that kqueue can't watch (macOS, NetBSD); a pipe that nobody reads any more, which a write would tell (FreeBSD) */
    return errno == EINVAL || errno == ENODEV || errno == EPIPE ? EPERM : errno;
}

int subproc_posix_poller_change(struct subproc_posix_poller *poller, int fd, int from, int to)
{
    if (from == 0 && is_always_ready(fd))
        return EPERM;
    const int problem =
        change_one(poller, fd, EVFILT_READ, (from & SUBPROC_POSIX_READ) != 0, (to & SUBPROC_POSIX_READ) != 0);
    if (problem != 0)
        return problem;
    return change_one(poller, fd, EVFILT_WRITE, (from & SUBPROC_POSIX_WRITE) != 0, (to & SUBPROC_POSIX_WRITE) != 0);
}

int subproc_posix_poller_wait(struct subproc_posix_poller *poller, int timeout, subproc_posix_found *found, void *context)
{
    struct kevent events[BATCH];
    const struct timespec limit = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
    const int count = kevent(poller->queue, NULL, 0, events, BATCH, timeout < 0 ? NULL : &limit);
    for (int i = 0; i < count; i++)
        found(context, (int)events[i].ident, events[i].filter == EVFILT_WRITE ? SUBPROC_POSIX_WRITE : SUBPROC_POSIX_READ);
    return count;
}

static void close_queue(struct subproc_posix_poller *poller)
{
    subproc_os_handle_close(poller->queue);
}

#else

/* ---- poll ------------------------------------------------------------------------------------------------------ */

struct subproc_posix_poller {
    struct pollfd *polled;
    size_t count, room;
    size_t next; /* where the next look begins: each descriptor gets its turn */
};

static int open_queue(struct subproc_posix_poller *poller)
{
    (void)poller;
    return 0;
}

static size_t place_of(const struct subproc_posix_poller *poller, int fd)
{
    size_t place = 0;
    while (place < poller->count && poller->polled[place].fd != fd)
        place++;
    return place;
}

static int make_room(struct subproc_posix_poller *poller)
{
    if (poller->count < poller->room)
        return 0;
    const size_t room = poller->room * 2 + BATCH;
    struct pollfd *polled = realloc(poller->polled, room * sizeof *polled);
    if (polled == NULL)
        return ENOMEM;
    poller->polled = polled;
    poller->room = room;
    return 0;
}

int subproc_posix_poller_change(struct subproc_posix_poller *poller, int fd, int from, int to)
{
    if (from == to)
        return 0;
    const size_t place = from != 0 ? place_of(poller, fd) : poller->count;
    if (to == 0) {
        poller->polled[place] = poller->polled[--poller->count];
        return 0;
    }
    if (from == 0) {
        const int problem = make_room(poller);
        if (problem != 0)
            return problem;
        poller->count++;
    }
    const int events = ((to & SUBPROC_POSIX_READ) != 0 ? POLLIN : 0) | ((to & SUBPROC_POSIX_WRITE) != 0 ? POLLOUT : 0);
    poller->polled[place] = (struct pollfd){.fd = fd, .events = (short)events};
    return 0;
}

static int ways_of(int events)
{
    int ways = 0;
    if ((events & ~POLLOUT) != 0)
        ways |= SUBPROC_POSIX_READ;
    if ((events & ~POLLIN) != 0)
        ways |= SUBPROC_POSIX_WRITE;
    return ways;
}

int subproc_posix_poller_wait(struct subproc_posix_poller *poller, int timeout, subproc_posix_found *found, void *context)
{
    const int ready = poll(poller->polled, (nfds_t)poller->count, timeout);
    int left = ready < BATCH ? ready : BATCH;
    for (size_t looked = 0; left > 0 && looked < poller->count; looked++) {
        poller->next = poller->next + 1 < poller->count ? poller->next + 1 : 0;
        const struct pollfd *polled = &poller->polled[poller->next];
        if (polled->revents == 0)
            continue;
        found(context, polled->fd, ways_of(polled->revents));
        left--;
    }
    return ready;
}

static void close_queue(struct subproc_posix_poller *poller)
{
    free(poller->polled);
}

#endif

/* ---- any of them ----------------------------------------------------------------------------------------------- */

int subproc_posix_poller_open(struct subproc_posix_poller **opened)
{
    struct subproc_posix_poller *poller = calloc(1, sizeof *poller);
    if (poller == NULL)
        return ENOMEM;
    const int problem = open_queue(poller);
    if (problem != 0) {
        close_queue(poller);
        free(poller);
        return problem;
    }
    *opened = poller;
    return 0;
}

void subproc_posix_poller_close(struct subproc_posix_poller *poller)
{
    if (poller == NULL)
        return;
    close_queue(poller);
    free(poller);
}
