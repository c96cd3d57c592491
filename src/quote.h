/* Quoting one word, for the functions that join words and for the Win32 backend. */
#ifndef SUBPROC_QUOTE_H
#define SUBPROC_QUOTE_H

#include <stddef.h>

/* Writes `word` as an argument that the Microsoft C runtime reads back as the same word; returns the bytes (no NUL is
 * written). `out` NULL: only counts. */
size_t subproc_quote_argv_word(const char *word, char *out);

/* The same for one word of `sh`. */
size_t subproc_quote_sh_word(const char *word, char *out);

#endif
