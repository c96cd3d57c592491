/* The public decoder: pieces of bytes in, text out. */
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "error.h"
#include "guess.h"
#include "os.h"
#include "reading.h"
#include "utf8.h"

/* A line that `auto` can't judge yet waits until this much of it has come; a longer one is not kept to say how it reads. */
#define HELD_LIMIT ((size_t)64 * 1024)

/* One encoding and the bytes of a character that is not complete yet. */
struct lane {
    struct subproc_codec codec;
    char tail[SUBPROC_CODEC_LONGEST];
    size_t tail_size;
};

enum phase {
    RUNNING,
    FAILING, /* a byte is bad; the rest of its line is awaited */
    FAILED,
    FINISHED
};

struct subproc_decoder {
    enum subproc_text_errors errors;
    bool newlines;
    bool after_cr; /* what was given last is a CR that became LF */
    enum phase phase;
    struct subproc_buffer out;
    uint64_t offset; /* of the next byte to be decoded */
    uint64_t bad_parts;
    struct lane lane; /* the encoding, or the page of `auto` */

    bool is_auto;
    struct lane utf8;
    struct lane *chosen;        /* for the rest of the line; NULL: not settled yet */
    struct subproc_buffer held; /* the line, while it isn't settled */
    size_t given;               /* bytes of it that were given out already: its ASCII beginning */
    size_t whole;               /* bytes of the line that was held last, when all of it was there; else 0 */
    struct subproc_guess seen;
    struct subproc_buffer scratch;

    subproc_line_callback callback;
    void *context;
    struct subproc_line line; /* being read; its size is what was settled of it */
    struct subproc_line cr;   /* ended with CR, and an LF may follow; its number is 0 when there is none */
    bool beyond_ascii;        /* the line is; kept where it isn't `auto` */
    uint64_t text_before;     /* of `out`: the text that was given out, before line ends were unified */
    uint64_t text_begin;      /* of the line, counted so */
    bool text_after_cr;       /* the line before ended with CR */

    struct subproc_buffer current; /* STRICT: the line of the next byte, up to HELD_LIMIT */
    bool current_cut;
    unsigned char bad_byte;
    bool neither; /* auto: the line is in neither encoding */
    struct lane *bad_lane;
    struct subproc_error failure;
};

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* ---- bytes through one encoding -------------------------------------------------------------------------------- */

static int write_escapes(struct subproc_buffer *out, const char *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    int result = 0;
    for (size_t i = 0; i < size && result == 0; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        const char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 0xF]};
        result = subproc_buffer_append(out, escape, sizeof escape);
    }
    return result;
}

static int take_bad_part(struct subproc_decoder *decoder, struct lane *lane, const char *bytes, size_t size)
{
    if (decoder->errors == SUBPROC_ERRORS_STRICT) {
        decoder->bad_byte = (unsigned char)bytes[0];
        decoder->bad_lane = lane;
        return SUBPROC_E_DECODE;
    }
    decoder->offset += size;
    decoder->bad_parts++;
    decoder->line.bad_parts++;
    if (decoder->errors == SUBPROC_ERRORS_IGNORE)
        return 0;
    if (decoder->errors == SUBPROC_ERRORS_BACKSLASH)
        return write_escapes(&decoder->out, bytes, size);
    return subproc_buffer_append(&decoder->out, "\xEF\xBF\xBD", 3);
}

/* Decodes; *left bytes at the end may be the beginning of a character. */
static int decode(struct subproc_decoder *decoder, struct lane *lane, const char *bytes, size_t size, size_t *left)
{
    *left = 0;
    while (size > 0) {
        struct subproc_codec_step step;
        int result = subproc_codec_decode(&lane->codec, bytes, size, &decoder->out, &step);
        if (result != 0)
            return result;
        decoder->offset += step.used;
        bytes += step.used;
        size -= step.used;
        if (step.end == SUBPROC_CODEC_OPEN)
            *left = size;
        if (step.end != SUBPROC_CODEC_BAD)
            return 0;
        result = take_bad_part(decoder, lane, bytes, step.part);
        if (result != 0)
            return result;
        bytes += step.part;
        size -= step.part;
    }
    return 0;
}

/* Decodes what waited together with the first new bytes; *taken of these are done with. */
static int decode_joint(struct subproc_decoder *decoder, struct lane *lane, const char *bytes, size_t size, size_t *taken)
{
    char joint[2 * SUBPROC_CODEC_LONGEST];
    size_t more = size < SUBPROC_CODEC_LONGEST ? size : SUBPROC_CODEC_LONGEST, whole = lane->tail_size + more, left;
    memcpy(joint, lane->tail, lane->tail_size);
    memcpy(joint + lane->tail_size, bytes, more);
    int result = decode(decoder, lane, joint, whole, &left);
    if (result != 0)
        return result;
    *taken = more;
    lane->tail_size = 0;
    if (left <= more) { /* the old tail is done with */
        *taken = more - left;
        return 0;
    }
    memcpy(lane->tail, joint + whole - left, left);
    lane->tail_size = left;
    return 0;
}

/* `last`: no more comes, so what is open is bad. */
static int pass(struct subproc_decoder *decoder, struct lane *lane, const char *bytes, size_t size, bool last)
{
    while (lane->tail_size > 0 && size > 0) {
        size_t taken = 0;
        int result = decode_joint(decoder, lane, bytes, size, &taken);
        if (result != 0)
            return result;
        bytes += taken;
        size -= taken;
    }
    if (size > 0) {
        size_t left;
        int result = decode(decoder, lane, bytes, size, &left);
        if (result != 0)
            return result;
        memcpy(lane->tail, bytes + size - left, left);
        lane->tail_size = left;
    }
    if (!last)
        return 0;
    if (lane->tail_size > 0) {
        int result = take_bad_part(decoder, lane, lane->tail, lane->tail_size);
        if (result != 0)
            return result;
        lane->tail_size = 0;
    }
    return subproc_codec_end(&lane->codec, &decoder->out);
}

/* ---- lines of auto --------------------------------------------------------------------------------------------- */

static void report(struct subproc_decoder *decoder, struct subproc_line *line)
{
    decoder->callback(decoder->context, line);
}

/* A line that ended with CR is whole, unless `next` belongs to its end. */
static void settle_cr(struct subproc_decoder *decoder, char next)
{
    if (decoder->cr.number == 0 || next == '\n')
        return;
    report(decoder, &decoder->cr);
    decoder->cr.number = 0;
}

/* How much text the line became, all of which is in `out` by now. Its LF alone, with nothing left of what stood before it, makes
 * one end with the CR before: such text is what unify_line_ends sees. */
static uint64_t take_text(struct subproc_decoder *decoder, char last)
{
    uint64_t size = decoder->text_before + decoder->out.size - decoder->text_begin;
    bool one_end = decoder->newlines && decoder->text_after_cr && last == '\n' && size == 1;
    decoder->text_begin += size;
    decoder->text_after_cr = last == '\r';
    return one_end ? 0 : size;
}

/* The next line begins. */
static void pass_line(struct subproc_decoder *decoder)
{
    decoder->line.offset += decoder->line.size;
    decoder->line.size = 0;
    decoder->line.bad_parts = 0;
    decoder->beyond_ascii = false;
}

/* The line is at its end, `encoding` what it was taken for. An LF after a CR still belongs to the line before. */
static void end_line(struct subproc_decoder *decoder, char last, const char *encoding)
{
    struct subproc_line *line = &decoder->line;
    decoder->chosen = NULL;
    if (decoder->callback && decoder->cr.number != 0) {
        decoder->cr.size++;
        decoder->cr.text_size += take_text(decoder, last);
        settle_cr(decoder, 0);
    } else if (decoder->callback) {
        line->number++;
        line->encoding = encoding;
        line->text_size = take_text(decoder, last);
        if (last == '\r')
            decoder->cr = *line;
        else
            report(decoder, line);
    }
    pass_line(decoder);
}

static int give_ascii(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    decoder->offset += size;
    return subproc_buffer_append(&decoder->out, bytes, size);
}

/* What the held line is; NULL when there is nothing to tell by. */
static int choose(struct subproc_decoder *decoder, bool complete, struct lane **lane)
{
    enum subproc_guess_verdict verdict;
    bool clean = true;
    int result = subproc_guess_line(&decoder->seen, &decoder->lane.codec, decoder->held.bytes, decoder->held.size, complete,
                                    &decoder->scratch, &verdict, &clean);
    if (result != 0)
        return result;
    *lane = verdict == SUBPROC_GUESS_PAGE ? &decoder->lane : &decoder->utf8;
    if (verdict == SUBPROC_GUESS_NOTHING && decoder->held.size < HELD_LIMIT)
        *lane = NULL;
    decoder->neither = !clean;
    return 0;
}

/* Gives out a whole line that the guess found to be well-formed, which needs no second look. */
static int give_clean(struct subproc_decoder *decoder, const struct lane *lane, const char *line, size_t size)
{
    bool is_utf8 = lane == &decoder->utf8;
    decoder->offset += size;
    return subproc_buffer_append(&decoder->out, is_utf8 ? line : decoder->scratch.bytes,
                                 is_utf8 ? size : decoder->scratch.size);
}

/* Gives out the held line. `ended`: it is there to its end, else the rest will be read in the same encoding. */
static int settle(struct subproc_decoder *decoder, bool ended)
{
    const char *rest = decoder->held.bytes + decoder->given;
    size_t size = decoder->held.size - decoder->given;
    struct lane *lane = NULL;
    bool ascii = subproc_utf8_ascii(rest, size) == size;
    int result = ascii ? give_ascii(decoder, rest, size) : choose(decoder, ended, &lane);
    if (result != 0 || (!ascii && !lane))
        return result;
    char last = decoder->held.bytes[decoder->held.size - 1];
    decoder->whole = ended && decoder->line.size == 0 ? decoder->held.size : 0;
    decoder->line.size += decoder->held.size;
    decoder->held.size = 0; /* the bytes stay where they are */
    decoder->chosen = lane;
    /* A converter of the system's may hold back the end of what it read. */
    if (lane && ended && decoder->given == 0 && !decoder->neither && !lane->codec.converter)
        result = give_clean(decoder, lane, rest, size);
    else if (lane)
        result = pass(decoder, lane, rest, size, ended);
    decoder->given = 0;
    decoder->neither = decoder->neither && result != 0;
    if (result == 0 && ended)
        end_line(decoder, last, lane ? lane->codec.encoding.name : "ascii");
    return result;
}

/* Whether there is a CR or LF among eight bytes: a byte that becomes 0 borrows from its highest bit. */
static bool has_line_end(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t lf = word ^ ones * '\n', cr = word ^ ones * '\r';
    return (((lf - ones) & ~lf) | ((cr - ones) & ~cr)) & ones << 7;
}

/* Up to and with the line's end, `size` when there is none. */
static size_t line_length(const char *bytes, size_t size)
{
    size_t length = 0;
    while (size - length >= 8 && !has_line_end(bytes + length))
        length += 8;
    while (length < size && !ends_line(bytes[length]))
        length++;
    return length < size ? length + 1 : size;
}

/* Whole lines of ASCII at the front, when nobody asks for them one by one. */
static size_t ascii_lines(const struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    if (decoder->callback || decoder->held.size > 0)
        return 0;
    size_t run = subproc_utf8_ascii(bytes, size < HELD_LIMIT ? size : HELD_LIMIT);
    while (run > 0 && !ends_line(bytes[run - 1]))
        run--;
    return run;
}

static int hold(struct subproc_decoder *decoder, const char *bytes, size_t size, size_t *taken)
{
    size_t lines = ascii_lines(decoder, bytes, size), room = HELD_LIMIT - decoder->held.size;
    *taken = lines;
    if (lines > 0)
        return give_ascii(decoder, bytes, lines);
    *taken = line_length(bytes, size < room ? size : room);
    int result = subproc_buffer_append(&decoder->held, bytes, *taken);
    if (result != 0)
        return result;
    bool ended = ends_line(bytes[*taken - 1]);
    return ended || decoder->held.size == HELD_LIMIT ? settle(decoder, ended) : 0;
}

/* The rest of a line that is settled. */
static int follow(struct subproc_decoder *decoder, const char *bytes, size_t size, size_t *taken)
{
    struct lane *lane = decoder->chosen;
    *taken = line_length(bytes, size);
    bool ended = ends_line(bytes[*taken - 1]);
    decoder->line.size += *taken;
    int result = pass(decoder, lane, bytes, *taken, ended);
    if (result == 0 && ended)
        end_line(decoder, bytes[*taken - 1], lane->codec.encoding.name);
    return result;
}

static int feed_auto(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t taken = 0;
        settle_cr(decoder, *bytes);
        int result = decoder->chosen ? follow(decoder, bytes, size, &taken) : hold(decoder, bytes, size, &taken);
        if (result != 0)
            return result;
        bytes += taken;
        size -= taken;
    }
    /* The ASCII beginning of a line is the same in both. */
    if (decoder->held.size == decoder->given)
        return 0;
    const char *rest = decoder->held.bytes + decoder->given;
    size_t run = subproc_utf8_ascii(rest, decoder->held.size - decoder->given);
    decoder->given += run;
    return give_ascii(decoder, rest, run);
}

static int finish_auto(struct subproc_decoder *decoder)
{
    struct lane *lane = decoder->chosen;
    int result = decoder->held.size > 0 ? settle(decoder, true) : lane ? pass(decoder, lane, "", 0, true) : 0;
    if (result != 0)
        return result;
    if (decoder->line.size > 0)
        end_line(decoder, 0, lane ? lane->codec.encoding.name : "ascii");
    settle_cr(decoder, 0);
    return 0;
}

/* ---- strict ---------------------------------------------------------------------------------------------------- */

/* Adds to the line that is kept for the sentence, as far as it may go. */
static int keep(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    size_t room = HELD_LIMIT - decoder->current.size;
    decoder->current_cut = decoder->current_cut || size > room;
    return subproc_buffer_append(&decoder->current, bytes, size < room ? size : room);
}

/* Keeps the line that `bytes` ends in. */
static int keep_line(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    size_t begin = size;
    while (begin > 0 && !ends_line(bytes[begin - 1]))
        begin--;
    if (begin > 0) {
        decoder->current.size = 0;
        decoder->current_cut = false;
    }
    return keep(decoder, bytes + begin, size - begin);
}

/* The bad byte's line without its end; NULL when not all of it is known. UTF-16 has other line ends. */
static const char *bad_line(const struct subproc_decoder *decoder, size_t *size)
{
    const struct subproc_buffer *kept = decoder->is_auto ? &decoder->held : &decoder->current;
    *size = decoder->is_auto ? decoder->whole : kept->size;
    while (*size > 0 && ends_line(kept->bytes[*size - 1]))
        (*size)--;
    if (decoder->current_cut || *size == 0 || decoder->bad_lane->codec.encoding.kind == SUBPROC_ENCODING_UTF16)
        return NULL;
    return kept->bytes;
}

static int fail(struct subproc_decoder *decoder)
{
    bool over_utf8 = decoder->lane.codec.encoding.kind == SUBPROC_ENCODING_UTF8;
    struct subproc_reading reading = {
        .encoding = decoder->neither ? &decoder->utf8.codec.encoding : &decoder->bad_lane->codec.encoding,
        .other = decoder->neither && !over_utf8 ? &decoder->lane.codec.encoding : NULL,
        .byte = decoder->bad_byte,
        .offset = decoder->offset,
    };
    reading.line = bad_line(decoder, &reading.size);
    decoder->phase = FAILED;
    return subproc_reading_say(&reading, &decoder->failure);
}

/* Takes the rest of the bad byte's line, and fails at its end. */
static int await_line_end(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    size_t length = line_length(bytes, size);
    bool ended = length > 0 && ends_line(bytes[length - 1]);
    int result = keep(decoder, bytes, ended ? length - 1 : length);
    if (result != 0)
        return result;
    return ended || decoder->current_cut || decoder->is_auto ? fail(decoder) : 0;
}

/* A strict decoder of one encoding: like pass, but the line is kept in mind. */
static int feed_strict(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    uint64_t begin = decoder->offset + decoder->lane.tail_size;
    int result = pass(decoder, &decoder->lane, bytes, size, false);
    if (result == 0)
        return keep_line(decoder, bytes, size);
    if (result != SUBPROC_E_DECODE)
        return result;
    size_t good = decoder->offset > begin ? (size_t)(decoder->offset - begin) : 0;
    result = keep_line(decoder, bytes, good);
    decoder->phase = FAILING;
    return result == 0 ? await_line_end(decoder, bytes + good, size - good) : result;
}

/* ---- lines of one encoding --------------------------------------------------------------------------------------- */

static int feed_one(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    if (decoder->errors == SUBPROC_ERRORS_STRICT)
        return feed_strict(decoder, bytes, size);
    return pass(decoder, &decoder->lane, bytes, size, false);
}

static const char *name_line(const struct subproc_decoder *decoder)
{
    return decoder->beyond_ascii ? decoder->lane.codec.encoding.name : "ascii";
}

/* All of it belongs to one line. */
static int feed_line(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    decoder->line.size += size;
    decoder->beyond_ascii = decoder->beyond_ascii || subproc_utf8_ascii(bytes, size) < size;
    int result = feed_one(decoder, bytes, size);
    if (result != 0 || decoder->phase == FAILING || !ends_line(bytes[size - 1]))
        return result;
    /* A converter of the system's may hold back the end of what it read. */
    result = subproc_codec_end(&decoder->lane.codec, &decoder->out);
    if (result == 0)
        end_line(decoder, bytes[size - 1], name_line(decoder));
    return result;
}

/* As feed_one, but each line is told. */
static int feed_lines(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    int result = 0;
    while (size > 0 && result == 0) {
        size_t length = line_length(bytes, size);
        settle_cr(decoder, *bytes);
        result = feed_line(decoder, bytes, length);
        bytes += length;
        size -= length;
    }
    return result;
}

static int finish_one(struct subproc_decoder *decoder)
{
    int result = pass(decoder, &decoder->lane, "", 0, true);
    if (result == 0 && decoder->line.size > 0)
        end_line(decoder, 0, name_line(decoder));
    if (result == 0)
        settle_cr(decoder, 0);
    return result;
}

/* ---- the calls, without their edges ---------------------------------------------------------------------------- */

static int feed(struct subproc_decoder *decoder, const char *bytes, size_t size)
{
    if (decoder->phase == FAILING)
        return await_line_end(decoder, bytes, size);
    if (decoder->is_auto) {
        int result = feed_auto(decoder, bytes, size);
        return result == SUBPROC_E_DECODE ? fail(decoder) : result;
    }
    return decoder->callback ? feed_lines(decoder, bytes, size) : feed_one(decoder, bytes, size);
}

static int flush(struct subproc_decoder *decoder)
{
    if (decoder->phase == FAILING)
        return fail(decoder);
    if (!decoder->is_auto || decoder->chosen || decoder->held.size == decoder->given)
        return 0;
    int result = settle(decoder, false);
    return result == SUBPROC_E_DECODE ? fail(decoder) : result;
}

static int finish(struct subproc_decoder *decoder)
{
    if (decoder->phase == FAILING)
        return fail(decoder);
    int result = decoder->is_auto ? finish_auto(decoder) : finish_one(decoder);
    if (result == SUBPROC_E_DECODE)
        return fail(decoder);
    decoder->phase = FINISHED;
    return result;
}

/* CR LF and CR become LF. The LF of a CR that was given before is dropped. */
static void unify_line_ends(struct subproc_decoder *decoder)
{
    char *text = decoder->out.bytes;
    size_t size = decoder->out.size, to = 0, from = 0;
    if (!decoder->newlines || size == 0)
        return;
    from = decoder->after_cr && text[0] == '\n' ? 1 : 0;
    decoder->after_cr = text[size - 1] == '\r';
    while (from < size) {
        const char *cr = memchr(text + from, '\r', size - from);
        size_t run = cr ? (size_t)(cr - (text + from)) : size - from;
        memmove(text + to, text + from, run);
        to += run;
        from += run;
        if (!cr)
            break;
        text[to++] = '\n';
        from += from + 1 < size && text[from + 1] == '\n' ? 2 : 1;
    }
    decoder->out.size = to;
}

/* ---- the edges ------------------------------------------------------------------------------------------------- */

static int begin(struct subproc_decoder *decoder, const char **decoded, size_t *decoded_size, struct subproc_error *error)
{
    if (decoded)
        *decoded = "";
    if (decoded_size)
        *decoded_size = 0;
    if (!decoder || !decoded || !decoded_size)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "a pointer is NULL");
    if (decoder->phase == FAILED) {
        *error = decoder->failure;
        return error->code;
    }
    if (decoder->phase == FINISHED)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "the decoder is finished");
    decoder->out.size = 0;
    return 0;
}

/* Hands out what has been decoded, also when `result` is that a byte was bad. */
static int give(struct subproc_decoder *decoder, int result, const char **decoded, size_t *decoded_size,
                struct subproc_error *error)
{
    if (result == 0 || result == SUBPROC_E_DECODE) {
        int room = subproc_buffer_reserve(&decoder->out, 0);
        result = room == 0 ? result : room;
    }
    if (result != 0 && result != SUBPROC_E_DECODE) {
        subproc_error_say(&decoder->failure, result, "decode", "%s", subproc_strerror(result));
        decoder->phase = FAILED; /* some of the bytes are lost */
    } else {
        decoder->text_before += decoder->out.size;
        unify_line_ends(decoder);
        decoder->out.bytes[decoder->out.size] = 0;
        *decoded = decoder->out.bytes;
        *decoded_size = decoder->out.size;
    }
    if (result != 0)
        *error = decoder->failure;
    return result;
}

int subproc_decoder_feed(struct subproc_decoder *decoder, const void *bytes, size_t size, const char **decoded,
                         size_t *decoded_size, struct subproc_error *error)
{
    struct subproc_error spare;
    error = subproc_error_begin(error, &spare);
    int result = begin(decoder, decoded, decoded_size, error);
    if (result == 0 && size > 0 && !bytes)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "there are no bytes");
    return result == 0 ? give(decoder, size > 0 ? feed(decoder, bytes, size) : 0, decoded, decoded_size, error) : result;
}

int subproc_decoder_flush(struct subproc_decoder *decoder, const char **decoded, size_t *decoded_size,
                          struct subproc_error *error)
{
    struct subproc_error spare;
    error = subproc_error_begin(error, &spare);
    int result = begin(decoder, decoded, decoded_size, error);
    return result == 0 ? give(decoder, flush(decoder), decoded, decoded_size, error) : result;
}

int subproc_decoder_finish(struct subproc_decoder *decoder, const char **decoded, size_t *decoded_size,
                           struct subproc_error *error)
{
    struct subproc_error spare;
    error = subproc_error_begin(error, &spare);
    int result = begin(decoder, decoded, decoded_size, error);
    return result == 0 ? give(decoder, finish(decoder), decoded, decoded_size, error) : result;
}

/* Asks a codec of its own where there is a converter: what is asked would shift the state of a stateful one. */
static int has_lines(struct subproc_codec *codec, bool *is_lined, struct subproc_error *error)
{
    struct subproc_codec other = {.converter = NULL};
    int result = codec->converter ? subproc_codec_open(&codec->encoding, &other, error) : 0;
    if (result != 0)
        return result;
    result = subproc_codec_is_lined(codec->converter ? &other : codec, is_lined);
    subproc_codec_close(&other);
    return result == 0 ? 0 : subproc_error_say(error, result, "decode", "%s", subproc_strerror(result));
}

int subproc_decoder_each_line(struct subproc_decoder *decoder, subproc_line_callback callback, void *context,
                              struct subproc_error *error)
{
    struct subproc_error spare;
    error = subproc_error_begin(error, &spare);
    if (!decoder || !callback)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "a pointer is NULL");
    if (decoder->offset > 0 || decoder->held.size > 0 || decoder->lane.tail_size > 0 || decoder->phase != RUNNING)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "lines are told from the first feed on or not at all");
    bool is_lined = false;
    int result = has_lines(&decoder->lane.codec, &is_lined, error);
    if (result != 0)
        return result;
    if (!is_lined)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "the bytes of %s have no lines",
                                 subproc_encoding_title(&decoder->lane.codec.encoding));
    decoder->callback = callback;
    decoder->context = context;
    return 0;
}

uint64_t subproc_decoder_bad_parts(const struct subproc_decoder *decoder)
{
    return decoder->bad_parts;
}

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

static int check(const struct subproc_text *text, struct subproc_error *error)
{
    if ((unsigned)text->errors > SUBPROC_ERRORS_BACKSLASH)
        return subproc_error_say(error, SUBPROC_E_INVALID, "text", "text.errors is no policy");
    for (size_t i = 0; i < sizeof text->reserved / sizeof *text->reserved; i++)
        if (text->reserved[i] != 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "text", "text.reserved must be zero");
    return 0;
}

static int open_auto(struct subproc_decoder *decoder, const char *page, struct subproc_error *error)
{
    struct subproc_encoding encoding, utf8;
    int result = subproc_encoding_named(page, &encoding, error);
    if (result == 0)
        result = subproc_encoding_named("utf-8", &utf8, error);
    if (result == 0)
        result = subproc_codec_open(&encoding, &decoder->lane.codec, error);
    if (result == 0)
        result = subproc_codec_open(&utf8, &decoder->utf8.codec, error);
    bool is_lined = false;
    if (result == 0 && subproc_codec_is_lined(&decoder->lane.codec, &is_lined) != 0)
        result = subproc_error_set(error, SUBPROC_E_NO_MEMORY, "encoding", 0);
    if (result == 0 && !is_lined)
        result = subproc_error_say(error, SUBPROC_E_ENCODING, "encoding", "'auto' can't be told from %s line by line",
                                   subproc_encoding_title(&encoding));
    decoder->is_auto = true;
    return result;
}

static int open_decoder(struct subproc_decoder *decoder, const struct subproc_text *text, struct subproc_error *error)
{
    const char *page;
    struct subproc_encoding encoding = {.kind = SUBPROC_ENCODING_BYTES, .name = "bytes"};
    decoder->errors = text->errors ? text->errors : SUBPROC_ERRORS_REPLACE;
    decoder->newlines = text->newlines != 0;
    if (text->encoding && subproc_encoding_is_auto(text->encoding, &page))
        return open_auto(decoder, page, error);
    int result = text->encoding ? subproc_encoding_named(text->encoding, &encoding, error) : 0;
    return result == 0 ? subproc_codec_open(&encoding, &decoder->lane.codec, error) : result;
}

int subproc_decoder_new(const struct subproc_text *text, struct subproc_decoder **decoder, struct subproc_error *error)
{
    static const struct subproc_text plain = {0};
    struct subproc_error spare;
    error = subproc_error_begin(error, &spare);
    text = text ? text : &plain;
    if (!decoder)
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "a pointer is NULL");
    *decoder = NULL;
    int result = check(text, error);
    if (result != 0)
        return result;
    struct subproc_decoder *made = calloc(1, sizeof *made);
    if (!made)
        return subproc_error_say(error, SUBPROC_E_NO_MEMORY, "decode", "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    result = open_decoder(made, text, error);
    if (result != 0) {
        if (error->message[0] == 0)
            subproc_error_sentence(error, "encoding '%s': %s", text->encoding, subproc_strerror(result));
        subproc_decoder_free(made);
        return result;
    }
    *decoder = made;
    return 0;
}

void subproc_decoder_free(struct subproc_decoder *decoder)
{
    if (!decoder)
        return;
    subproc_codec_close(&decoder->lane.codec);
    subproc_codec_close(&decoder->utf8.codec);
    subproc_buffer_free(&decoder->out);
    subproc_buffer_free(&decoder->held);
    subproc_buffer_free(&decoder->scratch);
    subproc_buffer_free(&decoder->current);
    free(decoder);
}

/* ---- all at once ----------------------------------------------------------------------------------------------- */

/* Feeds and ends; what has been decoded stays in `out`. */
static int decode_all(struct subproc_decoder *decoder, const void *bytes, size_t size)
{
    int result = size > 0 ? feed(decoder, bytes, size) : 0;
    return result == 0 ? finish(decoder) : result;
}

int subproc_decode(const struct subproc_text *text, const void *bytes, size_t size, char **decoded, size_t *decoded_size,
                   struct subproc_error *error)
{
    struct subproc_error spare;
    struct subproc_decoder *decoder = NULL;
    const char *given;
    error = subproc_error_begin(error, &spare);
    if (!decoded || !decoded_size || (size > 0 && !bytes))
        return subproc_error_say(error, SUBPROC_E_INVALID, "decode", "a pointer is NULL");
    *decoded = NULL;
    *decoded_size = 0;
    int result = subproc_decoder_new(text, &decoder, error);
    if (result != 0)
        return result;
    result = give(decoder, decode_all(decoder, bytes, size), &given, decoded_size, error);
    if (result == 0) {
        *decoded = decoder->out.bytes;
        decoder->out = (struct subproc_buffer){0};
    } else {
        *decoded_size = 0;
    }
    subproc_decoder_free(decoder);
    return result;
}
