// The fake backend's converters beside the library's own: "fake-single", where a byte is a character (ASCII and U+0080 on), and
// "fake-double", where two bytes from 0x80 on are one (both the same: U+0080 on).
extern "C" {
#include "error.h"
#include "os.h"
}

#include <cstdio>
#include <string>

#include "fake_os.h"

struct subproc_os_converter {
    size_t bytes; // of a character above ASCII
    bool from_utf8;
};

namespace
{

int open_converters;

// A character of the input: its bytes, 0 when it isn't complete; *point is -1 for one that is bad.
size_t Take(const subproc_os_converter &converter, const char *in, size_t size, int *point)
{
    auto first = static_cast<unsigned char>(in[0]);
    size_t bytes = first < 0x80 ? 1 : converter.from_utf8 ? 2 : converter.bytes;
    if (size < bytes)
        return 0;
    auto last = static_cast<unsigned char>(in[bytes - 1]);
    if (first < 0x80 || bytes == 1)
        *point = first;
    else if (converter.from_utf8)
        *point = first == 0xC2 || first == 0xC3 ? (first & 3) << 6 | (last & 0x3F) : -1;
    else
        *point = first == last ? first : -1;
    return bytes;
}

std::string Write(const subproc_os_converter &converter, int point)
{
    if (point < 0x80)
        return {static_cast<char>(point)};
    if (converter.from_utf8)
        return std::string(converter.bytes, static_cast<char>(point));
    return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
}

} // namespace

int fake::OpenConverters()
{
    return open_converters;
}

int subproc_os_console_encoding(char *name, size_t size, struct subproc_error *)
{
    std::snprintf(name, size, "%s", "cp949");
    return 0;
}

int subproc_os_converter_open(const char *name, uint32_t, bool from_utf8, struct subproc_os_converter **converter,
                              struct subproc_error *error)
{
    const std::string wanted = name;
    if (wanted != "fake-single" && wanted != "fake-double")
        return subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0);
    *converter = new subproc_os_converter{wanted == "fake-single" ? size_t{1} : size_t{2}, from_utf8};
    open_converters++;
    return 0;
}

enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                             char **out, size_t *out_room)
{
    while (in != nullptr && *in_size > 0) {
        int point = -1;
        const size_t taken = Take(*converter, *in, *in_size, &point);
        if (taken == 0)
            return SUBPROC_OS_CONVERTED_OPEN;
        if (point < 0)
            return SUBPROC_OS_CONVERTED_BAD;
        const std::string written = Write(*converter, point);
        if (written.size() > *out_room)
            return SUBPROC_OS_CONVERTED_FULL;
        *out += written.copy(*out, written.size());
        *out_room -= written.size();
        *in += taken;
        *in_size -= taken;
    }
    return SUBPROC_OS_CONVERTED_ALL;
}

void subproc_os_converter_close(struct subproc_os_converter *converter)
{
    open_converters -= converter != nullptr;
    delete converter;
}
