/* subproc run: one command, with a deadline, and its exit status as ours. */
#include "run_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "common.h"
#include "output.h"
#include "platform.h"
#include "show.h"
#include "status.h"

struct settings {
    struct cli_settings common;
    bool tail;
};

static const char *const shells[] = {"sh", "cmd", "powershell", "pwsh", NULL};

static bool set_shell(void *settings, const char *option, const char *value)
{
    static const enum subproc_shell values[] = {SUBPROC_SHELL_SH, SUBPROC_SHELL_CMD, SUBPROC_SHELL_POWERSHELL,
                                                SUBPROC_SHELL_PWSH};
    (void)option;
    ((struct cli_settings *)settings)->options.shell =
        value == NULL ? SUBPROC_SHELL_DEFAULT : values[cli_choice(shells, value)];
    return true;
}

static bool set_merge(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_settings *)settings)->options.err.kind = SUBPROC_STREAM_MERGE;
    return true;
}

static const struct cli_option command_options[] = {
    {"-s", "SHELL",
     "COMMAND is one word, a SCRIPT for this shell: sh, cmd, powershell (5.1) or pwsh (7); -s alone: sh, on Windows cmd",
     set_shell, .may_lack_value = true, .choices = shells},
    {NULL},
};

static const struct cli_option output_options[] = {
    {"--merge", NULL, "standard error goes where standard output goes", set_merge},
    {"--tail", NULL,
     "each line as it comes, with the seconds since the start and the name of its stream; on standard output",
     .flag = offsetof(struct settings, tail)},
    {NULL},
};

static const struct cli_option_group groups[] = {
    {"When to stop it", cli_stop_options},
    {"How to start it", cli_start_options},
    {"What to run", command_options},
    {"Through a launcher", cli_via_options},
    {"Its input", cli_input_options},
    {"Its output", output_options},
    {"Its output as text, and how much of it", cli_text_options},
    {"Other options", cli_json_options},
    {NULL},
};

static const char *const synopsis[] = {"subproc run [OPTION...] -- COMMAND [ARG...]",
                                       "subproc run [OPTION...] -s[=SHELL] -- SCRIPT", NULL};

static const struct cli_row members[] = {
    {"version", "1"},
    {"command", "its words, behind the launcher's; a byte that is not UTF-8 is U+FFFD"},
    {"exit",
     "{\"kind\": \"exited\", \"signalled\", \"lost\" or \"running\" (it could not be stopped), \"code\": the status "
     "or the number of the signal}"},
    {"reason",
     "\"ended\" by itself, or why it was stopped: \"timed_out\", \"cancelled\", \"output_limit\", \"sink\", \"decode\""},
    {"out, err",
     "{\"text\": the output, or \"base64\" when it is no text, \"size\": bytes shown, \"total\": bytes written, "
     "\"truncated\": true when --max-output cut it}"},
    {"incomplete", "true: something else still held the output when it was last read"},
    {"tree_missing", "true: --kill-tree could not be had"},
    {"wall_ms, user_ms, system_ms, peak_rss_kib", "time in all, CPU time, and memory"},
    {"error", "null, or {\"code\": such as \"NOT_FOUND\", \"native\": the system's number, \"step\", \"message\"}"},
    {NULL},
};
static const struct cli_section sections[] = {
    {"Exit status", "COMMAND's own when it ended by itself (Windows: all 32 bits of it). Else:", cli_statuses},
    {"JSON",
     "With --json the output is captured and one object is printed. Output is read as 'auto' unless --encoding says "
     "otherwise. What is unknown is null, and all from \"exit\" to \"peak_rss_kib\" when COMMAND could not be started.",
     members},
    {"JSON with --tail",
     "That object comes last, after one for each line: {\"version\":1, \"ms\":N, \"stream\":\"out\" or \"err\", "
     "\"text\":\"...\", \"split\":false}; \"split\" is true for the beginning of a line that is too long and goes on "
     "in the next object."},
    {"Launchers", cli_via_text, cli_via_rows},
    {NULL},
};
static const struct cli_row examples[] = {
    {"subproc run -t 10m -k 5s -- make test",
     "Stop the tests when they take longer than ten minutes, and kill them when they don't end within five seconds of "
     "being asked."},
    {"subproc run --json -- git status", "Status, output and times as one JSON object."},
    {"subproc run --tail --encoding auto -- nmake", "Each line with its time, as UTF-8 whatever was written."},
    {"subproc run -s -C build -e CC=clang -- \"cmake .. && cmake --build .\"", "A line for the system's own shell."},
    {"subproc run -t 1m --via \"ssh box\" -- make test", "On another machine; stopped there when the time is up."},
    {NULL},
};

const struct cli_syntax cli_run_syntax = {
    .subcommand = "run",
    .summary = "run a command with a deadline, a directory, an environment; its result as JSON",
    .synopsis = synopsis,
    .introduction =
        "Runs COMMAND, waits for its end and exits with its status. Its streams are ours and pass through unchanged.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .needs_separator = true,
    .word = "a command",
    .words = CLI_WORD_COMMAND,
};

/* With --tail what was shown already is text. */
static void prepare(struct settings *settings, struct cli_show *show)
{
    show->lines = settings->tail;
    cli_show_choose(show, &settings->common);
    if (settings->tail && settings->common.accepts_bytes) {
        settings->common.accepts_bytes = false;
        settings->common.options.text.errors = SUBPROC_ERRORS_REPLACE;
    }
}

static bool print_result(const struct settings *settings, char **command, const struct subproc_result *result,
                         const struct subproc_error *error)
{
    if (settings->common.json)
        return cli_print_run_json(command, result, error);
    return cli_show_captured(result);
}

static void start(const struct cli_settings *settings, char **command, struct subproc_result *result,
                  struct subproc_error *error)
{
    struct cli_via_start via;
    *result = (struct subproc_result){0};
    if (cli_via_begin(settings, command, &via, error) == 0)
        subproc_run(via.argv, &settings->options, result, error);
    cli_via_name(&settings->via, command, error);
    cli_via_end(&via);
}

/* A launcher that a terminal's Ctrl-C reaches as well may end of it, in its own way, before we stop it. */
static int signal_status(const struct cli_settings *settings, int status)
{
    bool counts = settings->via.launcher != NULL && cli_platform_caught() != 0;
    return counts ? CLI_SIGNAL_BASE + cli_platform_caught() : status;
}

static int run(struct settings *settings, char **command)
{
    static struct cli_show show;
    prepare(settings, &show);
    struct subproc_result result;
    struct subproc_error error = {0};
    start(&settings->common, command, &result, &error);
    cli_accept_bytes(&settings->common, &error);
    int status = cli_show_status(&show, signal_status(&settings->common, cli_exit_status(&result.exit, &error)));
    if (!show.failed)
        cli_tell_end("run", &result.exit, &error);
    cli_tell_missing_tree("run", &result);
    if (!print_result(settings, command, &result, &error))
        status = CLI_FAILED;
    subproc_result_free(&result);
    return status;
}

static int check_and_run(struct cli_settings *common, char **command)
{
    if (common->options.shell != SUBPROC_SHELL_NONE && command[1] != NULL) {
        cli_complain("run: with -s the script must be one word, and '%s' is a second one (see 'subproc run --help')",
                     command[1]);
        return CLI_FAILED;
    }
    char **words = cli_via_words(common, command);
    int status = words != NULL ? run((struct settings *)common, words) : CLI_FAILED;
    free(words);
    return status;
}

int cli_run(char **words)
{
    struct settings settings = {.tail = false};
    return cli_do(&cli_run_syntax, &settings.common, words, check_and_run);
}
