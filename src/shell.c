/* What is started: a command as it stands, or a shell with a script. */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "options.h"
#include "os.h"

static enum subproc_shell shell_of(const struct subproc_options *options)
{
    if (options->shell != SUBPROC_SHELL_DEFAULT)
        return options->shell;
    return subproc_os_traits.has_cmd ? SUBPROC_SHELL_CMD : SUBPROC_SHELL_SH;
}

const char *subproc_shell_name(const struct subproc_options *options)
{
    switch (shell_of(options)) {
    case SUBPROC_SHELL_SH:
        return subproc_os_traits.sh;
    case SUBPROC_SHELL_CMD:
        return "cmd.exe";
    case SUBPROC_SHELL_POWERSHELL:
        return "powershell";
    case SUBPROC_SHELL_PWSH:
        return "pwsh";
    default:
        return NULL;
    }
}

static int append(struct subproc_buffer *buffer, const char *text)
{
    return subproc_buffer_append(buffer, text, strlen(text));
}

static int no_memory(struct subproc_error *error)
{
    return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "shell", 0);
}

/* ---- cmd -------------------------------------------------------------------------------------------------------- */

/* https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation */
enum { CMD_LIMIT = 8191 };

/* UTF-16 units of well-formed UTF-8. */
static size_t units(const char *text)
{
    size_t count = 0;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        count += byte >= 0xF0 ? 2 : (byte & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}

static int check_cmd(const char *script, struct subproc_error *error)
{
    if (!subproc_os_traits.has_cmd)
        return subproc_error_say(error, SUBPROC_E_NOT_FOUND, "exec", "there is no cmd on this system");
    size_t first = strcspn(script, "\r\n");
    if (script[first])
        return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "shell",
                                 "its script has a line end at offset %u, and cmd would drop what follows: join commands "
                                 "with '&', or use a batch file",
                                 (unsigned)first);
    return 0;
}

/* The system's own: a cmd.exe that comes first in PATH may be anyone's. */
static int system_cmd(struct subproc_buffer *path, struct subproc_error *error)
{
    char *directory = NULL;
    int result = subproc_os_default_path(&directory, error);
    if (result < 0)
        return result;
    result = append(path, directory);
    if (result == 0)
        result = subproc_buffer_append(path, subproc_os_traits.directory_separators, 1);
    if (result == 0)
        result = append(path, "cmd.exe");
    free(directory);
    if (result < 0)
        return no_memory(error);
    path->bytes[path->size] = 0;
    return 0;
}

/*
 * /s takes the first and the last quote away and leaves everything between them as it is; /d: no commands from the registry
 * first. https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
static int prepare_cmd(struct subproc_shell_start *start, const char *script, struct subproc_error *error)
{
    int result = 0;
    if (!start->program) {
        result = system_cmd(&start->path, error);
        start->program = start->path.bytes;
    }
    if (result < 0)
        return result;
    const char *const parts[] = {"\"", start->program, "\" /d /s /c \"", script, "\""};
    for (size_t i = 0; result == 0 && i < sizeof parts / sizeof *parts; i++)
        result = append(&start->text, parts[i]);
    if (result < 0)
        return no_memory(error);
    start->text.bytes[start->text.size] = 0;
    start->command_line = start->text.bytes;
    if (units(start->command_line) > CMD_LIMIT)
        return subproc_error_say(error, SUBPROC_E_TOO_LONG, "shell",
                                 "its command line has %u UTF-16 units, and cmd takes %d in all",
                                 (unsigned)units(start->command_line), CMD_LIMIT);
    return 0;
}

/* ---- PowerShell --------------------------------------------------------------------------------------------------- */

/*
 * The script comes in a variable and this text, which has no double quote in it, as -Command. -EncodedCommand would make
 * CLIXML of stderr, allow some 12,000 characters, flatten the status of a native program to 1 and say nothing about an
 * unfinished script; -File needs a file and gives 0 after a failed last statement.
 *
 * $? must be read inside the script (after `& $b` it is always true), so that is its last line; a script with named blocks
 * has no place for one. Out-Default finishes tables before the exit and leaves a native program's bytes alone.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_pwsh
 */
static const char take_script[] = "$s=$env:SUBPROC_SCRIPT;$env:SUBPROC_SCRIPT=$null;$global:LASTEXITCODE=0;"
                                  "if($PSStyle){$PSStyle.OutputRendering='PlainText'};";
/* Sets the page of a console that is shared, for everyone there and for good. Without a byte order mark, which
 * [Text.Encoding]::UTF8 would write. */
static const char speak_utf8[] = "try{[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false)}catch{};";
static const char parse_script[] =
    "try{$b=[scriptblock]::Create($s);if($b.Ast.EndBlock.Unnamed){"
    "$b=[scriptblock]::Create($s+[char]10+';$global:subproc=@($?,$global:LASTEXITCODE)')}}"
    "catch{[Console]::Error.WriteLine($_.Exception.InnerException.Message);exit 1};$global:subproc=@($true,0);";
/* Fills the script's $input; everything is read before it starts, so a program in it would find nothing there. */
static const char give_input[] = "$input|";
static const char run_script[] = "& $b|Out-Default;if(-not $subproc[0]){if($subproc[1]){exit $subproc[1]};exit 1}";

static const char variable_name[] = "SUBPROC_SCRIPT=";

static bool starts_with(const char *text, const char *lower)
{
    for (; *lower; text++, lower++)
        if ((*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text) != *lower)
            return false;
    return true;
}

/* Above ASCII all counts but the blanks U+0085, U+00A0 and U+3000, and U+2000 to U+203F: blanks, dashes and quotes. */
static bool goes_on(const char *rest)
{
    static const char *const ends[] = {"\xC2\x85", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80"};
    char first = *rest;
    if ((unsigned char)first < 0x80)
        return (first >= '0' && first <= '9') || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') ||
               first == '_' || first == '?' || (first == ':' && rest[1] != ':');
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strncmp(rest, ends[i], strlen(ends[i])) == 0)
            return false;
    return true;
}

/* An odd number of backticks takes the meaning from what follows. */
static bool is_escaped(const char *script, const char *at)
{
    bool escaped = false;
    while (at > script && *--at == '`')
        escaped = !escaped;
    return escaped;
}

/*
 * Whether the variable stands anywhere in the script, strings and comments included.
 *   yes: $input  ${input}  $INPUT.Count  "<$input>"  $input::x       no: $inputs  $input_1  $input:x  `$input  $my_input
 */
static bool names_input(const char *script)
{
    for (const char *at = script; (at = strchr(at, '$')) != NULL; at++)
        if ((starts_with(at, "${input}") || (starts_with(at, "$input") && !goes_on(at + 6))) && !is_escaped(script, at))
            return true;
    return false;
}

static int write_text(struct subproc_buffer *text, const char *script, bool own_console)
{
    const char *const parts[] = {take_script, own_console ? speak_utf8 : "", parse_script,
                                 names_input(script) ? give_input : "", run_script};
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof parts / sizeof *parts; i++)
        result = append(text, parts[i]);
    if (result == 0)
        text->bytes[text->size] = 0;
    return result;
}

/* The caller's changes, then the variable. */
static int add_variable(struct subproc_shell_start *start, const char *script)
{
    size_t count = 0;
    while (start->environment.changes && start->environment.changes[count])
        count++;
    start->changes = calloc(count + 2, sizeof *start->changes);
    int result = start->changes ? append(&start->variable, variable_name) : SUBPROC_E_NO_MEMORY;
    if (result == 0)
        result = append(&start->variable, script);
    if (result < 0)
        return result;
    start->variable.bytes[start->variable.size] = 0;
    for (size_t i = 0; i < count; i++)
        start->changes[i] = start->environment.changes[i];
    start->changes[count] = start->variable.bytes;
    start->environment.changes = start->changes;
    return 0;
}

/* A console of its own, so that its code page is its own too; but it can't leave one that it writes to. */
static int prepare_powershell(struct subproc_shell_start *start, const char *script, const subproc_handle streams[3],
                              struct subproc_error *error)
{
    start->own_console = !subproc_os_shares_console(streams);
    if (write_text(&start->text, script, start->own_console) < 0 || add_variable(start, script) < 0)
        return no_memory(error);
    start->words[4] = start->text.bytes;
    size_t limit;
    const char *unit;
    if (subproc_os_variable_fits(start->variable.bytes, &limit, &unit))
        return 0;
    return subproc_error_say(error, SUBPROC_E_TOO_LONG, "shell",
                             "its script is too long for the variable that carries it: with its name '%s' that has "
                             "%zu %s at most",
                             variable_name, limit, unit);
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

/* A script that begins like an option would be taken for one.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html */
static size_t sh_words(const char *script, const char *words[SUBPROC_SHELL_WORDS])
{
    size_t count = 1;
    words[count++] = "-c";
    if (*script == '-' || *script == '+')
        words[count++] = "--";
    words[count++] = script;
    return count;
}

static size_t powershell_words(const char *words[SUBPROC_SHELL_WORDS])
{
    words[1] = "-NoProfile";
    words[2] = "-NonInteractive";
    words[3] = "-Command";
    return 4;
}

void subproc_shell_words(const char *script, const struct subproc_options *options, const char *words[SUBPROC_SHELL_WORDS])
{
    size_t count = 1;
    words[0] = options->program ? options->program : subproc_shell_name(options);
    switch (shell_of(options)) {
    case SUBPROC_SHELL_SH:
        count = sh_words(script, words);
        break;
    case SUBPROC_SHELL_POWERSHELL:
    case SUBPROC_SHELL_PWSH:
        count = powershell_words(words);
        break;
    default:
        break;
    }
    for (; count < SUBPROC_SHELL_WORDS; count++)
        words[count] = NULL;
}

int subproc_shell_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    if (options->shell < SUBPROC_SHELL_NONE || options->shell > SUBPROC_SHELL_PWSH)
        return subproc_error_say(error, SUBPROC_E_INVALID, "shell", "unknown shell");
    if (options->shell == SUBPROC_SHELL_NONE)
        return 0;
    if (argv[1])
        return subproc_error_say(error, SUBPROC_E_INVALID, "shell", "a shell takes one word, the script");
    if (options->win32.command_line)
        return subproc_error_say(error, SUBPROC_E_INVALID, "shell", "'win32.command_line' can't be combined with a shell");
    return shell_of(options) == SUBPROC_SHELL_CMD ? check_cmd(argv[0], error) : 0;
}

int subproc_shell_prepare(const char *const *argv, const struct subproc_options *options, const subproc_handle streams[3],
                          struct subproc_shell_start *start, struct subproc_error *error)
{
    *start = (struct subproc_shell_start){.argv = argv,
                                          .program = subproc_options_program(argv, options),
                                          .command_line = options->win32.command_line,
                                          .environment = options->environment};
    if (options->shell == SUBPROC_SHELL_NONE)
        return 0;
    subproc_shell_words(argv[0], options, start->words);
    start->argv = start->words;
    switch (shell_of(options)) {
    case SUBPROC_SHELL_CMD:
        start->program = options->program;
        return prepare_cmd(start, argv[0], error);
    case SUBPROC_SHELL_POWERSHELL:
    case SUBPROC_SHELL_PWSH:
        return prepare_powershell(start, argv[0], streams, error);
    default:
        return 0;
    }
}

void subproc_shell_free(struct subproc_shell_start *start)
{
    free(start->changes);
    subproc_buffer_free(&start->path);
    subproc_buffer_free(&start->text);
    subproc_buffer_free(&start->variable);
}
