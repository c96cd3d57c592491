/*
 * UTF-8 or a page, line by line.
 *
 * Text in a page is seldom well-formed UTF-8 by accident, so a line that is only one of them is that. What is left:
 *
 * - UTF-8 with three or four bytes to a character, read as a double-byte page, is rare hanja and syllables nobody writes
 *   (`문서` reads as `臾몄꽌`). The other way round no such accident is known. Such lines are UTF-8.
 * - UTF-8 with two bytes to a character falls on the pairs of a page one to one (`München` reads as `M체nchen`, `키` as `Ű`).
 *   As cp949 it is Korean only if each pair is a syllable of KS X 1001, which modern Korean is made of: rows C2 to C8 there.
 *   Then the neighbours tell. A letter of a European word has ASCII letters beside it; a Korean word has its borders there,
 *   or at most follows an ASCII word. Two such letters with no ASCII letter beside them make a Korean word, and a single one
 *   from Latin Extended (rows C4 to C8) does too, since no language writes those alone. Single letters of Latin-1 (row C3)
 *   are words in many languages (`ó`, `à`, `å`) and doubled ones are endings (Finnish `URL:ää`); they are Korean only where
 *   no lower-case word is on the line and no other word follows. Row C2 has signs such as `«` and `°`.
 *
 * Each run of such pairs weighs for or against the page, and so does what the stream has shown: Hangul anywhere speaks
 * for Hangul, an alphabet without any Hangul against it, a page without any UTF-8 for the page.
 */
#include "guess.h"

#include <string.h>

#include "utf8.h"

/* ---- looking at a line as UTF-8 -------------------------------------------------------------------------------- */

struct look {
    size_t whole; /* bytes of whole characters */
    bool pairs;   /* it has characters of two bytes */
    bool longer;  /* of three or four */
    bool hangul, alphabet;
};

static unsigned char at(const char *line, size_t place)
{
    return (unsigned char)line[place];
}

static bool is_hangul(const char *character)
{
    unsigned point = (at(character, 0) & 0x0Fu) << 12 | (at(character, 1) & 0x3Fu) << 6 | (at(character, 2) & 0x3Fu);
    return point >= 0xAC00 && point <= 0xD7A3;
}

/* Looks through well-formed text, as far as there is something to learn: a line with Hangul is settled by that. */
static struct look look_at(const char *line, size_t size)
{
    struct look look = {.whole = size};
    for (size_t place = 0; place < size && !look.hangul;) {
        unsigned char lead = at(line, place);
        if (lead < 0x80) {
            place++;
        } else if (lead < 0xE0) {
            look.pairs = true;
            look.alphabet = look.alphabet || lead > 0xC2;
            place += 2;
        } else if (lead < 0xF0) {
            look.longer = true;
            look.hangul = look.hangul || is_hangul(line + place);
            look.alphabet = look.alphabet || (lead == 0xE1 && at(line, place + 1) >= 0xB8); /* Latin as in Vietnamese */
            place += 3;
        } else {
            look.longer = true;
            place += 4;
        }
    }
    return look;
}

/* ---- looking at it in the page --------------------------------------------------------------------------------- */

static bool is_hangul_page(const struct subproc_codec *page)
{
    return page->encoding.kind == SUBPROC_ENCODING_CP949 || page->encoding.kind == SUBPROC_ENCODING_EUC_KR;
}

/* Decodes into `text` and counts the bad parts; an incomplete last character is one if the line is complete. */
static int read_in_page(struct subproc_codec *page, const char *line, size_t size, bool complete,
                        struct subproc_buffer *text, size_t *bad)
{
    text->size = 0;
    *bad = 0;
    for (size_t place = 0; place < size;) {
        struct subproc_codec_step step;
        int result = subproc_codec_decode(page, line + place, size - place, text, &step);
        if (result != 0)
            return result;
        if (step.end == SUBPROC_CODEC_ALL || (step.end == SUBPROC_CODEC_OPEN && !complete))
            break;
        (*bad)++;
        place += step.used + step.part;
    }
    return 0;
}

static size_t bad_in_utf8(const char *line, size_t size, bool complete)
{
    size_t bad = 0;
    for (size_t place = 0; place < size;) {
        place += subproc_utf8_check(line + place, size - place);
        bool open = false;
        if (place < size) {
            place += subproc_utf8_part(line + place, size - place, &open);
            bad += !open || complete;
        }
    }
    return bad;
}

/* Whether all that is not ASCII are ideographs, kana or syllables: nothing else would be written in a double-byte page. */
static bool is_east_asian(const struct subproc_buffer *text)
{
    for (size_t place = 0; place < text->size; place++) {
        unsigned char byte = at(text->bytes, place);
        if ((byte >= 0xC0 && byte < 0xE3) || byte >= 0xEE)
            return false;
    }
    return true;
}

/* ---- weighing -------------------------------------------------------------------------------------------------- */

/* No stream outweighs a pair that Korean text does not have, nor a letter amid a word. */
enum { NEVER = -64, AMID_LETTERS = -6, BEFORE_LETTER = -3, AFTER_LETTER = -2, SIGN = -3, WORD = 3, RARE_LETTER = 2 };

static bool is_letter(const char *line, size_t size, size_t place)
{
    return place < size && (unsigned)((at(line, place) | 0x20) - 'a') < 26;
}

/* A run of two-byte characters and what stands around it. */
struct run {
    size_t begin, end;
    unsigned char lowest, highest; /* of its lead bytes */
    bool common;                   /* each pair is a syllable of KS X 1001 */
};

static struct run next_run(const char *line, size_t size, size_t begin)
{
    while (begin < size && at(line, begin) < 0x80)
        begin++;
    struct run run = {.begin = begin, .end = begin, .lowest = 0xFF, .common = true};
    for (; run.end + 1 < size && at(line, run.end) >= 0x80; run.end += 2) {
        unsigned char lead = at(line, run.end), trail = at(line, run.end + 1);
        run.lowest = lead < run.lowest ? lead : run.lowest;
        run.highest = lead > run.highest ? lead : run.highest;
        run.common = run.common && lead <= 0xC8 && trail >= 0xA1;
    }
    return run;
}

/* An underlined letter in brackets after a label, which only scripts without Latin letters need: `창(_W)`. */
static bool is_access_key(const char *line, size_t size, size_t place)
{
    return place + 4 <= size && line[place] == '(' && line[place + 1] == '_' && is_letter(line, size, place + 2) &&
           line[place + 3] == ')';
}

/* Nothing else is on the line but digits, what numbers an item, and capitals before: `1. FFT 창`. */
static bool stands_alone(const char *line, size_t size, const struct run *run)
{
    size_t rest = is_access_key(line, size, run->end) ? run->end + 4 : run->end;
    for (size_t place = 0; place < size; place++) {
        bool capital = line[place] >= 'A' && line[place] <= 'Z';
        if ((place >= run->begin && place < rest) || (capital && place < run->begin))
            continue;
        if (line[place] == 0 || !strchr(" \t\r\n0123456789.:()[]", line[place]))
            return false;
    }
    return true;
}

/* One letter of Latin-1, or the same one twice. */
static bool is_latin1_letter(const char *line, const struct run *run)
{
    size_t size = run->end - run->begin;
    return run->highest == 0xC3 && (size == 2 || (size == 4 && memcmp(line + run->begin, line + run->begin + 2, 2) == 0));
}

static int weigh_run(const char *line, size_t size, const struct run *run)
{
    bool before = run->begin > 0 && is_letter(line, size, run->begin - 1), after = is_letter(line, size, run->end);
    if (!run->common)
        return NEVER;
    if (run->lowest == 0xC2)
        return SIGN;
    if (before && after)
        return AMID_LETTERS;
    if (after)
        return BEFORE_LETTER;
    if (before)
        return run->lowest == 0xC3 ? AFTER_LETTER - 1 : AFTER_LETTER;
    if (is_latin1_letter(line, run))
        return stands_alone(line, size, run) ? 1 : -1;
    return run->end - run->begin > 2 ? WORD : RARE_LETTER;
}

/* Above 0: the line means more in cp949. */
static int weigh_line(const char *line, size_t size)
{
    int sum = 0;
    for (struct run run = next_run(line, size, 0); run.begin < run.end && sum > NEVER; run = next_run(line, size, run.end))
        sum += weigh_run(line, size, &run);
    return sum;
}

static int weigh_stream(const struct subproc_guess *seen)
{
    if (seen->alphabet > 0 && seen->hangul == 0)
        return -6;
    if (seen->page_lines > 0 && seen->utf8_lines == 0)
        return seen->page_lines >= 8 ? 4 : 2;
    if (seen->hangul > 0 && seen->alphabet == 0)
        return 1;
    return seen->utf8_lines > 0 && seen->hangul == 0 ? -2 : 0;
}

/* A line of two-byte characters that is well-formed in both. */
static enum subproc_guess_verdict weigh(struct subproc_guess *seen, const struct subproc_codec *page, const char *line,
                                        size_t size, const struct subproc_buffer *text)
{
    if (page->encoding.kind == SUBPROC_ENCODING_SINGLE || !is_east_asian(text)) {
        seen->alphabet++;
        return SUBPROC_GUESS_UTF8;
    }
    int weight = weigh_line(line, size);
    if (!is_hangul_page(page)) /* what is common there is not known here: only the stream can speak for it */
        return seen->page_lines > 0 && seen->utf8_lines == 0 && weight > AFTER_LETTER ? SUBPROC_GUESS_PAGE
                                                                                      : SUBPROC_GUESS_UTF8;
    if (weight <= AMID_LETTERS)
        seen->alphabet++;
    return weight + weigh_stream(seen) > 0 ? SUBPROC_GUESS_PAGE : SUBPROC_GUESS_UTF8;
}

/* ---- deciding -------------------------------------------------------------------------------------------------- */

static int guess_good_utf8(struct subproc_guess *seen, struct subproc_codec *page, const char *line,
                           const struct look *look, bool complete, struct subproc_buffer *scratch,
                           enum subproc_guess_verdict *verdict)
{
    size_t bad = 0;
    *verdict = SUBPROC_GUESS_UTF8;
    if (!look->longer && !look->pairs) {
        *verdict = SUBPROC_GUESS_NOTHING;
        return 0;
    }
    if (!look->longer) {
        int result = read_in_page(page, line, look->whole, complete, scratch, &bad);
        if (result != 0)
            return result;
        if (bad == 0) {
            *verdict = weigh(seen, page, line, look->whole, scratch);
            return 0;
        }
    }
    seen->utf8_lines++;
    seen->hangul += look->hangul;
    seen->alphabet += look->alphabet && !look->hangul;
    return 0;
}

int subproc_guess_line(struct subproc_guess *seen, struct subproc_codec *page, const char *line, size_t size, bool complete,
                       struct subproc_buffer *scratch, enum subproc_guess_verdict *verdict, bool *clean)
{
    size_t whole = subproc_utf8_check(line, size), page_bad = 0;
    bool open = false;
    if (whole < size)
        (void)subproc_utf8_part(line + whole, size - whole, &open); /* asked for `open` alone */
    if (whole == size || (open && !complete)) {
        struct look look = look_at(line, whole);
        *clean = true;
        return guess_good_utf8(seen, page, line, &look, complete, scratch, verdict);
    }
    int result = read_in_page(page, line, size, complete, scratch, &page_bad);
    if (result != 0)
        return result;
    size_t utf8_bad = page_bad == 0 ? 1 : bad_in_utf8(line, size, complete);
    bool to_page = page_bad < utf8_bad || (page_bad == utf8_bad && seen->page_lines > seen->utf8_lines);
    *verdict = to_page ? SUBPROC_GUESS_PAGE : SUBPROC_GUESS_UTF8;
    *clean = page_bad == 0;
    seen->page_lines += page_bad == 0;
    seen->hangul += page_bad == 0 && is_hangul_page(page);
    return 0;
}
