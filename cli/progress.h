/* The line on standard error that tells how far the jobs are. */
#ifndef SUBPROC_CLI_PROGRESS_H
#define SUBPROC_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "rate.h"

enum cli_progress_choice {
    CLI_PROGRESS_AUTO, /* on a terminal */
    CLI_PROGRESS_ALWAYS,
    CLI_PROGRESS_NEVER
};

struct cli_counts {
    uint64_t done; /* jobs that have ended, the failed ones included */
    uint64_t failed, running;
    uint64_t total;   /* counts when has_total */
    bool has_total;   /* the number of all jobs is known */
    bool is_stopping; /* those that run are being stopped */
};

#define CLI_PROGRESS_SIZE 160

/* The line, in at most `columns` columns; what matters least is left out where that is too little. All of it is ASCII. */
void cli_progress_text(const struct cli_counts *counts, const struct cli_rate *rate, size_t columns,
                       char text[CLI_PROGRESS_SIZE]);

/* What remains at the end. */
void cli_progress_closing(const struct cli_counts *counts, int64_t milliseconds, char text[CLI_PROGRESS_SIZE]);

/* Times are milliseconds of cli_platform_now. */
struct cli_progress {
    enum { CLI_PROGRESS_NONE, CLI_PROGRESS_TERMINAL, CLI_PROGRESS_LINES } kind;
    int64_t begun, drawn, counted;
    struct cli_counts counts; /* as they were last seen */
    uint64_t done;            /* which the rate knows of */
    struct cli_rate rate;
    size_t shown;     /* columns of the line that stands on the terminal */
    bool was_shown;   /* ever */
    bool has_changed; /* since it was drawn */
};

void cli_progress_begin(struct cli_progress *progress, enum cli_progress_choice choice);

/* Draws the line when it is time for that. */
void cli_progress_update(struct cli_progress *progress, const struct cli_counts *counts);

/* How many milliseconds from now the next update should come; SUBPROC_FOREVER: none needs to. */
int64_t cli_progress_wait(const struct cli_progress *progress);

/* Takes the line away: before anything else is written on the terminal. */
void cli_progress_hide(struct cli_progress *progress);

/* Takes it away for good. With `is_closed` another one stays in its place, if it was ever shown. */
void cli_progress_end(struct cli_progress *progress, const struct cli_counts *counts, bool is_closed);

#endif
