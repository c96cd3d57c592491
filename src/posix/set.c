/* Wait sets: registered watches over a poller. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../watches.h"
#include "posix.h"

/* Who watches one descriptor. Many may: a caller's `cancel` is often one for all its children. */
struct slot {
    struct subproc_os_watch *readers, *writers;
};

struct subproc_os_set {
    struct subproc_posix_poller *poller;
    struct slot *slots; /* by descriptor; the system gives the lowest free number, so the table is no larger than needed */
    size_t slot_count;
    struct subproc_watches ready;  /* found and not yet told */
    struct subproc_watches always; /* what the system can't wait for, since it never blocks */
    int wake_from, wake_to;        /* a pipe, holding one byte at most */
    atomic_bool wake_sent;
    bool woken;
};

static int ways_of(const struct slot *slot)
{
    return (slot->readers != NULL ? SUBPROC_POSIX_READ : 0) | (slot->writers != NULL ? SUBPROC_POSIX_WRITE : 0);
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static int open_wake_pipe(struct subproc_os_set *set)
{
    int ends[2];
    const int problem = subproc_posix_pipe(ends);
    if (problem != 0)
        return problem;
    set->wake_from = ends[0];
    set->wake_to = ends[1];
    return subproc_posix_poller_change(set->poller, set->wake_from, 0, SUBPROC_POSIX_READ);
}

int subproc_os_set_open(struct subproc_os_set **opened, struct subproc_error *error)
{
    struct subproc_os_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return subproc_os_fail(error, "watch", ENOMEM);
    set->wake_from = set->wake_to = -1;
    int problem = subproc_posix_poller_open(&set->poller);
    if (problem == 0)
        problem = open_wake_pipe(set);
    if (problem != 0) {
        subproc_os_set_close(set);
        return subproc_os_fail(error, "watch", problem);
    }
    *opened = set;
    return 0;
}

/* ---- adding and removing --------------------------------------------------------------------------------------- */

static void move_chain(struct subproc_os_watch **chain)
{
    if (*chain != NULL)
        (*chain)->links.alike_here = chain;
}

/* 0 or an errno. */
static int need_slot(struct subproc_os_set *set, int fd)
{
    if ((size_t)fd < set->slot_count)
        return 0;
    const size_t count = (size_t)fd + (size_t)fd / 2 + 64;
    struct slot *slots = realloc(set->slots, count * sizeof *slots);
    if (slots == NULL)
        return ENOMEM;
    set->slots = slots;
    for (size_t i = 0; i < set->slot_count; i++) {
        move_chain(&slots[i].readers);
        move_chain(&slots[i].writers);
    }
    while (set->slot_count < count)
        slots[set->slot_count++] = (struct slot){NULL, NULL};
    return 0;
}

static int descriptor_of(const struct subproc_os_watch *watch, subproc_handle *fd, struct subproc_error *error)
{
    switch (watch->kind) {
    case SUBPROC_OS_ITEM_CHILD:
        return subproc_os_child_exit_handle(watch->child, fd, error);
    case SUBPROC_OS_ITEM_READ:
    case SUBPROC_OS_ITEM_WRITE:
        *fd = subproc_os_pipe_handle(watch->pipe);
        return 0;
    default:
        *fd = watch->handle;
        /* poll() would not ask, and a table has to be made for the number */
        return fcntl((int)*fd, F_GETFD) >= 0 ? 0 : subproc_os_fail(error, "watch", errno);
    }
}

int subproc_os_set_add(struct subproc_os_set *set, struct subproc_os_watch *watch, struct subproc_error *error)
{
    subproc_handle fd;
    const int result = descriptor_of(watch, &fd, error);
    if (result < 0)
        return result;
    int problem = need_slot(set, (int)fd);
    if (problem != 0)
        return subproc_os_fail(error, "watch", problem);
    struct slot *slot = &set->slots[fd];
    const bool writes = watch->kind == SUBPROC_OS_ITEM_WRITE;
    const int ways = ways_of(slot);
    problem =
        subproc_posix_poller_change(set->poller, (int)fd, ways, ways | (writes ? SUBPROC_POSIX_WRITE : SUBPROC_POSIX_READ));
    if (problem != 0 && problem != EPERM)
        return subproc_os_fail(error, "watch", problem);
    watch->links = (struct subproc_os_watch_links){.set = set, .source = fd};
    if (problem == EPERM)
        subproc_watches_push(&set->always, watch);
    else
        subproc_watches_chain(writes ? &slot->writers : &slot->readers, watch);
    return 0;
}

void subproc_os_set_remove(struct subproc_os_watch *watch)
{
    struct subproc_os_set *set = watch->links.set;
    if (set == NULL)
        return;
    const int fd = (int)watch->links.source;
    const int before = ways_of(&set->slots[fd]);
    subproc_watches_leave(watch);
    subproc_watches_unchain(watch);
    watch->links = (struct subproc_os_watch_links){NULL};
    /* Fails for a descriptor that was closed too early: then the system has forgotten it. */
    (void)subproc_posix_poller_change(set->poller, fd, before, ways_of(&set->slots[fd]));
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static void push_all(struct subproc_os_set *set, struct subproc_os_watch *watch)
{
    for (; watch != NULL; watch = watch->links.next_alike)
        subproc_watches_push(&set->ready, watch);
}

static void take_wake(struct subproc_os_set *set)
{
    char byte;
    while (read(set->wake_from, &byte, 1) < 0 && errno == EINTR)
        continue;
    /* After the byte was taken, so that the pipe never holds a second one. Who finds it still set is answered by this. */
    atomic_exchange(&set->wake_sent, false);
    set->woken = true;
}

static void note_found(void *context, int fd, int ways)
{
    struct subproc_os_set *set = context;
    if (fd == set->wake_from) {
        take_wake(set);
        return;
    }
    if ((ways & SUBPROC_POSIX_READ) != 0)
        push_all(set, set->slots[fd].readers);
    if ((ways & SUBPROC_POSIX_WRITE) != 0)
        push_all(set, set->slots[fd].writers);
}

/* Asks the system once nothing is left to tell. */
static int look(struct subproc_os_set *set, int64_t deadline, struct subproc_error *error)
{
    subproc_watches_move(&set->ready, &set->always);
    const bool any = set->ready.first != NULL;
    const int timeout = any ? 0 : subproc_posix_poll_timeout(deadline);
    const int found = subproc_posix_poller_wait(set->poller, timeout, note_found, set);
    if (found < 0 && errno != EINTR)
        return subproc_os_fail(error, "poll", errno);
    if (found == 0 && timeout == 0 && !any)
        return subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
    return 0;
}

static bool is_chained(const struct subproc_os_watch *watch)
{
    return watch->links.alike_here != NULL;
}

int subproc_os_set_wait(struct subproc_os_set *set, struct subproc_os_watch **ready, int64_t deadline,
                        struct subproc_error *error)
{
    while (!set->woken && set->ready.first == NULL) {
        const int result = look(set, deadline, error);
        if (result < 0)
            return result;
    }
    struct subproc_os_watch *watch = set->woken ? NULL : subproc_watches_pop(&set->ready);
    set->woken = false;
    if (watch != NULL && !is_chained(watch))
        subproc_watches_push(&set->always, watch);
    *ready = watch;
    return 0;
}

void subproc_os_set_wake(struct subproc_os_set *set)
{
    if (atomic_exchange(&set->wake_sent, true))
        return;
    while (write(set->wake_to, "", 1) < 0 && errno == EINTR)
        continue;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void forget_chain(struct subproc_os_watch *watch)
{
    while (watch != NULL) {
        struct subproc_os_watch *next = watch->links.next_alike;
        watch->links = (struct subproc_os_watch_links){NULL};
        watch = next;
    }
}

void subproc_os_set_close(struct subproc_os_set *set)
{
    struct subproc_os_watch *watch;
    if (set == NULL)
        return;
    subproc_watches_move(&set->always, &set->ready);
    while ((watch = subproc_watches_pop(&set->always)) != NULL)
        if (!is_chained(watch))
            watch->links.set = NULL;
    for (size_t i = 0; i < set->slot_count; i++) {
        forget_chain(set->slots[i].readers);
        forget_chain(set->slots[i].writers);
    }
    free(set->slots);
    subproc_posix_poller_close(set->poller);
    subproc_os_handle_close(set->wake_from);
    subproc_os_handle_close(set->wake_to);
    free(set);
}
