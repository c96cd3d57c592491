/* Many sessions that one thread works on: what they wait for is registered once, and a heap knows whose time comes next, so
 * that an event costs the same whether ten are alive or ten thousand. */
#ifndef SUBPROC_CREW_H
#define SUBPROC_CREW_H

#include "session.h"

enum { SUBPROC_TASK_CANCEL = SUBPROC_SESSION_ITEMS, SUBPROC_TASK_WATCHES };

/* One session in a crew; it stays where it is until it was removed. */
struct subproc_task {
    struct subproc_session session;
    struct subproc_os_watch watches[SUBPROC_TASK_WATCHES]; /* the streams, the end, `cancel` */
    struct subproc_crew *crew;
    int64_t until;
    size_t place; /* in the heap, from 1; 0: its time never comes */
};

struct subproc_crew {
    struct subproc_os_set *set;
    struct subproc_scratch scratch;
    struct subproc_task **heap; /* the earliest first */
    size_t heap_size, heap_room;
    size_t tasks;
    bool ends_together; /* subproc_crew_work also returns when a session was stopped, with *done NULL */
};

int subproc_crew_open(struct subproc_crew *crew, struct subproc_error *error);
void subproc_crew_close(struct subproc_crew *crew);

/* Takes over a session that has begun; one that can't be waited for has failed. NO_MEMORY: nothing was done. */
int subproc_crew_add(struct subproc_crew *crew, struct subproc_task *task, struct subproc_error *error);

/* To be done before its child is freed. */
void subproc_crew_remove(struct subproc_task *task);

/* Stops a session of the crew; *is_done when that was all that it waited for. */
bool subproc_crew_stop(struct subproc_task *task, int outcome, enum subproc_reason reason);

/* Works until a session is done: *done is that task, removed; NULL when subproc_os_set_wake was called. TIMEOUT; else the
 * set can't be waited for. */
int subproc_crew_work(struct subproc_crew *crew, int64_t deadline, struct subproc_task **done, struct subproc_error *error);

#endif
