// The fake backend has no encodings beside the library's own.
extern "C" {
#include "error.h"
#include "os.h"
}

#include <cstdio>

int subproc_os_console_encoding(char *name, size_t size, struct subproc_error *)
{
    std::snprintf(name, size, "%s", "cp949");
    return 0;
}

int subproc_os_converter_open(const char *, uint32_t, bool, struct subproc_os_converter **, struct subproc_error *error)
{
    return subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0);
}

enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *, const char **, size_t *, char **, size_t *)
{
    return SUBPROC_OS_CONVERTED_BAD;
}

void subproc_os_converter_close(struct subproc_os_converter *) {}
