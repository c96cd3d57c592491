/* Well-formed UTF-8: the check and where text may be cut. */
#ifndef SUBPROC_UTF8_H
#define SUBPROC_UTF8_H

#include <stddef.h>

/* The offset of the first byte that is not part of well-formed UTF-8 (no overlong form, surrogate, or above U+10FFFF);
 * `size` when all of it is. */
size_t subproc_utf8_check(const char *text, size_t size);

/* The longest prefix of at most `limit` bytes that does not end inside a character. */
size_t subproc_utf8_cut(const char *text, size_t size, size_t limit);

#endif
