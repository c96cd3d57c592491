/* The result of `subproc run --json`. */
#ifndef SUBPROC_CLI_RUN_JSON_H
#define SUBPROC_CLI_RUN_JSON_H

#include <stdbool.h>

#include "subproc/subproc.h"

/* Prints the object on `out`. False, with the reason told, when it could not be written. */
bool cli_print_run_json(char **command, const struct subproc_result *result, const struct subproc_error *error);

#endif
