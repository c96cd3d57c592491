/* Examples: a command from its start to its end, and what is told about it. */
#include <stdio.h>

#include "functions.h"

/* [print_output]: subproc_run, subproc_result_free */
/* Prints what a command writes, if it ends within twenty seconds. */
int print_output(const char *const *command)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .timeout = 20000};
    struct subproc_result result;
    struct subproc_error error;
    int code = subproc_run(command, &options, &result, &error);
    if (code == 0)
        printf("%zu bytes: %s\n", result.out.size, result.out.data);
    else
        printf("%s\n", error.message);
    subproc_result_free(&result);
    return code;
}
/* [print_output] */

/* [must_succeed]: subproc_check */
/* 0 only when the command could be run and its exit status is 0. */
int must_succeed(const char *const *command)
{
    struct subproc_result result;
    struct subproc_error error;
    int code = subproc_run(command, NULL, &result, &error);
    if (code == 0)
        code = subproc_check(&result, &error);
    if (code != 0)
        fprintf(stderr, "%s\n", error.message);
    subproc_result_free(&result);
    return code;
}
/* [must_succeed] */

/* [status_of]: subproc_returncode */
/* The exit status as Python gives it: -15 for a child that SIGTERM ended. */
int64_t status_of(const char *const *command)
{
    struct subproc_result result;
    subproc_run(command, NULL, &result, NULL);
    int64_t status = subproc_returncode(&result.exit);
    subproc_result_free(&result);
    return status;
}
/* [status_of] */

/* [log_error]: subproc_error_name, subproc_strerror */
/* One line for a log: "NOT_FOUND (not found) in step 'exec': cannot start ...". */
void log_error(const struct subproc_error *error)
{
    printf("%s (%s) in step '%s': %s\n", subproc_error_name(error->code), subproc_strerror(error->code), error->step,
           error->message);
}
/* [log_error] */
