/* subproc run: one command, with a deadline, and its exit status as ours. */
#include "run_json.h"

#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "common.h"
#include "output.h"
#include "platform.h"
#include "show.h"
#include "status.h"

static const char help[] = "\
Usage: subproc run [OPTION...] -- COMMAND [ARG...]\n\
       subproc run [OPTION...] -s[=SHELL] -- SCRIPT\n\
\n\
Runs COMMAND, waits for its end and exits with its status. Its streams are ours and pass through unchanged.\n\
\n\
  -t DURATION     stop COMMAND when it has run that long; 0: at once\n\
  -k DURATION     to stop: ask (SIGTERM, on Windows Ctrl-Break), and kill it DURATION later; 1s unless given, 0: kill\n\
                  without asking\n\
  --kill-tree     to stop COMMAND is to stop all that it has started, but what left its process group. Where that can't\n\
                  be had (POSIX: a stream is our terminal) COMMAND alone is stopped, and a line on standard error says so\n\
  -C DIR          start it in DIR\n\
  -e NAME=VALUE   set a variable in its environment; may be repeated\n\
  --unset NAME    remove a variable from its environment; may be repeated\n\
  --clear-env     begin with an empty environment (Windows: SYSTEMROOT stays)\n\
  -s[=SHELL]      COMMAND is one word, a SCRIPT for SHELL: sh, cmd, powershell (5.1) or pwsh (7); -s alone: sh, on Windows\n\
                  cmd\n\
  -i FILE         its standard input is FILE; '-': ours, which is the default\n\
  --merge         its standard error goes where its standard output goes\n\
  --encoding E    its output is in E and is turned into UTF-8 as it comes: utf-8, cp949, console (what console programs\n\
                  write here), auto (line by line UTF-8 or console), auto:cp949, and whatever the system converts\n\
  --errors P      what becomes of a byte that E doesn't have: replace (U+FFFD, the default), ignore, backslash, or strict:\n\
                  COMMAND is stopped, with status 125\n\
  --tail          each line as it comes, with the seconds since the start and the name of its stream; on standard output\n\
  --max-output SIZE[:KEEP]\n\
                  show its output at its end, and of each stream no more than SIZE bytes (4096, 64K, 1M, 1G): the head,\n\
                  the tail, both halves, or stop COMMAND with status 125 when more comes; KEEP is head unless given\n\
  --json          capture its output and print one JSON object (below) instead\n\
  --help          print this text\n\
\n\
DURATION is a number such as 2 or 0.1, followed by ms, s, m, h, d or nothing, which means seconds.\n\
\n\
Exit status: COMMAND's; 124 timed out; 125 subproc itself failed or was used wrongly; 126 COMMAND can't be executed;\n\
127 COMMAND was not found; 128+N it died of signal N, or subproc received signal N and stopped it. Windows: statuses\n\
have 32 bits, and Ctrl-C gives 130, Ctrl-Break 149, a closed console 129. Failures of ours are one line on standard error.\n\
\n\
--json prints {\"version\":1, \"command\":[...], \"exit\":{\"kind\":\"exited|signalled|lost|running\", \"code\":N},\n\
\"reason\":\"ended|timed_out|cancelled|output_limit|sink|decode\", \"out\":{\"text\":\"...\", \"size\":N, \"total\":N,\n\
\"truncated\":false}, \"err\":{...}, \"incomplete\":false, \"tree_missing\":false, \"wall_ms\":N, \"user_ms\":N,\n\
\"system_ms\":N, \"peak_rss_kib\":N,\n\
\"error\":null or {\"code\":\"NOT_FOUND\", \"native\":N, \"step\":\"...\", \"message\":\"...\"}}\n\
Output is read as 'auto' unless --encoding says otherwise; what is no text has \"base64\" instead of \"text\". \"total\" counts\n\
bytes as they came. What is unknown is null: the code of an exit that was lost or has not happened (\"running\": it could not\n\
be stopped), times and memory that the system doesn't tell, \"err\" with --merge, all from \"exit\" to \"peak_rss_kib\" when\n\
COMMAND could not be started. In \"command\" a byte that is not UTF-8 is U+FFFD.\n\
With --tail that object comes last, after one for each line: {\"ms\":N, \"stream\":\"out|err\", \"text\":\"...\", \"split\":false};\n\
\"split\" is true for the beginning of a line that is too long and goes on in the next object.\n";

struct settings {
    struct cli_settings common;
    bool tail;
    bool has_errors; /* --errors was given */
};

static bool set_shell(void *settings, const char *option, const char *value)
{
    static const struct {
        const char *name;
        enum subproc_shell shell;
    } shells[] = {{"sh", SUBPROC_SHELL_SH},
                  {"cmd", SUBPROC_SHELL_CMD},
                  {"powershell", SUBPROC_SHELL_POWERSHELL},
                  {"pwsh", SUBPROC_SHELL_PWSH}};
    enum subproc_shell *chosen = &((struct cli_settings *)settings)->options.shell;
    *chosen = SUBPROC_SHELL_DEFAULT;
    if (value == NULL)
        return true;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(value, shells[i].name) == 0) {
            *chosen = shells[i].shell;
            return true;
        }
    }
    cli_complain("run: %s needs sh, cmd, powershell or pwsh, not '%s'", option, value);
    return false;
}

static bool set_merge(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_settings *)settings)->options.err.kind = SUBPROC_STREAM_MERGE;
    return true;
}

static bool set_encoding(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct cli_settings *)settings)->options.text.encoding = value;
    return true;
}

static bool set_errors(void *settings, const char *option, const char *value)
{
    static const char *const names[] = {"", "strict", "replace", "ignore", "backslash"};
    for (int i = SUBPROC_ERRORS_STRICT; i <= SUBPROC_ERRORS_BACKSLASH; i++) {
        if (strcmp(value, names[i]) == 0) {
            ((struct cli_settings *)settings)->options.text.errors = (enum subproc_text_errors)i;
            ((struct settings *)settings)->has_errors = true;
            return true;
        }
    }
    cli_complain("run: %s must be strict, replace, ignore or backslash, not '%s'", option, value);
    return false;
}

static bool set_tail(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->tail = true;
    return true;
}

static bool set_limit(void *settings, const char *option, const char *value)
{
    if (cli_parse_limit(value, &((struct cli_settings *)settings)->options.limit))
        return true;
    cli_complain("run: %s needs a size such as 4096, 64K, 1M or 1M:tail (head, tail, both, stop), not '%s'", option, value);
    return false;
}

static const struct cli_option options[] = {
    {"-t", true, cli_set_timeout},         {"-k", true, cli_set_ask_wait},
    {"-C", true, cli_set_directory},       {"-e", true, cli_set_variable},
    {"--unset", true, cli_unset_variable}, {"--clear-env", false, cli_clear_environment},
    {"-i", true, cli_set_input},           {"--merge", false, set_merge},
    {"--json", false, cli_set_json},       {"--encoding", true, set_encoding},
    {"--errors", true, set_errors},        {"--tail", false, set_tail},
    {"--max-output", true, set_limit},     {"--kill-tree", false, cli_set_tree},
    {"-s", false, set_shell, true},        {NULL, false, NULL},
};
static const struct cli_syntax syntax = {.subcommand = "run", .help = help, .options = options, .needs_separator = true};

/* Without a choice, what is captured for JSON is text where it is one line by line, and else bytes. */
static void choose_text(struct settings *settings)
{
    enum subproc_text_errors chosen = settings->common.options.text.errors;
    if (!settings->common.json || settings->common.options.text.encoding != NULL)
        return;
    cli_choose_text(&settings->common);
    if (settings->has_errors || settings->tail)
        settings->common.options.text.errors = settings->has_errors ? chosen : SUBPROC_ERRORS_REPLACE;
}

static bool is_by_choice(const struct settings *settings)
{
    return settings->has_errors || settings->common.options.text.errors != SUBPROC_ERRORS_STRICT;
}

static void prepare(struct settings *settings, struct cli_show *show)
{
    struct subproc_options *chosen = &settings->common.options;
    choose_text(settings);
    show->lines = settings->tail;
    show->json = settings->common.json;
    if (settings->tail ||
        (!settings->common.json && chosen->text.encoding != NULL && chosen->limit.keep == SUBPROC_KEEP_ALL))
        cli_show_begin(show, chosen);
    else if (settings->common.json || chosen->limit.keep != SUBPROC_KEEP_ALL)
        cli_capture(&settings->common);
}

/* What --max-output has kept, and on `err` how much that is of all. */
static bool print_output(enum subproc_stream_id stream, const char *name, const struct subproc_output *output)
{
    if (output->data != NULL && !cli_platform_write(stream, output->data, output->size))
        return false;
    if (output->data != NULL && output->truncated)
        cli_complain("%s was longer than is shown: %" PRIu64 " bytes in all", name, output->total);
    return true;
}

static bool print_result(const struct settings *settings, char **command, const struct subproc_result *result,
                         const struct subproc_error *error)
{
    if (settings->common.json)
        return cli_print_run_json(command, result, error);
    if (print_output(SUBPROC_OUT, "standard output", &result->out) &&
        print_output(SUBPROC_ERR, "standard error", &result->err))
        return true;
    cli_complain("cannot write to standard output");
    return false;
}

/* What was to be shown could not be: that is what is wrong, not that the command was stopped for it. */
static int show_status(const struct cli_show *show, int status)
{
    if (!show->failed)
        return status;
    if (!show->lines)
        cli_complain("cannot write to standard output");
    return CLI_FAILED;
}

static int run(struct settings *settings, char **command)
{
    static struct cli_show show;
    prepare(settings, &show);
    struct subproc_result result;
    struct subproc_error error = {0};
    subproc_run((const char *const *)command, &settings->common.options, &result, &error);
    if (!is_by_choice(settings))
        cli_accept_bytes(&error);
    int status = show_status(&show, cli_exit_status(&result.exit, &error));
    if (!show.failed)
        cli_tell_error(&error);
    cli_tell_missing_tree("run", &result);
    if (!print_result(settings, command, &result, &error))
        status = CLI_FAILED;
    subproc_result_free(&result);
    return status;
}

static int check_and_run(struct cli_settings *common, char **command)
{
    if (common->options.shell == SUBPROC_SHELL_NONE || command[1] == NULL)
        return run((struct settings *)common, command);
    cli_complain("run: with -s the script must be one word, and '%s' is a second one (see 'subproc run --help')",
                 command[1]);
    return CLI_FAILED;
}

int cli_run(char **words)
{
    struct settings settings = {.tail = false};
    return cli_do(&syntax, &settings.common, words, check_and_run);
}
