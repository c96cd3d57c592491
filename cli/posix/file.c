/* Files that the command reads or writes, on POSIX. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../platform.h"

static int code_of(int native)
{
    switch (native) {
    case ENOENT:
    case ENOTDIR:
        return SUBPROC_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return SUBPROC_E_ACCESS;
    case EISDIR:
        return SUBPROC_E_INVALID;
    case EMFILE:
    case ENFILE:
        return SUBPROC_E_LIMIT;
    default:
        return SUBPROC_E_OS;
    }
}

static int fail(struct subproc_error *error, const char *step)
{
    error->native = errno;
    error->code = code_of(errno);
    error->step = step;
    return error->code;
}

int cli_platform_open(const char *path, subproc_handle *file, struct subproc_error *error)
{
    int descriptor;
    do
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return fail(error, "open");
    *file = descriptor;
    return 0;
}

int cli_platform_read_file(subproc_handle file, char *buffer, size_t size, size_t *got, struct subproc_error *error)
{
    ssize_t count;
    do
        count = read((int)file, buffer, size);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail(error, "read");
    *got = (size_t)count;
    return 0;
}

void cli_platform_close(subproc_handle file)
{
    (void)close((int)file); /* nothing was written to it */
}

/* A FIFO without a reader is an error and not a wait; O_NONBLOCK is for the opening alone. Above 2, so that a closed standard
 * stream isn't the file from then on. */
int cli_platform_create(const char *path, subproc_handle *file, struct subproc_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0666);
    if (descriptor < 0)
        return fail(error, "open");
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    int result = moved < 0 || fcntl(moved, F_SETFL, 0) != 0 ? fail(error, "open") : 0;
    (void)close(descriptor); /* nothing was written to it */
    *file = moved;
    return result;
}

bool cli_platform_write_file(subproc_handle file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write((int)file, bytes, size);
        if (put < 0 && errno != EINTR)
            return false;
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

bool cli_platform_finish_file(subproc_handle file)
{
    return close((int)file) == 0;
}
