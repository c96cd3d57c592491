/* Pipes and the other descriptors that become a child's streams. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

/* macOS refuses more than INT_MAX bytes in one call with EINVAL: https://developer.apple.com/library/archive/documentation/
   System/Conceptual/ManPages_iPhoneOS/man2/write.2.html */
enum { LARGEST_TRANSFER = 1 << 30, FIRST_FREE = 3 };

struct subproc_os_pipe {
    int fd;
    bool is_enlarged; /* or that was tried */
};

int subproc_posix_above_standard(int fd)
{
    if (fd < 0 || fd >= FIRST_FREE)
        return fd;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
    const int problem = errno;
    (void)close(fd); /* a descriptor that nothing was written to: no error to lose */
    errno = problem;
    return copy;
}

int subproc_posix_leave_low(int fd)
{
    enum { FIRST = 32, END = 64 };
    if (fd < FIRST || fd >= END)
        return fd;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, END);
    if (copy < 0)
        return fd;   /* no number is free there: it stays where it is, which costs time alone */
    (void)close(fd); /* only a second name of the same */
    return copy;
}

static int raw_pipe(int ends[2])
{
#if SUBPROC_HAVE_PIPE2
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC); /* fails for a closed descriptor only */
    return 0;
#endif
}

int subproc_posix_pipe(int ends[2])
{
    int raw[2];
    if (raw_pipe(raw) != 0)
        return errno;
    ends[0] = subproc_posix_above_standard(raw[0]);
    const int first_problem = errno;
    ends[1] = subproc_posix_above_standard(raw[1]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    const int problem = ends[0] < 0 ? first_problem : errno;
    subproc_os_handle_close(ends[0]);
    subproc_os_handle_close(ends[1]);
    return problem;
}

static int set_blocking(int fd, bool blocking)
{
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static void close_both(const int ends[2])
{
    subproc_os_handle_close(ends[0]);
    subproc_os_handle_close(ends[1]);
}

int subproc_os_pipe_open(enum subproc_os_way way, struct subproc_os_pipe **opened, subproc_handle *child_end,
                         struct subproc_error *error)
{
    int ends[2];
    const int problem = subproc_posix_pipe(ends);
    if (problem != 0)
        return subproc_os_fail(error, "pipe", problem);
    int *ours = way == SUBPROC_OS_TO_CHILD ? &ends[1] : &ends[0];
    int result = 0;
    *ours = subproc_posix_leave_low(*ours);
    struct subproc_os_pipe *made = malloc(sizeof *made);
    if (made == NULL)
        result = subproc_os_fail(error, "pipe", ENOMEM);
    else if (fcntl(*ours, F_SETFL, O_NONBLOCK) != 0) /* a new pipe has no other flags that this could take away */
        result = subproc_os_fail(error, "pipe", errno);
    if (result != 0) {
        free(made);
        close_both(ends);
        return result;
    }
    *made = (struct subproc_os_pipe){.fd = *ours};
    *opened = made;
    *child_end = way == SUBPROC_OS_TO_CHILD ? ends[0] : ends[1];
    return 0;
}

int subproc_os_link_open(subproc_handle *read_end, subproc_handle *write_end, struct subproc_error *error)
{
    int ends[2] = {-1, -1}; /* set: GCC 12 cannot see that at -O3 */
    const int problem = subproc_posix_pipe(ends);
    if (problem != 0)
        return subproc_os_fail(error, "pipe", problem);
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

static bool would_block(int errnum)
{
    return errnum == EAGAIN || errnum == EWOULDBLOCK;
}

/*
 * A pipe that was found full, or filled, is worth more room: fewer turns between the child and us. Not from its birth, since
 * most pipes carry little. Advice: the system may have no such call, or allow us no more (pipe(7), pipe-user-pages-soft).
 */
static void enlarge(struct subproc_os_pipe *pipe, size_t moved)
{
#if defined(F_SETPIPE_SZ)
    enum { USUAL = 64 * 1024, LARGE = 256 * 1024 };
    if (moved < USUAL || pipe->is_enlarged)
        return;
    pipe->is_enlarged = true;
    (void)fcntl(pipe->fd, F_SETPIPE_SZ, LARGE);
#else
    (void)pipe;
    (void)moved;
#endif
}

int subproc_os_pipe_read(struct subproc_os_pipe *pipe, void *buffer, size_t size, size_t *got, struct subproc_error *error)
{
    ssize_t count;
    do
        count = read(pipe->fd, buffer, size < LARGEST_TRANSFER ? size : LARGEST_TRANSFER);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return would_block(errno) ? SUBPROC_E_AGAIN : subproc_os_fail(error, "read", errno);
    *got = (size_t)count;
    enlarge(pipe, *got);
    return 0;
}

/* Takes back the SIGPIPE that a write of ours has just raised for this thread, where it is blocked. */
static void consume_sigpipe(const sigset_t *only_sigpipe)
{
#if defined(__APPLE__) || defined(__OpenBSD__)
    sigset_t pending;
    int number;
    if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
        (void)sigwait(only_sigpipe, &number); /* it is pending, so this returns at once */
#else
    const struct timespec at_once = {0, 0};
    while (sigtimedwait(only_sigpipe, NULL, &at_once) < 0 && errno == EINTR)
        continue;
#endif
}

/*
 * write() that never raises SIGPIPE. Its disposition is process-wide, so the signal is blocked for this thread alone, and
 * consumed if the write raised it: https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html says that a
 * SIGPIPE goes to the thread that wrote. One that was pending before is the host's, is blocked already, and stays.
 */
static ssize_t write_quietly(int fd, const void *data, size_t size)
{
    sigset_t only_sigpipe, old, pending;
    sigemptyset(&only_sigpipe);
    sigaddset(&only_sigpipe, SIGPIPE);
    sigemptyset(&pending);
    (void)sigpending(&pending); /* can't fail with a good pointer */
    const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    if (!was_pending)
        (void)pthread_sigmask(SIG_BLOCK, &only_sigpipe, &old); /* can't fail with a good pointer */

    ssize_t count;
    do
        count = write(fd, data, size < LARGEST_TRANSFER ? size : LARGEST_TRANSFER);
    while (count < 0 && errno == EINTR);

    const int problem = errno;
    if (!was_pending && count < 0 && problem == EPIPE)
        consume_sigpipe(&only_sigpipe);
    if (!was_pending)
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = problem;
    return count;
}

int subproc_os_pipe_write(struct subproc_os_pipe *pipe, const void *data, size_t size, size_t *put,
                          struct subproc_error *error)
{
    const ssize_t count = write_quietly(pipe->fd, data, size);
    if (count < 0)
        return would_block(errno) ? SUBPROC_E_AGAIN : subproc_os_fail(error, "write", errno);
    *put = (size_t)count;
    enlarge(pipe, *put);
    return 0;
}

subproc_handle subproc_os_pipe_handle(const struct subproc_os_pipe *pipe)
{
    return pipe->fd;
}

int subproc_os_pipe_release(struct subproc_os_pipe *pipe, subproc_handle *handle, struct subproc_error *error)
{
    if (set_blocking(pipe->fd, true) != 0)
        return subproc_os_fail(error, "release", errno);
    *handle = pipe->fd;
    free(pipe);
    return 0;
}

/* The kernel holds what the pipe accepted, so `child` has no part in it here. */
void subproc_os_pipe_close(struct subproc_os_pipe *pipe, struct subproc_os_child *child)
{
    (void)child;
    if (pipe == NULL)
        return;
    subproc_os_handle_close(pipe->fd);
    free(pipe);
}

static int file_flags(enum subproc_os_file mode, bool null_device)
{
    if (mode == SUBPROC_OS_FILE_READ)
        return O_RDONLY;
    if (null_device)
        return O_WRONLY; /* never O_CREAT: where /dev/null is missing, root would make a file of that name */
    return O_WRONLY | O_CREAT | (mode == SUBPROC_OS_FILE_APPEND ? O_APPEND : O_TRUNC);
}

static int open_again(const char *path, int flags)
{
    const mode_t everyone = 0666; /* less the host's umask */
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, everyone);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static int open_problem(const char *path, int errnum, struct subproc_error *error)
{
    struct stat file;
    /* O_WRONLY | O_NONBLOCK on a FIFO that nobody reads, and on nothing else that stat calls a FIFO:
       https://pubs.opengroup.org/onlinepubs/9799919799/functions/open.html */
    if (errnum == ENXIO && stat(path, &file) == 0 && S_ISFIFO(file.st_mode))
        return subproc_error_set(error, SUBPROC_E_CLOSED, "open", errnum);
    return subproc_os_fail(error, "open", errnum);
}

/* The file as a child's stream: above 2, blocking, no directory (Windows can't open one either). */
static int make_stream(int *fd)
{
    *fd = subproc_posix_above_standard(*fd);
    struct stat file;
    if (*fd < 0 || fstat(*fd, &file) != 0)
        return errno;
    if (S_ISDIR(file.st_mode))
        return EISDIR;
    return set_blocking(*fd, true) == 0 ? 0 : errno;
}

int subproc_os_file_open(const char *path, enum subproc_os_file mode, subproc_handle *handle, struct subproc_error *error)
{
    const char *name = path != NULL ? path : "/dev/null";
    int fd = open_again(name, file_flags(mode, path == NULL));
    if (fd < 0)
        return open_problem(name, errno, error);
    const int problem = make_stream(&fd);
    if (problem != 0) {
        subproc_os_handle_close(fd);
        return subproc_os_fail(error, "open", problem);
    }
    *handle = fd;
    return 0;
}

void subproc_os_handle_close(subproc_handle handle)
{
    /* Nothing can be done about an error, and after EINTR the number is free on Linux: a second try could hit a stranger's.
       https://man7.org/linux/man-pages/man2/close.2.html */
    if (handle != SUBPROC_NO_HANDLE)
        (void)close((int)handle);
}

subproc_handle subproc_os_standard(enum subproc_stream_id id)
{
    return fcntl((int)id, F_GETFD) >= 0 ? (subproc_handle)id : SUBPROC_NO_HANDLE;
}
