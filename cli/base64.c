/* Base64 with padding: RFC 4648, section 4. */
#include "base64.h"

/* Up to three bytes, as four characters. */
static void add_group(struct cli_output *output, const unsigned char *bytes, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned second = size > 1 ? bytes[1] : 0;
    unsigned third = size > 2 ? bytes[2] : 0;
    unsigned bits = (unsigned)bytes[0] << 16 | second << 8 | third;
    char group[4] = {letters[bits >> 18], letters[bits >> 12 & 63], size > 1 ? letters[bits >> 6 & 63] : '=',
                     size > 2 ? letters[bits & 63] : '='};
    cli_output_bytes(output, group, sizeof group);
}

void cli_base64(struct cli_output *output, const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    for (; size > 3; size -= 3, at += 3)
        add_group(output, at, 3);
    if (size > 0)
        add_group(output, at, size);
}
