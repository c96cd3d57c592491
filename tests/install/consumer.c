/* Uses the installed library from C11: a program that is missing is told, by code and by sentence. */
#include <stdio.h>
#include <string.h>

#include <subproc/subproc.h>

int main(void)
{
    const char *const argv[] = {"no-such-program-here", NULL};
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc_result result;
    struct subproc_error error;
    int code = subproc_run(argv, &options, &result, &error);
    printf("%s: %s\n", subproc_strerror(code), error.message);
    subproc_result_free(&result);
    return code == SUBPROC_E_NOT_FOUND && strstr(error.message, argv[0]) ? 0 : 1;
}
