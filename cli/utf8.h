/* Looking at UTF-8. */
#ifndef SUBPROC_CLI_UTF8_H
#define SUBPROC_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The size of the well-formed character that `text` begins with, 0 when it begins with none; `size` is at least 1. */
size_t cli_utf8_size(const char *text, size_t size);

/* The number of a well-formed character of that size. */
uint32_t cli_utf8_number(const char *text, size_t size);

/* All of it is well-formed. */
bool cli_utf8_is_text(const char *bytes, size_t size);

#endif
