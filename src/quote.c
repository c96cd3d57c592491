/* Joining words into one line that a given parser splits into the same words. */
#include "quote.h"

#include <stdbool.h>
#include <string.h>

#include "buffer.h"
#include "error.h"
#include "utf8.h"

/* Counts, and writes too when there is somewhere to write. */
struct sink {
    char *out;
    size_t size;
};

static void put(struct sink *sink, char byte)
{
    if (sink->out)
        sink->out[sink->size] = byte;
    sink->size++;
}

static void put_times(struct sink *sink, char byte, size_t times)
{
    while (times-- > 0)
        put(sink, byte);
}

static void put_text(struct sink *sink, const char *text)
{
    for (; *text; text++)
        put(sink, *text);
}

/* Only what no parser, globbing start-up code or shell treats specially goes without quotes. */
static bool is_plain(const char *word, const char *also)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+:./-";
    if (*word == 0)
        return false;
    for (; *word; word++)
        if (!strchr(plain, *word) && !strchr(also, *word))
            return false;
    return true;
}

/*
 * A word in double quotes, for the Microsoft C runtime: 2n backslashes before a quote are n backslashes and the quote is
 * syntax, 2n+1 are n and a literal quote, and backslashes before anything else are themselves; two quotes inside quotes are a
 * literal one. So a literal quote is written `\"` or `""`: `escape` is the first of the two.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 *
 *   a b      "a b"        a"b     "a\"b"      "a""b"
 *   a b\     "a b\\"      a\"b    "a\\\"b"    "a\\""b"
 */
static void put_quoted(struct sink *sink, const char *word, char escape, const char *after_percent)
{
    size_t backslashes = 0;
    put(sink, '"');
    for (; *word; word++) {
        if (*word == '"') {
            put_times(sink, '\\', backslashes);
            put(sink, escape);
        }
        put(sink, *word);
        if (*word == '%')
            put_text(sink, after_percent);
        backslashes = *word == '\\' ? backslashes + 1 : 0;
    }
    put_times(sink, '\\', backslashes);
    put(sink, '"');
}

size_t subproc_quote_argv_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    if (is_plain(word, "\\@%=,"))
        put_text(&sink, word);
    else
        put_quoted(&sink, word, '\\', "");
    return sink.size;
}

/*
 * cmd replaces variables first, in quotes too, and no caret helps: "%a^%" may name a variable "a^". So each "%" becomes
 * "%%cd:~,%". Outside batch files the first "%" of two stays, since no variable has an empty name, and "%cd:~,%" is no
 * character of a variable that always has a value: nothing.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/set, https://stackoverflow.com/a/7970912
 */
static const char cmd_after_percent[] = "%cd:~,%";

/* A line ends for cmd at a line feed; carriage returns are dropped, and Ctrl-Z is read as a line feed where a file is read.
 * https://stackoverflow.com/a/4095133 (phases 0 and 1.5) */
static const char cmd_unsayable[] = "\n\r\x1A";

/* Before a redirection a lone digit would be its number: "program %*>file". */
static bool is_plain_for_cmd(const char *word, const char *also)
{
    return is_plain(word, also) && !(strchr("0123456789", word[0]) && word[1] == 0);
}

/* The line is read by cmd, then by cmd once more as %* of the batch file, then by the C runtime. With `""` for a quote both
 * readings of cmd stay inside quotes, where only percent signs and line ends are special. */
size_t subproc_quote_batch_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    if (is_plain_for_cmd(word, "\\"))
        put_text(&sink, word);
    else
        put_quoted(&sink, word, '"', cmd_after_percent);
    return sink.size;
}

bool subproc_quote_batch_can_say(const char *word, size_t *offset)
{
    *offset = strcspn(word, cmd_unsayable);
    return word[*offset] == 0;
}

/* Whether `\"` for each quote does for cmd, which takes every quote for syntax: nothing that it acts on comes to stand outside
 * quotes, and the last quote ends them. */
static bool is_safe_with_backslash(const char *word)
{
    bool inside = true;
    for (; *word; word++) {
        if (*word == '"')
            inside = !inside;
        else if (!inside && strchr("&|<>()^", *word))
            return false;
    }
    return inside;
}

/*
 * A word after the first of a whole line. Every reader of command lines knows `\"`, so that is written where it is safe; else
 * `""`. Carets before each quote and sign would make `\"` do for any word, but only once: a name without its extension may
 * turn out to be a batch file (npm is npm.cmd), which reads the line again, without the carets.
 *
 *   say "hi"    "say \"hi\""        "&calc    """&calc"        50%    "50%%cd:~,%"
 */
static size_t cmd_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    if (is_plain_for_cmd(word, "\\"))
        put_text(&sink, word);
    else
        put_quoted(&sink, word, is_safe_with_backslash(word) ? '\\' : '"', cmd_after_percent);
    return sink.size;
}

/* What cmd reads as the beginning of a construct of its own, in which the rest would mean something else. */
static bool is_cmd_construct(const char *word)
{
    static const char *const names[] = {"call", "for", "if", "rem", "start"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t at = 0;
        while (names[i][at] && (word[at] | 0x20) == names[i][at])
            at++;
        if (names[i][at] == 0 && word[at] == 0)
            return true;
    }
    return false;
}

/*
 * The first word names the command. In quotes cmd takes it for a program, whatever it begins with; a dot, colon or slash without
 * quotes might end one of its own commands ("dir\x"). The C runtime takes backslashes here as they are, and no quote.
 */
static size_t cmd_first_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    bool quotes = strpbrk(word, "+:./\\") || !is_plain_for_cmd(word, "") || is_cmd_construct(word);
    if (quotes)
        put(&sink, '"');
    for (; *word; word++) {
        put(&sink, *word);
        if (*word == '%')
            put_text(&sink, cmd_after_percent);
    }
    if (quotes)
        put(&sink, '"');
    return sink.size;
}

/* The bytes of the single quote at `text`, 0: it is none. PowerShell takes U+2018 to U+201B for one. */
static size_t single_quote(const char *text)
{
    if (*text == '\'')
        return 1;
    return strncmp(text, "\xE2\x80", 2) == 0 && text[2] && strchr("\x98\x99\x9A\x9B", text[2]) ? 3 : 0;
}

/*
 * PowerShell: nothing is special between single quotes but the single quote, which is doubled; of the two characters the second
 * counts. https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules and
 * https://learn.microsoft.com/dotnet/api/system.management.automation.language.codegeneration.escapesinglequotedstringcontent
 */
static size_t powershell_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    put(&sink, '\'');
    for (; *word; word++) {
        for (size_t i = 0; i < single_quote(word); i++)
            put(&sink, word[i]);
        put(&sink, *word);
    }
    put(&sink, '\'');
    return sink.size;
}

/* sh: nothing is special between single quotes but the single quote, which is written '\''. POSIX XCU 2.2.2. */
size_t subproc_quote_sh_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    bool quotes = !is_plain(word, "@%=,");
    if (quotes)
        put(&sink, '\'');
    for (; *word; word++) {
        if (*word == '\'') {
            put(&sink, '\'');
            put(&sink, '\\');
            put(&sink, '\'');
        }
        put(&sink, *word);
    }
    if (quotes)
        put(&sink, '\'');
    return sink.size;
}

typedef size_t quote_word(const char *word, char *out);

/* How one target is written. */
struct rules {
    const char *reader;
    quote_word *first, *rest;
    const char *unsayable_first, *unsayable; /* bytes */
    bool unicode;                            /* it reads characters, so ill-formed UTF-8 means nothing there */
};

static const struct rules rules_of[] = {
    [SUBPROC_QUOTE_ARGV] = {"the C runtime", subproc_quote_argv_word, subproc_quote_argv_word, "", "", false},
    [SUBPROC_QUOTE_SH] = {"sh", subproc_quote_sh_word, subproc_quote_sh_word, "", "", false},
    [SUBPROC_QUOTE_BATCH] = {"a batch file", subproc_quote_batch_word, subproc_quote_batch_word, cmd_unsayable,
                             cmd_unsayable, true},
    [SUBPROC_QUOTE_CMD] = {"cmd", cmd_first_word, cmd_word, "\"\n\r\x1A", cmd_unsayable, true},
    [SUBPROC_QUOTE_POWERSHELL] = {"PowerShell", powershell_word, powershell_word, "", "", true},
};

static const struct rules *find_rules(enum subproc_quote_target target)
{
    size_t index = (size_t)target;
    return index < sizeof rules_of / sizeof *rules_of && rules_of[index].reader ? &rules_of[index] : NULL;
}

static const char *why_not(char byte)
{
    return byte == '"'                   ? "the name of a command can't hold a double quote"
           : strchr(cmd_unsayable, byte) ? "it would end the line"
                                         : "it is not UTF-8";
}

/* `number`: 1 is the first word. */
static int check_word(const struct rules *rules, const char *word, size_t number, struct subproc_error *error)
{
    size_t size = strlen(word), sayable = strcspn(word, number == 1 ? rules->unsayable_first : rules->unsayable),
           well_formed = rules->unicode ? subproc_utf8_check(word, size) : size,
           good = sayable < well_formed ? sayable : well_formed;
    if (good == size)
        return 0;
    return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "quote",
                             "cannot quote word %zu for %s: byte 0x%02X at offset %zu can't be passed: %s", number,
                             rules->reader, (unsigned)(unsigned char)word[good], good, why_not(word[good]));
}

static int append_word(struct subproc_buffer *line, quote_word *quote, const char *word, struct subproc_error *error)
{
    int result = line->size > 0 ? subproc_buffer_append(line, " ", 1) : 0;
    size_t size = quote(word, NULL);
    if (result == 0)
        result = subproc_buffer_reserve(line, size);
    if (result < 0)
        return subproc_error_say(error, result, "quote", "cannot quote: %s", subproc_strerror(result));
    line->size += quote(word, line->bytes + line->size);
    return 0;
}

int subproc_quote(enum subproc_quote_target target, const char *const *words, char **line, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_buffer joined = {0};
    if (!line)
        return subproc_error_say(error, SUBPROC_E_INVALID, "quote", "there is no place for the quoted line");
    *line = NULL;
    const struct rules *rules = find_rules(target);
    if (!rules || !words)
        return subproc_error_say(error, SUBPROC_E_INVALID, "quote", "cannot quote: %s",
                                 rules ? "there are no words" : "unknown target");
    int result = subproc_buffer_reserve(&joined, 0);
    if (result < 0)
        subproc_error_say(error, result, "quote", "cannot quote: %s", subproc_strerror(result));
    for (size_t i = 0; result == 0 && words[i]; i++) {
        result = check_word(rules, words[i], i + 1, error);
        if (result == 0)
            result = append_word(&joined, i == 0 ? rules->first : rules->rest, words[i], error);
    }
    if (result < 0) {
        subproc_buffer_free(&joined);
        return result;
    }
    joined.bytes[joined.size] = 0;
    *line = joined.bytes;
    return 0;
}
