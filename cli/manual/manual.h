/* What is made from the description of the command: see main.c. */
#ifndef SUBPROC_CLI_MANUAL_H
#define SUBPROC_CLI_MANUAL_H

#include <stdio.h>

#include "../options.h"

/* The page of a subcommand, or of the command itself, for man(1): macros of man(7). */
void manual_page(FILE *file, const struct cli_syntax *syntax);

/* Completion for bash, also for zsh through its bashcompinit. */
void manual_bash(FILE *file);

/* Completion for PowerShell 5.1 and 7. */
void manual_powershell(FILE *file);

/* Calls `each` for every option of a subcommand, --help included. */
void manual_each_option(FILE *file, const struct cli_syntax *syntax,
                        void (*each)(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option));

#endif
