/* The subcommands, and what is said of them all. */
#include "command.h"

const struct cli_subcommand cli_subcommands[] = {
    {&cli_run_syntax, cli_run},
    {&cli_pipe_syntax, cli_pipe},
    {&cli_parallel_syntax, cli_parallel},
    {&cli_decode_syntax, cli_decode},
    {&cli_which_syntax, cli_which},
    {&cli_quote_syntax, cli_quote},
    {NULL, NULL},
};

static const char *const synopsis[] = {"subproc SUBCOMMAND [OPTION...] [WORD...]", "subproc SUBCOMMAND --help",
                                       "subproc --version | --help", NULL};

static const struct cli_option options[] = {{"--version", NULL, "print the version"}, {NULL}};
static const struct cli_option_group groups[] = {{"Options", options}, {NULL}};

static const struct cli_row statuses[] = {
    {"124", "the time of a command was up, and it was stopped"},
    {"125", "subproc itself failed, or was used wrongly"},
    {"126", "a command can't be executed"},
    {"127", "a command was not found"},
    {"128+N", "a command died of signal N, or subproc received signal N and stopped what it ran"},
    {NULL},
};
static const struct cli_section sections[] = {
    {"Exit status", "The command's own when it ended by itself. Else:", statuses},
    {"Text",
     "What subproc itself writes is UTF-8, whatever the locale is, and JSON always is. A console of Windows is given and "
     "gives "
     "characters, so that words are right there whatever its code page is. What commands write passes as bytes, but where "
     "--encoding says what they are in or a console of Windows has to show them; these are read as 'auto'. For a terminal "
     "of "
     "another encoding there is iconv: subproc ... | iconv -f UTF-8.",
     NULL},
    {NULL},
};

const struct cli_syntax cli_overview = {
    .summary = "run programs the same way on every system",
    .synopsis = synopsis,
    .introduction =
        "Runs programs the same way on every system: with deadlines that hold, arguments that arrive as they were "
        "given, and output that is readable. Each subcommand tells more about itself: 'subproc run --help'.",
    .groups = groups,
    .sections = sections,
};
