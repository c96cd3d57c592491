/* Writing: buffered text on a standard stream or elsewhere, and the one line that tells a failure. */
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "command.h"
#include "piece.h"
#include "platform.h"

static bool write_out(const struct cli_output *output, size_t size)
{
    if (output->write != NULL)
        return output->write(output->context, output->buffer, size);
    return cli_platform_write(output->stream, output->buffer, size);
}

static void flush(struct cli_output *output, size_t size)
{
    if (!output->failed && !write_out(output, size))
        output->failed = true;
    memmove(output->buffer, output->buffer + size, output->size - size);
    output->size -= size;
}

void cli_output_bytes(struct cli_output *output, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t room = sizeof output->buffer - output->size;
        size_t piece = size < room ? size : room;
        memcpy(output->buffer + output->size, bytes, piece);
        output->size += piece;
        bytes += piece;
        size -= piece;
        if (output->size == sizeof output->buffer)
            flush(output, cli_whole_piece(output->buffer, output->size));
    }
}

void cli_output_text(struct cli_output *output, const char *text)
{
    cli_output_bytes(output, text, strlen(text));
}

void cli_output_format(struct cli_output *output, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cli_output_text(output, text);
}

bool cli_output_flush(struct cli_output *output)
{
    flush(output, output->size);
    return !output->failed;
}

bool cli_output_finish(struct cli_output *output)
{
    if (cli_output_flush(output))
        return true;
    cli_complain("cannot write to standard output");
    return false;
}

int cli_print(const char *text)
{
    struct cli_output output = {.stream = SUBPROC_OUT};
    cli_output_text(&output, text);
    return cli_output_finish(&output) ? 0 : CLI_FAILED;
}

static void add_escaped(struct cli_output *output, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7F)
            cli_output_format(output, "\\x%02X", c);
        else
            cli_output_bytes(output, text, 1);
    }
}

void cli_complain(const char *format, ...)
{
    char message[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct cli_output output = {.stream = SUBPROC_ERR};
    cli_colour_text(&output, CLI_COLOUR_FAILURE, "subproc:");
    cli_output_text(&output, " ");
    add_escaped(&output, message);
    cli_output_text(&output, "\n");
    flush(&output, output.size); /* nowhere is left to tell that this failed */
}
