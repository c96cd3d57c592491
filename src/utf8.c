/* Well-formed UTF-8, as Unicode's table 3-7 defines it. */
#include "utf8.h"

#include <stdbool.h>

static bool in(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* The size of the well-formed sequence at `text`, or 0. */
static size_t sequence(const unsigned char *text, size_t size)
{
    unsigned char lead = text[0];
    if (lead < 0x80)
        return 1;
    size_t need = in(lead, 0xC2, 0xDF) ? 2 : in(lead, 0xE0, 0xEF) ? 3 : in(lead, 0xF0, 0xF4) ? 4 : 0;
    if (need == 0 || need > size)
        return 0;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;  /* lower: an overlong form */
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF; /* higher: a surrogate, or above U+10FFFF */
    if (!in(text[1], low, high))
        return 0;
    for (size_t i = 2; i < need; i++)
        if (!in(text[i], 0x80, 0xBF))
            return 0;
    return need;
}

size_t subproc_utf8_check(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t bytes = sequence((const unsigned char *)text + at, size - at);
        if (bytes == 0)
            break;
        at += bytes;
    }
    return at;
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
