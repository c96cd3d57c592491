/* The arguments of the jobs of `subproc parallel`: words of the command line, or lines of standard input. */
#ifndef SUBPROC_CLI_ARGUMENTS_H
#define SUBPROC_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts zeroed but for `words`. */
struct cli_arguments {
    char **words;       /* the next one; NULL: lines are read */
    char *bytes;        /* what was read and not yet given */
    size_t size, room;  /* of `bytes` */
    size_t begin, seen; /* the line begins there, and has no end before there */
    size_t line_ends;   /* in what was not yet given */
    bool has_ended;     /* no more is to be read */
    const char *why;    /* after CLI_NEXT_FAILED */
};

enum cli_next {
    CLI_NEXT_ARGUMENT, /* *argument is the caller's to free */
    CLI_NEXT_NONE,     /* that was all */
    CLI_NEXT_NOT_YET,  /* nothing came in time, or a signal did */
    CLI_NEXT_FAILED    /* `why` says it */
};

/* Waits up to `timeout` ms. */
enum cli_next cli_arguments_next(struct cli_arguments *arguments, int64_t timeout, char **argument);

/* Reads what is there already, some MiB of it at most, so that cli_arguments_left knows of it. */
enum cli_next cli_arguments_look_ahead(struct cli_arguments *arguments);

/* How many are known to be left, and whether that is all. */
uint64_t cli_arguments_left(const struct cli_arguments *arguments, bool *is_all);

void cli_arguments_free(struct cli_arguments *arguments);

#endif
