/* Text to and from a console, which has characters of 16 bits and no bytes. */
#ifndef SUBPROC_CLI_WIN32_CONSOLE_H
#define SUBPROC_CLI_WIN32_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

bool cli_is_console(HANDLE handle);

/* Shows UTF-8; what isn't is shown as `auto` reads it. */
bool cli_console_write(HANDLE console, const char *bytes, size_t size);

/* What was typed, as UTF-8, up to a line; *got is 0 after Ctrl-Z at its beginning. `size` is at least 16. */
bool cli_console_read(HANDLE console, char *bytes, DWORD size, DWORD *got);

#endif
