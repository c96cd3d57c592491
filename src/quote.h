/* Quoting one word, for the functions that join words and for the Win32 backend. */
#ifndef SUBPROC_QUOTE_H
#define SUBPROC_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes `word` as an argument that the Microsoft C runtime reads back as the same word; returns the bytes (no NUL is
 * written). `out` NULL: only counts. */
size_t subproc_quote_argv_word(const char *word, char *out);

/*
 * The same for an argument of a batch file that `cmd.exe /d /e:on /v:off /s /c "..."` runs: a C-runtime program that the file
 * starts with %* reads the same word. Only for words that subproc_quote_batch_can_say.
 */
size_t subproc_quote_batch_word(const char *word, char *out);

/* False: `word` has a byte, at *offset, that no line of cmd can pass on (a line end or Ctrl-Z). */
bool subproc_quote_batch_can_say(const char *word, size_t *offset);

/* The same for one word of `sh`. */
size_t subproc_quote_sh_word(const char *word, char *out);

#endif
