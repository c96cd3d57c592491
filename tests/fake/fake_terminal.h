// The command's platform for tests of its pure files: a clock and a terminal that the test makes.
#ifndef SUBPROC_TESTS_FAKE_TERMINAL_H
#define SUBPROC_TESTS_FAKE_TERMINAL_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace fake
{

inline int64_t now = 0;      // milliseconds
inline size_t columns = 0;   // of standard error; 0: it is no terminal
inline std::string written;  // on standard error
inline std::string coloured; // what of it had a colour

} // namespace fake

#endif
