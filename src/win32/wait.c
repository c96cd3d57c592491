/* Waiting for children and pipes, and how a child ended. */
#include <assert.h>

#include "error.h"
#include "win32.h"

#include <psapi.h> /* needs windows.h before it */

#define NS_PER_SECOND ((int64_t)1000000000)
#define NS_PER_MS     ((int64_t)1000000)
#define NS_PER_TICK   ((int64_t)100) /* of a FILETIME */

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* Nothing does it for ordinary memory: PrefetchVirtualMemory brings in what is on disk. */
void subproc_os_populate(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}

int64_t subproc_os_now(void)
{
    LARGE_INTEGER count, frequency; /* neither call can fail since Windows XP */
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    const int64_t seconds = count.QuadPart / frequency.QuadPart;
    const int64_t rest = count.QuadPart % frequency.QuadPart;
    return seconds * NS_PER_SECOND + rest * NS_PER_SECOND / frequency.QuadPart;
}

static int64_t ticks_of(FILETIME time)
{
    return (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
}

/* A moment of the system's clock on ours. That clock may be set in between: the result is kept between the start and now. */
static int64_t on_our_clock(FILETIME moment, int64_t started_at)
{
    FILETIME system_now;
    GetSystemTimePreciseAsFileTime(&system_now);
    const int64_t now = subproc_os_now();
    const int64_t ago = ticks_of(system_now) - ticks_of(moment);
    if (ago < 0)
        return now;
    return ago > (now - started_at) / NS_PER_TICK ? started_at : now - ago * NS_PER_TICK;
}

/* ---- how a child ended ------------------------------------------------------------------------------------------- */

static void collect_times(const struct subproc_os_child *child, struct subproc_os_end *end)
{
    FILETIME created, exited, in_system, in_user;
    end->ended_at = subproc_os_now();
    end->user_ns = end->system_ns = -1;
    if (!GetProcessTimes(child->process, &created, &exited, &in_system, &in_user))
        return;
    end->ended_at = on_our_clock(exited, child->started_at);
    end->user_ns = ticks_of(in_user) * NS_PER_TICK;
    end->system_ns = ticks_of(in_system) * NS_PER_TICK;
}

/* From Windows 7 on the header takes this from kernel32, so that psapi.dll isn't needed:
 * https://learn.microsoft.com/windows/win32/api/psapi/nf-psapi-getprocessmemoryinfo
 * Wine knows nothing about a process that has ended. */
static int64_t peak_memory(HANDLE process)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    if (!GetProcessMemoryInfo(process, &counters, sizeof counters) || counters.PeakWorkingSetSize == 0)
        return -1;
    return (int64_t)counters.PeakWorkingSetSize;
}

/* Only a wait tells whether it has ended: STILL_ACTIVE (259) is an exit code like any other. With the lock held. */
static int collect(struct subproc_os_child *child, struct subproc_error *error)
{
    DWORD code;
    switch (WaitForSingleObject(child->process, 0)) {
    case WAIT_OBJECT_0:
        break;
    case WAIT_TIMEOUT:
        return SUBPROC_E_AGAIN;
    default:
        return subproc_os_fail(error, "wait", GetLastError());
    }
    if (!GetExitCodeProcess(child->process, &code))
        return subproc_os_fail(error, "wait", GetLastError());
    child->end.exit.kind = SUBPROC_EXIT_EXITED;
    child->end.exit.code = code;
    collect_times(child, &child->end);
    child->end.peak_rss = peak_memory(child->process);
    child->ended = true;
    return 0;
}

/* With the lock held: closes a pipe that lingers and whose last write has arrived or failed. */
static void finish_lingering(const struct subproc_os_child *child)
{
    struct subproc_os_pipe *pipe = child->lingering;
    if (pipe != NULL && pipe->handle != NULL && subproc_win32_pipe_writable(pipe))
        subproc_win32_pipe_shut(pipe);
}

int subproc_os_child_status(struct subproc_os_child *child, struct subproc_os_end *end, struct subproc_error *error)
{
    int result = 0;
    AcquireSRWLockExclusive(&child->lock);
    finish_lingering(child);
    if (!child->ended)
        result = collect(child, error);
    if (result == 0)
        *end = child->end;
    ReleaseSRWLockExclusive(&child->lock);
    return result;
}

/* A child has one standard input, so there is no second pipe; were there one, nothing could be waiting for its event yet. */
void subproc_win32_child_linger(struct subproc_os_child *child, struct subproc_os_pipe *pipe)
{
    AcquireSRWLockExclusive(&child->lock);
    const bool is_first = child->lingering == NULL;
    if (is_first)
        child->lingering = pipe;
    if (is_first && child->moved != NULL)
        SetEvent(child->moved);
    if (is_first && child->watch != NULL)
        subproc_win32_set_look_again(child->watch);
    ReleaseSRWLockExclusive(&child->lock);
    assert(is_first);
    if (!is_first)
        subproc_win32_pipe_free(pipe);
}

HANDLE subproc_win32_child_last_write(struct subproc_os_child *child)
{
    AcquireSRWLockExclusive(&child->lock);
    finish_lingering(child);
    const bool lingers = child->lingering != NULL && child->lingering->handle != NULL;
    HANDLE event = lingers ? child->lingering->event : NULL;
    ReleaseSRWLockExclusive(&child->lock);
    return event;
}

void subproc_win32_child_watch(struct subproc_os_child *child, struct subproc_os_watch *watch)
{
    AcquireSRWLockExclusive(&child->lock);
    child->watch = watch;
    ReleaseSRWLockExclusive(&child->lock);
}

/* ---- what a wait looks at ---------------------------------------------------------------------------------------- */

struct watch {
    HANDLE handles[MAXIMUM_WAIT_OBJECTS];
    struct subproc_os_item *items[MAXIMUM_WAIT_OBJECTS]; /* the one that is ready with it; NULL: look again */
    DWORD count;
};

/* "The array can not contain multiple copies of the same handle":
 * https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitformultipleobjects */
static int watch_add(struct watch *watch, HANDLE handle, struct subproc_os_item *item, struct subproc_error *error)
{
    for (DWORD i = 0; i < watch->count; i++)
        if (watch->handles[i] == handle)
            return 0;
    if (watch->count == MAXIMUM_WAIT_OBJECTS)
        return subproc_error_set(error, SUBPROC_E_LIMIT, "wait", 0);
    watch->items[watch->count] = item;
    watch->handles[watch->count++] = handle;
    return 0;
}

/*
 * What wakes a thread for a child's lingering pipe: while there is none, `moved`, which a close sets for good; then its write;
 * nothing once that is over.
 */
static int lingering_event(struct subproc_os_child *child, HANDLE *event, struct subproc_error *error)
{
    int result = 0;
    AcquireSRWLockExclusive(&child->lock);
    finish_lingering(child);
    if (child->lingering == NULL && child->moved == NULL) {
        child->moved = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (child->moved == NULL)
            result = subproc_os_fail(error, "wait", GetLastError());
    }
    if (child->lingering == NULL)
        *event = child->moved;
    else
        *event = child->lingering->handle != NULL ? child->lingering->event : NULL;
    ReleaseSRWLockExclusive(&child->lock);
    return result;
}

static int watch_lingering(struct watch *watch, struct subproc_os_child *child, struct subproc_error *error)
{
    HANDLE event = NULL;
    int result = lingering_event(child, &event, error);
    if (result == 0 && event != NULL)
        result = watch_add(watch, event, NULL, error);
    return result;
}

static int watch_handle(struct watch *watch, struct subproc_os_item *item, struct subproc_error *error)
{
    if (item->kind == SUBPROC_OS_ITEM_CHILD)
        return watch_add(watch, item->child->process, item, error);
    if (item->kind == SUBPROC_OS_ITEM_HANDLE)
        return watch_add(watch, (HANDLE)item->handle, item, error);
    return 0;
}

/* A pipe is ready by what a look at it says, not by its event, which only tells when to look again. */
static int watch_pipe(struct watch *watch, struct subproc_os_item *item, struct subproc_error *error)
{
    if (item->kind == SUBPROC_OS_ITEM_READ)
        item->ready = subproc_win32_pipe_readable(item->pipe);
    else if (item->kind == SUBPROC_OS_ITEM_WRITE)
        item->ready = subproc_win32_pipe_writable(item->pipe);
    else
        return 0;
    return item->ready ? 0 : watch_add(watch, item->pipe->event, NULL, error);
}

/*
 * Fills the watch and looks at the pipes. The system tells of the first signalled handle in the list, so the ones that say
 * stop come before the pipes: a busy pipe can't hide them. An item of any kind may name a child whose lingering pipe is to be
 * finished meanwhile.
 */
static int look(struct watch *watch, struct subproc_os_item *items, size_t count, bool *ready, struct subproc_error *error)
{
    int result = 0;
    watch->count = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = watch_handle(watch, &items[i], error);
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (items[i].child != NULL)
            result = watch_lingering(watch, items[i].child, error);
        if (result == 0)
            result = watch_pipe(watch, &items[i], error);
        *ready = *ready || items[i].ready;
    }
    return result;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

DWORD subproc_win32_milliseconds_until(int64_t deadline)
{
    if (deadline == SUBPROC_OS_FOREVER)
        return INFINITE;
    const int64_t now = subproc_os_now();
    if (now >= deadline)
        return 0;
    const int64_t left = (deadline - now - 1) / NS_PER_MS + 1;
    return left < (int64_t)INFINITE ? (DWORD)left : INFINITE - 1;
}

/* *ready when a watched handle made its item ready. That is not asked twice: the wait resets an auto-reset event. */
static int block(const struct watch *watch, DWORD milliseconds, bool *ready, struct subproc_error *error)
{
    if (watch->count == 0) { /* the system refuses to wait for nothing */
        Sleep(milliseconds);
        return 0;
    }
    const DWORD woken = WaitForMultipleObjects(watch->count, watch->handles, FALSE, milliseconds);
    if (woken == WAIT_FAILED)
        return subproc_os_fail(error, "wait", GetLastError());
    if (woken == WAIT_TIMEOUT)
        return 0;
    /* A mutex whose owner died is signalled too. */
    const DWORD index = woken >= WAIT_ABANDONED_0 ? woken - WAIT_ABANDONED_0 : woken - WAIT_OBJECT_0;
    if (watch->items[index] != NULL)
        *ready = watch->items[index]->ready = true;
    return 0;
}

int subproc_os_wait(struct subproc_os_item *items, size_t count, int64_t deadline, struct subproc_error *error)
{
    struct watch watch;
    bool ready = false;
    for (size_t i = 0; i < count; i++)
        items[i].ready = false;
    for (;;) {
        int result = look(&watch, items, count, &ready, error);
        const DWORD milliseconds = ready ? 0 : subproc_win32_milliseconds_until(deadline);
        if (result == 0)
            result = block(&watch, milliseconds, &ready, error);
        if (result < 0 || ready)
            return result;
        if (milliseconds == 0)
            return subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
    }
}
