/* What `options.text` makes of a child's input and output. */
#ifndef SUBPROC_TEXT_H
#define SUBPROC_TEXT_H

#include <stdbool.h>

#include "buffer.h"
#include "subproc/subproc.h"

/* Whether bytes become anything else. */
bool subproc_text_is_bytes(const struct subproc_text *text);

/* INVALID, ENCODING: what subproc_decoder_new says of it. */
int subproc_text_check(const struct subproc_text *text, struct subproc_error *error);

/* The input as the child reads it; *encoded stays NULL where that is the same bytes. What subproc_encode says. */
int subproc_text_encode(const struct subproc_text *text, const void *input, size_t size, char **encoded,
                        size_t *encoded_size, struct subproc_error *error);

/* What was kept of a stream: two pieces with a gap between them, either of which may be empty. */
struct subproc_pieces {
    const char *bytes;
    size_t size;
    size_t gap;       /* where the second one begins */
    uint64_t missing; /* bytes between them; 0: no gap */
    bool is_cut;      /* the last one doesn't end with the stream */
};

/*
 * As text in a new buffer, *gap being where the second piece begins there; where it would be the same bytes, *decoded is left
 * without any. A character that is not complete at a cut is left out, and so is what may be the rest of one behind the gap.
 * DECODE, NO_MEMORY, and what subproc_decoder_new says.
 */
int subproc_text_decode(const struct subproc_text *text, const struct subproc_pieces *pieces,
                        struct subproc_buffer *decoded, size_t *gap, struct subproc_error *error);

#endif
