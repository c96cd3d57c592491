/* Pipes to a child: overlapped on our side, ordinary on the child's. */
#define _CRT_RAND_S /* asks stdlib.h for rand_s */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "win32.h"

enum {
    QUOTA = 64 * 1024, /* what the system keeps for us, and the most that one write takes */
    /* What a child may write before we read: the more, the fewer turns. It is memory only once it is written:
     * https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-createnamedpipea, "Remarks" */
    CHILD_QUOTA = 256 * 1024,
    RANDOM_WORDS = 4,  /* 128 bits */
    NAME_SIZE = 64,    /* units, the NUL included */
    NAMES_TO_TRY = 16  /* a taken name means a squatter: the next one can't be guessed either */
};

/* ---- opening --------------------------------------------------------------------------------------------------- */

/* "\\.\pipe\subproc-" and 32 hexadecimal digits from the system's cryptographic source, so that nobody can be there first:
 * https://learn.microsoft.com/cpp/c-runtime-library/reference/rand-s */
static int choose_name(wchar_t *name, struct subproc_error *error)
{
    static const wchar_t prefix[] = L"\\\\.\\pipe\\subproc-";
    static const wchar_t digits[] = L"0123456789abcdef";
    memcpy(name, prefix, sizeof prefix);
    wchar_t *out = name + sizeof prefix / sizeof prefix[0] - 1;
    for (int word = 0; word < RANDOM_WORDS; word++) {
        unsigned int random;
        if (rand_s(&random) != 0)
            return subproc_error_set(error, SUBPROC_E_OS, "pipe", 0);
        for (int shift = 0; shift < 32; shift += 4)
            *out++ = digits[random >> shift & 15];
    }
    *out = 0;
    return 0;
}

static HANDLE open_our_end(enum subproc_os_way way, const wchar_t *name)
{
    const DWORD access = way == SUBPROC_OS_TO_CHILD ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND;
    return CreateNamedPipeW(name, access | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, QUOTA,
                            CHILD_QUOTA, 0, NULL);
}

/* The attributes' access is what C runtimes and others ask for to look at a pipe and to change its mode. */
static HANDLE open_child_end(enum subproc_os_way way, const wchar_t *name)
{
    const DWORD access =
        way == SUBPROC_OS_TO_CHILD ? GENERIC_READ | FILE_WRITE_ATTRIBUTES : GENERIC_WRITE | FILE_READ_ATTRIBUTES;
    return CreateFileW(name, access | SYNCHRONIZE, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

static DWORD open_ends(enum subproc_os_way way, const wchar_t *name, HANDLE *ours, HANDLE *childs)
{
    const HANDLE our_end = open_our_end(way, name);
    if (our_end == INVALID_HANDLE_VALUE)
        return GetLastError();
    const HANDLE child_end = open_child_end(way, name);
    if (child_end == INVALID_HANDLE_VALUE) {
        const DWORD native = GetLastError();
        CloseHandle(our_end);
        return native;
    }
    *ours = our_end;
    *childs = child_end;
    return 0;
}

/*
 * Someone else made a pipe of that name (5: not its first instance; Wine says 231 when it has no instance left), or connected
 * to ours before we did (231).
 * https://learn.microsoft.com/windows/win32/api/namedpipeapi/nf-namedpipeapi-createnamedpipew
 */
static bool is_taken(DWORD native)
{
    return native == ERROR_ACCESS_DENIED || native == ERROR_PIPE_BUSY;
}

static int connect_ends(enum subproc_os_way way, HANDLE *ours, HANDLE *childs, struct subproc_error *error)
{
    DWORD native = 0;
    for (int tried = 0; tried < NAMES_TO_TRY; tried++) {
        wchar_t name[NAME_SIZE];
        const int result = choose_name(name, error);
        if (result < 0)
            return result;
        native = open_ends(way, name, ours, childs);
        if (native == 0)
            return 0;
        if (!is_taken(native))
            break;
    }
    return subproc_os_fail(error, "pipe", native);
}

int subproc_os_pipe_open(enum subproc_os_way way, struct subproc_os_pipe **pipe, subproc_handle *child_end,
                         struct subproc_error *error)
{
    HANDLE for_child = NULL;
    struct subproc_os_pipe *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "pipe", 0);
    opened->way = way;
    int result = 0;
    opened->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (opened->event == NULL)
        result = subproc_os_fail(error, "pipe", GetLastError());
    if (result == 0)
        result = connect_ends(way, &opened->handle, &for_child, error);
    if (result < 0) {
        subproc_win32_pipe_free(opened);
        return result;
    }
    *pipe = opened;
    *child_end = (subproc_handle)for_child;
    return 0;
}

int subproc_os_link_open(subproc_handle *read_end, subproc_handle *write_end, struct subproc_error *error)
{
    HANDLE reads, writes;
    if (!CreatePipe(&reads, &writes, NULL, QUOTA))
        return subproc_os_fail(error, "pipe", GetLastError());
    *read_end = (subproc_handle)reads;
    *write_end = (subproc_handle)writes;
    return 0;
}

/* ---- the one operation ------------------------------------------------------------------------------------------- */

/*
 * Whether the pending operation is over. The event is waited for as well: the system sets it after it wrote the status, and
 * an operation that began in between would find it set.
 */
static bool is_over(const struct subproc_os_pipe *pipe)
{
    return HasOverlappedIoCompleted(&pipe->operation) && WaitForSingleObject(pipe->event, INFINITE) == WAIT_OBJECT_0;
}

/*
 * For a new operation. "A valid event handle whose low-order bit is set keeps I/O completion from being queued to the completion
 * port": https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-getqueuedcompletionstatus
 */
static OVERLAPPED *begin(struct subproc_os_pipe *pipe, bool tells_port)
{
    const bool is_mute = pipe->port != 0 && !tells_port;
    pipe->operation.hEvent = (HANDLE)((uintptr_t)pipe->event | (is_mute ? 1 : 0));
    pipe->tells_port = tells_port;
    return &pipe->operation;
}

/* Cancels what is pending and waits until the system has let go of our memory. */
static void cancel(struct subproc_os_pipe *pipe)
{
    DWORD transferred;
    if (!pipe->pending)
        return;
    (void)CancelIoEx(pipe->handle, &pipe->operation); /* fails when it is over already */
    (void)GetOverlappedResult(pipe->handle, &pipe->operation, &transferred, TRUE);
    pipe->pending = false;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Bytes that can be read now; or the native error, at the end of file ERROR_BROKEN_PIPE. */
static DWORD look(const struct subproc_os_pipe *pipe, DWORD *available)
{
    return PeekNamedPipe(pipe->handle, NULL, 0, NULL, available, NULL) ? 0 : GetLastError();
}

/* The event is only set by an operation that became pending, never by one that failed at once. */
static bool begin_waiting_for_data(struct subproc_os_pipe *pipe)
{
    if (ReadFile(pipe->handle, pipe, 0, NULL, begin(pipe, pipe->watched)))
        return false;
    const DWORD native = GetLastError();
    pipe->pending = native == ERROR_IO_PENDING;
    if (!pipe->pending && native != ERROR_BROKEN_PIPE)
        pipe->failure = native;
    return pipe->pending;
}

/*
 * A zero-byte read ends when there is data, and takes none of it. It also ends without data: when the other side writes zero
 * bytes (not a sign of the end), and when the thread that began it exits, which cancels it. So only a look decides.
 */
bool subproc_win32_pipe_readable(struct subproc_os_pipe *pipe)
{
    if (pipe->pending && !is_over(pipe))
        return false;
    pipe->pending = false;
    pipe->seen = 0;
    while (pipe->failure == 0 && look(pipe, &pipe->seen) == 0 && pipe->seen == 0)
        if (begin_waiting_for_data(pipe))
            return false;
    return true;
}

/* Reads what was seen. Should someone else have taken it, through a borrowed handle, this must not wait. */
static DWORD read_now(struct subproc_os_pipe *pipe, void *buffer, DWORD size, DWORD *got)
{
    if (!ReadFile(pipe->handle, buffer, size, NULL, begin(pipe, false))) {
        const DWORD native = GetLastError();
        if (native != ERROR_IO_PENDING)
            return native;
        (void)CancelIoEx(pipe->handle, &pipe->operation); /* fails when it is over already */
    }
    return GetOverlappedResult(pipe->handle, &pipe->operation, got, TRUE) ? 0 : GetLastError();
}

static int read_failed(DWORD native, size_t *got, struct subproc_error *error)
{
    if (native == ERROR_OPERATION_ABORTED)
        return SUBPROC_E_AGAIN;
    if (native != ERROR_BROKEN_PIPE)
        return subproc_os_fail(error, "read", native);
    *got = 0;
    return 0;
}

int subproc_os_pipe_read(struct subproc_os_pipe *pipe, void *buffer, size_t size, size_t *got, struct subproc_error *error)
{
    DWORD available = pipe->seen;
    DWORD taken = 0;
    DWORD native = pipe->failure;
    pipe->failure = 0;
    pipe->seen = 0;
    if (native == 0 && available == 0)
        native = look(pipe, &available);
    if (native == 0 && available == 0)
        return SUBPROC_E_AGAIN;
    if (native == 0) {
        cancel(pipe);
        native = read_now(pipe, buffer, available < size ? available : (DWORD)size, &taken);
    }
    if (native != 0)
        return read_failed(native, got, error);
    if (taken == 0)
        return SUBPROC_E_AGAIN;
    *got = taken;
    return 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

bool subproc_win32_pipe_writable(struct subproc_os_pipe *pipe)
{
    DWORD transferred;
    if (!pipe->pending)
        return true;
    if (!is_over(pipe))
        return false;
    pipe->pending = false;
    if (!GetOverlappedResult(pipe->handle, &pipe->operation, &transferred, FALSE))
        pipe->failure = GetLastError();
    return true;
}

static DWORD write_piece(struct subproc_os_pipe *pipe, const void *data, DWORD size)
{
    memcpy(pipe->piece, data, size);
    if (WriteFile(pipe->handle, pipe->piece, size, NULL, begin(pipe, pipe->watched)))
        return 0;
    const DWORD native = GetLastError();
    pipe->pending = native == ERROR_IO_PENDING;
    return pipe->pending ? 0 : native;
}

/* A failure stays: bytes that were accepted are lost, so nothing may follow them. One of them is that the thread that wrote
 * has exited, which cancels its operations (ERROR_OPERATION_ABORTED). */
int subproc_os_pipe_write(struct subproc_os_pipe *pipe, const void *data, size_t size, size_t *put,
                          struct subproc_error *error)
{
    if (!subproc_win32_pipe_writable(pipe))
        return SUBPROC_E_AGAIN;
    if (pipe->piece == NULL)
        pipe->piece = malloc(QUOTA);
    if (pipe->piece == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "write", 0);
    const DWORD taken = size < QUOTA ? (DWORD)size : QUOTA;
    if (pipe->failure == 0 && taken > 0)
        pipe->failure = write_piece(pipe, data, taken);
    if (pipe->failure != 0)
        return subproc_os_fail(error, "write", pipe->failure);
    *put = taken;
    return 0;
}

/* ---- in a set ----------------------------------------------------------------------------------------------------- */

void subproc_win32_pipe_join(struct subproc_os_pipe *pipe, HANDLE port, int64_t number)
{
    if (pipe->port == 0 && CreateIoCompletionPort(pipe->handle, port, 0, 0) != NULL) {
        /* else an operation that is over at once queues a packet too, which only costs a look */
        (void)SetFileCompletionNotificationModes(pipe->handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
        pipe->port = number;
    }
    pipe->watched = pipe->port == number;
}

void subproc_win32_pipe_part(struct subproc_os_pipe *pipe)
{
    pipe->watched = pipe->tells_port = false;
}

/* ---- the end ------------------------------------------------------------------------------------------------------ */

subproc_handle subproc_os_pipe_handle(const struct subproc_os_pipe *pipe)
{
    return (subproc_handle)pipe->handle;
}

int subproc_os_pipe_release(struct subproc_os_pipe *pipe, subproc_handle *handle, struct subproc_error *error)
{
    (void)error; /* AGAIN is the only other answer */
    if (pipe->way == SUBPROC_OS_TO_CHILD && !subproc_win32_pipe_writable(pipe))
        return SUBPROC_E_AGAIN;
    cancel(pipe);
    *handle = (subproc_handle)pipe->handle;
    pipe->handle = NULL;
    subproc_win32_pipe_free(pipe);
    return 0;
}

void subproc_win32_pipe_shut(struct subproc_os_pipe *pipe)
{
    cancel(pipe);
    if (pipe->handle != NULL)
        CloseHandle(pipe->handle);
    pipe->handle = NULL;
    free(pipe->piece);
    pipe->piece = NULL;
}

void subproc_win32_pipe_free(struct subproc_os_pipe *pipe)
{
    if (pipe == NULL)
        return;
    subproc_win32_pipe_shut(pipe);
    if (pipe->event != NULL)
        CloseHandle(pipe->event);
    free(pipe);
}

void subproc_os_pipe_close(struct subproc_os_pipe *pipe, struct subproc_os_child *child)
{
    if (pipe != NULL && child != NULL && pipe->way == SUBPROC_OS_TO_CHILD && !subproc_win32_pipe_writable(pipe))
        subproc_win32_child_linger(child, pipe);
    else
        subproc_win32_pipe_free(pipe);
}
