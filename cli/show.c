/* Showing a command's output as it comes: as text, or line by line with its stream and its time. */
#include "show.h"

#include <inttypes.h>

#include "colour.h"
#include "command.h"
#include "json.h"
#include "platform.h"

static const char *name_of(enum subproc_stream_id stream)
{
    return stream == SUBPROC_OUT ? "out" : "err";
}

/* "   0.012 out| text"; a line that goes on in the next one has a '+' instead of the '|'. */
static void add_line(struct cli_show *show, const struct subproc_piece *piece, int64_t ms)
{
    bool goes_on = piece->flags & SUBPROC_PIECE_SPLIT;
    cli_output_format(&show->output, "%4" PRId64 ".%03d ", ms / 1000, (int)(ms % 1000));
    cli_colour_text(&show->output, piece->stream == SUBPROC_OUT ? CLI_COLOUR_OUT : CLI_COLOUR_ERR, name_of(piece->stream));
    cli_output_text(&show->output, goes_on ? "+ " : "| ");
    cli_output_bytes(&show->output, piece->data, piece->size);
    cli_output_text(&show->output, "\n");
}

static void add_json(struct cli_show *show, const struct subproc_piece *piece, int64_t ms)
{
    cli_json_begin(&show->output);
    cli_output_format(&show->output, ",\"ms\":%" PRId64 ",\"stream\":\"%s\",", ms, name_of(piece->stream));
    cli_json_bytes(&show->output, piece->data, piece->size);
    cli_output_format(&show->output, ",\"split\":%s}\n", piece->flags & SUBPROC_PIECE_SPLIT ? "true" : "false");
}

static int show_piece(void *context, const struct subproc_piece *piece)
{
    struct cli_show *show = context;
    if (!show->lines) {
        show->failed = !cli_platform_write(piece->stream, piece->data, piece->size);
        return show->failed;
    }
    int64_t ms = cli_platform_now() - show->begun;
    if (show->json)
        add_json(show, piece, ms);
    else
        add_line(show, piece, ms);
    show->failed = !cli_output_finish(&show->output);
    return show->failed;
}

static void take(struct cli_show *show, struct subproc_stream *stream)
{
    if (stream->kind != SUBPROC_STREAM_DEFAULT)
        return;
    stream->kind = SUBPROC_STREAM_SINK;
    stream->sink = &show->sink;
}

static void begin(struct cli_show *show, const struct cli_settings *settings, struct subproc_options *options)
{
    show->json = settings->json;
    show->begun = cli_platform_now();
    show->output.stream = SUBPROC_OUT;
    show->sink.callback = show_piece;
    show->sink.context = show;
    show->sink.lines = show->lines;
    take(show, &options->out);
    take(show, &options->err);
}

void cli_show_choose(struct cli_show *show, struct cli_settings *settings)
{
    struct subproc_options *options = &settings->options;
    bool is_limited = options->limit.keep != SUBPROC_KEEP_ALL;
    if (settings->json)
        cli_choose_text(settings);
    else if (show->lines || is_limited)
        cli_choose_shown_text(settings);
    if (show->lines || (!settings->json && !is_limited && options->text.encoding != NULL))
        begin(show, settings, options);
    else if (settings->json || is_limited)
        cli_capture(settings);
}

int cli_show_status(const struct cli_show *show, int status)
{
    if (!show->failed)
        return status;
    if (!show->lines)
        cli_complain("cannot write to standard output");
    return CLI_FAILED;
}

static bool print_output(enum subproc_stream_id stream, const char *name, const struct subproc_output *output)
{
    if (output->data != NULL && !cli_platform_write(stream, output->data, output->size))
        return false;
    cli_tell_cut(name, NULL, output);
    return true;
}

bool cli_show_captured(const struct subproc_result *result)
{
    if (print_output(SUBPROC_OUT, "standard output", &result->out) &&
        print_output(SUBPROC_ERR, "standard error", &result->err))
        return true;
    cli_complain("cannot write to standard output");
    return false;
}
