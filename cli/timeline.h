/* A picture of what ran when. */
#ifndef SUBPROC_CLI_TIMELINE_H
#define SUBPROC_CLI_TIMELINE_H

#include "output.h"

enum cli_outcome {
    CLI_SUCCEEDED,
    CLI_EXITED, /* with another status than 0: `code` */
    CLI_WAS_TIMED_OUT,
    CLI_SIGNALLED,   /* it died of signal `code` */
    CLI_STOPPED,     /* by us, because all were, or because of what it wrote: `error` */
    CLI_NOT_STARTED, /* it could not be: `error` */
    CLI_OUTCOME_COUNT
};

struct cli_record {
    int64_t begun, ended; /* nanoseconds since the first could have begun */
    size_t slot;          /* from 0; those that ran at the same time have different ones */
    enum cli_outcome outcome;
    int error; /* SUBPROC_E_* or 0 */
    uint32_t code;
    char *argument; /* may be NULL behind the first CLI_TIMELINE_BARS records */
};

/* More jobs than these are drawn without a bar for each. */
#define CLI_TIMELINE_BARS 20000

struct cli_timeline {
    const struct cli_record *records; /* in the order in which they began */
    size_t count;
    const char *command; /* for the heading */
};

/* Draws it as SVG: up to 100 jobs each in a row with its argument and how it went, more of them in rows by slot, where a bar's
 * words show under the mouse. False: there was no memory. */
bool cli_timeline_draw(struct cli_output *output, const struct cli_timeline *timeline);

#endif
