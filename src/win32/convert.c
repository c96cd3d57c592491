/* Encodings that the portable part leaves to the system: code pages. */
#include "win32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Microsoft's page for EUC-JP writes the three-byte characters 8F xx yy as xx and yy without its high bit. */
#define EUC_JP  20932
#define GB18030 54936

struct subproc_os_converter {
    UINT page;
    UINT largest; /* bytes of a character */
    bool from_utf8;
};

int subproc_os_console_encoding(char *name, size_t size, struct subproc_error *error)
{
    (void)error; /* there is always a page */
    UINT page = GetConsoleOutputCP();
    snprintf(name, size, "cp%u", page ? page : GetOEMCP());
    return 0;
}

/* Pages that are no page with a character in each byte or pair: UTF-7, ISO 2022, HZ keep a state. */
static bool is_usable(UINT page, UINT *largest)
{
    CPINFO info;
    if (page == 0 || page == CP_UTF7 || page == CP_UTF8 || (page >= 50000 && page < 51000) || page == 52936)
        return false;
    if (!IsValidCodePage(page) || !GetCPInfo(page, &info))
        return false;
    *largest = info.MaxCharSize;
    return info.MaxCharSize <= 2 || page == GB18030;
}

int subproc_os_converter_open(const char *name, uint32_t page, bool from_utf8, struct subproc_os_converter **converter,
                              struct subproc_error *error)
{
    (void)name; /* Windows knows pages by their numbers only */
    UINT largest = 1;
    if (!is_usable(page, &largest))
        return subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0);
    struct subproc_os_converter *made = malloc(sizeof *made);
    if (!made)
        return subproc_os_fail(error, "encoding", ERROR_NOT_ENOUGH_MEMORY);
    *made = (struct subproc_os_converter){.page = page, .largest = largest, .from_utf8 = from_utf8};
    *converter = made;
    return 0;
}

/*
 * The bytes that the character at `in` takes, as its first ones say; may be more than there are. MultiByteToWideChar
 * fails in the same way for a bad character and for one that is not complete, so this is what tells them apart.
 */
static size_t character_size(const struct subproc_os_converter *converter, const unsigned char *in, size_t size)
{
    if (converter->page == EUC_JP && in[0] == 0x8F)
        return 3;
    if (converter->page == GB18030 && in[0] >= 0x81 && in[0] <= 0xFE)
        return size > 1 && in[1] >= '0' && in[1] <= '9' ? 4 : 2;
    return converter->largest > 1 && IsDBCSLeadByteEx(converter->page, in[0]) ? 2 : 1;
}

/* One whole character as UTF-16; 0 when it is none. */
static int to_wide(const struct subproc_os_converter *converter, const unsigned char *in, size_t size, wchar_t wide[4])
{
    char bytes[4];
    memcpy(bytes, in, size);
    if (converter->page == EUC_JP && size == 3) {
        if (in[1] < 0xA1 || in[2] < 0xA1)
            return 0;
        bytes[0] = (char)in[1];
        bytes[1] = (char)(in[2] & 0x7F);
        size = 2;
    } else if (converter->page == EUC_JP && size == 2 && in[1] < 0xA1) {
        return 0;
    }
    return MultiByteToWideChar(converter->page, MB_ERR_INVALID_CHARS, bytes, (int)size, wide, 4);
}

/* As UTF-8; 0 when the units are no characters. */
static size_t to_utf8(const wchar_t *wide, int units, char out[16])
{
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, units, out, 16, NULL, NULL);
    return size > 0 ? (size_t)size : 0;
}

static enum subproc_os_converted decode(const struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                        char **out, size_t *out_room)
{
    while (*in_size > 0) {
        const unsigned char *bytes = (const unsigned char *)*in;
        size_t size = character_size(converter, bytes, *in_size);
        if (size > *in_size)
            return SUBPROC_OS_CONVERTED_OPEN;
        wchar_t wide[4];
        char text[16];
        int units = to_wide(converter, bytes, size, wide);
        size_t made = units > 0 ? to_utf8(wide, units, text) : 0;
        if (made == 0)
            return SUBPROC_OS_CONVERTED_BAD;
        if (made > *out_room)
            return SUBPROC_OS_CONVERTED_FULL;
        memcpy(*out, text, made);
        *in += size;
        *in_size -= size;
        *out += made;
        *out_room -= made;
    }
    return SUBPROC_OS_CONVERTED_ALL;
}

/* The bytes of a character in the page; 0 when it has none. */
static size_t from_wide(const struct subproc_os_converter *converter, const wchar_t *wide, int units, char bytes[8])
{
    BOOL replaced = FALSE;
    bool told = converter->page != GB18030; /* takes no other flags, and has every character */
    int size = WideCharToMultiByte(converter->page, told ? WC_NO_BEST_FIT_CHARS : 0, wide, units, bytes, 7, NULL,
                                   told ? &replaced : NULL);
    if (size <= 0 || size > 4 || replaced)
        return 0;
    if (converter->page == EUC_JP && size == 2 && !(bytes[1] & 0x80)) {
        bytes[2] = (char)(bytes[1] | 0x80);
        bytes[1] = bytes[0];
        bytes[0] = (char)0x8F;
        return 3;
    }
    return (size_t)size;
}

/* Some pages still change what has no character there: only what comes back the same has been said. */
static bool comes_back(const struct subproc_os_converter *converter, const char *bytes, size_t size, const wchar_t *wide,
                       int units)
{
    wchar_t back[4];
    return to_wide(converter, (const unsigned char *)bytes, size, back) == units &&
           memcmp(back, wide, (size_t)units * sizeof *wide) == 0;
}

static enum subproc_os_converted encode(const struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                        char **out, size_t *out_room)
{
    while (*in_size > 0) {
        uint32_t point;
        uint16_t pair[2] = {0};
        wchar_t wide[2];
        char bytes[8];
        size_t taken = subproc_utf16_decode(*in, *in_size, SUBPROC_UTF16_STRICT, &point);
        if (taken == 0)
            return SUBPROC_OS_CONVERTED_BAD;
        int units = (int)subproc_utf16_encode(point, pair);
        memcpy(wide, pair, sizeof wide);
        size_t made = from_wide(converter, wide, units, bytes);
        if (made == 0 || !comes_back(converter, bytes, made, wide, units))
            return SUBPROC_OS_CONVERTED_BAD;
        if (made > *out_room)
            return SUBPROC_OS_CONVERTED_FULL;
        memcpy(*out, bytes, made);
        *in += taken;
        *in_size -= taken;
        *out += made;
        *out_room -= made;
    }
    return SUBPROC_OS_CONVERTED_ALL;
}

enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                             char **out, size_t *out_room)
{
    if (!in)
        return SUBPROC_OS_CONVERTED_ALL; /* no page here has a state */
    return converter->from_utf8 ? encode(converter, in, in_size, out, out_room)
                                : decode(converter, in, in_size, out, out_room);
}

void subproc_os_converter_close(struct subproc_os_converter *converter)
{
    free(converter);
}
