/*
 * Lesson 8: a deadline for communicate, which feeds and reads a child until it ends. At the deadline the message names the
 * command and the time, what came so far is kept, and the child still runs: stop it, and communicate gives the rest.
 * communicate_deadline [SECOND]: how long the lesson's second lasts, 1 by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

static struct subproc_error error;

/* Ends the program with the sentence that tells what went wrong. */
static void must(int code)
{
    if (code != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

/* What sleeps in this system's shell. Windows' timeout refuses a redirected input, so the child's is ours, as by default. */
static const char *sleep_script(void)
{
    char *path;
    const int code = subproc_which("sleep", NULL, &path, &error);
    subproc_free_string(path);
    return code == 0 ? "sleep 4" : "timeout 4";
}

int main(int argc, char **argv)
{
    const double second = argc > 1 ? strtod(argv[1], NULL) : 1;
    const char *const script[] = {sleep_script(), NULL};
    /* A tree, so that what the shell started ends with the shell. */
    const struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE},
                                            .err = {.kind = SUBPROC_STREAM_PIPE},
                                            .shell = SUBPROC_SHELL_DEFAULT,
                                            .tree = SUBPROC_TREE_BEST_EFFORT};
    struct subproc *child;
    struct subproc_result result;
    must(subproc_spawn(script, &options, &child, &error));
    int code = subproc_communicate(child, NULL, 0, (int64_t)(second * 1000), &result, &error);
    if (code == SUBPROC_E_TIMEOUT) {
        printf("%s\n", error.message);
        subproc_result_free(&result);
        must(subproc_stop(child, NULL, NULL, &error));
        code = subproc_communicate(child, NULL, 0, 1000, &result, &error);
    }
    must(code);
    printf("status %lld, %zu bytes came\n", (long long)subproc_returncode(&result.exit), result.out.size);
    subproc_result_free(&result);
    subproc_free(child);
}
