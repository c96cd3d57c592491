/* The result of `subproc run --json`. */
#include "run_json.h"

#include <inttypes.h>

#include "json.h"

bool cli_has_result(const struct subproc_error *error)
{
    return error->code == SUBPROC_OK || error->code == SUBPROC_E_TIMEOUT || error->code == SUBPROC_E_CANCELLED ||
           error->code == SUBPROC_E_LOST || error->code == SUBPROC_E_DECODE || error->code == SUBPROC_E_OUTPUT_LIMIT;
}

static const char *kind_name(enum subproc_exit_kind kind)
{
    switch (kind) {
    case SUBPROC_EXIT_EXITED:
        return "exited";
    case SUBPROC_EXIT_SIGNALLED:
        return "signalled";
    case SUBPROC_EXIT_LOST:
        return "lost";
    default:
        return "running";
    }
}

const char *cli_reason_name(enum subproc_reason reason)
{
    switch (reason) {
    case SUBPROC_REASON_TIMED_OUT:
        return "timed_out";
    case SUBPROC_REASON_CANCELLED:
        return "cancelled";
    case SUBPROC_REASON_OUTPUT_LIMIT:
        return "output_limit";
    case SUBPROC_REASON_SINK:
        return "sink";
    case SUBPROC_REASON_DECODE:
        return "decode";
    default:
        return "ended";
    }
}

static void add_exit(struct cli_output *output, const struct subproc_exit *exit)
{
    bool has_code = exit->kind == SUBPROC_EXIT_EXITED || exit->kind == SUBPROC_EXIT_SIGNALLED;
    cli_output_format(output, "{\"kind\":\"%s\",\"code\":", kind_name(exit->kind));
    if (has_code)
        cli_output_format(output, "%" PRIu32 "}", exit->code);
    else
        cli_output_text(output, "null}");
}

static void add_stream(struct cli_output *output, const struct subproc_output *stream)
{
    if (stream->data == NULL) {
        cli_output_text(output, "null");
        return;
    }
    cli_output_text(output, "{");
    cli_json_bytes(output, stream->data, stream->size);
    cli_output_format(output, ",\"size\":%" PRIu64 ",\"total\":%" PRIu64 ",\"truncated\":%s}", (uint64_t)stream->size,
                      stream->total, stream->truncated ? "true" : "false");
}

void cli_json_number(struct cli_output *output, const char *name, int64_t number, int64_t unit)
{
    cli_output_format(output, ",\"%s\":", name);
    if (number < 0)
        cli_output_text(output, "null");
    else
        cli_output_format(output, "%" PRId64, number / unit + (number % unit >= (unit + 1) / 2 ? 1 : 0));
}

static void add_known_result(struct cli_output *output, const struct subproc_result *result)
{
    cli_output_text(output, ",\"exit\":");
    add_exit(output, &result->exit);
    cli_output_format(output, ",\"reason\":\"%s\",\"out\":", cli_reason_name(result->reason));
    add_stream(output, &result->out);
    cli_output_text(output, ",\"err\":");
    add_stream(output, &result->err);
    cli_output_format(output, ",\"incomplete\":%s,\"tree_missing\":%s", result->incomplete ? "true" : "false",
                      result->tree_missing ? "true" : "false");
    cli_json_number(output, "wall_ms", result->wall_ns, 1000000);
    cli_json_number(output, "user_ms", result->user_ns, 1000000);
    cli_json_number(output, "system_ms", result->system_ns, 1000000);
    cli_json_number(output, "peak_rss_kib", result->peak_rss, 1024);
}

static void add_no_result(struct cli_output *output)
{
    cli_output_text(output,
                    ",\"exit\":null,\"reason\":null,\"out\":null,\"err\":null,\"incomplete\":null,\"tree_missing\":null,"
                    "\"wall_ms\":null,\"user_ms\":null,\"system_ms\":null,\"peak_rss_kib\":null");
}

void cli_json_result(struct cli_output *output, const struct subproc_result *result)
{
    if (result != NULL)
        add_known_result(output, result);
    else
        add_no_result(output);
}

bool cli_print_run_json(char **command, const struct subproc_result *result, const struct subproc_error *error)
{
    struct cli_output output = {.stream = SUBPROC_OUT};
    cli_json_begin(&output);
    cli_output_text(&output, ",\"command\":");
    cli_json_strings(&output, (const char *const *)command);
    cli_json_result(&output, cli_has_result(error) ? result : NULL);
    cli_output_text(&output, ",\"error\":");
    cli_json_error(&output, error);
    cli_output_text(&output, "}\n");
    return cli_output_finish(&output);
}
