/* Colours, on a terminal alone. */
#ifndef SUBPROC_CLI_COLOUR_H
#define SUBPROC_CLI_COLOUR_H

#include "output.h"

enum cli_colour {
    CLI_COLOUR_FAILURE,
    CLI_COLOUR_OUT, /* the name of what came from standard output */
    CLI_COLOUR_ERR
};

/* What --color says: "auto", "always" or "never"; until then it is auto. */
extern const char *const cli_colour_choices[];
void cli_colour_choose(const char *choice);

/* Whether what is written there is coloured. For auto: on a terminal that can, unless the environment has NO_COLOR and it is
 * not empty (https://no-color.org), or says that the terminal is "dumb". */
bool cli_has_colours(enum subproc_stream_id stream);

/* Adds the text, in that colour where the output's stream has colours. */
void cli_colour_text(struct cli_output *output, enum cli_colour colour, const char *text);

#endif
