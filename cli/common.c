/* What the subcommands that run commands share: their settings. */
#include "common.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "platform.h"

/* A launcher that is killed leaves the far command behind, and on a busy machine srun can take seconds to stop it. */
#define VIA_ASK_WAIT 10000
#define ASK_WAIT     1000 /* ms; the library's own default, but given, so that Windows' ask reaches the child */

static bool set_duration(const struct cli_settings *settings, const char *option, const char *value, int64_t *milliseconds)
{
    if (!cli_parse_duration(value, milliseconds)) {
        cli_complain("%s: %s needs a duration such as 2, 0.1s, 100ms, 5m, 1h or 1d, not '%s'", settings->subcommand, option,
                     value);
        return false;
    }
    /* In the options 0 would mean "none given". */
    if (*milliseconds == 0)
        *milliseconds = -1;
    return true;
}

static bool set_timeout(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    return set_duration(common, option, value, &common->options.timeout);
}

static bool set_ask_wait(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    return set_duration(common, option, value, &common->options.stop.ask_wait);
}

static bool set_directory(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct cli_settings *)settings)->options.directory = value;
    return true;
}

static void add_change(struct cli_settings *settings, const char *change)
{
    settings->changes[settings->change_count++] = change;
}

static bool set_variable(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    if (value[0] == '=' || strchr(value, '=') == NULL) {
        cli_complain("%s: %s needs NAME=VALUE, not '%s'", common->subcommand, option, value);
        return false;
    }
    add_change(common, value);
    return true;
}

static bool unset_variable(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    if (value[0] == '\0' || strchr(value, '=') != NULL) {
        cli_complain("%s: %s needs the name of a variable, not '%s'", common->subcommand, option, value);
        return false;
    }
    add_change(common, value);
    return true;
}

static bool clear_environment(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_settings *)settings)->options.environment.base = SUBPROC_ENVIRONMENT_EMPTY;
    return true;
}

static bool set_input(void *settings, const char *option, const char *value)
{
    (void)option;
    struct subproc_stream *in = &((struct cli_settings *)settings)->options.in;
    *in = (struct subproc_stream){0};
    if (strcmp(value, "-") != 0) {
        in->kind = SUBPROC_STREAM_FILE;
        in->path = value;
    }
    return true;
}

static bool set_tree(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_settings *)settings)->options.tree = SUBPROC_TREE_BEST_EFFORT;
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
    (void)option;
    ((struct cli_settings *)settings)->options.text.errors = cli_policy(value);
    ((struct cli_settings *)settings)->has_errors = true;
    return true;
}

static bool set_limit(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    if (cli_parse_limit(value, &common->options.limit))
        return true;
    cli_complain("%s: %s needs a size such as 4096, 64K, 1M or 1M:tail (head, tail, both, stop), not '%s'",
                 common->subcommand, option, value);
    return false;
}

const struct cli_option cli_stop_options[] = {
    {"-t", "DURATION",
     "the time allowed; what runs longer is stopped. A number such as 2 or 0.1, followed by ms, s, m, h, d or nothing, "
     "which means seconds; 0: stop at once",
     set_timeout},
    {"-k", "DURATION",
     "to stop a command: ask it to end (SIGTERM, on Windows Ctrl-Break), and kill it when it still runs DURATION "
     "later; 1s unless given, 0: kill without asking",
     set_ask_wait},
    {"--kill-tree", NULL,
     "to stop a command is to stop all that it started, but what left its process group. Where that can't be had "
     "(POSIX: a stream is our terminal) the command alone is stopped, and a line on standard error says so",
     set_tree},
    {NULL},
};

const struct cli_option cli_start_options[] = {
    {"-C", "DIR", "start in this directory", set_directory, .kind = CLI_VALUE_DIRECTORY},
    {"-e", "NAME=VALUE", "set an environment variable; may be repeated", set_variable},
    {"--unset", "NAME", "remove an environment variable; may be repeated", unset_variable, .kind = CLI_VALUE_VARIABLE},
    {"--clear-env", NULL, "begin with an empty environment (Windows: SYSTEMROOT stays)", clear_environment},
    {NULL},
};

const struct cli_option cli_input_options[] = {
    {"-i", "FILE", "read standard input from FILE; '-': from ours, which is the default", set_input,
     .kind = CLI_VALUE_FILE},
    {NULL},
};

const struct cli_option cli_text_options[] = {
    {"--encoding", "ENCODING",
     "the output is in ENCODING and is turned into UTF-8 as it comes: utf-8, cp949, console (what console programs "
     "write here), auto (line by line UTF-8 or console), auto:cp949, or whatever the system converts",
     set_encoding, .usual = cli_encodings},
    {"--errors", "POLICY",
     "what becomes of a byte that ENCODING doesn't have: replace (U+FFFD, the default), ignore, backslash, or strict: "
     "that is a failure, with status 125 (parallel: of that job)",
     set_errors, .choices = cli_policies},
    {"--max-output", "SIZE[:KEEP]",
     "show the output at its end, and of each stream no more than SIZE bytes (4096, 64K, 1M, 1G). KEEP is what of it: "
     "head (the default), tail, both (half of each), or stop: the command is stopped when more comes, which is a "
     "failure, with status 125 (parallel: of that job)",
     set_limit},
    {NULL},
};

const struct cli_option cli_json_options[] = {
    {"--json", NULL, "print the result as JSON; see there", .flag = offsetof(struct cli_settings, json)},
    {NULL},
};

const struct cli_row cli_statuses[] = {
    {"124", "the time was up (-t)"},
    {"125", "subproc itself failed or was used wrongly; one line on standard error says why"},
    {"126", "a command can't be executed"},
    {"127", "a command was not found"},
    {"128+N",
     "it died of signal N, or subproc received signal N and stopped it (Windows: Ctrl-C gives 130, Ctrl-Break 149, a "
     "closed console 129)"},
    {NULL},
};

size_t cli_count_words(char **words)
{
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

void cli_capture(struct cli_settings *settings)
{
    struct subproc_options *options = &settings->options;
    options->out.kind = SUBPROC_STREAM_PIPE;
    if (options->err.kind == SUBPROC_STREAM_DEFAULT)
        options->err.kind = SUBPROC_STREAM_PIPE;
}

void cli_choose_text(struct cli_settings *settings)
{
    if (settings->options.text.encoding != NULL)
        return;
    settings->options.text.encoding = "auto";
    settings->accepts_bytes = !settings->has_errors;
    if (settings->accepts_bytes)
        settings->options.text.errors = SUBPROC_ERRORS_STRICT;
}

void cli_choose_shown_text(struct cli_settings *settings)
{
    if (settings->options.text.encoding == NULL && cli_platform_takes_text(SUBPROC_OUT) &&
        cli_platform_takes_text(SUBPROC_ERR))
        settings->options.text.encoding = "auto";
}

void cli_accept_bytes(const struct cli_settings *settings, struct subproc_error *error)
{
    if (settings->accepts_bytes && error->code == SUBPROC_E_DECODE)
        *error = (struct subproc_error){.step = ""};
}

void cli_tell_cut(const char *stream, const char *whose, const struct subproc_output *output)
{
    if (output->data == NULL || !output->truncated)
        return;
    cli_complain("%s%s%s%s was longer than is shown: %" PRIu64 " bytes in all", stream, whose != NULL ? " of '" : "",
                 whose != NULL ? whose : "", whose != NULL ? "'" : "", output->total);
}

static int catch_and_work(struct cli_settings *settings, char **rest, int (*work)(struct cli_settings *, char **))
{
    if (!cli_platform_catch(&settings->cancel)) {
        cli_complain("%s: cannot catch signals", settings->subcommand);
        return CLI_FAILED;
    }
    if (settings->options.stop.ask_wait == 0)
        settings->options.stop.ask_wait = settings->via.launcher != NULL ? VIA_ASK_WAIT : ASK_WAIT;
    settings->options.environment.changes = settings->changes;
    settings->options.cancel = &settings->cancel;
    return work(settings, rest);
}

int cli_do(const struct cli_syntax *syntax, struct cli_settings *settings, char **words,
           int (*work)(struct cli_settings *settings, char **rest))
{
    settings->subcommand = syntax->subcommand;
    settings->changes = calloc(cli_count_words(words) + 1, sizeof *settings->changes);
    if (settings->changes == NULL) {
        cli_complain("%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
        return CLI_FAILED;
    }
    char **rest = NULL;
    enum cli_parsed parsed = cli_parse(syntax, words, settings, &rest);
    int status = parsed == CLI_PARSED ? catch_and_work(settings, rest, work) : cli_parse_status(syntax, parsed);
    free(settings->changes);
    free(settings->via.launcher);
    return status;
}
