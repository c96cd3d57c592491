/* Working on one of a child's pipes by hand: read, write, close, hand out. */
#include "child.h"
#include "error.h"

static int no_pipe(struct subproc_error *error)
{
    return subproc_error_say(error, SUBPROC_E_INVALID, "stream", "that stream of the child is no open pipe to us");
}

static struct subproc_end *end_of(struct subproc *child, enum subproc_stream_id stream)
{
    return child && stream >= SUBPROC_IN && stream <= SUBPROC_ERR ? &child->ends[stream] : NULL;
}

/* An end of ours whose handle can be given out, or NULL. *handle is none at first. */
static struct subproc_end *open_end(struct subproc *child, enum subproc_stream_id stream, subproc_handle *handle)
{
    struct subproc_end *end = end_of(child, stream);
    if (handle)
        *handle = SUBPROC_NO_HANDLE;
    return handle && end && (end->pipe || end->link != SUBPROC_NO_HANDLE) ? end : NULL;
}

/* Waits until the pipe is ready. The child is named too, so that a write that was accepted before its pipe was closed is
 * finished meanwhile (see subproc_os_pipe_close). */
static int await_pipe(struct subproc *child, enum subproc_os_item_kind kind, struct subproc_os_pipe *pipe, int64_t deadline,
                      struct subproc_error *error)
{
    struct subproc_os_item items[2] = {{.kind = kind, .child = child->os, .pipe = pipe}};
    return subproc_await(child, items, 1, deadline, error);
}

/* How a wait that gave no bytes ends the call. */
static int waiting_failed(struct subproc *child, int result, int64_t timeout, const char *what, struct subproc_error *error)
{
    if (result == SUBPROC_E_TIMEOUT)
        return subproc_say_timeout(child->command, timeout, error);
    if (result == SUBPROC_E_CANCELLED)
        return subproc_stop_cancelled(child, error);
    return subproc_say_failure(child, what, error);
}

int subproc_read(struct subproc *child, enum subproc_stream_id stream, void *buffer, size_t size, int64_t timeout,
                 size_t *got, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_end *end = end_of(child, stream);
    if (got)
        *got = 0;
    if (!end || !end->pipe || stream == SUBPROC_IN || child->captures[stream].feed)
        return no_pipe(error);
    if (!got || !buffer || size == 0)
        return subproc_error_say(error, SUBPROC_E_INVALID, "read", "there is no room to read into");
    int64_t deadline = subproc_deadline(subproc_os_now(), timeout);
    int result;
    while ((result = subproc_os_pipe_read(end->pipe, buffer, size, got, error)) == SUBPROC_E_AGAIN) {
        result = await_pipe(child, SUBPROC_OS_ITEM_READ, end->pipe, deadline, error);
        if (result < 0)
            return waiting_failed(child, result, timeout, "read from", error);
    }
    return result < 0 ? subproc_say_failure(child, "read from", error) : 0;
}

int subproc_write(struct subproc *child, const void *data, size_t size, int64_t timeout, size_t *put,
                  struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_end *end = end_of(child, SUBPROC_IN);
    if (put)
        *put = 0;
    if (!end || !end->pipe)
        return no_pipe(error);
    if (!put || (!data && size > 0))
        return subproc_error_say(error, SUBPROC_E_INVALID, "write", "there is nothing to write from");
    int64_t deadline = subproc_deadline(subproc_os_now(), timeout);
    while (*put < size) {
        size_t accepted = 0;
        int result = subproc_os_pipe_write(end->pipe, (const char *)data + *put, size - *put, &accepted, error);
        *put += result == 0 ? accepted : 0;
        /* A child that never stops reading would hide the deadline. */
        if (result == 0 && *put < size && subproc_os_now() >= deadline)
            return subproc_say_timeout(child->command, timeout, error);
        if (result == SUBPROC_E_AGAIN) {
            result = await_pipe(child, SUBPROC_OS_ITEM_WRITE, end->pipe, deadline, error);
            if (result < 0)
                return waiting_failed(child, result, timeout, "write to", error);
        } else if (result < 0) {
            return subproc_say_failure(child, "write to", error);
        }
    }
    return 0;
}

void subproc_close_end(struct subproc *child, enum subproc_stream_id stream)
{
    struct subproc_end *end = &child->ends[stream];
    if (child->watches)
        subproc_os_set_remove(&child->watches[stream]);
    subproc_os_pipe_close(end->pipe, child->os);
    end->pipe = NULL;
    subproc_os_handle_close(end->link);
    end->link = SUBPROC_NO_HANDLE;
}

int subproc_close_stream(struct subproc *child, enum subproc_stream_id stream)
{
    if (!end_of(child, stream))
        return SUBPROC_E_INVALID;
    subproc_close_end(child, stream);
    return 0;
}

int subproc_stream_handle(struct subproc *child, enum subproc_stream_id stream, subproc_handle *handle,
                          struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_end *end = open_end(child, stream, handle);
    if (!end)
        return no_pipe(error);
    *handle = end->pipe ? subproc_os_pipe_handle(end->pipe) : end->link;
    return 0;
}

int subproc_take_stream(struct subproc *child, enum subproc_stream_id stream, subproc_handle *handle,
                        struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_end *end = open_end(child, stream, handle);
    if (!end)
        return no_pipe(error);
    if (!end->pipe) {
        *handle = end->link;
        end->link = SUBPROC_NO_HANDLE;
        return 0;
    }
    int result = subproc_os_pipe_release(end->pipe, handle, error);
    if (result == SUBPROC_E_AGAIN)
        return subproc_error_say(error, result, "take", "an accepted write to command '%.300s' is still on its way",
                                 child->command);
    if (result < 0)
        return subproc_say_failure(child, "take a stream of", error);
    end->pipe = NULL;
    return 0;
}
