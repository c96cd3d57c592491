/* subproc which: the files that names would start. */
#include "command.h"
#include "json.h"
#include "options.h"
#include "output.h"

static const char help[] = "\
Usage: subproc which [--json] NAME...\n\
\n\
Prints the file that each NAME would start, one a line: a name with a directory is taken as it is, any other is looked\n\
for in PATH (Windows: with the endings of PATHEXT), never in the current directory unless PATH says so.\n\
\n\
  --json   print an array of {\"name\", \"path\" or null, \"error\": null or {code, native, step, message}} instead.\n\
           Bytes that are not UTF-8 are shown as U+FFFD.\n\
  --help   print this text\n\
\n\
Exit status: 0 when all were found; 127 when one was not; 126 when those that failed are all files that may not be\n\
executed; 125 bad usage.\n";

struct settings {
    bool json;
};

struct tally {
    bool not_found, not_executable, failed;
};

static bool set_json(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct settings *)settings)->json = true;
    return true;
}

static const struct cli_option options[] = {{"--json", false, set_json}, {NULL, false, NULL}};
static const struct cli_syntax syntax = {.subcommand = "which", .help = help, .options = options};

static void count_error(struct tally *tally, int code)
{
    if (code == SUBPROC_E_NOT_FOUND)
        tally->not_found = true;
    else if (code == SUBPROC_E_ACCESS || code == SUBPROC_E_FORMAT)
        tally->not_executable = true;
    else if (code != SUBPROC_OK)
        tally->failed = true;
}

static int tally_status(const struct tally *tally)
{
    if (tally->failed)
        return CLI_FAILED;
    if (tally->not_found)
        return CLI_NOT_FOUND;
    return tally->not_executable ? CLI_CANNOT_EXECUTE : 0;
}

static void add_json(struct cli_output *output, const char *name, const char *path, const struct subproc_error *error)
{
    cli_output_text(output, "{\"name\":");
    cli_json_string(output, name);
    cli_output_text(output, ",\"path\":");
    if (path != NULL)
        cli_json_string(output, path);
    else
        cli_output_text(output, "null");
    cli_output_text(output, ",\"error\":");
    cli_json_error(output, error);
    cli_output_text(output, "}");
}

static void add_line(struct cli_output *output, const char *path)
{
    if (path == NULL)
        return;
    cli_output_text(output, path);
    cli_output_text(output, "\n");
}

static void look_up(struct cli_output *output, const char *name, bool json, struct tally *tally)
{
    char *path = NULL;
    struct subproc_error error = {0};
    int code = subproc_which(name, NULL, &path, &error);
    count_error(tally, code);
    if (code != SUBPROC_OK)
        cli_complain("%s", error.message);
    if (json)
        add_json(output, name, path, &error);
    else
        add_line(output, path);
    subproc_free_string(path);
}

int cli_which(char **words)
{
    struct settings settings = {0};
    char **names = NULL;
    enum cli_parsed parsed = cli_parse(&syntax, words, &settings, &names);
    if (parsed != CLI_PARSED)
        return cli_parse_status(&syntax, parsed);
    struct cli_output output = {.stream = SUBPROC_OUT};
    struct tally tally = {0};
    for (size_t i = 0; names[i] != NULL; i++) {
        cli_output_text(&output, !settings.json ? "" : i == 0 ? "[" : ",");
        look_up(&output, names[i], settings.json, &tally);
    }
    cli_output_text(&output, settings.json ? "]\n" : "");
    return cli_output_finish(&output) ? tally_status(&tally) : CLI_FAILED;
}
