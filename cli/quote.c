/* subproc quote: words as one line that a given reader splits into the same words. */
#include <string.h>

#include "command.h"
#include "json.h"
#include "options.h"
#include "output.h"

static const char help[] = "\
Usage: subproc quote --for=argv|batch|cmd|powershell|sh [--json] [--] ARG...\n\
\n\
Prints the ARGs as one line that is split into the same words again.\n\
\n\
  --for=argv        for the C runtime of Windows: the arguments of a command line (not the program's name)\n\
  --for=batch       for the arguments of a batch file that cmd /d /e:on /v:off /s /c \"...\" runs\n\
  --for=cmd         for a whole line of cmd, the command first; not inside a batch file\n\
  --for=powershell  for arguments in a PowerShell script; a line that begins with the command goes after '& '\n\
  --for=sh          for the POSIX shell\n\
  --json            print {\"version\":1, \"for\":\"sh\", \"text\":\"...\"} instead, with \"base64\" instead of \"text\" when the line is\n\
                    not UTF-8\n\
  --help            print this text\n\
\n\
'--' ends the options; it is needed when the first ARG begins with '-'.\n\
Exit status: 0; 125 bad usage, or an ARG that can't be said safely there (such as a line end for cmd).\n";

static const struct target {
    const char *name;
    enum subproc_quote_target target;
} targets[] = {
    {"argv", SUBPROC_QUOTE_ARGV}, {"batch", SUBPROC_QUOTE_BATCH},
    {"cmd", SUBPROC_QUOTE_CMD},   {"powershell", SUBPROC_QUOTE_POWERSHELL},
    {"sh", SUBPROC_QUOTE_SH},
};

struct settings {
    const struct target *target;
    bool json;
};

static bool set_target(void *settings, const char *option, const char *value)
{
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strcmp(targets[i].name, value) == 0) {
            ((struct settings *)settings)->target = &targets[i];
            return true;
        }
    }
    cli_complain("quote: %s must be argv, batch, cmd, powershell or sh, not '%s'", option, value);
    return false;
}

static bool set_json(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->json = true;
    return true;
}

static const struct cli_option options[] = {{"--for", true, set_target}, {"--json", false, set_json}, {NULL, false, NULL}};
static const struct cli_syntax syntax = {.subcommand = "quote", .help = help, .options = options};

static int print_line(const struct settings *settings, const char *line)
{
    struct cli_output output = {.stream = SUBPROC_OUT};
    if (settings->json) {
        cli_output_format(&output, "{\"version\":1,\"for\":\"%s\",", settings->target->name);
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
    enum cli_parsed parsed = cli_parse(&syntax, words, &settings, &rest);
    if (parsed != CLI_PARSED)
        return cli_parse_status(&syntax, parsed);
    if (settings.target == NULL) {
        cli_complain("quote: --for=TARGET is missing (see 'subproc quote --help')");
        return CLI_FAILED;
    }
    char *line = NULL;
    struct subproc_error error = {0};
    if (subproc_quote(settings.target->target, (const char *const *)rest, &line, &error) != SUBPROC_OK) {
        cli_complain("%s", error.message);
        return CLI_FAILED;
    }
    int status = print_line(&settings, line);
    subproc_free_string(line);
    return status;
}
