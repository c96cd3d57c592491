/* README.md shows this file from the next line on. */
#include <stdio.h>
#include <subproc/subproc.h>

int main(int argc, char **argv)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .timeout = 1000};
    struct subproc_result result;
    struct subproc_error error;
    const char *const *command = (const char *const *)argv + (argc > 0);
    if (subproc_run(command, &options, &result, &error) == 0 && subproc_check(&result, &error) == 0)
        printf("it wrote %zu bytes: %s", result.out.size, result.out.data);
    else
        printf("%s\n", error.message);
    subproc_result_free(&result);
}
