/* What a subcommand reads: a file, or standard input. */
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "piece.h"

#define SHOWN 300 /* bytes of a name */

static int fail(const struct cli_source *source, struct subproc_error *error)
{
    const char *why = error->code == SUBPROC_E_INVALID ? "it is a directory" : subproc_strerror(error->code);
    char number[24] = "";
    size_t size = strlen(source->name);
    if (error->code == SUBPROC_E_OS)
        snprintf(number, sizeof number, " %" PRId64, error->native);
    snprintf(error->message, sizeof error->message, "cannot read '%.*s': %s%s",
             (int)(size > SHOWN ? cli_whole_characters(source->name, SHOWN) : size), source->name, why, number);
    return error->code;
}

int cli_source_open(const char *path, struct cli_source *source, struct subproc_error *error)
{
    *source = (struct cli_source){.name = path, .file = SUBPROC_NO_HANDLE};
    if (strcmp(path, "-") == 0) {
        *source = (struct cli_source){.name = "standard input", .is_input = true, .file = SUBPROC_NO_HANDLE};
        return 0;
    }
    return cli_platform_open(path, &source->file, error) == 0 ? 0 : fail(source, error);
}

static enum cli_input read_input(char *buffer, size_t size, int64_t timeout, size_t *got, struct subproc_error *error)
{
    enum cli_input came = cli_platform_read(buffer, size, timeout, got);
    if (came == CLI_INPUT_FAILED) {
        *error = (struct subproc_error){.code = SUBPROC_E_OS, .step = "read"};
        snprintf(error->message, sizeof error->message, "cannot read standard input");
    }
    return came;
}

enum cli_input cli_source_read(struct cli_source *source, char *buffer, size_t size, int64_t timeout, size_t *got,
                               struct subproc_error *error)
{
    if (source->is_input)
        return read_input(buffer, size, timeout, got, error);
    if (cli_platform_read_file(source->file, buffer, size, got, error) != 0) {
        fail(source, error);
        return CLI_INPUT_FAILED;
    }
    return *got > 0 ? CLI_INPUT_BYTES : CLI_INPUT_END;
}

void cli_source_close(struct cli_source *source)
{
    if (source->file != SUBPROC_NO_HANDLE)
        cli_platform_close(source->file);
    source->file = SUBPROC_NO_HANDLE;
}
