/* How a command went, as an exit status and as a line for people. */
#ifndef SUBPROC_CLI_STATUS_H
#define SUBPROC_CLI_STATUS_H

#include "subproc/subproc.h"

/* The exit status for how it ended, and for the failure, if there was one. */
int cli_exit_status(const struct subproc_exit *exit, const struct subproc_error *error);

/* " (SIGINT)" for the number of a signal that stops us, "" for any other. */
const char *cli_signal_name(int number);

/* The line of a failure; nothing for none. */
void cli_tell_error(const struct subproc_error *error);

/* The line of a failure, or that a signal stopped the command. */
void cli_tell_end(const char *subcommand, const struct subproc_exit *exit, const struct subproc_error *error);

/* The line of a stop that should have reached a tree and could not; else nothing. */
void cli_tell_missing_tree(const char *subcommand, const struct subproc_result *result);

#endif
