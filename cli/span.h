/* Lengths of time in words. */
#ifndef SUBPROC_CLI_SPAN_H
#define SUBPROC_CLI_SPAN_H

#include <stddef.h>
#include <stdint.h>

#define CLI_SPAN_SIZE 48 /* the longest, with its NUL */

/* As measured, to three digits: "0.25 ms", "12.3 s", "3 min 20 s", "1 h 02 min", "2 d 03 h". */
void cli_span(int64_t nanoseconds, char text[CLI_SPAN_SIZE]);

/* As guessed, rounded up to seconds: "1 s", "3 min 20 s". */
void cli_span_seconds(double seconds, char text[CLI_SPAN_SIZE]);

#endif
