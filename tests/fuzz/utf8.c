/* The UTF-8 check against one that looks at each character's bits, at any place of a buffer; and the parts go forward. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "utf8.h"

static size_t character(const uint8_t *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = text[0] < 0x80    ? 1
                  : text[0] >= 0xF8 ? 0
                  : text[0] >= 0xF0 ? 4
                  : text[0] >= 0xE0 ? 3
                  : text[0] >= 0xC0 ? 2
                                    : 0;
    if (need < 2 || need > size)
        return need == 1;
    uint32_t point = text[0] & (0xFFu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3Fu);
    }
    return point >= least[need] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF) ? need : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* A copy of exactly this size, so that a byte read too far is noticed. */
    char *text = malloc(size ? size : 1);
    FUZZ_EXPECT(text);
    memcpy(text, bytes, size);
    size_t good = 0, at = 0;
    while (good < size && character(bytes + good, size - good) > 0)
        good += character(bytes + good, size - good);
    FUZZ_EXPECT(subproc_utf8_check(text, size) == good);
    FUZZ_EXPECT(subproc_utf8_ascii(text, size) <= good);
    while (at < size) {
        bool open = false;
        at += subproc_utf8_check(text + at, size - at);
        if (at == size)
            break;
        size_t part = subproc_utf8_part(text + at, size - at, &open);
        FUZZ_EXPECT(part >= 1 && part <= 3 && part <= size - at && (!open || at + part == size));
        at += part;
    }
    free(text);
    return 0;
}
