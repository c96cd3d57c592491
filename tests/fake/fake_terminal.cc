// The command's platform for tests of its pure files: a clock and a terminal that the test makes.
#include "fake_terminal.h"

#include <sstream>
#include <vector>

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
    cli_output_text(output, text);
}
}

std::string fake::Shown(const std::string &text, size_t columns)
{
    std::vector<std::string> lines(1);
    size_t at = 0;
    for (char c : text) {
        if (c == '\n')
            lines.emplace_back();
        if (c == '\n' || c == '\r') {
            at = 0;
            continue;
        }
        if (at == columns) {
            lines.emplace_back();
            at = 0;
        }
        lines.back().resize(std::max(lines.back().size(), at + 1), ' ');
        lines.back()[at++] = c;
    }
    std::string shown;
    for (const std::string &line : lines)
        shown += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return shown.substr(0, shown.find_last_not_of('\n') + 1);
}
