/* The result of `subproc run --json`, which is also in those of pipe and parallel. */
#ifndef SUBPROC_CLI_RUN_JSON_H
#define SUBPROC_CLI_RUN_JSON_H

#include <stdbool.h>

#include "output.h"

/* False after a failure that leaves the result empty: nothing ran, or what it did is not known. */
bool cli_has_result(const struct subproc_error *error);

const char *cli_reason_name(enum subproc_reason reason);

/* A further member with a number of `unit`s, rounded; a negative number is one that isn't known. */
void cli_json_number(struct cli_output *output, const char *name, int64_t number, int64_t unit);

/* The further members "exit" to "peak_rss_kib"; NULL: there is no result. */
void cli_json_result(struct cli_output *output, const struct subproc_result *result);

/* Prints the object on `out`. False, with the reason told, when it could not be written. */
bool cli_print_run_json(char **command, const struct subproc_result *result, const struct subproc_error *error);

#endif
