/*
 * Wait sets: registered watches over a completion port.
 *
 * A packet names the address of what it is about and says no more than "look again": it may come late, when the watch was
 * removed, and its address may belong to another one by then. So addresses are looked up, never followed, and a look decides
 * what is ready. Pipes queue their packets themselves; for processes and handles a wait in the system's thread pool does.
 */
#include <stdlib.h>

#include "error.h"
#include "watches.h"
#include "win32.h"

enum { FIRST_BUCKETS = 64, BATCH = 64 };

struct subproc_os_set {
    HANDLE port;
    int64_t number;                    /* no other set of this process has it */
    struct subproc_os_watch **buckets; /* by address_of(); a power of two, and at least one for each watch */
    size_t bucket_count, watch_count;
    struct subproc_watches doubtful; /* to be looked at */
    struct subproc_watches ready;    /* found and not yet told */
    volatile LONG wake_sent;
    bool woken;
};

/* ---- looking up ---------------------------------------------------------------------------------------------------- */

/* What packets call it. */
static void *address_of(struct subproc_os_watch *watch)
{
    if (watch->kind == SUBPROC_OS_ITEM_READ || watch->kind == SUBPROC_OS_ITEM_WRITE)
        return &watch->pipe->operation;
    return watch;
}

/* Multiplicative hashing by 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
static struct subproc_os_watch **bucket_of(const struct subproc_os_set *set, const void *address)
{
    const uint64_t hash = (uint64_t)(uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15);
    return &set->buckets[(size_t)(hash >> 32) & (set->bucket_count - 1)];
}

static struct subproc_os_watch *find(const struct subproc_os_set *set, const void *address)
{
    struct subproc_os_watch *watch = *bucket_of(set, address);
    while (watch != NULL && address_of(watch) != address)
        watch = watch->links.next_alike;
    return watch;
}

static bool grow(struct subproc_os_set *set)
{
    if (set->watch_count < set->bucket_count)
        return true;
    struct subproc_os_watch **old = set->buckets;
    const size_t old_count = set->bucket_count;
    struct subproc_os_watch **buckets = calloc(old_count * 2, sizeof(struct subproc_os_watch *));
    if (buckets == NULL)
        return false;
    set->buckets = buckets;
    set->bucket_count = old_count * 2;
    for (size_t i = 0; i < old_count; i++)
        while (old[i] != NULL) {
            struct subproc_os_watch *watch = old[i];
            subproc_watches_unchain(watch);
            subproc_watches_chain(bucket_of(set, address_of(watch)), watch);
        }
    free(old);
    return true;
}

/* ---- waits in the thread pool -------------------------------------------------------------------------------------- */

/* In a thread of the pool, once for each wait; never after disarm(). */
static void CALLBACK on_signal(void *context, BOOLEAN timed_out)
{
    struct subproc_os_watch *watch = context;
    (void)timed_out; /* it waits for ever */
    InterlockedExchange(&watch->links.signalled, 1);
    /* Fails when the system has no memory left, and nothing can be done about that here. */
    (void)PostQueuedCompletionStatus(watch->links.set->port, 0, 0, (OVERLAPPED *)address_of(watch));
}

/* Waits until a callback that has begun is over: it takes no lock, so this can't wait for us. */
static void disarm(intptr_t *wait)
{
    if (*wait == 0)
        return;
    (void)UnregisterWaitEx((HANDLE)*wait, INVALID_HANDLE_VALUE); /* fails for what is no registered wait only */
    *wait = 0;
}

/* A packet comes once `object` is signalled. */
static int arm(struct subproc_os_watch *watch, intptr_t *wait, HANDLE object, struct subproc_error *error)
{
    HANDLE registered;
    disarm(wait);
    watch->links.signalled = 0;
    if (!RegisterWaitForSingleObject(&registered, object, on_signal, watch, INFINITE,
                                     WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD))
        return subproc_os_fail(error, "watch", GetLastError());
    *wait = (intptr_t)registered;
    return 0;
}

/* ---- looking ------------------------------------------------------------------------------------------------------- */

/* A process that has ended stays signalled. Its closed pipe is finished meanwhile, as subproc_os_wait does. */
static int look_at_child(struct subproc_os_watch *watch, bool *ready, struct subproc_error *error)
{
    int result = 0;
    HANDLE last_write = subproc_win32_child_last_write(watch->child);
    *ready = WaitForSingleObject(watch->child->process, 0) == WAIT_OBJECT_0;
    if (!*ready && watch->links.source == 0)
        result = arm(watch, &watch->links.source, watch->child->process, error);
    if (result == 0 && last_write != NULL && watch->links.last_write == 0)
        result = arm(watch, &watch->links.last_write, last_write, error);
    return result;
}

/* The pool's wait may have used up an auto-reset event's signal, so that the object isn't asked again after it. */
static int look_at_handle(struct subproc_os_watch *watch, bool *ready, struct subproc_error *error)
{
    if (watch->links.source != 0) {
        *ready = InterlockedExchange(&watch->links.signalled, 0) != 0;
        if (*ready)
            disarm(&watch->links.source);
        return 0;
    }
    const DWORD state = WaitForSingleObject((HANDLE)watch->handle, 0);
    if (state == WAIT_FAILED)
        return subproc_os_fail(error, "watch", GetLastError());
    *ready = state != WAIT_TIMEOUT;
    return *ready ? 0 : arm(watch, &watch->links.source, (HANDLE)watch->handle, error);
}

static int look_at_pipe(struct subproc_os_watch *watch, bool *ready, struct subproc_error *error)
{
    struct subproc_os_pipe *pipe = watch->pipe;
    *ready = watch->kind == SUBPROC_OS_ITEM_READ ? subproc_win32_pipe_readable(pipe) : subproc_win32_pipe_writable(pipe);
    return *ready || pipe->tells_port ? 0 : arm(watch, &watch->links.source, pipe->event, error);
}

/* Whether it is ready; if not, a packet comes when that may have changed. */
static int look(struct subproc_os_watch *watch, bool *ready, struct subproc_error *error)
{
    switch (watch->kind) {
    case SUBPROC_OS_ITEM_CHILD:
        return look_at_child(watch, ready, error);
    case SUBPROC_OS_ITEM_HANDLE:
        return look_at_handle(watch, ready, error);
    default:
        return look_at_pipe(watch, ready, error);
    }
}

/* One that can't be looked at stays doubtful. */
static int settle(struct subproc_os_set *set, struct subproc_os_watch *watch, struct subproc_error *error)
{
    bool ready = false;
    const int result = look(watch, &ready, error);
    if (result == 0 && ready)
        subproc_watches_push(&set->ready, watch);
    else if (result == 0)
        subproc_watches_leave(watch);
    return result;
}

static int settle_all(struct subproc_os_set *set, struct subproc_error *error)
{
    int result = 0;
    while (result == 0 && set->doubtful.first != NULL)
        result = settle(set, set->doubtful.first, error);
    return result;
}

void subproc_win32_set_look_again(struct subproc_os_watch *watch)
{
    if (watch->links.list == NULL)
        subproc_watches_push(&watch->links.set->doubtful, watch);
}

/* ---- opening ------------------------------------------------------------------------------------------------------- */

int subproc_os_set_open(struct subproc_os_set **opened, struct subproc_error *error)
{
    static volatile LONG64 numbers;
    struct subproc_os_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "watch", 0);
    int result = 0;
    set->number = InterlockedIncrement64(&numbers);
    set->bucket_count = FIRST_BUCKETS;
    set->buckets = calloc(FIRST_BUCKETS, sizeof(struct subproc_os_watch *));
    set->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (set->port == NULL)
        result = subproc_os_fail(error, "watch", GetLastError());
    else if (set->buckets == NULL)
        result = subproc_error_set(error, SUBPROC_E_NO_MEMORY, "watch", 0);
    if (result < 0) {
        subproc_os_set_close(set);
        return result;
    }
    *opened = set;
    return 0;
}

/* ---- adding and removing ------------------------------------------------------------------------------------------- */

static void join(struct subproc_os_set *set, struct subproc_os_watch *watch)
{
    watch->links = (struct subproc_os_watch_links){.set = set};
    subproc_watches_chain(bucket_of(set, address_of(watch)), watch);
    set->watch_count++;
    if (watch->kind == SUBPROC_OS_ITEM_CHILD)
        subproc_win32_child_watch(watch->child, watch);
    else if (watch->kind != SUBPROC_OS_ITEM_HANDLE)
        subproc_win32_pipe_join(watch->pipe, set->port, set->number);
}

int subproc_os_set_add(struct subproc_os_set *set, struct subproc_os_watch *watch, struct subproc_error *error)
{
    if (!grow(set))
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "watch", 0);
    join(set, watch);
    const int result = settle(set, watch, error);
    if (result < 0)
        subproc_os_set_remove(watch);
    else if (watch->links.list != NULL && watch->kind != SUBPROC_OS_ITEM_HANDLE)
        subproc_watches_push(&set->doubtful, watch); /* it may have changed before the next wait */
    return result;
}

void subproc_os_set_remove(struct subproc_os_watch *watch)
{
    struct subproc_os_set *set = watch->links.set;
    if (set == NULL)
        return;
    if (watch->kind == SUBPROC_OS_ITEM_CHILD)
        subproc_win32_child_watch(watch->child, NULL);
    else if (watch->kind != SUBPROC_OS_ITEM_HANDLE)
        subproc_win32_pipe_part(watch->pipe);
    disarm(&watch->links.source);
    disarm(&watch->links.last_write);
    subproc_watches_leave(watch);
    subproc_watches_unchain(watch);
    set->watch_count--;
    watch->links = (struct subproc_os_watch_links){NULL};
}

/* ---- waiting ------------------------------------------------------------------------------------------------------- */

static void note_packet(struct subproc_os_set *set, const void *address)
{
    if (address == NULL) {
        InterlockedExchange(&set->wake_sent, 0);
        set->woken = true;
        return;
    }
    struct subproc_os_watch *watch = find(set, address);
    if (watch != NULL)
        subproc_win32_set_look_again(watch);
}

/* *at_deadline: no packet came until then. */
static int take_packets(struct subproc_os_set *set, DWORD milliseconds, bool *at_deadline, struct subproc_error *error)
{
    OVERLAPPED_ENTRY packets[BATCH];
    ULONG count = 0;
    *at_deadline = false;
    if (!GetQueuedCompletionStatusEx(set->port, packets, BATCH, &count, milliseconds, FALSE)) {
        const DWORD native = GetLastError();
        *at_deadline = native == WAIT_TIMEOUT && milliseconds == 0;
        return native == WAIT_TIMEOUT ? 0 : subproc_os_fail(error, "wait", native);
    }
    for (ULONG i = 0; i < count; i++)
        note_packet(set, packets[i].lpOverlapped);
    return 0;
}

/* Asks the system once nothing is left to tell: those that were told last first, then the others. */
static int refill(struct subproc_os_set *set, int64_t deadline, struct subproc_error *error)
{
    bool at_deadline;
    int result = settle_all(set, error);
    if (result < 0)
        return result;
    const DWORD milliseconds = set->ready.first != NULL ? 0 : subproc_win32_milliseconds_until(deadline);
    result = take_packets(set, milliseconds, &at_deadline, error);
    if (result == 0)
        result = settle_all(set, error);
    if (result == 0 && at_deadline && set->ready.first == NULL)
        result = subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
    return result;
}

int subproc_os_set_wait(struct subproc_os_set *set, struct subproc_os_watch **ready, int64_t deadline,
                        struct subproc_error *error)
{
    while (!set->woken && set->ready.first == NULL) {
        const int result = refill(set, deadline, error);
        if (result < 0)
            return result;
    }
    *ready = set->woken ? NULL : set->ready.first;
    set->woken = false;
    if (*ready != NULL)
        subproc_watches_push(&set->doubtful, *ready);
    return 0;
}

void subproc_os_set_wake(struct subproc_os_set *set)
{
    if (InterlockedExchange(&set->wake_sent, 1) != 0)
        return;
    /* Fails when the system has no memory left; then the next wake tries again. */
    if (!PostQueuedCompletionStatus(set->port, 0, 0, NULL))
        InterlockedExchange(&set->wake_sent, 0);
}

/* ---- the end ------------------------------------------------------------------------------------------------------- */

void subproc_os_set_close(struct subproc_os_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; set->buckets != NULL && i < set->bucket_count; i++)
        while (set->buckets[i] != NULL)
            subproc_os_set_remove(set->buckets[i]);
    free(set->buckets);
    if (set->port != NULL)
        CloseHandle(set->port);
    free(set);
}
