/* Colours, on a terminal alone. */
#include "colour.h"

#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "platform.h"

const char *const cli_colour_choices[] = {"auto", "always", "never", NULL};

static enum when { AUTO, ALWAYS, NEVER } chosen; /* as in cli_colour_choices */

void cli_colour_choose(const char *choice)
{
    chosen = (enum when)cli_choice(cli_colour_choices, choice);
}

static bool is_wanted(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_colour == NULL || *no_colour == '\0') && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

bool cli_has_colours(enum subproc_stream_id stream)
{
    /* Each line of --tag asks. */
    static enum { UNKNOWN, NO, YES } known[SUBPROC_ERR + 1];
    if (chosen != AUTO)
        return chosen == ALWAYS;
    if (known[stream] == UNKNOWN)
        known[stream] = is_wanted() && cli_platform_shows_colours(stream) ? YES : NO;
    return known[stream] == YES;
}

void cli_colour_text(struct cli_output *output, enum cli_colour colour, const char *text)
{
    /* ECMA-48, 8.3.117: select graphic rendition. */
    static const char *const sequences[] = {
        [CLI_COLOUR_FAILURE] = "\x1B[1;31m", [CLI_COLOUR_OUT] = "\x1B[36m", [CLI_COLOUR_ERR] = "\x1B[33m"};
    bool coloured = *text != '\0' && cli_has_colours(output->stream);
    cli_output_text(output, coloured ? sequences[colour] : "");
    cli_output_text(output, text);
    cli_output_text(output, coloured ? "\x1B[0m" : "");
}
