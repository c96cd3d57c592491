/* What --help prints. */
#ifndef SUBPROC_CLI_HELP_H
#define SUBPROC_CLI_HELP_H

#include "options.h"

/* Prints it on `out`; the exit status. */
int cli_print_help(const struct cli_syntax *syntax);

#endif
