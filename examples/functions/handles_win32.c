/* Examples: what the library lends and gives, in Windows' own terms. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

#include "functions.h"

/* [ends_within_win32]: subproc_exit_handle */
/* Windows: the process handle, for WaitForMultipleObjects and its like. */
int ends_within(struct subproc *child, int milliseconds)
{
    subproc_handle end;
    if (subproc_exit_handle(child, &end, NULL) != 0)
        return 0;
    return WaitForSingleObject((HANDLE)end, (DWORD)milliseconds) == WAIT_OBJECT_0;
}
/* [ends_within_win32] */

/* [bytes_waiting_win32]: subproc_stream_handle */
/* Windows: how much the child has written that nobody has read. */
int bytes_waiting(struct subproc *child)
{
    subproc_handle ours;
    DWORD waiting = 0;
    if (subproc_stream_handle(child, SUBPROC_OUT, &ours, NULL) != 0 ||
        !PeekNamedPipe((HANDLE)ours, NULL, 0, NULL, &waiting, NULL))
        return -1;
    return (int)waiting;
}
/* [bytes_waiting_win32] */

/* [print_lines_win32]: subproc_take_stream */
/* Windows: a child's output as a FILE of C. */
int print_lines(const char *const *command)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_LINK}};
    struct subproc *child;
    subproc_handle ours;
    char line[256];
    if (subproc_spawn(command, &options, &child, NULL) != 0)
        return -1;
    int code = subproc_take_stream(child, SUBPROC_OUT, &ours, NULL);
    FILE *output = code == 0 ? _fdopen(_open_osfhandle(ours, _O_RDONLY), "r") : NULL;
    while (output && fgets(line, sizeof line, output))
        printf("line: %s", line);
    if (output)
        fclose(output); /* closes what was taken */
    subproc_wait(child, SUBPROC_FOREVER, NULL, NULL);
    subproc_free(child);
    return code;
}
/* [print_lines_win32] */
