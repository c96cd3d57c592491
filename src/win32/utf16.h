/* UTF-8 to UTF-16 and back. Pure: no system header, so its tests run on every host. */
#ifndef SUBPROC_UTF16_H
#define SUBPROC_UTF16_H

#include <stddef.h>
#include <stdint.h>

enum subproc_utf16_form {
    SUBPROC_UTF16_STRICT, /* well-formed UTF-8 */
    SUBPROC_UTF16_WTF8    /* a surrogate may also stand alone, as three bytes: https://simonsapin.github.io/wtf-8/ */
};

/* The code point at the start of `text`; returns its bytes, 0 when it is ill-formed or `size` is 0. */
size_t subproc_utf16_decode(const char *text, size_t size, enum subproc_utf16_form form, uint32_t *point);

/* Writes a code point as one or two units and returns how many. `out` NULL: only counts. */
size_t subproc_utf16_encode(uint32_t point, uint16_t *out);

/*
 * Converts up to the first ill-formed byte and returns the units; no NUL is written. `out` NULL: only counts.
 * *bad is that byte's offset, or `size` when there is none.
 */
size_t subproc_utf16_from_utf8(const char *text, size_t size, enum subproc_utf16_form form, uint16_t *out, size_t *bad);

/* The other way, as WTF-8: converting that back gives the same units, whatever they are. Returns bytes; no NUL. */
size_t subproc_utf16_to_utf8(const uint16_t *units, size_t count, char *out);

#endif
