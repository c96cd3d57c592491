/*
 * A stand-in for kqueue on Linux: what src/posix uses of it, by the manual of FreeBSD and macOS, over epoll and a pidfd. It
 * proves what we ask of a kqueue, not what a real one answers.
 * https://man.freebsd.org/cgi/man.cgi?query=kqueue&sektion=2
 */
#ifndef SUBPROC_FAKE_EVENT_H
#define SUBPROC_FAKE_EVENT_H

#include <stdint.h>
#include <time.h>

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    int64_t data;
    void *udata;
};

#define EVFILT_READ  (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_PROC  (-5)
#define EV_ADD       0x0001
#define EV_DELETE    0x0002
#define NOTE_EXIT    0x80000000U

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_)                                                     \
    (*(event) = (struct kevent){.ident = (uintptr_t)(ident_),                                                              \
                                .filter = (filter_),                                                                       \
                                .flags = (flags_),                                                                         \
                                .fflags = (fflags_),                                                                       \
                                .data = (data_),                                                                           \
                                .udata = (udata_)})

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *timeout);

#endif
