/* One encoding at work: bytes to UTF-8 up to the first bad part, and UTF-8 to bytes. */
#ifndef SUBPROC_CODEC_H
#define SUBPROC_CODEC_H

#include "buffer.h"
#include "encoding.h"

struct subproc_os_converter;

struct subproc_codec {
    struct subproc_encoding encoding;
    uint16_t *points;                       /* SINGLE: of the bytes; NO_POINT where there is none */
    struct subproc_os_converter *converter; /* SYSTEM */
    bool started;                           /* UTF16 by its mark: the mark has been looked for */
};

#define SUBPROC_CODEC_NO_POINT 0xFFFFu

/* No character takes more bytes than this, and no shift sequence; what is longer and still open is bad. */
#define SUBPROC_CODEC_LONGEST 16

enum subproc_codec_end {
    SUBPROC_CODEC_ALL,
    SUBPROC_CODEC_OPEN, /* what is left may be the beginning of a character */
    SUBPROC_CODEC_BAD   /* what is left begins with a bad part */
};

struct subproc_codec_step {
    enum subproc_codec_end end;
    size_t used;
    size_t part; /* BAD: its size; OPEN: what would be bad if nothing came */
};

/* ENCODING, NO_MEMORY, LIMIT. On failure there is nothing to close. `codec` stays where it is until it is closed. */
int subproc_codec_open(const struct subproc_encoding *encoding, struct subproc_codec *codec, struct subproc_error *error);

/* Appends to `out`. NO_MEMORY. */
int subproc_codec_decode(struct subproc_codec *codec, const char *bytes, size_t size, struct subproc_buffer *out,
                         struct subproc_codec_step *step);

/* What a stateful converter still holds back. NO_MEMORY. */
int subproc_codec_end(struct subproc_codec *codec, struct subproc_buffer *out);

/* Whether ASCII bytes are always ASCII characters and each piece between line ends stands for itself. NO_MEMORY. */
int subproc_codec_is_lined(struct subproc_codec *codec, bool *is_lined);

void subproc_codec_close(struct subproc_codec *codec);

/* Encodes well-formed UTF-8; *used is where the first character begins that can't be said, `size` when all can. */
int subproc_codec_encode(const struct subproc_encoding *encoding, const char *text, size_t size, struct subproc_buffer *out,
                         size_t *used, struct subproc_error *error);

#endif
