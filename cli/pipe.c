/* subproc pipe: several commands, the output of each being the input of the next. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "common.h"
#include "json.h"
#include "run_json.h"
#include "show.h"
#include "status.h"

struct settings {
    struct cli_settings common;
    bool pipefail;
};

static const struct cli_option options[] = {
    {"--pipefail", NULL,
     "exit with the status of the first command that failed, if one did. One that died of SIGPIPE because a later one "
     "read no more has not failed (Windows: it ended with a status of its own, which counts)",
     .flag = offsetof(struct settings, pipefail)},
    {NULL},
};

static const struct cli_option_group groups[] = {
    {"When to stop them", cli_stop_options},
    {"How to start them", cli_start_options},
    {"The input of the first", cli_input_options},
    {"Which status counts", options},
    {"Their output as text, and how much of it", cli_text_options},
    {"Other options", cli_json_options},
    {NULL},
};

static const char *const synopsis[] = {"subproc pipe [OPTION...] -- COMMAND [ARG...] [::: COMMAND [ARG...]]...", NULL};

static const struct cli_row members[] = {
    {"version", "1"},
    {"commands", "the words of each"},
    {"verdict", "the number of the stage, from 0, whose status counts"},
    {"stages",
     "of each \"command\", and \"exit\" to \"peak_rss_kib\" as 'subproc run --json' has them; \"out\" is null in all "
     "but the last"},
    {"reason", "\"ended\", \"timed_out\", \"cancelled\", \"output_limit\" or \"decode\""},
    {"wall_ms", "time in all"},
    {"error", "null, or as 'subproc run --json' has it"},
    {NULL},
};
static const struct cli_section sections[] = {
    {"Exit status",
     "The last command's own (but see --pipefail). When one can't be started the others are stopped. Else:", cli_statuses},
    {"JSON",
     "With --json the last one's output and all their standard errors are captured and one object is printed. Output "
     "is read as 'auto' unless --encoding says otherwise. When a command could not be started \"verdict\", \"reason\" "
     "and \"wall_ms\" are null and \"stages\" is empty.",
     members},
    {NULL},
};
static const struct cli_row examples[] = {
    {"subproc pipe --pipefail -- git log --format=%an ::: sort ::: uniq -c",
     "A chain without a shell, whose status tells when any part of it failed."},
    {"subproc pipe -t 1m --json -i big.log -- grep error ::: sort", "What came out, and how each "
                                                                    "stage ended."},
    {NULL},
};

const struct cli_syntax cli_pipe_syntax = {
    .subcommand = "pipe",
    .summary = "run commands, the output of each being the input of the next",
    .synopsis = synopsis,
    .introduction =
        "Runs the COMMANDs at the same time, the output of each being the input of the next, waits for them all and "
        "exits with the status of the last. The first one's input, the last one's output and all their standard errors "
        "are ours and pass through unchanged. One that ends early ends those before it, as in a shell.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .needs_separator = true,
    .word = "a command",
    .words = CLI_WORD_COMMAND,
    .more_words = CLI_WORD_COMMAND,
};

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
    cli_json_begin(&output);
    cli_output_text(&output, ",\"commands\":[");
    add_commands(&output, stages);
    cli_output_text(&output, "]");
    add_summary(&output, stages, result, error);
    cli_output_text(&output, ",\"error\":");
    cli_json_error(&output, error);
    cli_output_text(&output, "}\n");
    return cli_output_finish(&output);
}

static const struct subproc_exit *exit_of(const struct subproc_pipeline_result *result)
{
    static const struct subproc_exit none = {0};
    return result->count > 0 ? &result->stages[result->verdict].exit : &none;
}

/* What was captured, the last one's output and the errors of all. */
static bool print_captured(const struct subproc_pipeline_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        if (!cli_show_captured(&result->stages[i]))
            return false;
    }
    return true;
}

static int run(struct cli_settings *settings, const struct stages *stages)
{
    static struct cli_show show; /* its buffer is large */
    struct subproc_pipeline_result result;
    struct subproc_error error = {0};
    cli_show_choose(&show, settings);
    subproc_pipeline_run(stages->commands, stages->count, &settings->options, &result, &error);
    cli_accept_bytes(settings, &error);
    int status = cli_show_status(&show, cli_exit_status(exit_of(&result), &error));
    if (!show.failed)
        cli_tell_end("pipe", exit_of(&result), &error);
    for (size_t i = 0; i < result.count; i++)
        cli_tell_missing_tree(settings->subcommand, &result.stages[i]);
    if (!(settings->json ? print_json(stages, &result, &error) : print_captured(&result)))
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
    return cli_do(&cli_pipe_syntax, &settings.common, words, split_and_run);
}
