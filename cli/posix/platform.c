/* The command's platform pieces on POSIX. */
#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static volatile sig_atomic_t wake_end = -1;
static int cancel_end = -1;

char **cli_platform_words(char **argv)
{
    return argv;
}

/* A standard stream that someone else made non-blocking is waited for. */
static bool try_again(int descriptor)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd item = {.fd = descriptor, .events = POLLOUT};
    return poll(&item, 1, -1) >= 0 || errno == EINTR;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(descriptor, bytes, size);
        if (put < 0 && !try_again(descriptor))
            return false;
        if (put > 0) {
            bytes += put;
            size -= (size_t)put;
        }
    }
    return true;
}

bool cli_platform_write(enum subproc_stream_id stream, const char *bytes, size_t size)
{
    return write_all((int)stream, bytes, size);
}

bool cli_platform_shows_colours(enum subproc_stream_id stream)
{
    return isatty((int)stream) && getenv("TERM") != NULL;
}

bool cli_platform_is_terminal(enum subproc_stream_id stream)
{
    return isatty((int)stream) == 1;
}

bool cli_platform_takes_text(enum subproc_stream_id stream)
{
    (void)stream;
    return false;
}

/* One that doesn't say how wide it is (a serial line) counts as this wide. */
#define USUAL_COLUMNS 80

size_t cli_platform_columns(enum subproc_stream_id stream)
{
    struct winsize size = {0};
    if (!isatty((int)stream))
        return 0;
    if (ioctl((int)stream, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_COLUMNS;
    return size.ws_col;
}

int64_t cli_platform_nanoseconds(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* required by POSIX.1-2008; can't fail with a good pointer */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t cli_platform_now(void)
{
    return cli_platform_nanoseconds() / 1000000;
}

enum cli_input cli_platform_read(char *buffer, size_t size, int64_t timeout, size_t *got)
{
    struct pollfd items[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = cancel_end, .events = POLLIN}};
    int wait = timeout == SUBPROC_FOREVER ? -1 : timeout < INT_MAX ? (int)timeout : INT_MAX;
    int ready = poll(items, 2, wait);
    if (ready < 0)
        return errno == EINTR ? CLI_INPUT_NOTHING : CLI_INPUT_FAILED;
    if (items[0].revents == 0 || items[1].revents != 0)
        return CLI_INPUT_NOTHING;
    ssize_t count = read(STDIN_FILENO, buffer, size);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK ? CLI_INPUT_NOTHING : CLI_INPUT_FAILED;
    *got = (size_t)count;
    return count > 0 ? CLI_INPUT_BYTES : CLI_INPUT_END;
}

size_t cli_platform_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

static void on_signal(int number)
{
    int saved = errno;
    caught = number;
    /* A full pipe has already said it. */
    ssize_t put = write((int)wake_end, "", 1);
    (void)put;
    errno = saved;
}

/* One that is ignored (nohup, a background job) stays ignored. */
static bool catch_one(int number)
{
    struct sigaction action = {0};
    if (sigaction(number, NULL, &action) != 0)
        return false;
    if (action.sa_handler == SIG_IGN)
        return true;
    action = (struct sigaction){.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0;
}

/* Above 2, so that a closed standard stream doesn't become our pipe; close-on-exec, so that no child gets it. */
static int move_up(int descriptor)
{
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    close(descriptor);
    return moved;
}

bool cli_platform_catch(subproc_handle *handle)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    int read_end = move_up(ends[0]);
    int write_end = move_up(ends[1]);
    if (read_end < 0 || write_end < 0 || fcntl(write_end, F_SETFL, O_NONBLOCK) != 0)
        return false;
    wake_end = write_end;
    cancel_end = read_end;
    *handle = read_end;
    /* Some daemons ignore it, and every status would be lost: POSIX, XSH, _Exit, consequences of process termination. */
    signal(SIGCHLD, SIG_DFL);
    /* A reader that went away is a write that fails, after which commands are stopped; it must not end us before that. */
    signal(SIGPIPE, SIG_IGN);
    return catch_one(SIGINT) && catch_one(SIGTERM) && catch_one(SIGHUP);
}

int cli_platform_caught(void)
{
    return (int)caught;
}
