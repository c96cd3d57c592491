/* What the command needs of the system beyond the library. */
#ifndef SUBPROC_CLI_PLATFORM_H
#define SUBPROC_CLI_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "subproc/subproc.h"

/* The words of our command line, ending with NULL, on Windows as UTF-8. They live as long as the process. NULL: there is
 * no memory for them, or (Windows) they are not well-formed UTF-16. */
char **cli_platform_words(char **argv);

/* Writes all of it to our `out` or `err`: to a console as text (UTF-8, and what isn't is guessed line by line), else byte for
 * byte. */
bool cli_platform_write(enum subproc_stream_id stream, const char *bytes, size_t size);

/* Whether our `out` or `err` is a terminal that shows colours; on Windows it is made to, until we exit. */
bool cli_platform_shows_colours(enum subproc_stream_id stream);

/* Whether somebody may be looking at that stream, or typing: a terminal, a console. */
bool cli_platform_is_terminal(enum subproc_stream_id stream);

/* Whether that stream takes or gives characters and not bytes, which we write and read as UTF-8: a console of Windows. */
bool cli_platform_takes_text(enum subproc_stream_id stream);

/* How many columns the terminal has that our `out` or `err` is; 0: it is none. */
size_t cli_platform_columns(enum subproc_stream_id stream);

/* A clock that is never set back. */
int64_t cli_platform_nanoseconds(void);
int64_t cli_platform_now(void); /* milliseconds of it */

enum cli_input {
    CLI_INPUT_BYTES,
    CLI_INPUT_END,
    CLI_INPUT_NOTHING, /* in that time, or before a signal was caught */
    CLI_INPUT_FAILED
};

/* Reads what is there on our standard input, at most `size` bytes of it (at least 16), waiting up to `timeout` ms for it. */
enum cli_input cli_platform_read(char *buffer, size_t size, int64_t timeout, size_t *got);

/* A file to read. NOT_FOUND, ACCESS, INVALID (it is a directory), LIMIT, NO_MEMORY, OS; the error gets no message. */
int cli_platform_open(const char *path, subproc_handle *file, struct subproc_error *error);

/* Reads up to `size` bytes; 0 at the end. */
int cli_platform_read_file(subproc_handle file, char *buffer, size_t size, size_t *got, struct subproc_error *error);

void cli_platform_close(subproc_handle file);

/* Opens a file for writing, empty. INVALID: it is a directory; the error's message stays as it was. */
int cli_platform_create(const char *path, subproc_handle *file, struct subproc_error *error);

bool cli_platform_write_file(subproc_handle file, const char *bytes, size_t size);

/* Closes what was written. False: something of it is lost. */
bool cli_platform_finish_file(subproc_handle file);

/* How many processors run us; at least 1. */
size_t cli_platform_processors(void);

/* From now on Ctrl-C and its like do not end us but make *handle ready for `options.cancel`. */
bool cli_platform_catch(subproc_handle *handle);

/* The number of the signal that was caught; 0: none. Windows: 2 for Ctrl-C, 21 for Ctrl-Break, 1 for a closed console or a
 * logoff, 15 for a shutdown. */
int cli_platform_caught(void);

#endif
