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
    bool has_errors;    /* --errors was given */
    bool accepts_bytes; /* what is no text is given as bytes */
};

/* The options that those settings hold: how to stop, how to start, the input, the output as text and how much of it, JSON. */
extern const struct cli_option cli_stop_options[], cli_start_options[], cli_input_options[], cli_text_options[],
    cli_json_options[];

/* The exit statuses that are our own. */
extern const struct cli_row cli_statuses[];

/* A subcommand from beginning to end: reads the options, begins to catch signals and does `work` with the words after the
 * options; the exit status. `settings` starts zeroed but for what is the subcommand's own. */
int cli_do(const struct cli_syntax *syntax, struct cli_settings *settings, char **words,
           int (*work)(struct cli_settings *settings, char **rest));

/* Captures what goes into JSON. */
void cli_capture(struct cli_settings *settings);

/* Without an --encoding: has what is captured for JSON read as text where each of its lines is text, and else given as bytes,
 * if no --errors says otherwise. cli_accept_bytes then takes away the error that tells of bytes. */
void cli_choose_text(struct cli_settings *settings);
void cli_accept_bytes(const struct cli_settings *settings, struct subproc_error *error);

/* Without an --encoding: has what we show ourselves read as `auto` where both our streams take text alone. What goes elsewhere
 * stays bytes. */
void cli_choose_shown_text(struct cli_settings *settings);

/* The line that tells how long this output was when --max-output cut it. `whose` it is may be NULL. */
void cli_tell_cut(const char *stream, const char *whose, const struct subproc_output *output);

/* How many words there are before the NULL. */
size_t cli_count_words(char **words);

#endif
