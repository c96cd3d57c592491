/* Showing a command's output as it comes: as text, or line by line with its stream and its time. */
#ifndef SUBPROC_CLI_SHOW_H
#define SUBPROC_CLI_SHOW_H

#include "output.h"

struct cli_show {
    bool lines, json;
    int64_t begun; /* ms of cli_platform_now */
    bool failed;   /* it could not be written, which stops the command */
    struct subproc_sink sink;
    struct cli_output output;
};

/* Makes the streams of these options come here; what is MERGE stays so. */
void cli_show_begin(struct cli_show *show, struct subproc_options *options);

#endif
