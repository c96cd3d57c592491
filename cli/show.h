/* Showing a command's output as it comes: as text, or line by line with its stream and its time. */
#ifndef SUBPROC_CLI_SHOW_H
#define SUBPROC_CLI_SHOW_H

#include "common.h"
#include "output.h"

struct cli_show {
    bool lines, json;
    int64_t begun; /* ms of cli_platform_now */
    bool failed;   /* it could not be written, which stops the command */
    struct subproc_sink sink;
    struct cli_output output;
};

/* Chooses what happens to the output: it comes here as lines or as text in another encoding than it has, or is captured for JSON
 * or because only so much of it is shown, or passes by. What is MERGE stays so. */
void cli_show_choose(struct cli_show *show, struct cli_settings *settings);

/* The exit status: what was to be shown and could not be is what is wrong, not that the command was stopped for it. */
int cli_show_status(const struct cli_show *show, int status);

/* Prints what was captured, and on `err` how much that is of all. False when it could not be written, which has been told. */
bool cli_show_captured(const struct subproc_result *result);

#endif
