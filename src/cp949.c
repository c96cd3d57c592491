/* Code page 949: from bytes to UTF-8 and the code of a code point. */
#include "cp949.h"

#include <string.h>

#include "utf8.h"

#define HANGUL_FIRST 0xAC00u
#define HANGUL_LAST  0xD7A3u

#define NO_COLUMN 0xFF

/* The place of a second byte in a full row: 52 letters, 81 to A0, then the 94 of KS X 1001. */
/* clang-format off */
static const unsigned char columns[256] = {
#define NONE8 NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN
#define EIGHT(first) (first), (first) + 1, (first) + 2, (first) + 3, (first) + 4, (first) + 5, (first) + 6, (first) + 7
    NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, NONE8, /* 00 */
    NO_COLUMN, 0, 1, 2, 3, 4, 5, 6,                         /* 40 */
    EIGHT(7), EIGHT(15), 23, 24, 25, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, /* 48 */
    NO_COLUMN, 26, 27, 28, 29, 30, 31, 32,                                                  /* 60 */
    EIGHT(33), EIGHT(41), 49, 50, 51, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, /* 68 */
    NO_COLUMN, 52, 53, 54, 55, 56, 57, 58,                                                   /* 80 */
    EIGHT(59), EIGHT(67), EIGHT(75), EIGHT(83), EIGHT(91), EIGHT(99), EIGHT(107), EIGHT(115), EIGHT(123), EIGHT(131),
    EIGHT(139), EIGHT(147), EIGHT(155), EIGHT(163), 171, 172, 173, 174, 175, 176, 177, NO_COLUMN, /* 88 */
#undef EIGHT
#undef NONE8
};
/* clang-format on */

enum { FULL_ROW = 178, KS_ROW = 94, KS_COLUMN = FULL_ROW - KS_ROW, FIRST_LEAD = 0x81, FIRST_KS_LEAD = 0xC7 };

static bool is_lead(unsigned byte)
{
    return byte >= FIRST_LEAD && byte < 0xFF;
}

/* The place of a pair among the points; SUBPROC_CP949_CELLS: it has none. Rows from C7 have no first 84 columns. */
static size_t cell(unsigned lead, unsigned trail)
{
    unsigned column = columns[trail];
    if (!is_lead(lead) || column == NO_COLUMN || (lead >= FIRST_KS_LEAD && column < KS_COLUMN))
        return SUBPROC_CP949_CELLS;
    return (size_t)subproc_cp949_rows[lead] + column;
}

uint32_t subproc_cp949_point(unsigned lead, unsigned trail)
{
    size_t place = cell(lead & 0xFF, trail & 0xFF);
    return place == SUBPROC_CP949_CELLS ? 0 : subproc_cp949_points[place];
}

bool subproc_cp949_is_euc_kr(unsigned lead, unsigned trail)
{
    return lead >= 0xA1 && trail >= 0xA1 && lead != 0xC9 && lead != 0xFE;
}

/* Copies ASCII, many bytes at a time; returns how many there were. */
static size_t copy_ascii(const unsigned char *bytes, size_t size, char *out)
{
    size_t run = subproc_utf8_ascii((const char *)bytes, size);
    memcpy(out, bytes, run);
    return run;
}

static char *put(char *out, uint32_t point)
{
    if (point >= 0x800) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return out + 3;
    }
    out[0] = (char)(0xC0 | point >> 6);
    out[1] = (char)(0x80 | (point & 0x3F));
    return out + 2;
}

/* ASCII runs that pay for the call; a lone space between words does not. */
static bool begins_run(const unsigned char *bytes, size_t size)
{
    return size >= 16 && (bytes[1] | bytes[2] | bytes[3]) < 0x80;
}

size_t subproc_cp949_decode(const unsigned char *bytes, size_t size, bool ks_only, char *out, size_t *made)
{
    char *const begin = out;
    size_t at = 0;
    while (at < size) {
        unsigned lead = bytes[at];
        if (lead < 0x80) {
            size_t run = 1;
            if (begins_run(bytes + at, size - at))
                run = copy_ascii(bytes + at, size - at, out);
            else
                *out = (char)lead;
            at += run;
            out += run;
            continue;
        }
        if (lead == 0x80 && !ks_only) {
            out = put(out, lead);
            at++;
            continue;
        }
        if (at + 1 == size || (ks_only && !subproc_cp949_is_euc_kr(lead, bytes[at + 1])))
            break;
        size_t place = cell(lead, bytes[at + 1]);
        uint32_t point = place == SUBPROC_CP949_CELLS ? 0 : subproc_cp949_points[place];
        if (point == 0)
            break;
        out = put(out, point);
        at += 2;
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
