// Uses the installed library from C++20: the same initialisers as in C.
#include <cstdio>
#include <cstring>

#include <subproc/subproc.h>

int main()
{
    const char *const words[] = {"a b", "c", nullptr};
    char *line = nullptr;
    if (subproc_quote(SUBPROC_QUOTE_ARGV, words, &line, nullptr) != 0)
        return 1;
    const bool quoted = std::strcmp(line, "\"a b\" c") == 0;
    std::printf("%s\n", line);
    subproc_free_string(line);

    subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .timeout = 1000};
    subproc_result result;
    subproc_error error;
    const char *const argv[] = {"no-such-program-here", nullptr};
    const int code = subproc_run(argv, &options, &result, &error);
    subproc_result_free(&result);
    return quoted && code == SUBPROC_E_NOT_FOUND ? 0 : 1;
}
