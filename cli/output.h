/* Writing: buffered text on a standard stream or elsewhere, and the one line that tells a failure. */
#ifndef SUBPROC_CLI_OUTPUT_H
#define SUBPROC_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "subproc/subproc.h"

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

struct cli_output {
    enum subproc_stream_id stream;
    bool (*write)(void *context, const char *bytes, size_t size); /* NULL: to the stream */
    void *context;
    bool failed;
    size_t size;
    char buffer[16384];
};

void cli_output_bytes(struct cli_output *output, const char *bytes, size_t size);
void cli_output_text(struct cli_output *output, const char *text);
void cli_output_format(struct cli_output *output, const char *format, ...) CLI_PRINTF(2, 3);

/* Writes what is buffered. False when any of it could not be written, then or before. */
bool cli_output_flush(struct cli_output *output);

/* Writes what is buffered. False, and the line on `err`, when any of it could not be written. */
bool cli_output_finish(struct cli_output *output);

/* Prints the whole text on `out`; the exit status. */
int cli_print(const char *text);

/* Prints "subproc: …" on `err` as one line: control characters are escaped, and what is longer than 1,000 bytes is cut. */
void cli_complain(const char *format, ...) CLI_PRINTF(1, 2);

#endif
