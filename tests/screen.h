// What a terminal shows of what was written on it.
#ifndef SUBPROC_TESTS_SCREEN_H
#define SUBPROC_TESTS_SCREEN_H

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

// `text` on a screen of that many columns: its lines, without blanks at their ends and without empty lines at its end.
inline std::string Shown(const std::string &text, size_t columns)
{
    std::vector<std::string> lines(1);
    size_t at = 0;
    for (char c : text) {
        if (c == '\n' || (c != '\r' && at == columns))
            lines.emplace_back();
        if (c == '\n' || c == '\r' || at == columns)
            at = 0;
        if (c == '\n' || c == '\r')
            continue;
        lines.back().resize(std::max(lines.back().size(), at + 1), ' ');
        lines.back()[at++] = c;
    }
    std::string shown;
    for (const std::string &line : lines)
        shown += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return shown.substr(0, shown.find_last_not_of('\n') + 1);
}

#endif
