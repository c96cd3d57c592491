/* What a subcommand reads: a file, or standard input. */
#ifndef SUBPROC_CLI_SOURCE_H
#define SUBPROC_CLI_SOURCE_H

#include "platform.h"

struct cli_source {
    const char *name; /* for people */
    bool is_input;
    subproc_handle file;
};

/* `path` "-" is standard input. The error is told by its message. */
int cli_source_open(const char *path, struct cli_source *source, struct subproc_error *error);

/* CLI_INPUT_NOTHING comes from standard input alone; so does `timeout` count. FAILED: the error says why. */
enum cli_input cli_source_read(struct cli_source *source, char *buffer, size_t size, int64_t timeout, size_t *got,
                               struct subproc_error *error);

void cli_source_close(struct cli_source *source);

#endif
