/* The models of parsers.h. */
#include "parsers.h"

#include <stdlib.h>
#include <string.h>

static void append(struct parsed *text, const char *bytes, size_t size)
{
    if (text->capacity < text->size + size + 1) {
        text->capacity = 2 * (text->size + size) + 64;
        text->bytes = realloc(text->bytes, text->capacity);
        if (!text->bytes)
            abort();
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = 0;
}

static void append_byte(struct parsed *text, char byte)
{
    append(text, &byte, 1);
}

static void end_word(struct parsed *words)
{
    append_byte(words, 0);
}

static void empty(struct parsed *text)
{
    text->size = 0;
    append(text, "", 0);
}

void parsed_free(struct parsed *text)
{
    free(text->bytes);
    *text = (struct parsed){0};
}

/* ---- the Microsoft C runtime: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments --------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *program_name(const char *at, struct parsed *words)
{
    bool quoted = false;
    for (; *at && (quoted || !is_blank(*at)); at++) {
        if (*at == '"')
            quoted = !quoted;
        else
            append_byte(words, *at);
    }
    end_word(words);
    return at;
}

static const char *backslashes(const char *at, struct parsed *words)
{
    size_t count = strspn(at, "\\"), literal = at[count] == '"' ? count / 2 : count;
    for (size_t i = 0; i < literal; i++)
        append_byte(words, '\\');
    at += count;
    if (*at == '"' && count % 2 == 1)
        append_byte(words, *at++);
    return at;
}

static const char *quote_mark(const char *at, enum parse_doubled doubled, bool *quoted, struct parsed *words)
{
    if (!*quoted || at[1] != '"' || doubled == PARSE_NOTHING) {
        *quoted = !*quoted;
        return at + 1;
    }
    append_byte(words, '"');
    *quoted = doubled == PARSE_GOES_ON;
    return at + 2;
}

static const char *argument(const char *at, enum parse_doubled doubled, struct parsed *words)
{
    bool quoted = false;
    while (*at && (quoted || !is_blank(*at))) {
        if (*at == '\\')
            at = backslashes(at, words);
        else if (*at == '"')
            at = quote_mark(at, doubled, &quoted, words);
        else
            append_byte(words, *at++);
    }
    end_word(words);
    return at;
}

void parse_argv(const char *line, enum parse_doubled doubled, bool program, struct parsed *words)
{
    empty(words);
    if (program)
        line = program_name(line, words);
    for (line += strspn(line, " \t"); *line; line += strspn(line, " \t"))
        line = argument(line, doubled, words);
}

/* ---- sh: POSIX XCU 2.2 and 2.6 ------------------------------------------------------------------------------------- */

/* One part of a word; NULL when it isn't literal. */
static const char *sh_part(const char *at, struct parsed *words)
{
    if (*at == '\'') {
        const char *end = strchr(at + 1, '\'');
        if (end)
            append(words, at + 1, (size_t)(end - at - 1));
        return end ? end + 1 : NULL;
    }
    if (*at == '\\') {
        if (at[1] == 0 || at[1] == '\n') /* would vanish */
            return NULL;
        at++;
    } else if (strchr("|&;<>()$`\"\t\n*?[#~!{}", *at)) {
        return NULL;
    }
    append_byte(words, *at);
    return at + 1;
}

bool parse_sh(const char *line, struct parsed *words)
{
    empty(words);
    for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
        while (line && *line && *line != ' ')
            line = sh_part(line, words);
        if (!line)
            return false;
        end_word(words);
    }
    return true;
}

/* ---- PowerShell: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules -- */

/* ', and the characters that its specification takes for one: U+2018 to U+201B. The bytes, 0: none.
 * https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02#2352-string-literals */
static size_t single_quote(const char *at)
{
    static const char *const quotes[] = {"'", "\u2018", "\u2019", "\u201A", "\u201B"};
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        if (strncmp(at, quotes[i], strlen(quotes[i])) == 0)
            return strlen(quotes[i]);
    return 0;
}

/* What stands after the string that begins at `at`; NULL: none does, or it stays open. Of two quotes the second counts. */
static const char *verbatim_string(const char *at, struct parsed *words)
{
    size_t size = single_quote(at);
    if (size == 0)
        return NULL;
    for (at += size; *at; at += size) {
        size = single_quote(at);
        if (size > 0) {
            at += size;
            size = single_quote(at);
            if (size == 0)
                return at;
        } else {
            size = 1;
        }
        append(words, at, size);
    }
    return NULL;
}

bool parse_powershell(const char *line, struct parsed *words)
{
    empty(words);
    for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
        line = verbatim_string(line, words);
        if (!line || (*line && *line != ' '))
            return false;
        end_word(words);
    }
    return true;
}

/*
 * ---- cmd ------------------------------------------------------------------------------------------------------------
 * Its documentation says what the signs and variables mean:
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd and .../set. In which order and with which
 * exceptions it reads a line was found by experiment, and is written down in https://stackoverflow.com/a/4095133 (the
 * phases) and https://stackoverflow.com/a/7970912 (variables), whose numbers are used here.
 */

static const struct variable {
    const char *name, *value;
} some_variables[] = {
    {"cd", "C:\\here&there"},
    {"CMDCMDLINE", "cmd.exe /d /s /c \"program\""},
    {"PATH", "C:\\bin;\"C:\\a & b\""},
    {"a", "\"&evil"},
    {"a^", "\" | evil \""},
};

/* Names ignore case. */
static bool is_name(const char *name, const char *text, size_t size)
{
    for (; size > 0 && *name; name++, text++, size--) {
        char a = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name,
             b = *text >= 'a' && *text <= 'z' ? (char)(*text - 32) : *text;
        if (a != b)
            return false;
    }
    return size == 0 && *name == 0;
}

/* No variable has an empty name. */
static const char *value_of(const char *name, size_t size, enum parse_variables variables)
{
    for (size_t i = 0; i < sizeof some_variables / sizeof *some_variables; i++)
        if (is_name(some_variables[i].name, name, size))
            return some_variables[i].value;
    return size > 0 && variables == PARSE_ALL_VARIABLES ? "\"&evil" : NULL;
}

static const char *skip_integer(const char *at)
{
    at += *at == '-' || *at == '+';
    return at + strspn(at, "0123456789");
}

/* The offset that `number` means in a value of `size` bytes: negative ones count from its end. */
static size_t clamp(long number, size_t size)
{
    if (number >= 0)
        return (size_t)number < size ? (size_t)number : size;
    return (size_t)-number < size ? size - (size_t)-number : 0;
}

/* "~START,LENGTH%": appends that part of `value` and returns what follows; NULL when it isn't that. */
static const char *substring(const char *at, const char *value, struct parsed *text)
{
    const char *start = at + 1, *comma = skip_integer(start), *end = *comma == ',' ? skip_integer(comma + 1) : comma;
    if (*at != '~' || *end != '%')
        return NULL;
    size_t size = strlen(value), from = clamp(strtol(start, NULL, 10), size), to = size;
    if (*comma == ',') {
        long length = strtol(comma + 1, NULL, 10);
        to = length < 0 ? clamp(length, size) : from + clamp(length, size - from);
    }
    if (to > from)
        append(text, value + from, to - from);
    return end + 1;
}

/* "SEARCH=REPLACE%". That the value was changed matters no more than that it came in, so it comes in as it is. */
static const char *replaced(const char *at, const char *value, struct parsed *text)
{
    const char *equals = strchr(at, '='), *end = equals ? strchr(equals, '%') : NULL;
    if (!end || equals == at || memchr(at, '\n', (size_t)(end - at)))
        return NULL;
    append(text, value, strlen(value));
    return end + 1;
}

struct percent {
    bool batch;
    const char *arguments; /* what %* stands for in a batch file */
    enum parse_variables variables;
    bool failed;
};

/* Phase 1.3, after the "%": appends what the variable stands for and returns what follows it; NULL: it is no variable. */
static const char *expanded(struct percent *percent, const char *name, struct parsed *text)
{
    size_t size = strcspn(name, "%:\n");
    if (name[size] == ':' && name[size + 1] == '%')
        size++;
    const char *value = value_of(name, size, percent->variables), *end = name + size;
    if (*end == '%' && value) {
        append(text, value, strlen(value));
        return end + 1;
    }
    if (*end == '%' || *end == ':') {
        if (!value)
            return percent->batch ? end + 1 : NULL;
        const char *after = substring(end + 1, value, text);
        if (!after && (end[1] == '=' || strncmp(end + 1, "*=", 2) == 0))
            percent->failed = true;
        return after || percent->failed ? after : replaced(end + 1, value, text);
    }
    return NULL;
}

/* Phase 1. What comes in is not looked at again. False: cmd gives up. */
static bool expand(struct percent *percent, const char *line, struct parsed *text)
{
    empty(text);
    while (*line && !percent->failed) {
        if (*line != '%') {
            append_byte(text, *line++);
        } else if (percent->batch && line[1] == '%') {
            append_byte(text, '%');
            line += 2;
        } else if (percent->batch && line[1] == '*') {
            append(text, percent->arguments, strlen(percent->arguments));
            line += 2;
        } else {
            const char *after = expanded(percent, line + 1, text);
            if (!after && !percent->batch)
                append_byte(text, '%');
            line = after ? after : line + 1;
        }
    }
    return !percent->failed;
}

static const char delimiters[] = " \t,;=\v\f";

/* The bytes of the first word, quotes left in. */
static size_t first_word(const char *line)
{
    bool quoted = false;
    size_t size = 0;
    for (; line[size] && (quoted || !strchr(delimiters, line[size])); size++)
        quoted = quoted != (line[size] == '"');
    return size;
}

static bool is_among(const char *const *names, const char *text, size_t size)
{
    while (*names && !is_name(*names, text, size))
        names++;
    return *names != NULL;
}

/* Phases 2 and 7: keywords and cmd's own commands, which a quoted name is none of. Those that read the rest in a way of their own
 * count always, the others when they end before the word does. */
static bool is_construct(const char *line)
{
    static const char *const readers[] = {"call", "for", "if", "rem", "start", NULL};
    static const char *const own[] = {
        "assoc", "break",    "cd",    "chdir",  "cls",   "color",  "copy", "date",   "del",   "dir",    "dpath",
        "echo",  "endlocal", "erase", "exit",   "ftype", "goto",   "keys", "md",     "mkdir", "mklink", "move",
        "path",  "pause",    "popd",  "prompt", "pushd", "rd",     "ren",  "rename", "rmdir", "set",    "setlocal",
        "shift", "time",     "title", "type",   "ver",   "verify", "vol",  NULL,
    };
    size_t size = first_word(line), name = strcspn(line, " \t,;=\v\f+.:/\\[]\"");
    if (size == 0)
        return *line != 0; /* delimiters first, which are passed over */
    if (strchr("@:()", *line) || (size == 2 && line[1] == ':'))
        return true;
    return is_among(readers, line, name) || (name < size && is_among(own, line, name));
}

/* Phase 2 without quotes. */
static enum parse_cmd_result sign(char c)
{
    return c == '&' || c == '|'   ? PARSE_CMD_SECOND
           : c == '<' || c == '>' ? PARSE_CMD_REDIRECTION
           : c == '(' || c == ')' ? PARSE_CMD_BLOCK
                                  : PARSE_CMD_OK;
}

/* Phase 1.5. */
static void drop_returns(struct parsed *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->size; i++)
        if (text->bytes[i] != '\r')
            text->bytes[kept++] = text->bytes[i];
    text->size = kept;
    text->bytes[kept] = 0;
}

/* Phase 2 of a line that is one command, whose text is given. An open quote is no error: it reaches to the end. */
static enum parse_cmd_result read_command(const char *line, struct parsed *command)
{
    enum parse_cmd_result result = is_construct(line) ? PARSE_CMD_CONSTRUCT : PARSE_CMD_OK;
    bool quoted = false;
    empty(command);
    for (; *line && result == PARSE_CMD_OK; line++) {
        bool escaped = !quoted && *line == '^';
        if (escaped && *++line == 0)
            break;
        if (*line == '\n' || *line == '\x1A')
            result = PARSE_CMD_LINE_END;
        else if (!quoted && !escaped)
            result = sign(*line);
        if (*line == '"' && !escaped)
            quoted = !quoted;
        append_byte(command, *line);
    }
    return result;
}

static enum parse_cmd_result read_line(struct percent *percent, const char *line, struct parsed *command)
{
    struct parsed text = {0};
    enum parse_cmd_result result = PARSE_CMD_SYNTAX;
    if (expand(percent, line, &text)) {
        drop_returns(&text);
        result = read_command(text.bytes, command);
    }
    parsed_free(&text);
    return result;
}

enum parse_cmd_result parse_cmd(const char *line, const char *in_batch, enum parse_variables variables,
                                struct parsed *words)
{
    struct parsed command = {0}, inner = {0};
    struct percent percent = {.variables = variables}, batch = {.variables = variables, .batch = true};
    enum parse_cmd_result result = read_line(&percent, line, &command);
    empty(words);
    if (result == PARSE_CMD_OK && in_batch) {
        batch.arguments = command.bytes + first_word(command.bytes);
        batch.arguments += strspn(batch.arguments, delimiters);
        result = read_line(&batch, in_batch, &inner);
    }
    if (result == PARSE_CMD_OK)
        parse_argv(in_batch ? inner.bytes : command.bytes, PARSE_GOES_ON, true, words);
    parsed_free(&command);
    parsed_free(&inner);
    return result;
}
