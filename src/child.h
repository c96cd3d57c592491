/* The child as the portable files see it, and what they share. */
#ifndef SUBPROC_CHILD_H
#define SUBPROC_CHILD_H

#include <stdbool.h>

#include "capture.h"
#include "os.h"
#include "subproc/subproc.h"

/* Our side of one standard stream: a pipe, or a link, or nothing. */
struct subproc_end {
    struct subproc_os_pipe *pipe;
    subproc_handle link;
};

/*
 * `os`, `command` and the options never change after the start, so any thread may look at them; the rest belongs to the one
 * thread that works on the streams.
 */
struct subproc {
    struct subproc_os_child *os;
    char *command;
    int64_t started_at;
    int64_t linger; /* ns; SUBPROC_OS_FOREVER: to the end of file */
    bool wants_tree;
    struct subproc_ladder stop;
    bool can_cancel;
    subproc_handle cancel;

    struct subproc_text text; /* with a name of our own */
    char *encoding;

    struct subproc_end ends[3];
    struct subproc_os_watch *watches; /* of the streams, in a crew; NULL: in none */

    /* communicate: kept from one call to the next one after a timeout */
    bool is_communicating;
    bool was_piped[3];
    bool has_input;    /* the next three say what it is */
    size_t given_size; /* bytes, as the caller gave them */
    char *encoded;     /* in the child's encoding; NULL: as the caller gave it */
    size_t input_size; /* bytes that the child is to read */
    size_t input_done;
    struct subproc_capture captures[3]; /* by stream; that of SUBPROC_IN stays empty */
    bool incomplete;
};

/* ---- process.c -------------------------------------------------------------------------------------------------- */

/* subproc_spawn, but `timeout` and `input` are allowed. `options` isn't NULL. `waits_alone`: as in struct subproc_os_plan. */
int subproc_start(const char *const *argv, const struct subproc_options *options, bool waits_alone, struct subproc **child,
                  struct subproc_error *error);

/* Milliseconds from now as a time of subproc_os_now(), saturating; SUBPROC_FOREVER stays forever. */
int64_t subproc_deadline(int64_t from, int64_t timeout);

/* Waits like subproc_os_wait, for the child's `cancel` as well: SUBPROC_E_CANCELLED. Room for one more item is needed. */
int subproc_await(struct subproc *child, struct subproc_os_item *items, size_t count, int64_t deadline,
                  struct subproc_error *error);

/* Waits for the end, not for `cancel`. */
int subproc_await_end(struct subproc *child, void *context, int64_t deadline, struct subproc_error *error);

/* "command '…' timed out after 1.0 s"; returns SUBPROC_E_TIMEOUT. */
int subproc_say_timeout(const char *command, int64_t timeout, struct subproc_error *error);

/* The exit status was taken by someone else; returns SUBPROC_E_LOST. */
int subproc_say_lost(const struct subproc *child, struct subproc_error *error);

/* A call was given no child; returns SUBPROC_E_INVALID. */
int subproc_say_no_child(struct subproc_error *error);

/* Writes the sentence of an error that a system call on this child gave; returns its code. */
int subproc_say_failure(struct subproc *child, const char *what, struct subproc_error *error);

/* Our end of a stream, closed; what it accepted still arrives. */
void subproc_close_end(struct subproc *child, enum subproc_stream_id stream);

/* ---- stop.c ----------------------------------------------------------------------------------------------------- */

/*
 * After an ask that worked. A leader may leave members behind that did not answer and hold no pipe: there is no event that
 * would tell, so the kill is sent in any case. Does nothing without a tree.
 */
void subproc_kill_the_rest(struct subproc *child);

/* How long a step of the ladder is: 0 stands for the default; negative: the step is left out. */
int64_t subproc_step_wait(int64_t wish);

/* What every blocking call does when `cancel` was seen: the ladder without pumping. Returns SUBPROC_E_CANCELLED. */
int subproc_stop_cancelled(struct subproc *child, struct subproc_error *error);

/* The sentence for a cancelled child, with the reason when it could not be stopped. */
int subproc_say_cancelled(struct subproc *child, int climbed, struct subproc_error *error);

/* Makes the input what the child is to read, unless there is one. INVALID, ENCODING, NO_MEMORY, with the sentence's detail. */
int subproc_encode_input(struct subproc *child, const void *input, size_t size, struct subproc_error *error);

/* ---- result.c --------------------------------------------------------------------------------------------------- */

/* What a result is before anything is known. */
void subproc_result_begin(struct subproc_result *result);

#endif
