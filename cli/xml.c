/* Text in XML. */
#include "xml.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

#define ELLIPSIS     "\xE2\x80\xA6"
#define BYTE_COLUMNS 4 /* \xNN */

/* One character, or one byte that belongs to none. */
struct piece {
    size_t size, columns;
    bool is_shown;
};

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (number >= ranges[i].first && number <= ranges[i].last)
            return true;
    }
    return false;
}

/* What XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets) or calls discouraged, and the marks of the bidirectional algorithm
 * that would turn what follows (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters). */
static bool is_hidden(uint32_t number)
{
    static const struct range hidden[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x200E, 0x200F}, {0x2028, 0x202E},
                                          {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFFE, 0xFFFF}};
    return is_in(hidden, sizeof hidden / sizeof *hidden, number);
}

/* East Asian wide and full-width characters, in blocks: https://www.unicode.org/reports/tr11/ */
static bool is_wide(uint32_t number)
{
    static const struct range wide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
                                        {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    return is_in(wide, sizeof wide / sizeof *wide, number);
}

static struct piece first_piece(const char *text, size_t size)
{
    size_t count = cli_utf8_size(text, size);
    if (count == 0)
        return (struct piece){.size = 1, .columns = BYTE_COLUMNS};
    uint32_t number = cli_utf8_number(text, count);
    if (is_hidden(number))
        return (struct piece){.size = count, .columns = count * BYTE_COLUMNS};
    return (struct piece){.size = count, .columns = is_wide(number) ? 2 : 1, .is_shown = true};
}

size_t cli_xml_columns(const char *text)
{
    size_t columns = 0;
    for (size_t left = strlen(text); left > 0;) {
        struct piece piece = first_piece(text, left);
        columns += piece.columns;
        text += piece.size;
        left -= piece.size;
    }
    return columns;
}

static void add_shown(struct cli_output *output, const char *text, size_t size)
{
    switch (*text) {
    case '&':
        cli_output_text(output, "&amp;");
        break;
    case '<':
        cli_output_text(output, "&lt;");
        break;
    case '>': /* "]]>" may not stand in text */
        cli_output_text(output, "&gt;");
        break;
    case '"':
        cli_output_text(output, "&quot;");
        break;
    default:
        cli_output_bytes(output, text, size);
    }
}

static void add_piece(struct cli_output *output, const char *text, const struct piece *piece)
{
    if (piece->is_shown) {
        add_shown(output, text, piece->size);
        return;
    }
    for (size_t i = 0; i < piece->size; i++)
        cli_output_format(output, "\\x%02X", (unsigned char)text[i]);
}

void cli_xml_text(struct cli_output *output, const char *text, size_t columns)
{
    bool is_cut = cli_xml_columns(text) > columns;
    size_t room = is_cut && columns > 0 ? columns - 1 : columns;
    for (size_t left = strlen(text); left > 0;) {
        struct piece piece = first_piece(text, left);
        if (piece.columns > room)
            break;
        add_piece(output, text, &piece);
        room -= piece.columns;
        text += piece.size;
        left -= piece.size;
    }
    if (is_cut)
        cli_output_text(output, ELLIPSIS);
}
