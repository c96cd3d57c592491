/* Well-formed UTF-8: the check and where text may be cut. */
#ifndef SUBPROC_UTF8_H
#define SUBPROC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The offset of the first byte that is not part of well-formed UTF-8 (no overlong form, surrogate, or above U+10FFFF);
 * `size` when all of it is. */
size_t subproc_utf8_check(const char *text, size_t size);

/* How many of the first bytes are ASCII. */
size_t subproc_utf8_ascii(const char *text, size_t size);

/*
 * The size of the ill-formed part at `text`, where a check stopped: the longest beginning of a character, or one byte, as
 * Unicode recommends (https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, "U+FFFD substitution of maximal
 * subparts") and Python does. *open: the text ends inside what may become a character.
 */
size_t subproc_utf8_part(const char *text, size_t size, bool *open);

/* The longest prefix of at most `limit` bytes that does not end inside a character. */
size_t subproc_utf8_cut(const char *text, size_t size, size_t limit);

#endif
