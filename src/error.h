/* Filling a struct subproc_error: code, native number and step where a thing fails, the sentence once, above the seam. */
#ifndef SUBPROC_ERROR_H
#define SUBPROC_ERROR_H

#include <stdarg.h>

#include "subproc/subproc.h"

/* Sets code, step (a static word) and native number, empties the message, and returns `code`. */
int subproc_error_set(struct subproc_error *error, int code, const char *step, int64_t native);

/* The same with native 0 and a finished sentence. */
int subproc_error_say(struct subproc_error *error, int code, const char *step, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes the sentence of an error that is already set: escapes control characters, cuts at a character. */
void subproc_error_sentence(struct subproc_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
