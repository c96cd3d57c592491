/* Uses the packaged library: a program that is missing is told. */
#include <stdio.h>

#include <subproc/subproc.h>

int main(void)
{
    const char *const command[] = {"no-such-program", NULL};
    struct subproc_result result;
    struct subproc_error error;
    int code = subproc_run(command, NULL, &result, &error);
    printf("%s\n", error.message);
    subproc_result_free(&result);
    return code == SUBPROC_E_NOT_FOUND ? 0 : 1;
}
