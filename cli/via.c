/* A launcher before the command (`--via`), which starts it somewhere else. */
#include "via.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "output.h"
#include "split.h"

/* With a connection that several commands share the far side keeps no process for each that would end with it. An -S in
 * the launcher's words comes later and counts. */
#define OWN_CONNECTION "-oControlPath=none"

/* What the far shell runs around a command, since sshd tells it nothing when the connection is lost (OpenSSH 9.2,
 * session.c: only a pty is hung up): the command must not outlive that, its input must be the connection's and its status
 * ours.
 * Beside it a second shell looks each second whether the server's process is still there. When it isn't, it asks all of
 * this process group to end, and kills what is left of them when the command has ended, or $1 seconds later; the first
 * shell stays to tell that. sshd has made the group: we lead it and the server is our parent, unless something stands
 * between (sudo, a shell that doesn't exec its last command), whose place ps tells. A parent that is 1 at once is what an
 * orphan has: the server went away before we began. A server that we may not signal can't be watched.
 * The second shell holds none of the streams; it ends with us, or within a second of us when we are killed. */
#define WATCH                                                                                                              \
    "k=$1; shift; trap : TERM; g=$$; s=$PPID; "                                                                            \
    "kill -0 -$$ 2>/dev/null || { g=$(ps -o pgid= -p $$); s=$(ps -o ppid= -p $((g))); }; [ $((s)) != 1 ] || exit 255; "    \
    "if kill -0 $s 2>/dev/null; then (trap - TERM; while kill -0 $s; do sleep 1; kill -0 $$ || exit; done; "               \
    "trap \"\" TERM; kill -TERM -$((g)); while kill -0 $$ && [ $((k-=1)) -ge 0 ]; do sleep 1; done; kill -KILL -$((g))) "  \
    "</dev/null >/dev/null 2>&1 & fi; "                                                                                    \
    "(exec \"$@\"); r=$?; kill $! 2>/dev/null; exit $r"

/* The library's sentences name a command by this many bytes at most, so none gets past it. */
#define MOST_NAMED 300
_Static_assert(sizeof WATCH > MOST_NAMED, "a sentence may end behind it");

static const char *const yes_or_no[] = {"yes", "no", NULL};

static bool set_via(void *settings, const char *option, const char *value)
{
    struct cli_settings *common = settings;
    const char *wrong = NULL;
    free(common->via.launcher);
    common->via.launcher = cli_split(value, &wrong);
    if (common->via.launcher == NULL)
        cli_complain("%s: %s can't be '%s': %s", common->subcommand, option, value, wrong);
    return common->via.launcher != NULL;
}

static bool set_via_shell(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct cli_settings *)settings)->via.shell =
        value == NULL || cli_choice(yes_or_no, value) == 0 ? CLI_VIA_SHELL_YES : CLI_VIA_SHELL_NO;
    return true;
}

const struct cli_option cli_via_options[] = {
    {"--via", "WORDS",
     "put a launcher before the command, which starts it somewhere else, such as \"ssh host\" (see below). Blanks part "
     "WORDS; '...', \"...\" and a backslash before a blank, a quote or a backslash keep them together",
     set_via},
    {"--via-shell", "yes|no",
     "the launcher joins its words into a line for a far shell, so each word of the command is quoted for sh; by "
     "itself yes for ssh, else no",
     set_via_shell, .may_lack_value = true, .choices = yes_or_no},
    {NULL},
};

const char cli_via_text[] =
    "What --via names is started here, with the words of the command behind its own: -C, -e, --unset and --clear-env "
    "are for it and not for the far command (\"ssh host env A=B\" is). Input, output and exit status are what it passes "
    "on; 127 is said for a launcher that is missing, too. 'run -s' has the far sh run its script; 'parallel' fills each "
    "{} in WORDS, too.\n\n"
    "To stop a command is to stop its launcher, which needs time to stop the far one: so -k can't be 0, and is 10s unless "
    "given.";

const struct cli_row cli_via_rows[] = {
    {"srun",
     "cancels its step when it is asked to end; killed outright it can leave it running. It sends whole lines on (-u: "
     "what there is), and tells a failed step in a line of its own, with --quiet too"},
    {"ssh",
     "is given a line that is a short sh script around the command, as sshd tells nothing to what it has started: "
     "within a second of the connection's end it asks the command's process group to end, and kills it after the time "
     "of -k, in whole seconds. The far login shell must read words as sh does. 255 is ssh's own failure, too. Nothing "
     "is noticed when the network just falls silent (but by sshd's ClientAliveInterval), nor in a connection that "
     "commands share: so none is shared unless -S is in WORDS"},
    {"docker exec", "tells its command nothing when it is stopped: give it a limit there (\"docker exec box timeout 60\")"},
    {NULL},
};

/* ---- the words ------------------------------------------------------------------------------------------------------ */

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool is_ssh(const char *program)
{
    const char *name = program + strlen(program);
    while (name > program && !is_separator(name[-1]))
        name--;
    return strcmp(name, "ssh") == 0 || strcmp(name, "ssh.exe") == 0;
}

static bool needs_line(const struct cli_via *via, const char *program)
{
    return via->shell == CLI_VIA_SHELL_YES || (via->shell == CLI_VIA_SHELL_IF_SSH && is_ssh(program));
}

static bool check(const struct cli_settings *settings)
{
    const struct cli_via *via = &settings->via;
    const char *name = settings->subcommand;
    if (via->launcher == NULL && via->shell != CLI_VIA_SHELL_IF_SSH)
        cli_complain("%s: --via-shell is for a launcher, and there is no --via (see 'subproc %s --help')", name, name);
    else if (via->launcher != NULL && settings->options.stop.ask_wait <= 0)
        cli_complain("%s: -k can't be 0 with --via: a launcher that is killed without being asked leaves the far command "
                     "running",
                     name);
    else if (via->launcher != NULL && settings->options.shell > SUBPROC_SHELL_SH)
        cli_complain("%s: with --via a script can only be for sh", name);
    else
        return true;
    return false;
}

static char **add(char **next, char **words)
{
    while (*words != NULL)
        *next++ = *words++;
    return next;
}

/* The launcher's words into `next`, which is returned behind them. */
static char **add_launcher(struct cli_via *via, char **next)
{
    static char *own_connection[] = {OWN_CONNECTION, NULL};
    char **words = via->launcher;
    via->in_line = needs_line(via, *words);
    *next++ = *words++;
    if (via->in_line && is_ssh(*via->launcher))
        next = add(next, own_connection);
    next = add(next, words);
    return next;
}

char **cli_via_words(struct cli_settings *settings, char **command)
{
    static char *script[] = {"sh", "-c", NULL};
    struct cli_via *via = &settings->via;
    if (!check(settings))
        return NULL;
    size_t launcher = via->launcher != NULL ? cli_count_words(via->launcher) : 0;
    char **words = calloc(launcher + cli_count_words(command) + 4, sizeof *words);
    if (words == NULL) {
        cli_complain("%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
        return NULL;
    }
    char **next = launcher > 0 ? add_launcher(via, words) : words;
    via->before = (size_t)(next - words);
    if (launcher > 0 && settings->options.shell != SUBPROC_SHELL_NONE) {
        settings->options.shell = SUBPROC_SHELL_NONE;
        next = add(next, script);
    }
    add(next, command);
    return words;
}

/* ---- the line ------------------------------------------------------------------------------------------------------- */

static int no_memory(struct subproc_error *error)
{
    *error = (struct subproc_error){.code = SUBPROC_E_NO_MEMORY, .step = "start"};
    snprintf(error->message, sizeof error->message, "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    return SUBPROC_E_NO_MEMORY;
}

/* Has the words behind the launcher's become the line for the far shell. */
static int join(const char **words, char **line, struct subproc_error *error)
{
    int result = subproc_quote(SUBPROC_QUOTE_SH, words, line, error);
    words[0] = *line;
    words[1] = NULL;
    return result;
}

int cli_via_begin(const struct cli_settings *settings, char **words, struct cli_via_start *start,
                  struct subproc_error *error)
{
    char seconds[24];
    const char *const watch[] = {"sh", "-c", WATCH, "sh", seconds};
    size_t before = settings->via.before, count = cli_count_words(words);
    *start = (struct cli_via_start){.argv = (const char *const *)words};
    if (!settings->via.in_line)
        return 0;
    start->own = calloc(count + sizeof watch / sizeof *watch + 1, sizeof *start->own);
    if (start->own == NULL)
        return no_memory(error);
    snprintf(seconds, sizeof seconds, "%" PRId64, (settings->options.stop.ask_wait - 1) / 1000 + 1);
    const char **next = start->own;
    for (size_t i = 0; i < before; i++)
        *next++ = words[i];
    memcpy(next, watch, sizeof watch);
    next += sizeof watch / sizeof *watch;
    for (size_t i = before; i < count; i++)
        *next++ = words[i];
    start->argv = start->own;
    return join(start->own + before, &start->line, error);
}

/* Where the part of a sentence that is the script begins, and how long it is; NULL: it has none. */
static const char *find_watch(const char *message, size_t *size)
{
    static const char script[] = " sh -c '" WATCH;
    const char *begin = strstr(message, " sh -c 'k=$1; ");
    for (*size = 0; begin != NULL && begin[*size] == script[*size] && script[*size] != '\0';)
        ++*size;
    return begin;
}

/* At most MOST_NAMED bytes of them, cut at a character. */
static void list_words(char *list, char **words)
{
    size_t size = 0;
    for (; *words != NULL && size < MOST_NAMED; words++)
        size += (size_t)snprintf(list + size, MOST_NAMED + 1 - size, " %s", *words);
    if (size <= MOST_NAMED)
        return;
    for (size = MOST_NAMED; ((unsigned char)list[size - 1] & 0xC0) == 0x80;)
        size--;
    list[size - 1] = '\0';
}

void cli_via_name(const struct cli_via *via, char **words, struct subproc_error *error)
{
    char list[MOST_NAMED + 1], message[sizeof error->message + MOST_NAMED];
    size_t size = 0;
    const char *script = via->in_line ? find_watch(error->message, &size) : NULL;
    if (script == NULL)
        return;
    list_words(list, words + via->before);
    snprintf(message, sizeof message, "%.*s%s%s", (int)(script - error->message), error->message, list, script + size);
    snprintf(error->message, sizeof error->message, "%.*s", (int)(sizeof error->message - 1), message);
}

void cli_via_end(struct cli_via_start *start)
{
    free(start->own);
    subproc_free_string(start->line);
}
