/* Looking at UTF-8. */
#include "utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How many bytes a lead byte asks for, 0 when it is none. C0, C1 and above F4 lead nothing. */
static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/* The second byte is where overlong forms, surrogates and numbers above U+10FFFF show: Unicode 15, table 3-7. */
static bool second_byte_fits(unsigned char lead, unsigned char second)
{
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

size_t cli_utf8_size(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = sequence_size(*at);
    if (count <= 1)
        return count;
    for (size_t i = 1; i < count; i++) {
        if (i >= size || !is_continuation(at[i]))
            return 0;
    }
    return second_byte_fits(at[0], at[1]) ? count : 0;
}

uint32_t cli_utf8_number(const char *text, size_t size)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t number = (unsigned char)text[0] & lead_bits[size];
    for (size_t i = 1; i < size; i++)
        number = number << 6 | ((unsigned char)text[i] & 0x3F);
    return number;
}

bool cli_utf8_is_text(const char *bytes, size_t size)
{
    while (size > 0) {
        size_t count = cli_utf8_size(bytes, size);
        if (count == 0)
            return false;
        bytes += count;
        size -= count;
    }
    return true;
}
