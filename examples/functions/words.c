/* Examples: words on a line, and the file that a name stands for. */
#include <stdio.h>

#include "functions.h"

/* [print_line_for_shell]: subproc_quote, subproc_free_string */
/* A line that can be pasted into a shell, whatever is in the words. */
int print_line_for_shell(const char *const *words)
{
    char *line;
    struct subproc_error error;
    int code = subproc_quote(SUBPROC_QUOTE_SH, words, &line, &error);
    printf("%s\n", code == 0 ? line : error.message);
    subproc_free_string(line);
    return code;
}
/* [print_line_for_shell] */

/* [find_editor]: subproc_which */
/* The first of some programs that is installed, for subproc_free_string; NULL when none is. */
char *find_editor(void)
{
    const char *const names[] = {"vim", "nano", "notepad"};
    char *path = NULL;
    for (size_t i = 0; path == NULL && i < sizeof names / sizeof names[0]; i++)
        subproc_which(names[i], NULL, &path, NULL);
    return path;
}
/* [find_editor] */
