/* Well-formed UTF-8, as Unicode's table 3-7 defines it. */
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool in(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* The bytes that a lead byte asks for, itself included; 0: it is none. */
static size_t needed(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    return in(lead, 0xC2, 0xDF) ? 2 : in(lead, 0xE0, 0xEF) ? 3 : in(lead, 0xF0, 0xF4) ? 4 : 0;
}

static bool may_follow(unsigned char lead, unsigned char second)
{
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;  /* lower: an overlong form */
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF; /* higher: a surrogate, or above U+10FFFF */
    return in(second, low, high);
}

/* How many of the bytes that a lead byte asks for are there; with `lead` no lead byte, 0. */
static size_t begun(const unsigned char *text, size_t size)
{
    size_t need = needed(text[0]);
    if (need < 2 || size < 2)
        return need == 0 ? 0 : 1;
    if (!may_follow(text[0], text[1]))
        return 1;
    size_t got = 2;
    while (got < need && got < size && in(text[got], 0x80, 0xBF))
        got++;
    return got;
}

/* The size of the well-formed sequence at `text`, or 0. */
static size_t sequence(const unsigned char *text, size_t size)
{
    size_t got = begun(text, size);
    return got == needed(text[0]) ? got : 0;
}

enum { BLOCK = 64 };

static bool is_ascii_block(const unsigned char *text)
{
    uint64_t words[BLOCK / 8], any = 0;
    memcpy(words, text, BLOCK);
    for (size_t i = 0; i < BLOCK / 8; i++)
        any |= words[i];
    return (any & UINT64_C(0x8080808080808080)) == 0;
}

static bool is_ascii_word(const unsigned char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

size_t subproc_utf8_ascii(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (size - at >= BLOCK && is_ascii_block(bytes + at))
        at += BLOCK;
    while (size - at >= sizeof(uint64_t) && is_ascii_word(bytes + at))
        at += sizeof(uint64_t);
    while (at < size && bytes[at] < 0x80)
        at++;
    return at;
}

/*
 * Whether every byte of a block is what the three before it ask for. Comparisons of bytes with their neighbours and no
 * branch, so that compilers turn the loop into vector instructions; the bytes before the block must be well-formed UTF-8,
 * whose last character may go on in it. Each line is a row of table 3-7.
 */
static bool is_good_block(const unsigned char *text)
{
    unsigned char bad = 0;
    for (ptrdiff_t i = 0; i < BLOCK; i++) { /* signed: it reaches back */
        unsigned char byte = text[i], one = text[i - 1], two = text[i - 2], three = text[i - 3];
        unsigned char continues = (byte & 0xC0) == 0x80;
        unsigned char must = (unsigned char)((one >= 0xC0) | (two >= 0xE0) | (three >= 0xF0));
        bad |= (unsigned char)(continues ^ must);
        bad |= (unsigned char)((byte == 0xC0) | (byte == 0xC1) | (byte >= 0xF5));
        bad |= (unsigned char)((one == 0xE0) & (byte < 0xA0));
        bad |= (unsigned char)((one == 0xED) & (byte >= 0xA0));
        bad |= (unsigned char)((one == 0xF0) & (byte < 0x90));
        bad |= (unsigned char)((one == 0xF4) & (byte >= 0x90));
    }
    return bad == 0;
}

/* Back to where the character that covers `at` begins, in text that is well-formed up to there. */
static size_t character_start(const unsigned char *text, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < 3 && in(text[start - 1], 0x80, 0xBF))
        start--;
    if (start > 0 && needed(text[start - 1]) > at - start + 1)
        return start - 1;
    return at;
}

/* Whole blocks from `at`, which begins a character and has three bytes before it; the result begins a character too. */
static size_t good_blocks(const unsigned char *text, size_t size, size_t at)
{
    while (size - at >= BLOCK) {
        bool plain = text[at - 1] < 0x80 && is_ascii_block(text + at);
        if (!plain && !is_good_block(text + at))
            break;
        at += BLOCK;
    }
    return character_start(text, at);
}

size_t subproc_utf8_check(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = subproc_utf8_ascii(text, size);
    bool in_blocks = true; /* until one is bad: from there on by characters, to the byte */
    while (at < size) {
        if (in_blocks && at >= 3 && size - at >= BLOCK) {
            size_t good = good_blocks(bytes, size, at);
            in_blocks = false;
            at = good;
            continue;
        }
        size_t taken = sequence(bytes + at, size - at);
        if (taken == 0)
            break;
        at += taken;
    }
    return at;
}

size_t subproc_utf8_part(const char *text, size_t size, bool *open)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t got = begun(bytes, size);
    *open = got == size && got < needed(bytes[0]);
    return got == 0 ? 1 : got;
}

size_t subproc_utf8_cut(const char *text, size_t size, size_t limit)
{
    if (size <= limit)
        return size;
    size_t cut = limit;
    while (cut > 0 && limit - cut < 3 && in((unsigned char)text[cut], 0x80, 0xBF))
        cut--;
    return in((unsigned char)text[cut], 0x80, 0xBF) ? limit : cut; /* no character starts near: not UTF-8, cut anywhere */
}
