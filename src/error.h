/* Filling a struct subproc_error: code, native number and step where a thing fails, the sentence once, above the seam. */
#ifndef SUBPROC_ERROR_H
#define SUBPROC_ERROR_H

#include "subproc/subproc.h"

/* Which printf our formats are for, where a compiler knows several: the build says so. */
#ifndef SUBPROC_PRINTF_KIND
#define SUBPROC_PRINTF_KIND printf
#endif
#if defined(__GNUC__)
#define SUBPROC_PRINTF(text, first) __attribute__((format(SUBPROC_PRINTF_KIND, text, first)))
#else
#define SUBPROC_PRINTF(text, first)
#endif

/* Sets code, step (a static word) and native number, empties the message, and returns `code`. */
int subproc_error_set(struct subproc_error *error, int code, const char *step, int64_t native);

/* The same with native 0 and a finished sentence. */
int subproc_error_say(struct subproc_error *error, int code, const char *step, const char *format, ...)
    SUBPROC_PRINTF(4, 5);

/* Writes the sentence of an error that is already set: escapes what is no printable UTF-8, cuts at a character. */
void subproc_error_sentence(struct subproc_error *error, const char *format, ...) SUBPROC_PRINTF(2, 3);

/* Puts "WHAT: " before the sentence, or before the words for an error that has none; returns its code. */
int subproc_error_wrap(struct subproc_error *error, const char *what);

/* What the system says about an error's native number, or else the text of its code. */
void subproc_error_words(const struct subproc_error *error, char *buffer, size_t size);

/* Public calls write here when the caller gave no struct; always zeroed. */
struct subproc_error *subproc_error_begin(struct subproc_error *given, struct subproc_error *spare);

#endif
