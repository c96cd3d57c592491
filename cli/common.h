/* What the subcommands that run commands share: their settings. */
#ifndef SUBPROC_CLI_COMMON_H
#define SUBPROC_CLI_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "subproc/subproc.h"
#include "via.h"

/* The first member of each subcommand's own settings, so that the functions below serve in all their tables. */
struct cli_settings {
    const char *subcommand;
    struct subproc_options options;
    struct cli_via via; /* only where cli_via_options are */
    subproc_handle cancel;
    const char **changes; /* room for one a word */
    size_t change_count;
    bool json;
};

/* The options that those settings hold: how to stop, how to start, the input, JSON. */
extern const struct cli_option cli_stop_options[], cli_start_options[], cli_input_options[], cli_json_options[];

/* The exit statuses that are our own. */
extern const struct cli_row cli_statuses[];

/* A subcommand from beginning to end: reads the options, begins to catch signals and does `work` with the words after the
 * options; the exit status. `settings` starts zeroed but for what is the subcommand's own. */
int cli_do(const struct cli_syntax *syntax, struct cli_settings *settings, char **words,
           int (*work)(struct cli_settings *settings, char **rest));

/* Captures what goes into JSON. */
void cli_capture(struct cli_settings *settings);

/* Has what is captured read as text where each of its lines is text, and else given as bytes: cli_accept_bytes then takes
 * away the error that says so. */
void cli_choose_text(struct cli_settings *settings);
void cli_accept_bytes(struct subproc_error *error);

/* How many words there are before the NULL. */
size_t cli_count_words(char **words);

#endif
