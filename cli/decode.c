/* subproc decode: bytes in any encoding to UTF-8. */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "common.h"
#include "detect.h"
#include "platform.h"
#include "source.h"

/* Somebody who looks at a terminal sees a prompt that has no line end when its writer has been silent for so long (ms). */
#define PROMPT_WAIT 200

struct settings {
    struct cli_settings common;
    struct subproc_text text;
    bool newlines, detect;
};

#define HINT "'--errors strict' says where they are and what would have worked"

struct work {
    const struct settings *settings;
    struct cli_source source;
    struct subproc_error unread; /* why the source could not be read to its end */
    struct subproc_decoder *decoder;
    struct cli_detect detect;
    bool is_watched; /* and the input may be silent */
    bool cant_write;
    char buffer[128 * 1024];
};

/* ---- one source ------------------------------------------------------------------------------------------------------ */

static bool shows_lines(const struct work *work)
{
    return work->settings->detect || work->settings->common.json;
}

static void give(struct work *work, const char *text, size_t size)
{
    if (shows_lines(work))
        cli_detect_add(&work->detect, text, size);
    else if (size > 0 && !cli_platform_write(SUBPROC_OUT, text, size))
        work->cant_write = true;
}

static int feed(struct work *work, const char *bytes, size_t size, struct subproc_error *error)
{
    int result = 0;
    while (size > 0 && result == 0) {
        const char *text = "";
        size_t text_size = 0, piece = shows_lines(work) && size > CLI_DETECT_PIECE ? CLI_DETECT_PIECE : size;
        result = subproc_decoder_feed(work->decoder, bytes, piece, &text, &text_size, error);
        give(work, text, text_size);
        bytes += piece;
        size -= piece;
    }
    work->cant_write = work->cant_write || !cli_output_flush(&work->detect.output);
    return result;
}

static int flush(struct work *work, struct subproc_error *error)
{
    const char *text = "";
    size_t text_size = 0;
    int result = subproc_decoder_flush(work->decoder, &text, &text_size, error);
    give(work, text, text_size);
    return result;
}

static int finish(struct work *work, struct subproc_error *error)
{
    const char *text = "";
    size_t text_size = 0;
    int result = subproc_decoder_finish(work->decoder, &text, &text_size, error);
    give(work, text, text_size);
    return result;
}

/* Names of encodings ignore case. */
static bool is_auto(const char *encoding)
{
    static const char word[] = "auto";
    size_t i = 0;
    while (word[i] != '\0' && (encoding[i] | 0x20) == word[i])
        i++;
    return word[i] == '\0' && (encoding[i] == '\0' || encoding[i] == ':');
}

/* Windows' own programs mark UTF-16 so, and nothing begins like that in UTF-8 or a page of East Asia. */
static bool has_mark(const char *bytes, size_t size)
{
    return size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
}

static bool may_become_mark(const char *bytes, size_t size)
{
    return size == 1 && (unsigned char)bytes[0] >= 0xFE;
}

static enum cli_input read_some(struct work *work, size_t from, int64_t timeout, size_t *got)
{
    return cli_source_read(&work->source, work->buffer + from, sizeof work->buffer - from, timeout, got, &work->unread);
}

/* As much of the beginning as is needed to see the mark. */
static enum cli_input read_beginning(struct work *work, size_t *size)
{
    enum cli_input came;
    *size = 0;
    do {
        size_t got = 0;
        came = read_some(work, *size, SUBPROC_FOREVER, &got);
        *size += came == CLI_INPUT_BYTES ? got : 0;
    } while (came == CLI_INPUT_NOTHING || (came == CLI_INPUT_BYTES && may_become_mark(work->buffer, *size)));
    return came;
}

static int open_decoder(struct work *work, size_t size, struct subproc_error *error)
{
    struct subproc_text text = work->settings->text;
    if (work->source.is_input && cli_platform_takes_text(SUBPROC_IN))
        text.encoding = "utf-8";
    else if (is_auto(text.encoding) && has_mark(work->buffer, size))
        text.encoding = "utf-16";
    int result = subproc_decoder_new(&text, &work->decoder, error);
    return result == 0 && shows_lines(work) ? cli_detect_begin(&work->detect, work->decoder, error) : result;
}

/* All of it, as it comes; `came` and `size` tell of its beginning. */
static int feed_all(struct work *work, enum cli_input came, size_t size, struct subproc_error *error)
{
    for (;;) {
        int result = 0;
        if (size > 0)
            result = feed(work, work->buffer, size, error);
        else if (came == CLI_INPUT_NOTHING)
            result = flush(work, error);
        if (result != 0 || work->cant_write)
            return result;
        if (came == CLI_INPUT_END || came == CLI_INPUT_FAILED)
            return finish(work, error);
        int64_t timeout = size > 0 && work->is_watched ? PROMPT_WAIT : SUBPROC_FOREVER;
        size = 0;
        came = read_some(work, 0, timeout, &size);
    }
}

/* Text that was lost although nobody said that it may be. */
static void warn(const struct work *work)
{
    uint64_t bad = subproc_decoder_bad_parts(work->decoder);
    if (bad == 0 || work->cant_write || shows_lines(work) || work->settings->text.errors != SUBPROC_ERRORS_DEFAULT)
        return;
    cli_complain("decode: %s: %" PRIu64 " %s; " HINT, work->source.name, bad,
                 bad == 1 ? "part is no character and became U+FFFD" : "parts are no character and became U+FFFD");
}

static int decode_source(struct work *work, struct subproc_error *error)
{
    size_t size = 0;
    enum cli_input came = read_beginning(work, &size);
    int result = open_decoder(work, size, error);
    if (result == 0)
        result = feed_all(work, came, size, error);
    if (result == 0)
        warn(work);
    subproc_decoder_free(work->decoder);
    work->decoder = NULL;
    return result;
}

/* ---- all of them ----------------------------------------------------------------------------------------------------- */

static void tell(const struct work *work, const struct subproc_error *error)
{
    if (error->code == 0 || work->cant_write)
        return;
    if (error == &work->unread)
        cli_complain("decode: %s", error->message);
    else
        cli_complain("decode: %s: %s", work->source.name, error->message);
}

/* False when it went wrong, which has been told. */
static bool decode_one(struct work *work, const char *path)
{
    struct subproc_error error = {.step = ""};
    work->unread = error;
    int opened = cli_source_open(path, &work->source, &work->unread);
    work->detect.file = path;
    work->detect.is_input = work->source.is_input;
    if (opened == 0)
        decode_source(work, &error);
    cli_source_close(&work->source);
    const struct subproc_error *wrong = error.code != 0 ? &error : &work->unread;
    tell(work, wrong);
    if (shows_lines(work) && !work->cant_write)
        work->cant_write = !cli_detect_end(&work->detect, wrong);
    return wrong->code == 0;
}

static int decode_all(struct work *work, char **paths)
{
    bool all_right = true;
    for (; *paths != NULL && !work->cant_write; paths++)
        all_right = decode_one(work, *paths) && all_right;
    if (work->cant_write)
        cli_complain("cannot write to standard output");
    return all_right && !work->cant_write ? 0 : CLI_FAILED;
}

/* ---- the command line ------------------------------------------------------------------------------------------------ */

static bool set_encoding(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct settings *)settings)->text.encoding = value;
    return true;
}

static bool set_errors(void *settings, const char *option, const char *value)
{
    (void)option;
    ((struct settings *)settings)->text.errors = cli_policy(value);
    return true;
}

static const struct cli_option options[] = {
    {"-f", "ENCODING",
     "what the bytes are in: auto (the default: line by line UTF-8, else what console programs write here), auto:cp949 "
     "(the same with a page of your own), utf-8, cp949, utf-16, console, or whatever the system converts",
     set_encoding, .usual = cli_encodings},
    {"--errors", "POLICY",
     "what becomes of bytes that are no character: replace (U+FFFD, the default, and then a line on standard error "
     "tells how many there were), ignore, backslash (\\xNN), or strict: the FILE ends there, a line on standard error "
     "says where and what would have worked, and the status is 125",
     set_errors, .choices = cli_policies},
    {"--newlines", NULL, "turn CR LF and CR into LF", .flag = offsetof(struct settings, newlines)},
    {"--detect", NULL,
     "say what each line was: its number, its encoding and its text, parted by tabs; at the end how many there were of "
     "each encoding, on standard error",
     .flag = offsetof(struct settings, detect)},
    {NULL},
};
static const struct cli_option_group groups[] = {{"Options", options}, {"Other options", cli_json_options}, {NULL}};

static const char *const synopsis[] = {"subproc decode [OPTION...] [FILE...]", NULL};

static const struct cli_row statuses[] = {
    {"0", "every FILE was read and decoded, with POLICY for what is no character"},
    {"125", "bad usage, a FILE that can't be read, a bad byte with --errors strict, or the output can't be written"},
    {NULL},
};
static const struct cli_row members[] = {
    {"version", "1"},
    {"file", "its name; null: standard input"},
    {"line, offset, size", "its number from 1, and which bytes it is, its end included"},
    {"encoding", "\"ascii\", \"utf-8\", or the page's name, such as \"cp949\""},
    {"bad_parts", "how many of its parts are no character"},
    {"text", "the line without its end"},
    {"truncated", "true: it is longer than the 1 MiB that is shown"},
    {NULL},
};
static const struct cli_row summary_members[] = {
    {"version, file", "as above"},
    {"lines, bytes", "how many there were"},
    {"encodings", "how many lines in each, such as {\"ascii\":2,\"cp949\":1}"},
    {"bad_lines", "how many lines have parts that are no character"},
    {"error", "null, or why the file could not be read or decoded, as 'subproc run --json' has it"},
    {NULL},
};
static const struct cli_section sections[] = {
    {"Encodings",
     "Names ignore case, '-' and '_'. A line that is UTF-8 and could be the page's too is settled by what it would "
     "mean and by the lines before it. With auto a FILE that begins with the mark of UTF-16 is read as that. A mark at "
     "the beginning of UTF-8 stays. What is typed at a console of Windows is text already, whatever ENCODING says.",
     NULL},
    {"Lines",
     "Text comes as soon as its line is complete. A line that has no end yet, such as a question, is shown when its "
     "writer is silent and standard output is a terminal. With --detect and more than one FILE a line's number stands "
     "after 'FILE:', and a '!' after the encoding marks a line with bytes that are no character in it.",
     NULL},
    {"Exit status", NULL, statuses},
    {"JSON", "With --json one object a line, as with --detect:", members},
    {"JSON at the end of each FILE", NULL, summary_members},
    {NULL},
};
static const struct cli_row examples[] = {
    {"subproc decode -f auto:cp949 < build.log > utf8.log",
     "Turn the output of programs that write code page 949, UTF-8 or both into UTF-8."},
    {"subproc decode --detect -f auto:cp949 build.log", "Show which lines of it are what."},
    {"subproc decode -f utf-8 --errors strict data.csv", "Check that a file is UTF-8, and say where it isn't."},
    {NULL},
};

const struct cli_syntax cli_decode_syntax = {
    .subcommand = "decode",
    .summary = "turn bytes in any encoding into UTF-8",
    .synopsis = synopsis,
    .introduction = "Decodes each FILE, or standard input when there is none or where FILE is '-', and writes UTF-8.",
    .groups = groups,
    .sections = sections,
    .examples = examples,
    .words = CLI_WORD_FILE,
};

/* The encoding is checked before anything is read. */
static bool check(const struct settings *settings)
{
    struct subproc_decoder *decoder = NULL;
    struct subproc_error error = {0};
    int result = subproc_decoder_new(&settings->text, &decoder, &error);
    subproc_decoder_free(decoder);
    if (result != 0)
        cli_complain("decode: -f: %s", error.message);
    return result == 0;
}

int cli_decode(char **words)
{
    static char *const input[] = {"-", NULL};
    static struct work work; /* its buffers are large */
    struct settings settings = {.text = {.encoding = "auto"}};
    char **paths = NULL;
    enum cli_parsed parsed = cli_parse(&cli_decode_syntax, words, &settings, &paths);
    if (parsed != CLI_PARSED)
        return cli_parse_status(&cli_decode_syntax, parsed);
    settings.text.newlines = settings.newlines;
    if (!check(&settings))
        return CLI_FAILED;
    work.settings = &settings;
    work.is_watched = !shows_lines(&work) && cli_platform_is_terminal(SUBPROC_OUT);
    work.detect.json = settings.common.json;
    work.detect.output.stream = SUBPROC_OUT;
    work.detect.names_file = paths[0] != NULL && paths[1] != NULL;
    return decode_all(&work, paths[0] != NULL ? paths : (char **)input);
}
