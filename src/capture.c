/* What becomes of the bytes that one stream of a child gives: kept whole, kept within a limit, or handed to a sink. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "feed.h"
#include "text.h"

#define READ_SIZE ((size_t)64 * 1024)

void subproc_scratch_free(struct subproc_scratch *scratch)
{
    free(scratch->bytes);
    scratch->bytes = NULL;
}

int subproc_capture_begin(struct subproc_capture *capture, const struct subproc_limit *limit,
                          const struct subproc_sink *sink, const struct subproc_text *text, enum subproc_stream_id stream,
                          struct subproc_error *error)
{
    *capture = (struct subproc_capture){.limit = limit->bytes, .keep = limit->keep};
    return sink ? subproc_feed_new(sink, text, stream, &capture->feed, error) : 0;
}

void subproc_capture_set_stage(struct subproc_capture *capture, size_t stage)
{
    if (capture->feed)
        subproc_feed_set_stage(capture->feed, stage);
}

void subproc_capture_restart(struct subproc_capture *capture)
{
    capture->kept.size = 0;
    capture->populated = 0;
    capture->next = 0;
    capture->total = 0;
}

void subproc_capture_free(struct subproc_capture *capture)
{
    subproc_feed_free(capture->feed);
    subproc_buffer_free(&capture->kept);
    *capture = (struct subproc_capture){0};
}

bool subproc_capture_is_over(const struct subproc_capture *capture)
{
    return capture->keep != SUBPROC_KEEP_ALL && !capture->feed && capture->total > capture->limit;
}

/* ---- within a limit --------------------------------------------------------------------------------------------- */

/* Bytes at the front of `kept` that stay. */
static size_t head_size(const struct subproc_capture *capture)
{
    size_t limit = capture->limit < SIZE_MAX / 4 ? (size_t)capture->limit : SIZE_MAX / 4;
    switch (capture->keep) {
    case SUBPROC_KEEP_TAIL:
        return 0;
    case SUBPROC_KEEP_BOTH:
        return limit - limit / 2;
    default:
        return limit;
    }
}

/* Bytes behind them, written round and round. */
static size_t tail_size(const struct subproc_capture *capture)
{
    size_t limit = capture->limit < SIZE_MAX / 4 ? (size_t)capture->limit : SIZE_MAX / 4;
    return limit - head_size(capture);
}

/* Grows by doubling, but not beyond what may be kept. */
static int reserve(struct subproc_buffer *buffer, size_t more, size_t most)
{
    size_t room = subproc_buffer_room(buffer);
    size_t wanted = buffer->size < more ? more : buffer->size;
    return room >= more ? 0 : subproc_buffer_grow(buffer, buffer->size + wanted < most ? buffer->size + wanted : most);
}

static void write_round(struct subproc_capture *capture, const char *bytes, size_t size)
{
    size_t head = head_size(capture), tail = tail_size(capture);
    if (tail == 0)
        return;
    if (size > tail) {
        capture->next = (capture->next + (size - tail)) % tail;
        bytes += size - tail;
        size = tail;
    }
    size_t first = size < tail - capture->next ? size : tail - capture->next;
    memcpy(capture->kept.bytes + head + capture->next, bytes, first);
    memcpy(capture->kept.bytes + head, bytes + first, size - first);
    capture->next = (capture->next + size) % tail;
}

static int keep(struct subproc_capture *capture, const char *bytes, size_t size)
{
    size_t most = head_size(capture) + tail_size(capture), free_room = most - capture->kept.size;
    size_t first = size < free_room ? size : free_room;
    if (first > 0 && reserve(&capture->kept, first, most) < 0)
        return SUBPROC_E_NO_MEMORY;
    if (first > 0)
        memcpy(capture->kept.bytes + capture->kept.size, bytes, first);
    capture->kept.size += first;
    if (size > first)
        write_round(capture, bytes + first, size - first);
    return 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* Fresh pages are what much output costs, so they are asked for ahead of the bytes, many at once, and right after a read: while
 * the child fills the pipe again. */
static void populate(struct subproc_capture *capture)
{
    const size_t much = 16 * READ_SIZE, turn = 4 * READ_SIZE;
    const struct subproc_buffer *into = &capture->kept;
    size_t from = into->size > capture->populated ? into->size : capture->populated;
    if (into->size < much || from - into->size >= turn)
        return;
    size_t room = into->capacity - from, wanted = into->size + turn - from;
    size_t size = room < wanted ? room : wanted;
    subproc_os_populate(into->bytes + from, size);
    capture->populated = from + size;
}

/* Straight to where it stays. */
static int read_whole(struct subproc_capture *capture, struct subproc_os_pipe *pipe, size_t *got,
                      struct subproc_error *error)
{
    struct subproc_buffer *into = &capture->kept;
    if (subproc_buffer_room(into) < READ_SIZE / 8 && subproc_buffer_reserve(into, READ_SIZE) < 0)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "read", 0);
    int result = subproc_os_pipe_read(pipe, into->bytes + into->size, subproc_buffer_room(into), got, error);
    into->size += result == 0 ? *got : 0;
    populate(capture);
    return result;
}

static int use(struct subproc_capture *capture, const char *bytes, size_t size, struct subproc_error *error)
{
    if (capture->feed)
        return subproc_feed_bytes(capture->feed, bytes, size, error) == 1 ? SUBPROC_TAKEN_ENOUGH : error->code;
    int kept =
        capture->keep == SUBPROC_KEEP_ALL ? subproc_buffer_append(&capture->kept, bytes, size) : keep(capture, bytes, size);
    return kept < 0 ? subproc_error_set(error, kept, "read", 0) : 0;
}

static int read_through(struct subproc_capture *capture, struct subproc_os_pipe *pipe, struct subproc_scratch *scratch,
                        size_t *got, struct subproc_error *error)
{
    if (!scratch->bytes)
        scratch->bytes = malloc(READ_SIZE);
    if (!scratch->bytes)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "read", 0);
    int result = subproc_os_pipe_read(pipe, scratch->bytes, READ_SIZE, got, error);
    return result == 0 && *got > 0 ? use(capture, scratch->bytes, *got, error) : result;
}

int subproc_capture_read(struct subproc_capture *capture, struct subproc_os_pipe *pipe, struct subproc_scratch *scratch,
                         bool spares, struct subproc_error *error)
{
    size_t got = 0;
    bool is_whole = !capture->feed && capture->keep == SUBPROC_KEEP_ALL;
    bool is_small = spares && capture->kept.size < READ_SIZE;
    int result =
        is_whole && !is_small ? read_whole(capture, pipe, &got, error) : read_through(capture, pipe, scratch, &got, error);
    if (result == SUBPROC_E_AGAIN)
        return SUBPROC_TAKEN;
    capture->total += got;
    if (result != 0)
        return result;
    if (got == 0)
        return SUBPROC_TAKEN_END;
    return capture->keep == SUBPROC_KEEP_STOP && subproc_capture_is_over(capture) ? SUBPROC_TAKEN_LIMIT : SUBPROC_TAKEN;
}

int subproc_capture_end(struct subproc_capture *capture, bool is_cut, struct subproc_error *error)
{
    if (!capture->feed)
        return SUBPROC_TAKEN;
    return subproc_feed_end(capture->feed, is_cut, error) == 1 ? SUBPROC_TAKEN_ENOUGH : error->code;
}

/* ---- giving ----------------------------------------------------------------------------------------------------- */

static void reverse(char *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        char byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

/* The ring's bytes in the order in which they came: three reversals turn it round in its place. */
static void straighten(const struct subproc_capture *capture, char *tail, size_t size)
{
    reverse(tail, capture->next);
    reverse(tail + capture->next, size - capture->next);
    reverse(tail, size);
}

/* What was kept, as a copy while more may come; always with room for a NUL. */
static int take_kept(struct subproc_capture *capture, bool more_may_come, struct subproc_buffer *taken)
{
    *taken = (struct subproc_buffer){0};
    if (more_may_come && subproc_buffer_append(taken, capture->kept.bytes, capture->kept.size) < 0)
        return SUBPROC_E_NO_MEMORY;
    if (!more_may_come) {
        *taken = capture->kept;
        capture->kept = (struct subproc_buffer){0};
    }
    if (subproc_buffer_reserve(taken, 0) < 0)
        return SUBPROC_E_NO_MEMORY;
    if (subproc_capture_is_over(capture))
        straighten(capture, taken->bytes + head_size(capture), tail_size(capture));
    return 0;
}

/* Where the gap is in what was taken, and that a piece ends or begins there. */
static size_t gap_of(const struct subproc_capture *capture, const struct subproc_buffer *taken)
{
    return subproc_capture_is_over(capture) ? head_size(capture) : taken->size;
}

static int decode_taken(const struct subproc_capture *capture, const struct subproc_text *text, bool is_cut,
                        struct subproc_buffer *taken, size_t *gap, struct subproc_error *error)
{
    bool is_over = subproc_capture_is_over(capture);
    const struct subproc_pieces pieces = {.bytes = taken->bytes,
                                          .size = taken->size,
                                          .gap = *gap,
                                          .missing = is_over ? capture->total - taken->size : 0,
                                          .is_cut = is_cut || (is_over && *gap == taken->size)};
    struct subproc_buffer decoded;
    int result = subproc_text_decode(text, &pieces, &decoded, gap, error);
    if (result == 0 && decoded.bytes) {
        subproc_buffer_free(taken);
        *taken = decoded;
    }
    return result;
}

int subproc_capture_give(struct subproc_capture *capture, const struct subproc_text *text, bool is_cut, bool more_may_come,
                         struct subproc_output *output, struct subproc_error *error)
{
    struct subproc_buffer taken;
    output->total = capture->total;
    output->truncated = subproc_capture_is_over(capture);
    if (capture->feed)
        return 0;
    int result = take_kept(capture, more_may_come, &taken);
    if (result < 0) {
        subproc_buffer_free(&taken);
        return subproc_error_set(error, result, "result", 0);
    }
    output->gap = gap_of(capture, &taken);
    result = subproc_text_is_bytes(text) ? 0 : decode_taken(capture, text, is_cut, &taken, &output->gap, error);
    taken.bytes[taken.size] = 0;
    output->data = taken.bytes;
    output->size = taken.size;
    output->undecoded = result == SUBPROC_E_DECODE;
    return result;
}
