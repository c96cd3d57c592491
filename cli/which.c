/* subproc which: the files that names would start. */
#include "command.h"
#include "common.h"
#include "json.h"
#include "output.h"

struct tally {
    bool not_found, not_executable, failed;
};

static const struct cli_option_group groups[] = {{"Options", cli_json_options}, {NULL}};

static const char *const synopsis[] = {"subproc which [--json] NAME...", NULL};

static const struct cli_row statuses[] = {
    {"0", "all were found"},
    {"125", "bad usage"},
    {"126", "those that failed are all files that may not be executed"},
    {"127", "one was not found"},
    {NULL},
};
static const struct cli_row members[] = {
    {"version", "1"},
    {"programs",
     "of each NAME {\"name\", \"path\": the file, or null, \"error\": null, or as 'subproc run --json' has it}; in "
     "\"name\" a byte that is not UTF-8 is U+FFFD"},
    {NULL},
};
static const struct cli_section sections[] = {{"Exit status", NULL, statuses}, {"JSON", "One object:", members}, {NULL}};
static const struct cli_row examples[] = {
    {"subproc which python3 git", "The files that these names start here."},
    {NULL},
};

const struct cli_syntax cli_which_syntax = {
    .subcommand = "which",
    .summary = "print the file that a name would start",
    .synopsis = synopsis,
    .introduction =
        "Prints the file that each NAME would start, one a line: a name with a directory is taken as it is, any other "
        "is looked for in PATH (Windows: with the endings of PATHEXT), never in the current directory unless PATH says "
        "so.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .word = "a NAME",
    .words = CLI_WORD_PROGRAM,
};

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

static void begin_json(struct cli_output *output)
{
    cli_json_begin(output);
    cli_output_text(output, ",\"programs\":[");
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
    struct cli_settings settings = {0};
    char **names = NULL;
    enum cli_parsed parsed = cli_parse(&cli_which_syntax, words, &settings, &names);
    if (parsed != CLI_PARSED)
        return cli_parse_status(&cli_which_syntax, parsed);
    struct cli_output output = {.stream = SUBPROC_OUT};
    struct tally tally = {0};
    if (settings.json)
        begin_json(&output);
    for (size_t i = 0; names[i] != NULL; i++) {
        cli_output_text(&output, settings.json && i > 0 ? "," : "");
        look_up(&output, names[i], settings.json, &tally);
    }
    cli_output_text(&output, settings.json ? "]}\n" : "");
    return cli_output_finish(&output) ? tally_status(&tally) : CLI_FAILED;
}
