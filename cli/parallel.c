/* subproc parallel: one command for many arguments, several at a time. */
#include <string.h>

#include "command.h"
#include "crowd.h"
#include "output.h"

static const char help[] = "\
Usage: subproc parallel [OPTION...] -- COMMAND [ARG...] ::: ARGUMENT...\n\
       subproc parallel [OPTION...] -- COMMAND [ARG...]\n\
\n\
Runs COMMAND once for each ARGUMENT, or for each line of standard input when there is no ':::', several at a time. Each {}\n\
in COMMAND and its ARGs is replaced by the argument; where there is none, the argument is added as the last word. No shell\n\
is involved. The jobs have no standard input.\n\
\n\
A job's output is held in memory and written when it ends, its standard error after its standard output.\n\
\n\
  -j N            run at most N jobs at once; 0: as many as there are processors, which is the default\n\
  -t DURATION     stop a job when it has run that long; 0: at once\n\
  -k DURATION     to stop: ask (SIGTERM, on Windows Ctrl-Break), and kill DURATION later; 1s unless given, 0: kill without\n\
                  asking\n\
  -C DIR          start them in DIR\n\
  -e NAME=VALUE   set a variable in their environment; may be repeated\n\
  --unset NAME    remove a variable from their environment; may be repeated\n\
  --clear-env     begin with an empty environment (Windows: SYSTEMROOT stays)\n\
  --tag           put its argument and a tab before each line of a job, and write each line as it comes; a line of more than\n\
                  1 MiB is several\n\
  --keep-order    write the output of the jobs in the order of the arguments\n\
  --halt          when a job fails, stop the others and start no more\n\
  --kill-tree     to stop a job is to stop all that it started, too\n\
  --json          print one JSON object a line for each job (below) instead of its output; not with --tag\n\
  --help          print this text\n\
\n\
DURATION is a number such as 2 or 0.1, followed by ms, s, m, h, d or nothing, which means seconds.\n\
\n\
Lines end with LF or CR LF and are at most 1 MiB long; an empty line is an empty argument. Each is read when a job may\n\
start, so what writes them may go on for ever; running jobs are looked after meanwhile, and a new line starts its job within\n\
20 ms. On Windows lines must be UTF-8.\n\
\n\
Exit status: 0 when every job exited with 0, else how many did not, 101 for more than 100; those that --halt stopped don't\n\
count. But 124 when a job timed out, 125 when subproc itself failed or was used wrongly, 128+N when it received signal N,\n\
on which it stops all. A job that can't be started is one that failed.\n\
\n\
--json prints {\"version\":1, \"number\":N, \"argument\":\"...\", \"command\":[...], \"exit\":{...}, ..., \"error\":null or {...}} when a\n\
job ends, with the members of 'subproc run --json'; \"number\" is that of its argument, from 0. Output is read as UTF-8 or\n\
the console's encoding, line by line; what is no text has \"base64\" instead of \"text\".\n";

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

static bool set_tag(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_crowd_settings *)settings)->tag = true;
    return true;
}

static bool set_keep_order(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_crowd_settings *)settings)->keep_order = true;
    return true;
}

static bool set_halt(void *settings, const char *option, const char *value)
{
    (void)option;
    (void)value;
    ((struct cli_crowd_settings *)settings)->halt = true;
    return true;
}

static const struct cli_option options[] = {
    {"-j", true, set_jobs},
    {"-t", true, cli_set_timeout},
    {"-k", true, cli_set_ask_wait},
    {"-C", true, cli_set_directory},
    {"-e", true, cli_set_variable},
    {"--unset", true, cli_unset_variable},
    {"--clear-env", false, cli_clear_environment},
    {"--tag", false, set_tag},
    {"--keep-order", false, set_keep_order},
    {"--halt", false, set_halt},
    {"--kill-tree", false, cli_set_tree},
    {"--json", false, cli_set_json},
    {NULL, false, NULL},
};
static const struct cli_syntax syntax = {
    .subcommand = "parallel", .help = help, .options = options, .needs_separator = true};

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
    return cli_crowd_run(settings, command, words);
}

int cli_parallel(char **words)
{
    struct cli_crowd_settings settings = {.most = 0};
    return cli_do(&syntax, &settings.common, words, run);
}
