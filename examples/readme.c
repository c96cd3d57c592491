#include <stdio.h>
#include <subproc/subproc.h>

int main(void)
{
    const char *const argv[] = {"git", "--version", NULL};
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .timeout = 5000};
    struct subproc_result result;
    struct subproc_error error;
    if (subproc_run(argv, &options, &result, &error) != 0 || subproc_check(&result, &error) != 0)
        fprintf(stderr, "%s\n", error.message);
    printf("%s", result.out.data ? result.out.data : "");
    subproc_result_free(&result);
}
