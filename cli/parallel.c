/* subproc parallel: one command for many arguments, several at a time. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "crowd.h"
#include "output.h"

#define MOST_JOBS 100000

static bool set_jobs(void *settings, const char *option, const char *value)
{
    size_t most = 0;
    const char *at = value;
    for (; *at >= '0' && *at <= '9' && most <= MOST_JOBS; at++)
        most = most * 10 + (size_t)(*at - '0');
    if (at == value || *at != '\0' || most > MOST_JOBS) {
        cli_complain("parallel: %s needs a number from 0 to %d, not '%s'", option, MOST_JOBS, value);
        return false;
    }
    ((struct cli_crowd_settings *)settings)->most = most;
    return true;
}

static bool set_progress(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_crowd_settings *)settings)->progress = CLI_PROGRESS_ALWAYS;
    return true;
}

static bool set_no_progress(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_crowd_settings *)settings)->progress = CLI_PROGRESS_NEVER;
    return true;
}

static bool set_timeline(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct cli_crowd_settings *)settings)->timeline = value;
    return true;
}

static const struct cli_option job_options[] = {
    {"-j", "N", "run at most N jobs at once; 0: as many as there are processors, which is the default", set_jobs},
    {"--halt", NULL,
     "when a job fails, stop the others and start no more; one line on standard error says what was done and what was not",
     .flag = offsetof(struct cli_crowd_settings, halt)},
    {NULL},
};

static const struct cli_option output_options[] = {
    {"--tag", NULL,
     "put its argument and a tab before each line of a job, and write each line as it comes, but with --keep-order or "
     "--max-output when the job ends; a line of more than 1 MiB is several",
     .flag = offsetof(struct cli_crowd_settings, tag)},
    {"--keep-order", NULL, "write the output of the jobs in the order of the arguments",
     .flag = offsetof(struct cli_crowd_settings, keep_order)},
    {"--progress", NULL,
     "on standard error, tell how many jobs are done, failed and running, how many end in a second, and how long the "
     "rest will take. On a terminal that is one line, which is shown without this option too; elsewhere it is a line "
     "every ten seconds, and one at the end",
     set_progress},
    {"--no-progress", NULL, "show no such line", set_no_progress},
    {"--timeline", "FILE.svg",
     "draw what ran when, as an SVG picture for a browser: a bar for each job over the seconds, its colour and words "
     "telling how it ended; more than 100 jobs are drawn in a row for each that runs at the same time. Written at the "
     "end, also when subproc is interrupted",
     set_timeline, .kind = CLI_VALUE_FILE},
    {NULL},
};

static const struct cli_option_group groups[] = {
    {"How many run", job_options},
    {"When to stop a job", cli_stop_options},
    {"How to start a job", cli_start_options},
    {"Through a launcher", cli_via_options},
    {"Their output", output_options},
    {"Their output as text, and how much of it", cli_text_options},
    {"Other options", cli_json_options},
    {NULL},
};

static const char *const synopsis[] = {"subproc parallel [OPTION...] -- COMMAND [ARG...] ::: ARGUMENT...",
                                       "subproc parallel [OPTION...] -- COMMAND [ARG...]", NULL};

static const struct cli_row members[] = {
    {"version", "1"},
    {"number", "that of its argument, from 0"},
    {"argument", "the argument"},
    {"command", "its words, behind the launcher's"},
    {"exit ... error", "as 'subproc run --json' has them"},
    {NULL},
};
static const struct cli_row statuses[] = {
    {"0", "every job exited with 0"},
    {"1-100", "that many did not; those that --halt stopped don't count. A job that can't be started is one that failed"},
    {"101", "more than 100 did not"},
    {"124", "a job timed out (-t)"},
    {"125", "subproc itself failed or was used wrongly; one line on standard error says why"},
    {"128+N",
     "subproc received signal N, on which it stops all; one line on standard error says what was done and what was not"},
    {NULL},
};
static const struct cli_section sections[] = {
    {"Arguments from standard input", "Lines end with LF or CR LF and are at most 1 MiB long; an empty line is an empty "
                                      "argument. Each is read when a job may start (with a progress line up to 16 MiB "
                                      "before that), so what writes them may go on for ever; running jobs are looked after "
                                      "meanwhile, and a new line starts its job "
                                      "within 20 ms. On Windows lines must be UTF-8."},
    {"Exit status", NULL, statuses},
    {"JSON",
     "With --json (not with --tag) one object a line is printed for each job when it ends, instead of its output. "
     "Output is read as 'auto' unless --encoding says otherwise.",
     members},
    {"Launchers", cli_via_text, cli_via_rows},
    {NULL},
};
static const struct cli_row examples[] = {
    {"subproc parallel -j 4 -t 5m -- ctest --test-dir {} ::: debug release asan", "One job for each word after ':::', four "
                                                                                  "at a time."},
    {"git ls-files \"*.c\" | subproc parallel --tag -- clang-format -n {}",
     "One job for each line of standard input, each line of output with its file."},
    {"subproc parallel --json -- ping -c 1 {} ::: host1 host2 host3", "A job log: one JSON object a line."},
    {"subproc parallel -j 16 --via \"srun -n1 --quiet\" -- ./step {} ::: 1 2 3", "A step of a Slurm job for each word."},
    {"subproc parallel --tag --via \"ssh {}\" -- uptime ::: host1 host2", "One command on several machines."},
    {NULL},
};

const struct cli_syntax cli_parallel_syntax = {
    .subcommand = "parallel",
    .summary = "run a command once for each argument, several at a time",
    .synopsis = synopsis,
    .introduction =
        "Runs COMMAND once for each ARGUMENT, or for each line of standard input when there is no ':::', several at a "
        "time. Each {} in COMMAND and its ARGs is replaced by the argument; where there is none, the argument is added "
        "as the last word. No shell is involved. The jobs have no standard input.\n\n"
        "A job's output is held in memory and written when it ends, its standard error after its standard output.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .needs_separator = true,
    .word = "a command",
    .words = CLI_WORD_COMMAND,
    .more_words = CLI_WORD_FILE,
};

/* Ends the command at the first ":::"; the words behind it, or NULL when there is none. */
static char **split(char **words)
{
    while (*words != NULL && strcmp(*words, ":::") != 0)
        words++;
    if (*words == NULL)
        return NULL;
    *words = NULL;
    return words + 1;
}

static int run(struct cli_settings *common, char **command)
{
    const struct cli_crowd_settings *settings = (struct cli_crowd_settings *)common;
    char **words = split(command);
    if (command[0] == NULL) {
        cli_complain("parallel: a command is missing before ':::' (see 'subproc parallel --help')");
        return CLI_FAILED;
    }
    if (common->json && settings->tag) {
        cli_complain("parallel: --tag can't be used with --json, which tells the argument (see 'subproc parallel --help')");
        return CLI_FAILED;
    }
    cli_capture(common);
    if (common->json)
        cli_choose_text(common);
    else
        cli_choose_shown_text(common);
    char **whole = cli_via_words(common, command);
    int status = whole != NULL ? cli_crowd_run(settings, whole, words) : CLI_FAILED;
    free(whole);
    return status;
}

int cli_parallel(char **words)
{
    struct cli_crowd_settings settings = {.most = 0};
    return cli_do(&cli_parallel_syntax, &settings.common, words, run);
}
