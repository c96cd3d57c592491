/* subproc run: one command, with a deadline, and its exit status as ours. */
#include "run_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "output.h"
#include "platform.h"
#include "show.h"

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

#define ASK_WAIT 1000 /* ms; the library's own default, but given, so that Windows' ask reaches the child */

struct settings {
    struct subproc_options options;
    subproc_handle cancel;
    const char **changes; /* room for one a word */
    size_t change_count;
    bool json;
    bool tail;
    bool has_errors; /* --errors was given */
};

static bool set_duration(const char *option, const char *value, int64_t *milliseconds)
{
    if (!cli_parse_duration(value, milliseconds)) {
        cli_complain("run: %s needs a duration such as 2, 0.1s, 100ms, 5m, 1h or 1d, not '%s'", option, value);
        return false;
    }
    /* In the options 0 would mean "none given". */
    if (*milliseconds == 0)
        *milliseconds = -1;
    return true;
}

static bool set_timeout(void *settings, const char *option, const char *value)
{
    return set_duration(option, value, &((struct settings *)settings)->options.timeout);
}

static bool set_ask_wait(void *settings, const char *option, const char *value)
{
    return set_duration(option, value, &((struct settings *)settings)->options.stop.ask_wait);
}

static bool set_directory(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct settings *)settings)->options.directory = value;
    return true;
}

static void add_change(struct settings *settings, const char *change)
{
    settings->changes[settings->change_count++] = change;
}

static bool set_variable(void *settings, const char *option, const char *value)
{
    if (value[0] == '=' || strchr(value, '=') == NULL) {
        cli_complain("run: %s needs NAME=VALUE, not '%s'", option, value);
        return false;
    }
    add_change(settings, value);
    return true;
}

static bool unset_variable(void *settings, const char *option, const char *value)
{
    if (value[0] == '\0' || strchr(value, '=') != NULL) {
        cli_complain("run: %s needs the name of a variable, not '%s'", option, value);
        return false;
    }
    add_change(settings, value);
    return true;
}

static bool clear_environment(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->options.environment.base = SUBPROC_ENVIRONMENT_EMPTY;
    return true;
}

static bool set_shell(void *settings, const char *option, const char *value)
{
    static const struct {
        const char *name;
        enum subproc_shell shell;
    } shells[] = {{"sh", SUBPROC_SHELL_SH},
                  {"cmd", SUBPROC_SHELL_CMD},
                  {"powershell", SUBPROC_SHELL_POWERSHELL},
                  {"pwsh", SUBPROC_SHELL_PWSH}};
    enum subproc_shell *chosen = &((struct settings *)settings)->options.shell;
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

static bool set_input(void *settings, const char *option, const char *value)
{
    (void)option;
    struct subproc_stream *in = &((struct settings *)settings)->options.in;
    *in = (struct subproc_stream){0};
    if (strcmp(value, "-") != 0) {
        in->kind = SUBPROC_STREAM_FILE;
        in->path = value;
    }
    return true;
}

static bool set_merge(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->options.err.kind = SUBPROC_STREAM_MERGE;
    return true;
}

static bool set_json(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->json = true;
    return true;
}

static bool set_encoding(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct settings *)settings)->options.text.encoding = value;
    return true;
}

static bool set_errors(void *settings, const char *option, const char *value)
{
    static const char *const names[] = {"", "strict", "replace", "ignore", "backslash"};
    for (int i = SUBPROC_ERRORS_STRICT; i <= SUBPROC_ERRORS_BACKSLASH; i++) {
        if (strcmp(value, names[i]) == 0) {
            ((struct settings *)settings)->options.text.errors = (enum subproc_text_errors)i;
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
    if (cli_parse_limit(value, &((struct settings *)settings)->options.limit))
        return true;
    cli_complain("run: %s needs a size such as 4096, 64K, 1M or 1M:tail (head, tail, both, stop), not '%s'", option, value);
    return false;
}

static bool set_tree(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->options.tree = SUBPROC_TREE_BEST_EFFORT;
    return true;
}

static const struct cli_option options[] = {
    {"-t", true, set_timeout},         {"-k", true, set_ask_wait},
    {"-C", true, set_directory},       {"-e", true, set_variable},
    {"--unset", true, unset_variable}, {"--clear-env", false, clear_environment},
    {"-i", true, set_input},           {"--merge", false, set_merge},
    {"--json", false, set_json},       {"--encoding", true, set_encoding},
    {"--errors", true, set_errors},    {"--tail", false, set_tail},
    {"--max-output", true, set_limit}, {"--kill-tree", false, set_tree},
    {"-s", false, set_shell, true},    {NULL, false, NULL},
};
static const struct cli_syntax syntax = {.subcommand = "run", .help = help, .options = options, .needs_separator = true};

static bool is_start_step(const struct subproc_error *error)
{
    return strcmp(error->step, "exec") == 0 || strcmp(error->step, "interpreter") == 0;
}

static int error_status(const struct subproc_error *error)
{
    switch (error->code) {
    case SUBPROC_E_TIMEOUT:
        return CLI_TIMED_OUT;
    case SUBPROC_E_CANCELLED:
        return CLI_SIGNAL_BASE + cli_platform_caught();
    case SUBPROC_E_FORMAT:
        return CLI_CANNOT_EXECUTE;
    case SUBPROC_E_ACCESS:
    case SUBPROC_E_UNSUPPORTED:
        return is_start_step(error) ? CLI_CANNOT_EXECUTE : CLI_FAILED;
    case SUBPROC_E_NOT_FOUND:
        return is_start_step(error) ? CLI_NOT_FOUND : CLI_FAILED;
    default:
        return CLI_FAILED;
    }
}

static int exit_status(const struct subproc_result *result, const struct subproc_error *error)
{
    if (error->code != SUBPROC_OK)
        return error_status(error);
    if (result->exit.kind == SUBPROC_EXIT_SIGNALLED)
        return CLI_SIGNAL_BASE + (int)result->exit.code;
    return (int)result->exit.code;
}

/* A failure that has no code of its own is told with its number: the system's words for it may be in any language. */
static void tell_error(const struct subproc_error *error)
{
    if (error->code == SUBPROC_E_OS)
        cli_complain("%s (system error %" PRId64 ")", error->message, error->native);
    else if (error->code != SUBPROC_OK)
        cli_complain("%s", error->message);
}

static void capture(struct subproc_stream *stream)
{
    if (stream->kind == SUBPROC_STREAM_DEFAULT)
        stream->kind = SUBPROC_STREAM_PIPE;
}

/* Without a choice, what is captured for JSON is text where it is one line by line, and else bytes. */
static void choose_text(struct settings *settings)
{
    struct subproc_text *text = &settings->options.text;
    if (!settings->json || text->encoding != NULL)
        return;
    text->encoding = "auto";
    if (!settings->has_errors)
        text->errors = settings->tail ? SUBPROC_ERRORS_REPLACE : SUBPROC_ERRORS_STRICT;
}

static bool is_by_choice(const struct settings *settings)
{
    return settings->has_errors || settings->options.text.errors != SUBPROC_ERRORS_STRICT;
}

static void prepare(struct settings *settings, struct cli_show *show)
{
    struct subproc_options *chosen = &settings->options;
    chosen->environment.changes = settings->changes;
    chosen->cancel = &settings->cancel;
    choose_text(settings);
    show->lines = settings->tail;
    show->json = settings->json;
    if (settings->tail || (!settings->json && chosen->text.encoding != NULL && chosen->limit.keep == SUBPROC_KEEP_ALL))
        cli_show_begin(show, chosen);
    else if (settings->json || chosen->limit.keep != SUBPROC_KEEP_ALL) {
        capture(&chosen->out);
        capture(&chosen->err);
    }
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
    if (settings->json)
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

static void tell_missing_tree(const struct subproc_result *result)
{
    if (result->tree_missing != 0 && result->reason != SUBPROC_REASON_ENDED)
        cli_complain("run: only the command was stopped, not what it started: a stream of it is our terminal, or no job "
                     "could be had");
}

static int run(struct settings *settings, char **command)
{
    static struct cli_show show;
    if (!cli_platform_catch(&settings->cancel)) {
        cli_complain("run: cannot catch signals");
        return CLI_FAILED;
    }
    prepare(settings, &show);
    struct subproc_result result;
    struct subproc_error error = {0};
    subproc_run((const char *const *)command, &settings->options, &result, &error);
    if (error.code == SUBPROC_E_DECODE && !is_by_choice(settings))
        error = (struct subproc_error){.step = ""}; /* given as bytes */
    int status = show_status(&show, exit_status(&result, &error));
    if (!show.failed)
        tell_error(&error);
    tell_missing_tree(&result);
    if (!print_result(settings, command, &result, &error))
        status = CLI_FAILED;
    subproc_result_free(&result);
    return status;
}

static bool is_good_command(const struct settings *settings, char **command)
{
    if (settings->options.shell == SUBPROC_SHELL_NONE || command[1] == NULL)
        return true;
    cli_complain("run: with -s the script must be one word, and '%s' is a second one (see 'subproc run --help')",
                 command[1]);
    return false;
}

static size_t count_words(char **words)
{
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

int cli_run(char **words)
{
    struct settings settings = {.options.stop.ask_wait = ASK_WAIT,
                                .changes = calloc(count_words(words) + 1, sizeof(char *))};
    if (settings.changes == NULL) {
        cli_complain("%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
        return CLI_FAILED;
    }
    char **command = NULL;
    enum cli_parsed parsed = cli_parse(&syntax, words, &settings, &command);
    int status = parsed != CLI_PARSED                  ? cli_parse_status(&syntax, parsed)
                 : is_good_command(&settings, command) ? run(&settings, command)
                                                       : CLI_FAILED;
    free(settings.changes);
    return status;
}
