/* Feeding and reading a child's three pipes together, so that no full one can block. */
#include <stdlib.h>

#include "child.h"
#include "error.h"

#define READ_SIZE ((size_t)64 * 1024)
#define REST_WAIT ((int64_t)100) /* ms to read what is left after a stop */

int subproc_pump_begin(struct subproc *child, const void *input, size_t size, struct subproc_error *error)
{
    if (!input && size > 0)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input", "the input has a size but no data");
    if (child->is_communicating && size != child->given_size)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input",
                                 "the input for command '%.300s' has another size than before", child->command);
    if (child->is_communicating)
        return 0;
    if (size > 0 && !child->ends[SUBPROC_IN].pipe)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input",
                                 "there is input, but 'in' of command '%.300s' is no pipe", child->command);
    for (int id = SUBPROC_OUT; id <= SUBPROC_ERR; id++) {
        child->was_piped[id] = child->ends[id].pipe != NULL;
        if (child->was_piped[id] && subproc_buffer_reserve(&child->captured[id], 0) < 0) {
            subproc_error_set(error, SUBPROC_E_NO_MEMORY, "read", 0);
            return subproc_say_failure(child, "read from", error);
        }
    }
    if (subproc_encode_input(child, input, size, error) < 0) {
        struct subproc_error why = *error;
        subproc_error_sentence(error, "cannot communicate with command '%.200s': %s", child->command, why.message);
        return error->code;
    }
    child->is_communicating = true;
    child->input_done = 0;
    child->incomplete = false;
    if (size == 0 && child->ends[SUBPROC_IN].pipe)
        subproc_close_end(child, SUBPROC_IN);
    return 0;
}

void subproc_pump_end(struct subproc *child, bool more_may_come)
{
    child->is_communicating = more_may_come;
    if (more_may_come)
        return;
    free(child->encoded);
    child->encoded = NULL;
    child->has_input = false;
}

/* Takes what is there; at the end of file the pipe is closed. */
static int take(struct subproc *child, enum subproc_stream_id stream, struct subproc_error *error)
{
    struct subproc_buffer *into = &child->captured[stream];
    size_t got = 0;
    if (subproc_buffer_room(into) < READ_SIZE / 8 && subproc_buffer_reserve(into, READ_SIZE) < 0)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "read", 0);
    int result =
        subproc_os_pipe_read(child->ends[stream].pipe, into->bytes + into->size, subproc_buffer_room(into), &got, error);
    if (result == SUBPROC_E_AGAIN)
        return 0;
    into->size += result == 0 ? got : 0;
    if (result == 0 && got == 0)
        subproc_close_end(child, stream);
    return result;
}

/* Gives what fits; after the last byte, or when nobody reads any more, the pipe is closed. */
static int give(struct subproc *child, const char *input, struct subproc_error *error)
{
    size_t put = 0;
    const char *bytes = child->encoded ? child->encoded : input;
    int result = subproc_os_pipe_write(child->ends[SUBPROC_IN].pipe, bytes + child->input_done,
                                       child->input_size - child->input_done, &put, error);
    if (result == SUBPROC_E_AGAIN)
        return 0;
    child->input_done += result == 0 ? put : 0;
    bool nobody_reads = result == SUBPROC_E_CLOSED;
    if (nobody_reads || (result == 0 && child->input_done == child->input_size))
        subproc_close_end(child, SUBPROC_IN);
    if (nobody_reads) { /* not the caller's error: the child may end without reading everything */
        *error = (struct subproc_error){.step = ""};
        return 0;
    }
    return result;
}

/* One item for each pipe that we work on; streams[] says whose it is. */
static size_t list_pipes(struct subproc *child, struct subproc_os_item *items, enum subproc_stream_id *streams)
{
    size_t count = 0;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        bool feeds = id == SUBPROC_IN && child->input_done < child->input_size;
        if (!child->ends[id].pipe || (id == SUBPROC_IN ? !feeds : !child->was_piped[id]))
            continue;
        streams[count] = (enum subproc_stream_id)id;
        items[count++] = (struct subproc_os_item){.kind = feeds ? SUBPROC_OS_ITEM_WRITE : SUBPROC_OS_ITEM_READ,
                                                  .child = child->os, /* see subproc_os_pipe_close */
                                                  .pipe = child->ends[id].pipe};
    }
    return count;
}

static int move_ready(struct subproc *child, const struct subproc_os_item *items, const enum subproc_stream_id *streams,
                      size_t count, const char *input, struct subproc_error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        if (items[i].ready)
            result = streams[i] == SUBPROC_IN ? give(child, input, error) : take(child, streams[i], error);
    return result;
}

/* One pump's state: what it moves, and what it has seen. */
struct pump {
    struct subproc *child;
    const char *input;
    bool heeds_cancel, stops_at_end;
    bool ended;
    int64_t lingers_until;
};

/* Leaves the pipes that someone else still holds. */
static void leave_pipes(struct subproc *child)
{
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        if (!child->ends[id].pipe || (id != SUBPROC_IN && !child->was_piped[id]))
            continue;
        child->incomplete = true;
        subproc_close_end(child, (enum subproc_stream_id)id);
    }
}

/* Looks whether the child has ended, and from when on nobody lingers. */
static int look(struct pump *pump, struct subproc_error *error)
{
    struct subproc_os_end end;
    int result = subproc_os_child_status(pump->child->os, &end, error);
    if (result == SUBPROC_E_AGAIN)
        return 0;
    pump->ended = result == 0;
    pump->lingers_until =
        end.ended_at > SUBPROC_OS_FOREVER - pump->child->linger ? SUBPROC_OS_FOREVER : end.ended_at + pump->child->linger;
    return result;
}

static bool is_done(const struct pump *pump)
{
    struct subproc_os_item items[3];
    enum subproc_stream_id streams[3];
    return pump->ended && (pump->stops_at_end || list_pipes(pump->child, items, streams) == 0);
}

/* Waits for something to do, until `deadline` or nobody lingers any more, and does it. */
static int turn(struct pump *pump, int64_t deadline, struct subproc_error *error)
{
    struct subproc_os_item items[5];
    enum subproc_stream_id streams[3];
    size_t pipes = list_pipes(pump->child, items, streams), count = pipes;
    if (!pump->ended)
        items[count++] = (struct subproc_os_item){.kind = SUBPROC_OS_ITEM_CHILD, .child = pump->child->os};
    int64_t until = pump->lingers_until < deadline ? pump->lingers_until : deadline;
    int result = pump->heeds_cancel ? subproc_await(pump->child, items, count, until, error)
                                    : subproc_os_wait(items, count, until, error);
    if (result < 0)
        return result;
    result = move_ready(pump->child, items, streams, pipes, pump->input, error);
    if (result == 0 && !pump->ended && items[pipes].ready)
        result = look(pump, error);
    return result;
}

/*
 * Turns until done. The clock is asked after every turn, since a pipe that is always ready would hide a deadline. After the
 * child's end, `linger` is a second deadline that isn't an error.
 */
static int run_pump(struct pump *pump, int64_t deadline, struct subproc_error *error)
{
    pump->lingers_until = SUBPROC_OS_FOREVER;
    while (!is_done(pump)) {
        int result = turn(pump, deadline, error);
        if (result < 0 && result != SUBPROC_E_TIMEOUT)
            return result;
        if (is_done(pump))
            break;
        int64_t now = subproc_os_now();
        if (pump->ended && now >= pump->lingers_until && pump->lingers_until <= deadline) {
            leave_pipes(pump->child);
            break;
        }
        if (now >= deadline)
            return SUBPROC_E_TIMEOUT;
    }
    *error = (struct subproc_error){.step = ""}; /* the last wait may have timed out */
    return 0;
}

int subproc_pump(struct subproc *child, const void *input, int64_t deadline, struct subproc_error *error)
{
    struct pump pump = {.child = child, .input = input, .heeds_cancel = true};
    return run_pump(&pump, deadline, error);
}

int subproc_pump_until_end(struct subproc *child, void *input, int64_t deadline, struct subproc_error *error)
{
    struct pump pump = {.child = child, .input = input, .stops_at_end = true};
    return run_pump(&pump, deadline, error);
}

int subproc_pump_rest(struct subproc *child, const void *input, struct subproc_error *error)
{
    struct pump pump = {.child = child, .input = input};
    int result = run_pump(&pump, subproc_deadline(subproc_os_now(), REST_WAIT), error);
    leave_pipes(child);
    return result == SUBPROC_E_TIMEOUT ? 0 : result;
}
