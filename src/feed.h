/* Handing a stream to the caller's sink while it comes: as text, by lines. */
#ifndef SUBPROC_FEED_H
#define SUBPROC_FEED_H

#include <stdbool.h>

#include "subproc/subproc.h"

struct subproc_feed;

/* The errors of subproc_decoder_new. */
int subproc_feed_new(const struct subproc_sink *sink, const struct subproc_text *text, enum subproc_stream_id stream,
                     struct subproc_feed **feed, struct subproc_error *error);

void subproc_feed_set_stage(struct subproc_feed *feed, size_t stage);

/* 0; 1 when the sink wants no more, now or before; DECODE, NO_MEMORY. */
int subproc_feed_bytes(struct subproc_feed *feed, const char *bytes, size_t size, struct subproc_error *error);

/* The same at the end of the stream. `is_cut`: it didn't end by itself, half a character is left out. */
int subproc_feed_end(struct subproc_feed *feed, bool is_cut, struct subproc_error *error);

void subproc_feed_free(struct subproc_feed *feed);

#endif
