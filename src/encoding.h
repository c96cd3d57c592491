/* The names of encodings, and what each stands for. */
#ifndef SUBPROC_ENCODING_H
#define SUBPROC_ENCODING_H

#include <stdbool.h>
#include <stdint.h>

#include "subproc/subproc.h"

enum subproc_encoding_kind {
    SUBPROC_ENCODING_BYTES,
    SUBPROC_ENCODING_UTF8,
    SUBPROC_ENCODING_CP949,
    SUBPROC_ENCODING_EUC_KR,
    SUBPROC_ENCODING_UTF16,
    SUBPROC_ENCODING_SINGLE, /* one byte is one character */
    SUBPROC_ENCODING_SYSTEM  /* the system may have a converter of that name or page */
};

struct subproc_encoding {
    enum subproc_encoding_kind kind;
    bool big_endian;      /* UTF16 */
    bool by_mark;         /* UTF16: as the byte order mark says */
    uint32_t last_single; /* SINGLE: bytes up to this one are the code points of the same number */
    uint32_t page;        /* of Windows; 0: unknown */
    char name[48];        /* for people, and for the system where the name is all there is */
};

/* What a name stands for: "cp949", "console". ENCODING: it can't be a name. Not "auto". */
int subproc_encoding_named(const char *name, struct subproc_encoding *encoding, struct subproc_error *error);

/* Whether `name` is "auto" or "auto:PAGE"; *page is the page's name then ("console" for "auto"). */
bool subproc_encoding_is_auto(const char *name, const char **page);

/* The name as sentences say it: "UTF-8". */
const char *subproc_encoding_title(const struct subproc_encoding *encoding);

#endif
