/* What the jobs of `subproc parallel` write. */
#ifndef SUBPROC_CLI_JOB_OUTPUT_H
#define SUBPROC_CLI_JOB_OUTPUT_H

#include "crowd.h"
#include "job.h"
#include "output.h"
#include "progress.h"

/* Standard output and standard error, above the progress line. */
struct cli_job_output {
    const struct cli_crowd_settings *settings;
    struct cli_progress *progress;
    bool is_shared; /* standard output is a terminal, as the progress line's is */
    struct cli_output out, err;
};

/* It stays where it is. */
void cli_job_output_begin(struct cli_job_output *output, const struct cli_crowd_settings *settings,
                          struct cli_progress *progress);

/* Whether lines are written as they come; else they are captured. */
bool cli_job_output_is_tail(const struct cli_crowd_settings *settings);

/* Writes one such line at once, and never two in one. */
bool cli_job_output_line(struct cli_job_output *output, const struct cli_job *job, const struct subproc_piece *piece);

/* Writes what was captured of a job that has ended, or its JSON, and tells what went wrong. */
void cli_job_output_end(struct cli_job_output *output, const struct cli_job *job);

/* Something could not be written. */
bool cli_job_output_has_failed(const struct cli_job_output *output);

#endif
