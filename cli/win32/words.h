/* Splitting a Windows command line into words. */
#ifndef SUBPROC_CLI_WORDS_H
#define SUBPROC_CLI_WORDS_H

#include <wchar.h>

/*
 * The words of a command line as the C runtime splits it, as UTF-8, ending with NULL. NULL: no memory, or ill-formed UTF-16.
 * Not CommandLineToArgvW, because shell32 costs 12 ms at every start, and not the runtime's own argv, because some
 * toolchains expand wildcards in it.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
char **cli_split_command_line(const wchar_t *line);

#endif
