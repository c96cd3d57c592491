/* The subcommands, and the exit statuses that are our own. */
#ifndef SUBPROC_CLI_COMMAND_H
#define SUBPROC_CLI_COMMAND_H

#include "options.h"

enum cli_status {
    CLI_TIMED_OUT = 124,
    CLI_FAILED = 125,
    CLI_CANNOT_EXECUTE = 126,
    CLI_NOT_FOUND = 127,
    CLI_SIGNAL_BASE = 128
};

/* Each takes the words after its name, ending with NULL, and returns the exit status. */
int cli_run(char **words);
int cli_pipe(char **words);
int cli_parallel(char **words);
int cli_decode(char **words);
int cli_which(char **words);
int cli_quote(char **words);

extern const struct cli_syntax cli_run_syntax, cli_pipe_syntax, cli_parallel_syntax, cli_decode_syntax, cli_which_syntax,
    cli_quote_syntax;

struct cli_subcommand {
    const struct cli_syntax *syntax;
    int (*run)(char **words);
};

/* Ends with a NULL syntax. */
extern const struct cli_subcommand cli_subcommands[];

/* The command itself. */
extern const struct cli_syntax cli_overview;

#endif
