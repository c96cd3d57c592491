/* Examples: one child, step by step. */
#include <stdio.h>
#include <string.h>

#include "functions.h"

/* [start_and_forget]: subproc_spawn, subproc_id, subproc_free */
/* Starts a command that may go on when we have ended; what it writes is added to a file. */
int start_and_forget(const char *const *command, const char *log)
{
    const char *const changes[] = {"LANG=C", "EDITOR", NULL}; /* the one set, the other unset */
    struct subproc_options options = {
        .in = {.kind = SUBPROC_STREAM_NULL},
        .out = {.kind = SUBPROC_STREAM_FILE, .mode = SUBPROC_FILE_APPEND, .path = log},
        .err = {.kind = SUBPROC_STREAM_MERGE},
        .environment = {.changes = changes},
    };
    struct subproc *child;
    struct subproc_error error;
    int code = subproc_spawn(command, &options, &child, &error);
    if (code == 0)
        fprintf(stderr, "started as process %lld\n", (long long)subproc_id(child));
    else
        fprintf(stderr, "%s\n", error.message);
    subproc_free(child);
    return code;
}
/* [start_and_forget] */

/* [start_with_all_its_children]: subproc_tree_missing */
/* A stop shall reach what the child starts, too, wherever that can be had. */
struct subproc *start_with_all_its_children(const char *const *command)
{
    struct subproc_options options = {.tree = SUBPROC_TREE_BEST_EFFORT};
    struct subproc *child;
    struct subproc_error error;
    if (subproc_spawn(command, &options, &child, &error) != 0)
        fprintf(stderr, "%s\n", error.message);
    else if (subproc_tree_missing(child))
        fprintf(stderr, "what it starts will not be stopped with it\n");
    return child;
}
/* [start_with_all_its_children] */

/* [work_until_it_ends]: subproc_poll */
/* Does something else while the child runs; gives its exit status, or -1 when it has none. */
int work_until_it_ends(struct subproc *child, void (*work)(void *context), void *context)
{
    struct subproc_exit status;
    while (subproc_poll(child, &status, NULL) == SUBPROC_E_RUNNING)
        work(context);
    return status.kind == SUBPROC_EXIT_EXITED ? (int)status.code : -1;
}
/* [work_until_it_ends] */

/* [wait_a_while]: subproc_wait */
/* Waits for the end, but not for ever. */
int wait_a_while(struct subproc *child, int64_t milliseconds)
{
    struct subproc_exit status;
    struct subproc_error error;
    int code = subproc_wait(child, milliseconds, &status, &error);
    if (code == 0)
        printf("ended with status %lld\n", (long long)subproc_returncode(&status));
    else if (code == SUBPROC_E_TIMEOUT)
        printf("still running\n");
    else
        fprintf(stderr, "%s\n", error.message);
    return code;
}
/* [wait_a_while] */

/* [print_answer]: subproc_communicate, subproc_kill */
/* Gives a text to a child with pipes and prints what comes back; one that takes too long is killed. */
int print_answer(struct subproc *child, const char *question, int64_t milliseconds)
{
    struct subproc_result result;
    int code = subproc_communicate(child, question, strlen(question), milliseconds, &result, NULL);
    if (code == SUBPROC_E_TIMEOUT) {
        subproc_result_free(&result);
        subproc_kill(child, NULL);
        subproc_communicate(child, question, strlen(question), 1000, &result, NULL); /* all that came, and the end */
    }
    printf("%s%s\n", result.out.data ? result.out.data : "", code == SUBPROC_E_TIMEOUT ? "(killed)" : "");
    subproc_result_free(&result);
    return code;
}
/* [print_answer] */

/* [copy_output]: subproc_read */
/* Passes on what a child writes, while it writes; its `out` is a PIPE. */
int copy_output(struct subproc *child)
{
    char bytes[4096];
    size_t got;
    struct subproc_error error;
    int code;
    while ((code = subproc_read(child, SUBPROC_OUT, bytes, sizeof bytes, SUBPROC_FOREVER, &got, &error)) == 0 && got > 0)
        fwrite(bytes, 1, got, stdout);
    if (code != 0)
        fprintf(stderr, "%s\n", error.message);
    return code;
}
/* [copy_output] */

/* [send_numbers]: subproc_write, subproc_close_stream */
/* Feeds a child whose `in` is a PIPE, line by line; one that wants no more is no error here. */
int send_numbers(struct subproc *child, int last)
{
    char line[16];
    int code = 0;
    for (int number = 1; code == 0 && number <= last; number++) {
        size_t put;
        int length = snprintf(line, sizeof line, "%d\n", number);
        code = subproc_write(child, line, (size_t)length, SUBPROC_FOREVER, &put, NULL);
    }
    subproc_close_stream(child, SUBPROC_IN); /* the end of its input */
    return code == SUBPROC_E_CLOSED ? 0 : code;
}
/* [send_numbers] */

/* [end_all]: subproc_terminate */
/* All are told first, so that they end side by side. */
void end_all(struct subproc *const *children, size_t count)
{
    for (size_t i = 0; i < count; i++)
        subproc_terminate(children[i], NULL);
    for (size_t i = 0; i < count; i++)
        subproc_wait(children[i], SUBPROC_FOREVER, NULL, NULL);
}
/* [end_all] */

/* [ask_to_reload]: subproc_signal */
/* What SIGHUP asks a daemon for; Windows has no such signal, and says so. */
int ask_to_reload(struct subproc *child)
{
    struct subproc_error error;
    int code = subproc_signal(child, 1, &error);
    if (code == SUBPROC_E_UNSUPPORTED)
        fprintf(stderr, "restart it instead: %s\n", error.message);
    return code;
}
/* [ask_to_reload] */

/* [stop_politely]: subproc_stop */
/* Asks, waits two seconds, kills, waits; started with `stop.ask_wait` above 0 it can be asked on Windows, too. */
void stop_politely(struct subproc *child)
{
    struct subproc_ladder ladder = {.ask_wait = 2000, .kill_wait = 1000};
    struct subproc_exit status;
    struct subproc_error error;
    if (subproc_stop(child, &ladder, &status, &error) != 0)
        fprintf(stderr, "it still runs: %s\n", error.message);
    else
        fprintf(stderr, "stopped, its status is %lld\n", (long long)subproc_returncode(&status));
}
/* [stop_politely] */
