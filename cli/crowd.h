/* The jobs of `subproc parallel`. */
#ifndef SUBPROC_CLI_CROWD_H
#define SUBPROC_CLI_CROWD_H

#include "common.h"
#include "progress.h"

struct cli_crowd_settings {
    struct cli_settings common;
    size_t most; /* jobs at once; 0: one a processor */
    bool tag, keep_order, halt;
    enum cli_progress_choice progress;
    const char *timeline; /* the file's path; NULL: none */
};

/* Runs `command` once for each of `words`, or for each line of standard input when that is NULL; the exit status. */
int cli_crowd_run(const struct cli_crowd_settings *settings, char **command, char **words);

#endif
