/* Writing JSON. */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "base64.h"
#include "utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

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
        size_t count = cli_utf8_size(text, size);
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
    if (cli_utf8_is_text(bytes, size)) {
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
