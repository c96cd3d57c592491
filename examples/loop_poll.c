/* Children in a loop of one's own, POSIX: loop_poll COMMAND [ARG...] ::: COMMAND [ARG...] ... polls what the library tells to
 * watch, their output and their ends, beside whatever else such a loop has. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <subproc/subproc.h>

#define MOST 16

/* Two entries a child: its output, its end. A negative descriptor is not looked at. */
static struct subproc *children[MOST];
static struct pollfd items[MOST * 2];

static int start(char **command, int number)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc_error error;
    subproc_handle output, end;
    if (subproc_spawn((const char *const *)command, &options, &children[number], &error) != 0 ||
        subproc_stream_handle(children[number], SUBPROC_OUT, &output, &error) != 0 ||
        subproc_exit_handle(children[number], &end, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 0;
    }
    items[number * 2] = (struct pollfd){.fd = (int)output, .events = POLLIN};
    items[number * 2 + 1] = (struct pollfd){.fd = (int)end, .events = POLLIN};
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
static void on_output(int number)
{
    char bytes[4096];
    size_t got = 0;
    if (subproc_read(children[number], SUBPROC_OUT, bytes, sizeof bytes, 0, &got, NULL) == SUBPROC_E_TIMEOUT)
        return;
    if (got > 0)
        printf("child %d wrote %zu bytes\n", number, got);
    else
        items[number * 2].fd = -1;
}

static void on_end(int number)
{
    struct subproc_exit status;
    if (subproc_poll(children[number], &status, NULL) == SUBPROC_E_RUNNING)
        return;
    printf("child %d ended with status %lld\n", number, (long long)subproc_returncode(&status));
    items[number * 2 + 1].fd = -1;
}

static int is_watched(int count)
{
    for (int i = 0; i < count * 2; i++)
        if (items[i].fd >= 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    int count = start_all(argv + (argc > 0));
    while (is_watched(count) && poll(items, (nfds_t)count * 2, -1) > 0) {
        for (int i = 0; i < count; i++) {
            if (items[i * 2].fd >= 0 && items[i * 2].revents)
                on_output(i);
            if (items[i * 2 + 1].fd >= 0 && items[i * 2 + 1].revents)
                on_end(i);
        }
    }
    for (int i = 0; i < count; i++)
        subproc_free(children[i]);
    return count > 0 ? 0 : 1;
}
