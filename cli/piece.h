/* Where bytes that are shown piece by piece may be cut. */
#ifndef SUBPROC_CLI_PIECE_H
#define SUBPROC_CLI_PIECE_H

#include <stddef.h>

/* How many of the bytes end with a character of UTF-8; all when that leaves none. */
size_t cli_whole_characters(const char *bytes, size_t size);

/* How many of the bytes end with a line, else with a character as above. */
size_t cli_whole_piece(const char *bytes, size_t size);

#endif
