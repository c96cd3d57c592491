/* Writing JSON. */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "base64.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static bool is_continuation(const unsigned char *at, size_t size)
{
    return size > 0 && (*at & 0xC0) == 0x80;
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

/* The size of the well-formed character that `text` begins with, 0 when it begins with none. */
static size_t character_size(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = sequence_size(*at);
    if (count <= 1)
        return count;
    for (size_t i = 1; i < count; i++) {
        if (i >= size || !is_continuation(at + i, size - i))
            return 0;
    }
    return second_byte_fits(at[0], at[1]) ? count : 0;
}

static bool is_text(const char *bytes, size_t size)
{
    while (size > 0) {
        size_t count = character_size(bytes, size);
        if (count == 0)
            return false;
        bytes += count;
        size -= count;
    }
    return true;
}

static void add_ascii(struct cli_output *output, char c)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(escaped, c) : NULL;
    if (found != NULL)
        cli_output_format(output, "\\%c", letters[found - escaped]);
    else if ((unsigned char)c < 0x20)
        cli_output_format(output, "\\u%04x", (unsigned)c);
    else
        cli_output_bytes(output, &c, 1);
}

static void add_string(struct cli_output *output, const char *text, size_t size)
{
    cli_output_text(output, "\"");
    while (size > 0) {
        size_t count = character_size(text, size);
        if (count == 1)
            add_ascii(output, *text);
        else if (count > 1)
            cli_output_bytes(output, text, count);
        else
            cli_output_text(output, REPLACEMENT);
        count = count > 0 ? count : 1;
        text += count;
        size -= count;
    }
    cli_output_text(output, "\"");
}

void cli_json_begin(struct cli_output *output)
{
    cli_output_text(output, "{\"version\":1");
}

void cli_json_string(struct cli_output *output, const char *text)
{
    add_string(output, text, strlen(text));
}

void cli_json_strings(struct cli_output *output, const char *const *words)
{
    cli_output_text(output, "[");
    for (size_t i = 0; words[i] != NULL; i++) {
        cli_output_text(output, i > 0 ? "," : "");
        cli_json_string(output, words[i]);
    }
    cli_output_text(output, "]");
}

void cli_json_bytes(struct cli_output *output, const char *bytes, size_t size)
{
    if (is_text(bytes, size)) {
        cli_output_text(output, "\"text\":");
        add_string(output, bytes, size);
        return;
    }
    cli_output_text(output, "\"base64\":\"");
    cli_base64(output, bytes, size);
    cli_output_text(output, "\"");
}

void cli_json_error(struct cli_output *output, const struct subproc_error *error)
{
    if (error->code == SUBPROC_OK) {
        cli_output_text(output, "null");
        return;
    }
    cli_output_format(output, "{\"code\":\"%s\",\"native\":%" PRId64 ",\"step\":", subproc_error_name(error->code),
                      error->native);
    cli_json_string(output, error->step);
    cli_output_text(output, ",\"message\":");
    cli_json_string(output, error->message);
    cli_output_text(output, "}");
}
