/*
 * Deadlines by hand, Windows: a loop of one's own waits for the children's ends with WaitForMultipleObjects, beside whatever else
 * such a loop has. At the deadline it ends those that still run.
 * loop_wait SECONDS COMMAND [ARG...] ::: COMMAND [ARG...] ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <subproc/subproc.h>

#define MOST 16

static struct subproc *children[MOST];
static HANDLE ends[MOST]; /* of those that run */
static int numbers[MOST]; /* whose they are */

static int start(char **command, int number)
{
    struct subproc_error error;
    subproc_handle end;
    if (subproc_spawn((const char *const *)command, NULL, &children[number], &error) != 0 ||
        subproc_exit_handle(children[number], &end, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 0;
    }
    ends[number] = (HANDLE)end;
    numbers[number] = number;
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

/* The last one takes the place of the one that ended. */
static void on_end(DWORD index, DWORD last)
{
    struct subproc_exit status;
    subproc_poll(children[numbers[index]], &status, NULL);
    printf("child %d ended with status %lld\n", numbers[index], (long long)subproc_returncode(&status));
    ends[index] = ends[last];
    numbers[index] = numbers[last];
}

static void on_deadline(DWORD running)
{
    for (DWORD i = 0; i < running; i++) {
        printf("child %d is stopped at the deadline\n", numbers[i]);
        subproc_kill(children[numbers[i]], NULL);
    }
}

int main(int argc, char **argv)
{
    const ULONGLONG deadline = GetTickCount64() + (ULONGLONG)(argc > 1 ? strtod(argv[1], NULL) * 1000 : 0);
    const int count = argc > 1 ? start_all(argv + 2) : 0;
    DWORD running = (DWORD)count;
    int stopped = 0;
    while (running > 0) {
        const ULONGLONG now = GetTickCount64();
        if (!stopped && now >= deadline) {
            on_deadline(running);
            stopped = 1;
        }
        const DWORD index = WaitForMultipleObjects(running, ends, FALSE, stopped ? INFINITE : (DWORD)(deadline - now));
        if (index < WAIT_OBJECT_0 + running)
            on_end(index - WAIT_OBJECT_0, --running);
        else if (index != WAIT_TIMEOUT)
            return 1;
    }
    for (int i = 0; i < count; i++)
        subproc_free(children[i]);
    return count > 0 ? 0 : 1;
}
