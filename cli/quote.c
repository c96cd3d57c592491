/* subproc quote: words as one line that a given reader splits into the same words. */
#include <string.h>

#include "command.h"
#include "common.h"
#include "json.h"
#include "output.h"

static const char *const targets[] = {"argv", "batch", "cmd", "powershell", "sh", NULL};

struct settings {
    struct cli_settings common;
    enum subproc_quote_target target;
    const char *target_name; /* NULL: none was given */
};

static bool set_target(void *settings, const char *option, const char *value)
{
    static const enum subproc_quote_target values[] = {SUBPROC_QUOTE_ARGV, SUBPROC_QUOTE_BATCH, SUBPROC_QUOTE_CMD,
                                                       SUBPROC_QUOTE_POWERSHELL, SUBPROC_QUOTE_SH};
    (void)option;
    ((struct settings *)settings)->target = values[cli_choice(targets, value)];
    ((struct settings *)settings)->target_name = value;
    return true;
}

static const struct cli_option options[] = {
    {"--for", "TARGET", "who reads the line; must be given", set_target, .choices = targets},
    {NULL},
};
static const struct cli_option_group groups[] = {{"Options", options}, {"Other options", cli_json_options}, {NULL}};

static const char *const synopsis[] = {"subproc quote --for=TARGET [--json] [--] ARG...", NULL};

static const struct cli_row readers[] = {
    {"argv", "the C runtime of Windows: the arguments of a command line (not the program's name)"},
    {"batch", "a batch file that cmd /d /e:on /v:off /s /c \"...\" runs: its arguments"},
    {"cmd", "cmd: a whole line, the command first; not inside a batch file"},
    {"powershell", "a PowerShell script: arguments; a line that begins with the command goes after '& '"},
    {"sh", "the POSIX shell"},
    {NULL},
};
static const struct cli_row statuses[] = {
    {"0", "the line was printed"},
    {"125", "bad usage, or an ARG that can't be said safely there (such as a line end for cmd)"},
    {NULL},
};
static const struct cli_row members[] = {
    {"version", "1"}, {"for", "the target"}, {"text", "the line, or \"base64\" when it is not UTF-8"}, {NULL}};
static const struct cli_section sections[] = {
    {"Targets", NULL, readers}, {"Exit status", NULL, statuses}, {"JSON", "One object:", members}, {NULL}};
static const struct cli_row examples[] = {
    {"subproc quote --for=sh -- echo \"it's me\"", "A line for sh: echo 'it'\\''s me'."},
    {"subproc quote --for=argv -- \"a b\" c", "Arguments for a Windows command line: \"a b\" c."},
    {NULL},
};

const struct cli_syntax cli_quote_syntax = {
    .subcommand = "quote",
    .summary = "join words into one line for a shell or for a Windows command line",
    .synopsis = synopsis,
    .introduction =
        "Prints the ARGs as one line that is split into the same words again. '--' ends the options; it is needed when "
        "the first ARG begins with '-'.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .word = "an ARG",
};

static int print_line(const struct settings *settings, const char *line)
{
    struct cli_output output = {.stream = SUBPROC_OUT};
    if (settings->common.json) {
        cli_json_begin(&output);
        cli_output_format(&output, ",\"for\":\"%s\",", settings->target_name);
        cli_json_bytes(&output, line, strlen(line));
        cli_output_text(&output, "}");
    } else {
        cli_output_text(&output, line);
    }
    cli_output_text(&output, "\n");
    return cli_output_finish(&output) ? 0 : CLI_FAILED;
}

int cli_quote(char **words)
{
    struct settings settings = {0};
    char **rest = NULL;
    enum cli_parsed parsed = cli_parse(&cli_quote_syntax, words, &settings, &rest);
    if (parsed != CLI_PARSED)
        return cli_parse_status(&cli_quote_syntax, parsed);
    if (settings.target_name == NULL) {
        cli_complain("quote: --for is missing: argv, batch, cmd, powershell or sh? (see 'subproc quote --help')");
        return CLI_FAILED;
    }
    char *line = NULL;
    struct subproc_error error = {0};
    if (subproc_quote(settings.target, (const char *const *)rest, &line, &error) != SUBPROC_OK) {
        cli_complain("%s", error.message);
        return CLI_FAILED;
    }
    int status = print_line(&settings, line);
    subproc_free_string(line);
    return status;
}
