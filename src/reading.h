/* What a strict decoder says about a bad byte: where it is, and how the line does read. */
#ifndef SUBPROC_READING_H
#define SUBPROC_READING_H

#include "encoding.h"

struct subproc_reading {
    const struct subproc_encoding *encoding; /* in which the byte is bad */
    const struct subproc_encoding *other;    /* the line is neither; NULL: no other was tried */
    unsigned char byte;
    uint64_t offset;
    const char *line; /* the whole line that the byte is on; NULL: unknown */
    size_t size;
};

/* Fills *error with SUBPROC_E_DECODE and returns that. */
int subproc_reading_say(const struct subproc_reading *reading, struct subproc_error *error);

#endif
