/* One job of `subproc parallel`: its argument, and the command that this makes. */
#ifndef SUBPROC_CLI_JOB_H
#define SUBPROC_CLI_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "subproc/subproc.h"

struct cli_job {
    struct cli_job *next; /* in the order of the arguments */
    void *crowd;
    uint64_t number;
    char *argument;
    char **command;
    size_t record; /* of the timeline */
    bool has_ended;
    struct subproc_finished finished;
};

/* `words` is the command with its places. Takes the argument over, also when it fails for want of memory (NULL). */
struct cli_job *cli_job_new(char **words, char *argument);

void cli_job_free(struct cli_job *job);

#endif
