/* What the console's page can say: not every test has a meaning on an American Windows. */
#ifndef SUBPROC_TESTS_CONSOLE_H
#define SUBPROC_TESTS_CONSOLE_H

#include <gtest/gtest.h>

#include "subproc/subproc.h"

namespace test
{

/* False for a page of single bytes, which then reads whatever it is given. */
inline bool ConsoleHasHangul()
{
    char *encoded = nullptr;
    size_t size = 0;
    int code = subproc_encode("console", "\xED\x95\x9C", 3, &encoded, &size, nullptr);
    subproc_free_string(encoded);
    return code == SUBPROC_OK;
}

} // namespace test

#define NEEDS_HANGUL_ON_THE_CONSOLE()                                                                                      \
    if (!::test::ConsoleHasHangul())                                                                                       \
    GTEST_SKIP() << "the console's page has no Hangul, and reads whatever it is given"

#endif
