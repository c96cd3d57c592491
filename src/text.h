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

/*
 * What was captured, as text in a new buffer; where that would be the same bytes, *decoded is left without any. `is_cut`: they
 * don't end with the stream, so a character that is not complete at their end is left out. DECODE, NO_MEMORY, and what
 * subproc_decoder_new says.
 */
int subproc_text_decode(const struct subproc_text *text, const struct subproc_buffer *captured, bool is_cut,
                        struct subproc_buffer *decoded, struct subproc_error *error);

#endif
