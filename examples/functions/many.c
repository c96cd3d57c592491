/* Examples: several commands, joined or side by side. */
#include <stdio.h>

#include "functions.h"

/* [print_chain]: subproc_pipeline_run, subproc_pipeline_result_free */
/* first | second, where a failure of either one counts. */
int print_chain(const char *const *first, const char *const *second)
{
    const struct subproc_command commands[] = {{.argv = first}, {.argv = second}};
    struct subproc_options options = {
        .out = {.kind = SUBPROC_STREAM_PIPE}, .timeout = 20000, .pipefail = SUBPROC_PIPEFAIL_FIRST};
    struct subproc_pipeline_result result;
    struct subproc_error error;
    int code = subproc_pipeline_run(commands, 2, &options, &result, &error);
    if (code == 0)
        code = subproc_check(&result.stages[result.verdict], &error);
    if (code == 0)
        printf("%s\n", result.stages[1].out.data);
    else
        fprintf(stderr, "%s\n", error.message);
    subproc_pipeline_result_free(&result);
    return code;
}
/* [print_chain] */

/* [run_four_at_once]: subproc_group_new, subproc_group_add, subproc_group_next, subproc_group_left, subproc_group_free */
/* Runs them all, four at a time, and gives the number of those that failed. */
int run_four_at_once(const char *const *const *commands, size_t count)
{
    struct subproc_group_options options = {.max_running = 4};
    struct subproc_group *group;
    struct subproc_finished finished;
    int failed = 0;
    if (subproc_group_new(&options, &group, NULL) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        failed += subproc_group_add(group, commands[i], NULL, NULL, NULL) != 0;
    while (subproc_group_next(group, SUBPROC_FOREVER, &finished, NULL) == 0) {
        failed += finished.code != 0 || subproc_check(&finished.result, NULL) != 0;
        printf("one ended, %zu left\n", subproc_group_left(group));
        subproc_result_free(&finished.result);
    }
    subproc_group_free(group);
    return failed;
}
/* [run_four_at_once] */

/* [first_to_end]: subproc_group_stop */
/* Starts them all; which was the first to end? The others are stopped then. */
int first_to_end(const char *const *const *commands, size_t count)
{
    struct subproc_group *group;
    struct subproc_finished finished;
    int first = -1;
    if (subproc_group_new(NULL, &group, NULL) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        subproc_group_add(group, commands[i], NULL, NULL, NULL);
    while (subproc_group_next(group, SUBPROC_FOREVER, &finished, NULL) == 0) {
        if (first < 0)
            first = (int)finished.number;
        subproc_group_stop(group, NULL);
        subproc_result_free(&finished.result);
    }
    subproc_group_free(group);
    return first;
}
/* [first_to_end] */
