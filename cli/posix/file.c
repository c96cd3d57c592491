/* Files that the command reads, on POSIX. */
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
