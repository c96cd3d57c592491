/* Joining words into one line that a given parser splits into the same words. */
#include "quote.h"

#include <stdbool.h>
#include <string.h>

#include "buffer.h"
#include "error.h"

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
 * The Microsoft C runtime: 2n backslashes before a quote are n backslashes and the quote is syntax, 2n+1 are n and a
 * literal quote, and backslashes before anything else are themselves.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 *
 *   a b      "a b"        a\      a\          a b\    "a b\\"
 *   a"b      "a\"b"       a\"b    "a\\\"b"    (empty) ""
 */
size_t subproc_quote_argv_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    bool quotes = !is_plain(word, "\\@%=,");
    size_t backslashes = 0;
    if (quotes)
        put(&sink, '"');
    for (; *word; word++) {
        if (*word == '"')
            put_times(&sink, '\\', backslashes + 1);
        put(&sink, *word);
        backslashes = *word == '\\' ? backslashes + 1 : 0;
    }
    if (quotes) {
        put_times(&sink, '\\', backslashes);
        put(&sink, '"');
    }
    return sink.size;
}

/* In front of a redirection a lone digit would be its number: a batch file's "program %*>file". */
static bool is_plain_for_cmd(const char *word)
{
    return is_plain(word, "\\") && !(strchr("0123456789", *word) && word[1] == 0);
}

/*
 * A line for cmd, outside a batch file. Percent signs count in quotes too, and no caret helps: in "%a^%" a variable "a^" may
 * be meant. There "%%" leaves the first "%" as it is, since no variable has an empty name, and "%cd:~,%" is always empty: no
 * character of a variable that always has a value. https://learn.microsoft.com/windows-server/administration/windows-commands/set
 * and https://stackoverflow.com/a/4095133 (phase 1).
 */
static void put_for_cmd(struct sink *sink, char byte)
{
    put(sink, byte);
    if (byte == '%')
        put_text(sink, "%cd:~,%");
}

/*
 * The line is read by cmd, once more by cmd as %* of the batch file, then by the C runtime. A double quote as `""` keeps both
 * readings of cmd inside quotes, where only percent signs and line ends are special, and is a quote for the C runtime.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 *
 *   a&b      "a&b"        a"b     "a""b"      a b\    "a b\\"
 *   50%      "50%%cd:~,%" a\"b    "a\\""b"    (empty) ""
 */
size_t subproc_quote_batch_word(const char *word, char *out)
{
    struct sink sink = {.out = out};
    size_t backslashes = 0;
    if (is_plain_for_cmd(word)) {
        put_text(&sink, word);
        return sink.size;
    }
    put(&sink, '"');
    for (; *word; word++) {
        if (*word == '"') {
            put_times(&sink, '\\', backslashes);
            put(&sink, '"');
        }
        put_for_cmd(&sink, *word);
        backslashes = *word == '\\' ? backslashes + 1 : 0;
    }
    put_times(&sink, '\\', backslashes);
    put(&sink, '"');
    return sink.size;
}

/* cmd ends a line at a line feed, drops carriage returns, and reads Ctrl-Z (0x1A) as a line feed. */
bool subproc_quote_batch_can_say(const char *word, size_t *offset)
{
    *offset = strcspn(word, "\n\r\x1A");
    return word[*offset] == 0;
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

static quote_word *quoting_of(enum subproc_quote_target target)
{
    return target == SUBPROC_QUOTE_ARGV ? subproc_quote_argv_word
           : target == SUBPROC_QUOTE_SH ? subproc_quote_sh_word
                                        : NULL;
}

static int append_word(struct subproc_buffer *line, quote_word *quote, const char *word)
{
    int result = line->size > 0 ? subproc_buffer_append(line, " ", 1) : 0;
    size_t size = quote(word, NULL);
    if (result == 0)
        result = subproc_buffer_reserve(line, size);
    if (result == 0)
        line->size += quote(word, line->bytes + line->size);
    return result;
}

int subproc_quote(enum subproc_quote_target target, const char *const *words, char **line, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    struct subproc_buffer joined = {0};
    if (!line)
        return subproc_error_say(error, SUBPROC_E_INVALID, "quote", "there is no place for the quoted line");
    *line = NULL;
    quote_word *quote = quoting_of(target);
    if (!quote || !words)
        return subproc_error_say(error, SUBPROC_E_INVALID, "quote", "cannot quote: %s",
                                 quote ? "there are no words" : "unknown target");
    int result = subproc_buffer_reserve(&joined, 0);
    for (; result == 0 && *words; words++)
        result = append_word(&joined, quote, *words);
    if (result < 0) {
        subproc_buffer_free(&joined);
        return subproc_error_say(error, result, "quote", "cannot quote: %s", subproc_strerror(result));
    }
    joined.bytes[joined.size] = 0;
    *line = joined.bytes;
    return 0;
}
