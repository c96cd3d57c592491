// The command's platform for tests of its pure files: a clock and a terminal that the test makes.
#include "fake_terminal.h"

extern "C" {
#include "colour.h"
#include "platform.h"

bool cli_platform_write(enum subproc_stream_id, const char *bytes, size_t size)
{
    fake::written.append(bytes, size);
    return true;
}

size_t cli_platform_columns(enum subproc_stream_id)
{
    return fake::columns;
}

int64_t cli_platform_now(void)
{
    return fake::now;
}

void cli_colour_text(struct cli_output *output, enum cli_colour, const char *text)
{
    fake::coloured += text;
    cli_output_text(output, text);
}
}
