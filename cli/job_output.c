/* What the jobs of `subproc parallel` write. */
#include "job_output.h"

#include <inttypes.h>
#include <string.h>

#include "colour.h"
#include "json.h"
#include "platform.h"
#include "run_json.h"
#include "status.h"

static bool write_out(void *context, const char *bytes, size_t size)
{
    struct cli_job_output *output = context;
    if (size > 0 && output->is_shared)
        cli_progress_hide(output->progress);
    return cli_platform_write(SUBPROC_OUT, bytes, size);
}

static bool write_err(void *context, const char *bytes, size_t size)
{
    struct cli_job_output *output = context;
    if (size > 0)
        cli_progress_hide(output->progress);
    return cli_platform_write(SUBPROC_ERR, bytes, size);
}

void cli_job_output_begin(struct cli_job_output *output, const struct cli_crowd_settings *settings,
                          struct cli_progress *progress)
{
    output->settings = settings;
    output->progress = progress;
    output->is_shared = cli_platform_columns(SUBPROC_OUT) > 0;
    output->out.stream = SUBPROC_OUT;
    output->err.stream = SUBPROC_ERR;
    output->out.write = write_out;
    output->err.write = write_err;
    output->out.context = output;
    output->err.context = output;
}

bool cli_job_output_has_failed(const struct cli_job_output *output)
{
    return output->out.failed || output->err.failed;
}

static struct cli_output *stream_of(struct cli_job_output *output, enum subproc_stream_id stream)
{
    return stream == SUBPROC_OUT ? &output->out : &output->err;
}

/* ---- lines with a tag ------------------------------------------------------------------------------------------------ */

static void add_line(struct cli_output *stream, const struct cli_job *job, const char *line, size_t size)
{
    cli_colour_text(stream, stream->stream == SUBPROC_OUT ? CLI_COLOUR_OUT : CLI_COLOUR_ERR, job->argument);
    cli_output_text(stream, "\t");
    cli_output_bytes(stream, line, size);
    cli_output_text(stream, "\n");
}

/* A limit counts a job's whole output. */
bool cli_job_output_is_tail(const struct cli_crowd_settings *settings)
{
    return settings->tag && !settings->keep_order && settings->common.options.limit.keep == SUBPROC_KEEP_ALL;
}

bool cli_job_output_line(struct cli_job_output *output, const struct cli_job *job, const struct subproc_piece *piece)
{
    struct cli_output *stream = stream_of(output, piece->stream);
    add_line(stream, job, piece->data, piece->size);
    return cli_output_flush(stream);
}

static void add_lines(struct cli_output *stream, const struct cli_job *job, const struct subproc_output *captured)
{
    const char *line = captured->data;
    for (size_t left = captured->size; left > 0;) {
        const char *end = memchr(line, '\n', left);
        size_t size = end != NULL ? (size_t)(end - line) : left;
        bool has_return = end != NULL && size > 0 && line[size - 1] == '\r';
        add_line(stream, job, line, has_return ? size - 1 : size);
        size_t whole = end != NULL ? size + 1 : size;
        line += whole;
        left -= whole;
    }
}

/* ---- a job that has ended -------------------------------------------------------------------------------------------- */

static void add_captured(struct cli_job_output *output, const struct cli_job *job, enum subproc_stream_id id)
{
    const struct subproc_result *result = &job->finished.result;
    const struct subproc_output *captured = id == SUBPROC_OUT ? &result->out : &result->err;
    struct cli_output *stream = stream_of(output, id);
    if (captured->data != NULL && output->settings->tag)
        add_lines(stream, job, captured);
    else if (captured->data != NULL)
        cli_output_bytes(stream, captured->data, captured->size);
}

static void add_json(struct cli_output *stream, const struct cli_job *job)
{
    const struct subproc_finished *finished = &job->finished;
    cli_output_format(stream, "{\"version\":1,\"number\":%" PRIu64 ",\"argument\":", job->number);
    cli_json_string(stream, job->argument);
    cli_output_text(stream, ",\"command\":");
    cli_json_strings(stream, (const char *const *)job->command);
    cli_json_result(stream, cli_has_result(&finished->error) ? &finished->result : NULL);
    cli_output_text(stream, ",\"error\":");
    cli_json_error(stream, &finished->error);
    cli_output_text(stream, "}\n");
}

static void tell_cut(struct cli_job_output *output, const struct cli_job *job, const char *name,
                     const struct subproc_output *captured)
{
    if (captured->truncated)
        cli_progress_hide(output->progress);
    cli_tell_cut(name, job->argument, captured);
}

/* That all were stopped is no news of each. */
static void tell_end(struct cli_job_output *output, const struct cli_job *job)
{
    const struct subproc_finished *finished = &job->finished;
    if (finished->error.code != SUBPROC_OK || finished->result.tree_missing != 0)
        cli_progress_hide(output->progress);
    if (finished->error.code != SUBPROC_E_CANCELLED)
        cli_tell_error(&finished->error);
    cli_tell_missing_tree(output->settings->common.subcommand, &finished->result);
}

void cli_job_output_end(struct cli_job_output *output, const struct cli_job *job)
{
    bool json = output->settings->common.json;
    if (json)
        add_json(&output->out, job);
    else {
        add_captured(output, job, SUBPROC_OUT);
        add_captured(output, job, SUBPROC_ERR);
    }
    cli_output_flush(&output->out);
    cli_output_flush(&output->err);
    if (!json) {
        tell_cut(output, job, "standard output", &job->finished.result.out);
        tell_cut(output, job, "standard error", &job->finished.result.err);
    }
    tell_end(output, job);
}
