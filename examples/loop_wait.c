/* Children in a loop of one's own, Windows: loop_wait COMMAND [ARG...] ::: COMMAND [ARG...] ... waits for their ends with
 * WaitForMultipleObjects, beside whatever else such a loop has. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <subproc/subproc.h>

#define MOST 16

static struct subproc *children[MOST];
static HANDLE ends[MOST];

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
static void on_end(DWORD index, DWORD last, int *numbers)
{
    struct subproc_exit status;
    int number = numbers[index];
    subproc_poll(children[number], &status, NULL);
    printf("child %d ended with status %lld\n", number, (long long)subproc_returncode(&status));
    ends[index] = ends[last];
    numbers[index] = numbers[last];
}

int main(int argc, char **argv)
{
    int numbers[MOST];
    int count = start_all(argv + (argc > 0));
    for (int i = 0; i < count; i++)
        numbers[i] = i;
    for (DWORD left = (DWORD)count; left > 0; left--) {
        DWORD index = WaitForMultipleObjects(left, ends, FALSE, INFINITE) - WAIT_OBJECT_0;
        if (index >= left)
            return 1;
        on_end(index, left - 1, numbers);
    }
    for (int i = 0; i < count; i++)
        subproc_free(children[i]);
    return count > 0 ? 0 : 1;
}
