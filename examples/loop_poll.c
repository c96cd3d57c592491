/*
 * Deadlines by hand, POSIX: a loop of one's own polls what the library tells to watch, the children's output, errors and ends,
 * beside whatever else such a loop has. At the deadline it ends those that still run.
 * loop_poll SECONDS COMMAND [ARG...] ::: COMMAND [ARG...] ...
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <subproc/subproc.h>

#define MOST 16

/* What is watched of a child. A negative descriptor is not looked at. */
enum { OUTPUT, ERRORS, END, WATCHED };
static struct subproc *children[MOST];
static struct pollfd items[MOST][WATCHED];

static int64_t now_ms(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int start(char **command, int number)
{
    const struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .err = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc_error error;
    subproc_handle handles[WATCHED];
    if (subproc_spawn((const char *const *)command, &options, &children[number], &error) != 0 ||
        subproc_stream_handle(children[number], SUBPROC_OUT, &handles[OUTPUT], &error) != 0 ||
        subproc_stream_handle(children[number], SUBPROC_ERR, &handles[ERRORS], &error) != 0 ||
        subproc_exit_handle(children[number], &handles[END], &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 0;
    }
    for (int i = 0; i < WATCHED; i++)
        items[number][i] = (struct pollfd){.fd = (int)handles[i], .events = POLLIN};
    return 1;
}

/* Splits the words at ":::"; how many commands were started. */
static int start_all(char **words)
{
    int started = 0;
    while (*words && started < MOST) {
        char **command = words;
        while (*words && strcmp(*words, ":::") != 0)
            words++;
        if (*words)
            *words++ = NULL;
        started += start(command, started);
    }
    return started;
}

/* A timeout of 0 makes the library's calls look once. */
static void on_output(int number, int watched)
{
    const enum subproc_stream_id stream = watched == OUTPUT ? SUBPROC_OUT : SUBPROC_ERR;
    char bytes[4096];
    size_t got = 0;
    if (subproc_read(children[number], stream, bytes, sizeof bytes, 0, &got, NULL) == SUBPROC_E_TIMEOUT)
        return;
    if (got > 0)
        printf("child %d wrote %zu bytes to %s\n", number, got, watched == OUTPUT ? "stdout" : "stderr");
    else
        items[number][watched].fd = -1;
}

static void on_end(int number)
{
    struct subproc_exit status;
    if (subproc_poll(children[number], &status, NULL) == SUBPROC_E_RUNNING)
        return;
    printf("child %d ended with status %lld\n", number, (long long)subproc_returncode(&status));
    items[number][END].fd = -1;
}

static void on_deadline(int count)
{
    for (int i = 0; i < count; i++) {
        if (items[i][END].fd >= 0) {
            printf("child %d is stopped at the deadline\n", i);
            subproc_kill(children[i], NULL);
        }
    }
}

static int is_watched(int count)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < WATCHED; j++)
            if (items[i][j].fd >= 0)
                return 1;
    return 0;
}

static void on_events(int count)
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < WATCHED; j++) {
            if (items[i][j].fd < 0 || !items[i][j].revents)
                continue;
            if (j == END)
                on_end(i);
            else
                on_output(i, j);
        }
    }
}

int main(int argc, char **argv)
{
    const int64_t deadline = now_ms() + (int64_t)(argc > 1 ? strtod(argv[1], NULL) * 1000 : 0);
    const int count = argc > 1 ? start_all(argv + 2) : 0;
    int stopped = 0;
    while (is_watched(count)) {
        const int64_t left = deadline - now_ms();
        if (!stopped && left <= 0) {
            on_deadline(count);
            stopped = 1;
        }
        if (poll(items[0], (nfds_t)count * WATCHED, stopped ? -1 : (int)left) > 0)
            on_events(count);
    }
    for (int i = 0; i < count; i++)
        subproc_free(children[i]);
    return count > 0 ? 0 : 1;
}
