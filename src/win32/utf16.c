/* UTF-8 to UTF-16 and back. */
#include "utf16.h"

#include <stdbool.h>

/*
 * The Unicode standard's table 3-7: after the lead byte, the first continuation byte is narrower than 80..BF exactly where
 * a longer form, a surrogate, or a point above U+10FFFF would begin.
 *
 *   lead    first continuation   what the narrower range keeps out
 *   C2..DF  80..BF
 *   E0      A0..BF               overlong
 *   E1..EF  80..BF
 *   ED      80..9F               surrogates (all of 80..BF where they may stand alone)
 *   F0      90..BF               overlong
 *   F1..F3  80..BF
 *   F4      80..8F               above U+10FFFF
 */
struct sequence {
    size_t size; /* 0: no lead byte */
    unsigned char first_low, first_high;
};

static struct sequence sequence_of(unsigned char lead, bool surrogates)
{
    struct sequence sequence = {0, 0x80, 0xBF};
    if (lead < 0x80)
        sequence.size = 1;
    else if (lead >= 0xC2 && lead <= 0xDF)
        sequence.size = 2;
    else if (lead >= 0xE0 && lead <= 0xEF)
        sequence.size = 3;
    else if (lead >= 0xF0 && lead <= 0xF4)
        sequence.size = 4;

    if (lead == 0xE0)
        sequence.first_low = 0xA0;
    else if (lead == 0xED && !surrogates)
        sequence.first_high = 0x9F;
    else if (lead == 0xF0)
        sequence.first_low = 0x90;
    else if (lead == 0xF4)
        sequence.first_high = 0x8F;
    return sequence;
}

size_t subproc_utf16_decode(const char *text, size_t size, enum subproc_utf16_form form, uint32_t *point)
{
    if (size == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text;
    const struct sequence sequence = sequence_of(bytes[0], form == SUBPROC_UTF16_WTF8);
    if (sequence.size == 0 || sequence.size > size)
        return 0;
    if (sequence.size > 1 && (bytes[1] < sequence.first_low || bytes[1] > sequence.first_high))
        return 0;

    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = bytes[0] & lead_bits[sequence.size];
    for (size_t i = 1; i < sequence.size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    *point = value;
    return sequence.size;
}

size_t subproc_utf16_encode(uint32_t point, uint16_t *out)
{
    if (point < 0x10000) {
        if (out != NULL)
            out[0] = (uint16_t)point;
        return 1;
    }
    if (out != NULL) {
        out[0] = (uint16_t)(0xD800 + ((point - 0x10000) >> 10));
        out[1] = (uint16_t)(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
    return 2;
}

size_t subproc_utf16_from_utf8(const char *text, size_t size, enum subproc_utf16_form form, uint16_t *out, size_t *bad)
{
    size_t units = 0;
    size_t offset = 0;
    while (offset < size) {
        uint32_t point;
        const size_t step = subproc_utf16_decode(text + offset, size - offset, form, &point);
        if (step == 0)
            break;
        units += subproc_utf16_encode(point, out != NULL ? out + units : NULL);
        offset += step;
    }
    *bad = offset;
    return units;
}

static bool is_pair(const uint16_t *units, size_t count)
{
    return count >= 2 && (units[0] & 0xFC00) == 0xD800 && (units[1] & 0xFC00) == 0xDC00;
}

static size_t encode_utf8(uint32_t point, char *out)
{
    static const unsigned char lead_mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
    const size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (out == NULL)
        return size;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (char)(lead_mark[size] | point);
    return size;
}

size_t subproc_utf16_to_utf8(const uint16_t *units, size_t count, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t point = units[i];
        if (is_pair(units + i, count - i)) {
            point = 0x10000 + ((point - 0xD800) << 10) + (units[i + 1] - 0xDC00u);
            i++;
        }
        size += encode_utf8(point, out != NULL ? out + size : NULL);
    }
    return size;
}
