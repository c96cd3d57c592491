/* Options on the command line: one table for each subcommand, one parser for all. */
#ifndef SUBPROC_CLI_OPTIONS_H
#define SUBPROC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "subproc/subproc.h"

struct cli_option {
    const char *name; /* as it is written: "-t" or "--json" */
    bool takes_value; /* "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE" */
    /* Stores it. False when the value can't be right: the reason has been told. */
    bool (*set)(void *settings, const char *option, const char *value);
    bool may_have_value; /* "-n" (the value is NULL), "-n=VALUE" */
};

struct cli_syntax {
    const char *subcommand;
    const char *help;
    const struct cli_option *options; /* ends with a NULL name; --help is in none of them */
    bool needs_separator;             /* the words that are no options must stand after "--" */
};

enum cli_parsed { CLI_PARSED, CLI_PARSED_HELP, CLI_PARSED_WRONG };

/* Reads the options and sets *rest to the words after them, at least one. The reason for WRONG has been told; for HELP, the
 * text is still to be printed. */
enum cli_parsed cli_parse(const struct cli_syntax *syntax, char **words, void *settings, char ***rest);

/* The exit status when cli_parse did not say CLI_PARSED; prints the help. */
int cli_parse_status(const struct cli_syntax *syntax, enum cli_parsed parsed);

/* A number of bytes with an optional K, M or G (of 1,024), and an optional ":head", ":tail", ":both" or ":stop". */
bool cli_parse_limit(const char *text, struct subproc_limit *limit);

/* A number with an optional fraction and an optional ms, s, m, h or d, in milliseconds, rounded up. */
bool cli_parse_duration(const char *text, int64_t *milliseconds);

#endif
