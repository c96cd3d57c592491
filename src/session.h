/*
 * One child that is talked to until its end: its streams are moved together, so that no full one can block, its deadline is
 * kept, and its ladder climbed. Driven by events, so that one thread can drive one session or thousands.
 */
#ifndef SUBPROC_SESSION_H
#define SUBPROC_SESSION_H

#include "capture.h"
#include "child.h"

enum subproc_phase {
    SUBPROC_TALKING, /* until the end of everything, the deadline, or a reason to stop */
    SUBPROC_ASKED,   /* stopping: the child has been asked to end, */
    SUBPROC_KILLED,  /* or killed */
    SUBPROC_RESTING, /* what is left in the pipes is read for a bounded time */
    SUBPROC_DONE
};

struct subproc_session {
    struct subproc *child;
    const char *input; /* the caller's */
    struct subproc_scratch *scratch;
    bool spares;       /* small outputs are to cost little memory */
    bool leaves_child; /* at the deadline the child is left alone */
    int64_t timeout;   /* as the caller gave it, for the message */
    int64_t deadline;

    enum subproc_phase phase;
    int64_t phase_ends; /* not of TALKING */
    bool ended;         /* the child has */
    int64_t lingers_until;
    int outcome; /* what ended the talking: 0 by itself, or a code */
    enum subproc_reason reason;
    enum subproc_stop_step stop_step;
    bool ask_skipped;
    struct subproc_error *told; /* the failure behind `outcome`, or why the child could not be stopped; NULL: none */
};

/* One thing to wait for in a session; the child's end is no stream. */
enum { SUBPROC_SESSION_ITEMS = 4, SUBPROC_SESSION_END = 3 };

/* Begins, or goes on with what a timeout left. INVALID, ENCODING, NO_MEMORY, with the sentence. The session's first seven
 * fields are set by the caller, the others are zero. */
int subproc_session_begin(struct subproc_session *session, size_t size, struct subproc_error *error);

/* What is to be waited for, at most SUBPROC_SESSION_ITEMS; what[] says which stream each is, or SUBPROC_SESSION_END. */
size_t subproc_session_list(const struct subproc_session *session, struct subproc_os_item *items, int *what);

/* When subproc_session_settle is to be called at the latest. */
int64_t subproc_session_until(const struct subproc_session *session);

/* Something is ready: a stream, or SUBPROC_SESSION_END. */
void subproc_session_on_ready(struct subproc_session *session, int what);

/* `cancel` is ready, or something else wants the end: CANCELLED, TIMEOUT, OUTPUT_LIMIT. Not twice. */
void subproc_session_stop(struct subproc_session *session, int outcome, enum subproc_reason reason);

/* Whether a child was stopped for this, so that there is a result all the same; any other code is a failure. */
bool subproc_session_is_stop(int outcome);

/* Waiting itself failed. */
void subproc_session_fail(struct subproc_session *session, const struct subproc_error *error);

/* Does what time demands; to be called after every round of events, since a stream that is always ready would hide a
 * deadline. Whether the session is done. */
bool subproc_session_settle(struct subproc_session *session, int64_t now);

/* Waits for and does everything until it is done. */
void subproc_session_run(struct subproc_session *session);

/* Frees what a session holds that will not be finished. */
void subproc_session_drop(struct subproc_session *session);

/* Fills the result, which is zeroed, and tells how it went: the code of run and communicate. */
int subproc_session_finish(struct subproc_session *session, struct subproc_result *result, struct subproc_error *error);

#endif
