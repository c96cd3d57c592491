/* Handing a stream to the caller's sink while it comes: as text, by lines. */
#include "feed.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "error.h"
#include "text.h"
#include "utf8.h"

#define LONGEST_LINE ((size_t)1024 * 1024)

struct subproc_feed {
    struct subproc_sink sink;
    struct subproc_piece piece;      /* what stays the same in each */
    struct subproc_decoder *decoder; /* NULL: bytes */
    struct subproc_buffer line;      /* LINES: the beginning of one that hasn't ended */
    size_t longest;
    bool has_enough, has_ended;
};

int subproc_feed_new(const struct subproc_sink *sink, const struct subproc_text *text, enum subproc_stream_id stream,
                     struct subproc_feed **feed, struct subproc_error *error)
{
    struct subproc_feed *made = calloc(1, sizeof *made);
    if (!made)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "sink", 0);
    made->sink = *sink;
    made->piece = (struct subproc_piece){.stream = stream};
    made->longest = sink->longest_line > 0 ? sink->longest_line : LONGEST_LINE;
    int result = subproc_text_is_bytes(text) ? 0 : subproc_decoder_new(text, &made->decoder, error);
    if (result < 0) {
        free(made);
        return result;
    }
    *feed = made;
    return 0;
}

void subproc_feed_set_stage(struct subproc_feed *feed, size_t stage)
{
    feed->piece.stage = stage;
}

void subproc_feed_free(struct subproc_feed *feed)
{
    if (!feed)
        return;
    subproc_decoder_free(feed->decoder);
    subproc_buffer_free(&feed->line);
    free(feed);
}

static void call(struct subproc_feed *feed, const char *bytes, size_t size, uint32_t flags)
{
    struct subproc_piece piece = feed->piece;
    piece.data = bytes;
    piece.size = size;
    piece.flags = flags;
    if (!feed->has_enough)
        feed->has_enough = feed->sink.callback(feed->sink.context, &piece) != 0;
}

/* Where a line of `size` bytes is cut that is too long: behind a character, but anywhere in what is no text. */
static size_t cut(const struct subproc_feed *feed, const char *bytes, size_t size)
{
    size_t at = feed->decoder ? subproc_utf8_cut(bytes, size, feed->longest) : feed->longest;
    return at > 0 ? at : feed->longest;
}

/* One line, its end left out, or its beginning when it is too long to wait for. Returns the bytes that were given. */
static size_t give_line(struct subproc_feed *feed, const char *bytes, size_t size, bool has_ended)
{
    size_t at = 0;
    while (size - at > feed->longest) {
        size_t piece = cut(feed, bytes + at, size - at);
        call(feed, bytes + at, piece, SUBPROC_PIECE_SPLIT);
        at += piece;
    }
    if (!has_ended)
        return at;
    if (size > at && bytes[size - 1] == '\r')
        call(feed, bytes + at, size - 1 - at, 0);
    else
        call(feed, bytes + at, size - at, 0);
    return size;
}

/* The rest of a line whose beginning is kept. */
static int go_on(struct subproc_feed *feed, const char *bytes, size_t size, bool has_ended)
{
    if (subproc_buffer_append(&feed->line, bytes, size) < 0)
        return SUBPROC_E_NO_MEMORY;
    size_t given = give_line(feed, feed->line.bytes, feed->line.size, has_ended);
    memmove(feed->line.bytes, feed->line.bytes + given, feed->line.size - given);
    feed->line.size -= given;
    return 0;
}

static int give_lines(struct subproc_feed *feed, const char *bytes, size_t size)
{
    int result = 0;
    while (result == 0 && size > 0 && !feed->has_enough) {
        const char *end = memchr(bytes, '\n', size);
        size_t line = end ? (size_t)(end - bytes) : size;
        if (end && feed->line.size == 0)
            give_line(feed, bytes, line, true);
        else
            result = go_on(feed, bytes, line, end != NULL);
        line += end ? 1 : 0;
        bytes += line;
        size -= line;
    }
    return result;
}

static int give(struct subproc_feed *feed, const char *bytes, size_t size, struct subproc_error *error)
{
    int result = 0;
    if (feed->sink.lines)
        result = give_lines(feed, bytes, size);
    else if (size > 0)
        call(feed, bytes, size, 0);
    return result < 0 ? subproc_error_set(error, result, "sink", 0) : feed->has_enough;
}

/* What came before a bad byte is given too. */
static int give_decoded(struct subproc_feed *feed, int decoded, const char *text, size_t size, struct subproc_error *error)
{
    struct subproc_error why = *error;
    feed->has_ended = decoded < 0;
    if (decoded < 0 && decoded != SUBPROC_E_DECODE)
        return decoded;
    int result = give(feed, text, size, error);
    if (decoded == 0 || result != 0)
        return result;
    *error = why;
    return decoded;
}

int subproc_feed_bytes(struct subproc_feed *feed, const char *bytes, size_t size, struct subproc_error *error)
{
    const char *text;
    size_t text_size;
    if (feed->has_enough || feed->has_ended)
        return feed->has_enough;
    if (!feed->decoder)
        return give(feed, bytes, size, error);
    int result = subproc_decoder_feed(feed->decoder, bytes, size, &text, &text_size, error);
    return give_decoded(feed, result, text, text_size, error);
}

int subproc_feed_end(struct subproc_feed *feed, bool is_cut, struct subproc_error *error)
{
    const char *text;
    size_t size;
    int result = 0;
    if (feed->has_enough || feed->has_ended)
        return feed->has_enough;
    if (feed->decoder) {
        result = is_cut ? subproc_decoder_flush(feed->decoder, &text, &size, error)
                        : subproc_decoder_finish(feed->decoder, &text, &size, error);
        result = give_decoded(feed, result, text, size, error);
    }
    feed->has_ended = true;
    if (result == 0 && feed->line.size > 0)
        call(feed, feed->line.bytes, feed->line.size, SUBPROC_PIECE_UNENDED);
    return result == 0 ? feed->has_enough : result;
}
