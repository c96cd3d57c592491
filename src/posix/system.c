/* What this system is like: its errors, clock, environment and names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

#if defined(__linux__)
#include <sys/mman.h>
#elif defined(__APPLE__)
#include <crt_externs.h>
#include <xlocale.h>
#endif
#if !defined(__APPLE__)
extern char **environ;
#endif

const struct subproc_os_traits subproc_os_traits = {
    .path_list_separator = ':',
    .directory_separators = "/",
    .sh = "/bin/sh",
    .empty_path_entry_is_here = true,
    .posix = true,
};

static int code_of(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:        /* names that lead to no file: */
    case ENAMETOOLONG: /* TOO_LONG is about command lines */
        return SUBPROC_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR: /* what Windows says of a directory that is opened */
        return SUBPROC_E_ACCESS;
    case ENOEXEC:
        return SUBPROC_E_FORMAT;
    case E2BIG:
        return SUBPROC_E_TOO_LONG;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return SUBPROC_E_LIMIT;
    case ENOMEM:
        return SUBPROC_E_NO_MEMORY;
    case EINVAL:
    case EBADF:
        return SUBPROC_E_INVALID;
    case ENOSYS:
    case EOPNOTSUPP:
        return SUBPROC_E_UNSUPPORTED;
    case EPIPE:
        return SUBPROC_E_CLOSED;
    default:
        return SUBPROC_E_OS;
    }
}

int subproc_os_fail(struct subproc_error *error, const char *step, int errnum)
{
    return subproc_error_set(error, code_of(errnum), step, errnum);
}

void subproc_os_populate(void *memory, size_t size)
{
#if defined(__linux__)
    enum { POPULATE_WRITE = 23 }; /* MADV_POPULATE_WRITE, Linux 5.14: madvise(2); an older one answers EINVAL */
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)memory + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)memory + size) / page * page;
    if (begin < end)
        (void)madvise((char *)memory + (begin - (uintptr_t)memory), end - begin, POPULATE_WRITE);
#else
    (void)memory;
    (void)size;
#endif
}

int64_t subproc_os_now(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* required by POSIX.1-2008; can't fail with a good pointer */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

char **subproc_posix_environ(void)
{
#if defined(__APPLE__)
    return *_NSGetEnviron(); /* a shared library has no `environ` there: environ(7) of macOS */
#else
    return environ;
#endif
}

int subproc_os_environ(char ***strings, struct subproc_error *error)
{
    char **const ours = subproc_posix_environ();
    size_t count = 0, text_size = 0;
    for (char **entry = ours; entry != NULL && *entry != NULL; entry++, count++)
        text_size += strlen(*entry) + 1;
    char **copy = malloc((count + 1) * sizeof *copy + text_size);
    if (copy == NULL)
        return subproc_os_fail(error, "environment", ENOMEM);
    char *text = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(ours[i]) + 1;
        copy[i] = memcpy(text, ours[i], size);
        text += size;
    }
    copy[count] = NULL;
    *strings = copy;
    return 0;
}

int subproc_os_variable(const char *name, char **value, struct subproc_error *error)
{
    const char *found = getenv(name);
    *value = found != NULL ? strdup(found) : NULL;
    return found != NULL && *value == NULL ? subproc_os_fail(error, "environment", ENOMEM) : 0;
}

int subproc_os_env_name_cmp(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

int subproc_os_default_path(char **path, struct subproc_error *error)
{
    const size_t size = confstr(_CS_PATH, NULL, 0);
    char *value = malloc(size + 1);
    if (value == NULL)
        return subproc_os_fail(error, "path", ENOMEM);
    value[0] = '\0'; /* stays so where the system names none */
    (void)confstr(_CS_PATH, value, size);
    *path = value;
    return 0;
}

/* MAX_ARG_STRLEN of linux/binfmts.h: 32 pages for one string, its end included. Elsewhere only the sum has a limit. */
bool subproc_os_variable_fits(const char *variable, size_t *limit, const char **unit)
{
#ifdef __linux__
    *limit = 32 * (size_t)sysconf(_SC_PAGESIZE) - 1;
#else
    *limit = SIZE_MAX;
#endif
    *unit = "bytes";
    return strlen(variable) <= *limit;
}

bool subproc_os_shares_console(const subproc_handle streams[3])
{
    (void)streams;
    return false;
}

int subproc_os_executable(const char *path, struct subproc_error *error)
{
    struct stat file;
    if (stat(path, &file) != 0)
        return subproc_os_fail(error, "exec", errno);
    if (!S_ISREG(file.st_mode))
        return subproc_os_fail(error, "exec", EACCES); /* as exec says */
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
        return subproc_os_fail(error, "exec", errno);
    return 0;
}

/* strerror_r comes in two kinds: XSI fills the buffer and returns an int, GNU returns the words, perhaps elsewhere. */
static const char *xsi_words(int result, const char *buffer)
{
    return result == 0 ? buffer : "";
}

static const char *gnu_words(const char *words, const char *buffer)
{
    (void)buffer;
    return words;
}

#define WORDS_OF(returned, buffer) _Generic((returned), int : xsi_words, char * : gnu_words)(returned, buffer)

static bool is_no_words(const char *words)
{
    return strncmp(words, "Unknown error", 13) == 0 || strcmp(words, "No error information") == 0;
}

void subproc_os_error_text(int64_t native, char *buffer, size_t size)
{
    if (size == 0)
        return;
    buffer[0] = '\0';
    if (native <= 0 || native > INT_MAX)
        return;
    /* This thread's locale alone: the host's may have messages in a character set that isn't UTF-8. */
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    char own[256] = "";
    const char *words = WORDS_OF(strerror_r((int)native, own, sizeof own), own);
    if (!is_no_words(words)) {
        strncpy(buffer, words, size - 1);
        buffer[size - 1] = '\0';
    }
    if (plain != (locale_t)0) {
        (void)uselocale(before);
        freelocale(plain);
    }
}

struct signal_name {
    int number;
    const char *name;
};

#define NAMED(signal)                                                                                                      \
    {                                                                                                                      \
        signal, #signal                                                                                                    \
    }

static const struct signal_name signal_names[] = {
    NAMED(SIGABRT),   NAMED(SIGALRM), NAMED(SIGBUS),  NAMED(SIGCHLD), NAMED(SIGCONT), NAMED(SIGFPE),  NAMED(SIGHUP),
    NAMED(SIGILL),    NAMED(SIGINT),  NAMED(SIGKILL), NAMED(SIGPIPE), NAMED(SIGQUIT), NAMED(SIGSEGV), NAMED(SIGSTOP),
    NAMED(SIGTERM),   NAMED(SIGTSTP), NAMED(SIGTTIN), NAMED(SIGTTOU), NAMED(SIGUSR1), NAMED(SIGUSR2), NAMED(SIGSYS),
    NAMED(SIGTRAP),   NAMED(SIGURG),  NAMED(SIGXCPU), NAMED(SIGXFSZ),
#ifdef SIGVTALRM
    NAMED(SIGVTALRM),
#endif
#ifdef SIGPROF
    NAMED(SIGPROF),
#endif
#ifdef SIGWINCH
    NAMED(SIGWINCH),
#endif
#ifdef SIGIO
    NAMED(SIGIO),
#endif
#ifdef SIGPWR
    NAMED(SIGPWR),
#endif
#ifdef SIGSTKFLT
    NAMED(SIGSTKFLT),
#endif
#ifdef SIGEMT
    NAMED(SIGEMT),
#endif
#ifdef SIGINFO
    NAMED(SIGINFO),
#endif
};

const char *subproc_os_signal_name(uint32_t number)
{
    for (size_t i = 0; i < sizeof signal_names / sizeof signal_names[0]; i++)
        if ((uint32_t)signal_names[i].number == number)
            return signal_names[i].name;
    return NULL;
}
