/* A launcher before the command (`--via`), which starts it somewhere else. */
#ifndef SUBPROC_CLI_VIA_H
#define SUBPROC_CLI_VIA_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "subproc/subproc.h"

struct cli_settings;

/* Whether the launcher joins its words into a line for a far shell. */
enum cli_via_shell { CLI_VIA_SHELL_IF_SSH, CLI_VIA_SHELL_YES, CLI_VIA_SHELL_NO };

struct cli_via {
    char **launcher; /* its words; NULL: there is none */
    enum cli_via_shell shell;
    size_t before; /* as cli_via_words found it: so many words are the launcher's */
    bool in_line;  /* and the others go in a line */
};

/* For the help of the subcommands that have them. */
extern const struct cli_option cli_via_options[];
extern const char cli_via_text[];
extern const struct cli_row cli_via_rows[];

/* The launcher's words, if there is one, and those of the command, or those that run it as a script; in one block for
 * free(). NULL: what was asked for can't be, which was told. */
char **cli_via_words(struct cli_settings *settings, char **command);

/* What is started for such words, after their {} were filled. */
struct cli_via_start {
    const char *const *argv;
    const char **own; /* `argv` when it isn't the words themselves */
    char *line;       /* for the far shell: the last of `own` */
};

/* To be ended also when it fails. */
int cli_via_begin(const struct cli_settings *settings, char **words, struct cli_via_start *start,
                  struct subproc_error *error);
void cli_via_end(struct cli_via_start *start);

/* Has an error's sentence name the command by its words where it has the line for the far shell. */
void cli_via_name(const struct cli_via *via, char **words, struct subproc_error *error);

#endif
