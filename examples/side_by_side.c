/* Runs one command several times side by side: side_by_side COUNT COMMAND [ARG...] */
#include <stdio.h>
#include <stdlib.h>

#include <subproc/subproc.h>

#define MOST 100

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MOST) {
        fprintf(stderr, "usage: side_by_side COUNT COMMAND [ARG...]\n");
        return 2;
    }
    struct subproc *children[MOST] = {NULL};
    struct subproc_error error;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        if (subproc_spawn((const char *const *)argv + 2, NULL, &children[i], &error) != 0) {
            fprintf(stderr, "%s\n", error.message);
            failed++;
        }
    }
    for (int i = 0; i < count; i++) {
        struct subproc_exit status = {SUBPROC_EXIT_RUNNING};
        if (children[i] && subproc_wait(children[i], SUBPROC_FOREVER, &status, &error) == 0)
            failed += status.kind != SUBPROC_EXIT_EXITED || status.code != 0;
        subproc_free(children[i]);
    }
    printf("%d ran side by side, %d failed\n", count, failed);
    return failed ? 1 : 0;
}
