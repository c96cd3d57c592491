/* Examples: what the library lends and gives, in POSIX's own terms. */
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "functions.h"

/* [ends_within_posix]: subproc_exit_handle */
/* POSIX: a descriptor that becomes readable at the child's end, for poll and any loop that has its like. */
int ends_within(struct subproc *child, int milliseconds)
{
    subproc_handle end;
    if (subproc_exit_handle(child, &end, NULL) != 0)
        return 0;
    struct pollfd item = {.fd = (int)end, .events = POLLIN};
    return poll(&item, 1, milliseconds) == 1;
}
/* [ends_within_posix] */

/* [bytes_waiting_posix]: subproc_stream_handle */
/* POSIX: how much the child has written that nobody has read. */
int bytes_waiting(struct subproc *child)
{
    subproc_handle ours;
    int waiting = 0;
    if (subproc_stream_handle(child, SUBPROC_OUT, &ours, NULL) != 0 || ioctl((int)ours, FIONREAD, &waiting) != 0)
        return -1;
    return waiting;
}
/* [bytes_waiting_posix] */

/* [print_lines_posix]: subproc_take_stream */
/* POSIX: a child's output as a FILE of C. */
int print_lines(const char *const *command)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_LINK}};
    struct subproc *child;
    subproc_handle ours;
    char line[256];
    if (subproc_spawn(command, &options, &child, NULL) != 0)
        return -1;
    int code = subproc_take_stream(child, SUBPROC_OUT, &ours, NULL);
    FILE *output = code == 0 ? fdopen((int)ours, "r") : NULL;
    while (output && fgets(line, sizeof line, output))
        printf("line: %s", line);
    if (output)
        fclose(output); /* closes what was taken */
    subproc_wait(child, SUBPROC_FOREVER, NULL, NULL);
    subproc_free(child);
    return code;
}
/* [print_lines_posix] */
