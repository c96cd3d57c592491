/* Code page 949: from bytes to UTF-8 and the code of a code point. */
#include "cp949.h"

#include <string.h>

#include "utf8.h"

#define HANGUL_FIRST 0xAC00u
#define HANGUL_LAST  0xD7A3u

enum { FULL_ROW = 178, KS_ROW = 94, KS_COLUMN = FULL_ROW - KS_ROW, FIRST_LEAD = 0x81, FIRST_KS_LEAD = 0xC7 };

static bool is_lead(unsigned byte)
{
    return byte >= FIRST_LEAD && byte < 0xFF;
}

/* The place of a pair among the points; from SUBPROC_CP949_CELLS on: it has none. */
static unsigned cell(bool ks_only, unsigned lead, unsigned trail)
{
    unsigned short_row = ks_only || lead >= FIRST_KS_LEAD;
    return (unsigned)subproc_cp949_rows[ks_only][lead] + subproc_cp949_columns[short_row][trail];
}

uint32_t subproc_cp949_point(unsigned lead, unsigned trail)
{
    unsigned place = cell(false, lead & 0xFF, trail & 0xFF);
    return place < SUBPROC_CP949_CELLS ? subproc_cp949_points[place] : 0;
}

bool subproc_cp949_is_euc_kr(unsigned lead, unsigned trail)
{
    return cell(true, lead & 0xFF, trail & 0xFF) < SUBPROC_CP949_CELLS;
}

/* Known to the compiler: what depends on it costs nothing. */
static bool is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static uint64_t swapped(uint64_t word)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < 8; i++)
        result = result << 8 | (word >> 8 * i & 0xFF);
    return result;
}

/* The number of the lowest bit that is set; there is one. */
static size_t lowest_bit(uint64_t word)
{
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(word);
#else
    size_t bit = 0;
    for (; (word & 1) == 0; word >>= 1)
        bit++;
    return bit;
#endif
}

/* How many of eight bytes are ASCII, from the front. No loop: the lengths of words can't be predicted. */
static size_t leading_ascii(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, 8);
    word = (is_little_endian() ? word : swapped(word)) & UINT64_C(0x8080808080808080);
    if (word == 0)
        return 8;
    return lowest_bit(word) / 8;
}

static char *put_two(char *out, uint32_t point)
{
    out[0] = (char)(0xC0 | point >> 6);
    out[1] = (char)(0x80 | (point & 0x3F));
    return out + 2;
}

/* Writes a fourth byte, too, which doesn't count. */
static char *put_three(char *out, uint32_t point)
{
    uint32_t word = 0x8080E0 | point >> 12 | (point >> 6 & 0x3F) << 8 | (point & 0x3F) << 16;
    word = is_little_endian() ? word : (uint32_t)(swapped(word) >> 32);
    memcpy(out, &word, sizeof word);
    return out + 3;
}

static char *put(char *out, uint32_t point)
{
    return point < 0x800 ? put_two(out, point) : put_three(out, point);
}

/* Eight bytes are read and written at a time while there are as many. */
enum { WORD = 8 };

/* After so much ASCII in a row it is copied in larger pieces. */
enum { LONG_RUN = 64 };

/*
 * Many characters, while a whole word can be read: the same as decode_one again and again, but this loop is what the speed
 * rests on. Words and their lengths come at random, so it has one branch for the end of each run and none for its length.
 */
static inline size_t decode_fast(const unsigned char *bytes, size_t size, const uint16_t *rows, unsigned first_short,
                                 char **out)
{
    const uint16_t *const points = subproc_cp949_points, *const columns = subproc_cp949_columns[0];
    char *to = *out;
    size_t at = 0, ascii = 0;
    while (size - at >= WORD) {
        if (bytes[at] < 0x80) {
            memcpy(to, bytes + at, WORD);
            size_t run = leading_ascii(bytes + at);
            at += run;
            to += run;
            ascii += run;
            if (run == WORD && ascii < LONG_RUN)
                continue;
            if (run == WORD) {
                run = subproc_utf8_ascii((const char *)bytes + at, size - at);
                memcpy(to, bytes + at, run);
                at += run;
                to += run;
            }
            if (size - at < WORD)
                break;
            ascii = 0;
        }
        for (unsigned lead = bytes[at]; lead >= 0x80 && size - at >= 4; lead = bytes[at]) {
            unsigned trail = bytes[at + 1], ks = trail - 0xA1; /* most second bytes need no look at their column */
            size_t place = rows[lead];
            place += ks < KS_ROW ? ks + KS_COLUMN : columns[(lead >= first_short ? 256 : 0) + trail];
            if (place >= SUBPROC_CP949_CELLS)
                goto done;
            uint32_t point = points[place];
            if (point < 0x800) {
                if (point == 0)
                    goto done;
                to = put_two(to, point);
            } else {
                to = put_three(to, point);
            }
            at += 2;
        }
    }
done:
    *out = to;
    return at;
}

/* One character; the bytes it took, 0 when it is none. */
static size_t decode_one(const unsigned char *bytes, size_t size, bool ks_only, char **out)
{
    if (bytes[0] < 0x80) {
        *(*out)++ = (char)bytes[0];
        return 1;
    }
    if (bytes[0] == 0x80 && !ks_only) {
        *out = put(*out, 0x80);
        return 1;
    }
    unsigned place = size > 1 ? cell(ks_only, bytes[0], bytes[1]) : SUBPROC_CP949_CELLS;
    if (place >= SUBPROC_CP949_CELLS || subproc_cp949_points[place] == 0)
        return 0;
    *out = put(*out, subproc_cp949_points[place]);
    return 2;
}

size_t subproc_cp949_decode(const unsigned char *bytes, size_t size, bool ks_only, char *out, size_t *made)
{
    char *const begin = out;
    size_t at = 0, taken = 1;
    while (at < size && taken > 0) {
        at += decode_fast(bytes + at, size - at, subproc_cp949_rows[ks_only], ks_only ? 0 : FIRST_KS_LEAD, &out);
        taken = at < size ? decode_one(bytes + at, size - at, ks_only, &out) : 0;
        at += taken;
    }
    *made += (size_t)(out - begin);
    return at;
}

size_t subproc_cp949_part(const unsigned char *bytes, size_t size, bool ks_only, bool *open)
{
    bool lead = is_lead(bytes[0]) && (!ks_only || bytes[0] >= 0xA1);
    *open = size == 1 && lead;
    return size > 1 && lead && bytes[1] >= 0x80 ? 2 : 1;
}

/* ---- the other way --------------------------------------------------------------------------------------------- */

/* The n-th Hangul syllable of KS X 1001: rows B0 to C8 hold them in Unicode's order. */
static unsigned ks_hangul(unsigned n)
{
    return (0xB0 + n / KS_ROW) << 8 | (0xA1 + n % KS_ROW);
}

static unsigned trail_of(unsigned column)
{
    return column < 26 ? 0x41 + column : column < 52 ? 0x61 + column - 26 : 0x81 + column - 52;
}

/* The n-th syllable of the extension, in Unicode's order too: leads 81 to A0 have 178 of them, A1 to C6 have 84. */
static unsigned extension_hangul(unsigned n)
{
    const unsigned full_rows = 32;
    if (n < full_rows * FULL_ROW)
        return (FIRST_LEAD + n / FULL_ROW) << 8 | trail_of(n % FULL_ROW);
    n -= full_rows * FULL_ROW;
    return (FIRST_LEAD + full_rows + n / KS_COLUMN) << 8 | trail_of(n % KS_COLUMN);
}

static unsigned other(unsigned n)
{
    return subproc_cp949_others[n];
}

/* Finds a code point among `count` codes in the order of their points. */
static int find(uint32_t point, unsigned (*code)(unsigned), unsigned count)
{
    unsigned low = 0;
    while (count > 0) {
        unsigned half = count / 2, pair = code(low + half);
        uint32_t there = subproc_cp949_point(pair >> 8, pair & 0xFF);
        if (there == point)
            return (int)pair;
        if (there < point) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return -1;
}

int subproc_cp949_code(uint32_t point)
{
    if (point <= 0x80)
        return (int)point;
    if (point < HANGUL_FIRST || point > HANGUL_LAST)
        return find(point, other, SUBPROC_CP949_OTHERS);
    int code = find(point, ks_hangul, 2350);
    return code >= 0 ? code : find(point, extension_hangul, 8822);
}
