/* subproc pipe: several commands, the output of each being the input of the next. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "common.h"
#include "json.h"
#include "run_json.h"
#include "status.h"

static const char help[] = "\
Usage: subproc pipe [OPTION...] -- COMMAND [ARG...] ::: COMMAND [ARG...] [::: ...]\n\
\n\
Runs the COMMANDs at the same time, the output of each being the input of the next, waits for them all and exits with the\n\
status of the last. The first one's input, the last one's output and all their standard errors are ours and pass through\n\
unchanged. One that ends early ends those before it, as in a shell.\n\
\n\
  --pipefail      exit with the status of the first that failed, if one did. One that died of SIGPIPE because a later one\n\
                  read no more has not failed (Windows: it ended with a status of its own, which counts)\n\
  -t DURATION     stop them all when they have run that long; 0: at once\n\
  -k DURATION     to stop: ask (SIGTERM, on Windows Ctrl-Break), and kill DURATION later; 1s unless given, 0: kill without\n\
                  asking\n\
  -C DIR          start them in DIR\n\
  -e NAME=VALUE   set a variable in their environment; may be repeated\n\
  --unset NAME    remove a variable from their environment; may be repeated\n\
  --clear-env     begin with an empty environment (Windows: SYSTEMROOT stays)\n\
  -i FILE         the first one's standard input is FILE; '-': ours, which is the default\n\
  --kill-tree     to stop them is to stop all that they started, too\n\
  --json          capture their output and print one JSON object (below) instead\n\
  --help          print this text\n\
\n\
DURATION is a number such as 2 or 0.1, followed by ms, s, m, h, d or nothing, which means seconds.\n\
\n\
Exit status: a COMMAND's; 124 timed out; 125 subproc itself failed or was used wrongly; 126 a COMMAND can't be executed;\n\
127 a COMMAND was not found; 128+N it died of signal N, or subproc received signal N and stopped them. When one can't be\n\
started the others are stopped.\n\
\n\
--json prints {\"version\":1, \"commands\":[[...],...], \"verdict\":N, \"stages\":[{\"command\":[...], \"exit\":{...}, \"reason\":...,\n\
\"out\":{...}, \"err\":{...}, ...},...], \"reason\":\"ended|timed_out|cancelled\", \"wall_ms\":N, \"error\":null or {...}}, with the\n\
members of 'subproc run --json'. \"verdict\" is the number of the stage, from 0, whose status counts; \"out\" is null in all\n\
but the last stage. When one could not be started \"verdict\", \"reason\" and \"wall_ms\" are null and \"stages\" is empty. Output\n\
is read as UTF-8 or the console's encoding, line by line; what is no text has \"base64\" instead of \"text\".\n";

struct settings {
    struct cli_settings common;
    bool pipefail;
};

static bool set_pipefail(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->pipefail = true;
    return true;
}

static const struct cli_option options[] = {
    {"--pipefail", false, set_pipefail},
    {"-t", true, cli_set_timeout},
    {"-k", true, cli_set_ask_wait},
    {"-C", true, cli_set_directory},
    {"-e", true, cli_set_variable},
    {"--unset", true, cli_unset_variable},
    {"--clear-env", false, cli_clear_environment},
    {"-i", true, cli_set_input},
    {"--kill-tree", false, cli_set_tree},
    {"--json", false, cli_set_json},
    {NULL, false, NULL},
};
static const struct cli_syntax syntax = {.subcommand = "pipe", .help = help, .options = options, .needs_separator = true};

/* The commands, each of which ends where a ":::" stood. */
struct stages {
    struct subproc_command *commands; /* room for one a word, and one more */
    size_t count;
};

static bool split(char **words, const struct subproc_options *each, struct stages *stages)
{
    char **begun = words;
    for (bool more = true; more; words++) {
        more = *words != NULL;
        if (more && strcmp(*words, ":::") != 0)
            continue;
        *words = NULL;
        if (words == begun) {
            cli_complain("pipe: command %" PRIu64 " is empty: there is no word beside a ':::'",
                         (uint64_t)stages->count + 1);
            return false;
        }
        stages->commands[stages->count++] = (struct subproc_command){.argv = (const char *const *)begun, .options = each};
        begun = words + 1;
    }
    return true;
}

static void add_commands(struct cli_output *output, const struct stages *stages)
{
    for (size_t i = 0; i < stages->count; i++) {
        cli_output_text(output, i > 0 ? "," : "");
        cli_json_strings(output, stages->commands[i].argv);
    }
}

static void add_stages(struct cli_output *output, const struct stages *stages, const struct subproc_pipeline_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        cli_output_text(output, i > 0 ? ",{\"command\":" : "{\"command\":");
        cli_json_strings(output, stages->commands[i].argv);
        cli_json_result(output, &result->stages[i]);
        cli_output_text(output, "}");
    }
}

static void add_summary(struct cli_output *output, const struct stages *stages,
                        const struct subproc_pipeline_result *result, const struct subproc_error *error)
{
    if (!cli_has_result(error)) {
        cli_output_text(output, ",\"verdict\":null,\"stages\":[],\"reason\":null,\"wall_ms\":null");
        return;
    }
    cli_output_format(output, ",\"verdict\":%" PRIu64 ",\"stages\":[", (uint64_t)result->verdict);
    add_stages(output, stages, result);
    cli_output_format(output, "],\"reason\":\"%s\"", cli_reason_name(result->reason));
    cli_json_number(output, "wall_ms", result->wall_ns, 1000000);
}

static bool print_json(const struct stages *stages, const struct subproc_pipeline_result *result,
                       const struct subproc_error *error)
{
    struct cli_output output = {.stream = SUBPROC_OUT};
    cli_output_text(&output, "{\"version\":1,\"commands\":[");
    add_commands(&output, stages);
    cli_output_text(&output, "]");
    add_summary(&output, stages, result, error);
    cli_output_text(&output, ",\"error\":");
    cli_json_error(&output, error);
    cli_output_text(&output, "}\n");
    return cli_output_finish(&output);
}

static int status_of(const struct subproc_pipeline_result *result, const struct subproc_error *error)
{
    static const struct subproc_exit none = {0};
    return cli_exit_status(result->count > 0 ? &result->stages[result->verdict].exit : &none, error);
}

static int run(const struct cli_settings *settings, const struct stages *stages)
{
    struct subproc_pipeline_result result;
    struct subproc_error error = {0};
    subproc_pipeline_run(stages->commands, stages->count, &settings->options, &result, &error);
    cli_accept_bytes(&error);
    int status = status_of(&result, &error);
    cli_tell_error(&error);
    for (size_t i = 0; i < result.count; i++)
        cli_tell_missing_tree(settings->subcommand, &result.stages[i]);
    if (settings->json && !print_json(stages, &result, &error))
        status = CLI_FAILED;
    subproc_pipeline_result_free(&result);
    return status;
}

/* What is said of each stage, and what of the whole. */
static void divide(struct cli_settings *settings, struct subproc_options *each)
{
    struct subproc_options *whole = &settings->options;
    *each = (struct subproc_options){.directory = whole->directory, .environment = whole->environment};
    whole->directory = NULL;
    whole->environment = (struct subproc_environment){0};
    whole->pipefail = ((struct settings *)settings)->pipefail ? SUBPROC_PIPEFAIL_FIRST : SUBPROC_PIPEFAIL_LAST;
    if (settings->json) {
        cli_capture(settings);
        cli_choose_text(settings);
    }
}

static int split_and_run(struct cli_settings *settings, char **words)
{
    struct subproc_options each;
    struct stages stages = {.commands = calloc(cli_count_words(words) + 1, sizeof *stages.commands)};
    if (stages.commands == NULL) {
        cli_complain("%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
        return CLI_FAILED;
    }
    divide(settings, &each);
    int status = split(words, &each, &stages) ? run(settings, &stages) : CLI_FAILED;
    free(stages.commands);
    return status;
}

int cli_pipe(char **words)
{
    struct settings settings = {.pipefail = false};
    return cli_do(&syntax, &settings.common, words, split_and_run);
}
