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

/* Writes a fourth byte, too, which doesn't count. The product has the low 12 bits twice: shifted by 2 and by 16. */
static char *put_three(char *out, uint32_t point)
{
    uint32_t word = 0x8080E0 | point >> 12 | ((point & 0xFFF) * 0x10004 & 0x3F3F00);
    word = is_little_endian() ? word : (uint32_t)(swapped(word) >> 32);
    memcpy(out, &word, sizeof word);
    return out + 3;
}

static char *put(char *out, uint32_t point)
{
    return point < 0x800 ? put_two(out, point) : put_three(out, point);
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

/*
 * Below is what the speed rests on. Words and their lengths come at random, so that the end of each one is guessed wrong by
 * the processor; what matters then is how soon it can tell: from the first byte alone, not from what a table says of it.
 */

/* Eight bytes are read and written at a time while there are as many. */
enum { WORD = 8 };

/* After so much ASCII in a row it is copied in larger pieces. */
enum { LONG_RUN = 64 };

/* ASCII, of which the first byte is some; `last` is where the last whole word begins. */
static inline const unsigned char *pass_ascii(const unsigned char *in, const unsigned char *last, char **out)
{
    for (size_t passed = 0; passed < LONG_RUN && in <= last; passed += WORD) {
        memcpy(*out, in, WORD);
        size_t run = leading_ascii(in);
        *out += run;
        in += run;
        if (run < WORD)
            return in;
    }
    size_t run = subproc_utf8_ascii((const char *)in, (size_t)(last + WORD - in));
    memcpy(*out, in, run);
    *out += run;
    return in + run;
}

/* Pairs with a second byte from A1, whose column needs no table, that take three bytes. */
static inline const unsigned char *pass_pairs(const unsigned char *in, const unsigned char *last, const uint16_t *rows,
                                              char **out)
{
    char *to = *out;
    for (unsigned lead; in <= last && (lead = in[0]) >= 0x80; in += 2) {
        unsigned ks = in[1] - 0xA1u;
        if (ks >= KS_ROW)
            break;
        uint32_t point = subproc_cp949_points[rows[lead] + KS_COLUMN + ks]; /* of a lead byte that is none too: 0 */
        if (point < 0x800)
            break;
        to = put_three(to, point);
    }
    *out = to;
    return in;
}

/* Many characters, while a whole word can be read: the same as decode_one again and again. */
static const unsigned char *decode_fast(const unsigned char *in, const unsigned char *last, bool ks_only, char **out)
{
    for (size_t taken = 1; in <= last && taken > 0;) {
        if (*in < 0x80)
            in = pass_ascii(in, last, out);
        in = pass_pairs(in, last, subproc_cp949_rows[ks_only], out);
        if (in <= last && *in >= 0x80) {
            taken = decode_one(in, WORD, ks_only, out);
            in += taken;
        }
    }
    return in;
}

size_t subproc_cp949_decode(const unsigned char *bytes, size_t size, bool ks_only, char *out, size_t *made)
{
    char *const begin = out;
    const unsigned char *in = bytes, *const end = bytes + size;
    if (size >= WORD)
        in = decode_fast(in, end - WORD, ks_only, &out);
    for (size_t taken = 1; in < end && taken > 0; in += taken)
        taken = decode_one(in, (size_t)(end - in), ks_only, &out);
    *made += (size_t)(out - begin);
    return (size_t)(in - bytes);
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
