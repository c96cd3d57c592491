/* Many sessions that one thread works on. */
#include "crew.h"

#include <stdlib.h>

#include "error.h"

int subproc_crew_open(struct subproc_crew *crew, struct subproc_error *error)
{
    *crew = (struct subproc_crew){0};
    return subproc_os_set_open(&crew->set, error);
}

void subproc_crew_close(struct subproc_crew *crew)
{
    subproc_os_set_close(crew->set);
    subproc_scratch_free(&crew->scratch);
    free(crew->heap);
    *crew = (struct subproc_crew){0};
}

/* ---- the heap ----------------------------------------------------------------------------------------------------- */

static void place(struct subproc_crew *crew, size_t at, struct subproc_task *task)
{
    crew->heap[at - 1] = task;
    task->place = at;
}

static struct subproc_task *at(const struct subproc_crew *crew, size_t index)
{
    return crew->heap[index - 1];
}

static void rise(struct subproc_crew *crew, struct subproc_task *task)
{
    size_t here = task->place;
    for (; here > 1 && at(crew, here / 2)->until > task->until; here /= 2)
        place(crew, here, at(crew, here / 2));
    place(crew, here, task);
}

static void sink(struct subproc_crew *crew, struct subproc_task *task)
{
    size_t here = task->place;
    for (;;) {
        size_t child = here * 2;
        if (child > crew->heap_size)
            break;
        if (child < crew->heap_size && at(crew, child + 1)->until < at(crew, child)->until)
            child++;
        if (at(crew, child)->until >= task->until)
            break;
        place(crew, here, at(crew, child));
        here = child;
    }
    place(crew, here, task);
}

static void leave_heap(struct subproc_task *task)
{
    struct subproc_crew *crew = task->crew;
    if (task->place == 0)
        return;
    struct subproc_task *last = at(crew, crew->heap_size--);
    if (last != task) {
        last->place = task->place;
        rise(crew, last);
        sink(crew, last);
    }
    task->place = 0;
}

/* Room for every task is made when it is added, so that this can't fail. */
static void set_time(struct subproc_task *task, int64_t until)
{
    struct subproc_crew *crew = task->crew;
    if (until == SUBPROC_OS_FOREVER) {
        leave_heap(task);
        return;
    }
    task->until = until;
    if (task->place == 0)
        task->place = ++crew->heap_size;
    place(crew, task->place, task);
    rise(crew, task);
    sink(crew, task);
}

static int make_room(struct subproc_crew *crew, size_t tasks)
{
    if (tasks <= crew->heap_room)
        return 0;
    size_t room = tasks < 16 ? 16 : tasks * 2;
    struct subproc_task **heap = realloc(crew->heap, room * sizeof(struct subproc_task *));
    if (!heap)
        return SUBPROC_E_NO_MEMORY;
    crew->heap = heap;
    crew->heap_room = room;
    return 0;
}

/* ---- watches ------------------------------------------------------------------------------------------------------ */

static int watch(struct subproc_task *task, int what, const struct subproc_os_item *item, struct subproc_error *error)
{
    struct subproc_os_watch *watch = &task->watches[what];
    *watch = (struct subproc_os_watch){.kind = item->kind, .owner = task};
    watch->child = item->kind == SUBPROC_OS_ITEM_CHILD ? item->child : NULL;
    watch->pipe = item->pipe;
    watch->handle = item->handle;
    return subproc_os_set_add(task->crew->set, watch, error);
}

static int watch_all(struct subproc_task *task, struct subproc_error *error)
{
    struct subproc_os_item items[SUBPROC_TASK_WATCHES];
    int what[SUBPROC_TASK_WATCHES];
    const struct subproc *child = task->session.child;
    size_t count = subproc_session_list(&task->session, items, what);
    if (child->can_cancel) {
        items[count] = (struct subproc_os_item){.kind = SUBPROC_OS_ITEM_HANDLE, .handle = child->cancel};
        what[count++] = SUBPROC_TASK_CANCEL;
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = watch(task, what[i], &items[i], error);
    return result;
}

static void unwatch_all(struct subproc_task *task)
{
    for (int what = 0; what < SUBPROC_TASK_WATCHES; what++)
        subproc_os_set_remove(&task->watches[what]);
}

/* ---- sessions ----------------------------------------------------------------------------------------------------- */

void subproc_crew_remove(struct subproc_task *task)
{
    unwatch_all(task);
    leave_heap(task);
    task->crew->tasks--;
    task->session.child->watches = NULL;
}

/* After something happened to a session; true, and it is removed, when it is done. */
static bool settle(struct subproc_task *task)
{
    struct subproc_session *session = &task->session;
    if (subproc_session_settle(session, subproc_os_now())) {
        subproc_crew_remove(task);
        return true;
    }
    if (session->ended)
        subproc_os_set_remove(&task->watches[SUBPROC_SESSION_END]);
    if (session->phase != SUBPROC_TALKING)
        subproc_os_set_remove(&task->watches[SUBPROC_TASK_CANCEL]);
    set_time(task, subproc_session_until(session));
    return false;
}

int subproc_crew_add(struct subproc_crew *crew, struct subproc_task *task, struct subproc_error *error)
{
    struct subproc_error why = {.step = ""};
    if (make_room(crew, crew->tasks + 1) < 0)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "start", 0);
    crew->tasks++;
    task->crew = crew;
    task->place = 0;
    task->session.scratch = &crew->scratch;
    task->session.child->watches = task->watches;
    if (watch_all(task, &why) < 0)
        subproc_session_fail(&task->session, &why);
    set_time(task, subproc_session_until(&task->session));
    return 0;
}

bool subproc_crew_stop(struct subproc_task *task, int outcome, enum subproc_reason reason)
{
    subproc_session_stop(&task->session, outcome, reason);
    return settle(task);
}

static void on_watch(struct subproc_task *task, const struct subproc_os_watch *watch)
{
    int what = (int)(watch - task->watches);
    if (what == SUBPROC_TASK_CANCEL)
        subproc_session_stop(&task->session, SUBPROC_E_CANCELLED, SUBPROC_REASON_CANCELLED);
    else
        subproc_session_on_ready(&task->session, what);
}

/* One event: that of the first whose time has come, which goes before what is ready, since a stream that is always ready must
 * not hide a deadline; else of what is ready first. *task is whose it was, or NULL. */
static int await_event(struct subproc_crew *crew, int64_t deadline, struct subproc_task **task, struct subproc_error *error)
{
    struct subproc_os_watch *watch = NULL;
    struct subproc_task *first = crew->heap_size > 0 ? at(crew, 1) : NULL;
    *task = first;
    if (first && first->until <= subproc_os_now())
        return 0;
    *task = NULL;
    int64_t until = first && first->until < deadline ? first->until : deadline;
    int result = subproc_os_set_wait(crew->set, &watch, until, error);
    if (result == 0 && watch) {
        *task = watch->owner;
        on_watch(*task, watch);
    }
    return result;
}

int subproc_crew_work(struct subproc_crew *crew, int64_t deadline, struct subproc_task **done, struct subproc_error *error)
{
    *done = NULL;
    for (;;) {
        struct subproc_task *task = NULL;
        int result = await_event(crew, deadline, &task, error);
        if (task && settle(task)) {
            *done = task;
            return 0;
        }
        if (result < 0 && result != SUBPROC_E_TIMEOUT)
            return result;
        bool was_woken = result == 0 && !task;
        if (was_woken || (task && crew->ends_together && task->session.outcome < 0))
            return 0;
        if (subproc_os_now() >= deadline)
            return SUBPROC_E_TIMEOUT;
    }
}
