/* What is started: a command as it stands, or a shell with a script. */
#ifndef SUBPROC_SHELL_H
#define SUBPROC_SHELL_H

#include <stdbool.h>

#include "buffer.h"
#include "subproc/subproc.h"

/* The most words that a shell is given, and a NULL. */
enum { SUBPROC_SHELL_WORDS = 6 };

/* The parts of a start that differ with a shell. Not to be moved: `argv` may point into it. */
struct subproc_shell_start {
    const char *const *argv;
    const char *program;                    /* to look up */
    const char *command_line;               /* passed verbatim instead of `argv`; NULL: `argv` is quoted */
    struct subproc_environment environment; /* changed by the script's variable where one carries it */
    bool own_console;                       /* the child gets a hidden console of its own */

    const char *words[SUBPROC_SHELL_WORDS];
    const char **changes;
    struct subproc_buffer path, text, variable;
};

/* The name of the shell that the options ask for, looked up unless `program` names another; NULL without a shell. */
const char *subproc_shell_name(const struct subproc_options *options);

/* The words that a shell is given for a script; what is passed verbatim or in a variable is not among them. */
void subproc_shell_words(const char *script, const struct subproc_options *options, const char *words[SUBPROC_SHELL_WORDS]);

/* What can be told without asking the system; argv has one word at least. The message is the detail alone. */
int subproc_shell_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error);

/* Makes the parts, for checked options and the child's ends of its streams. To be freed, also on failure. */
int subproc_shell_prepare(const char *const *argv, const struct subproc_options *options, const subproc_handle streams[3],
                          struct subproc_shell_start *start, struct subproc_error *error);
void subproc_shell_free(struct subproc_shell_start *start);

#endif
