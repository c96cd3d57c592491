/* Encodings that the portable part leaves to the system: iconv. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__APPLE__)
#include <xlocale.h> /* after langinfo.h, for nl_langinfo_l */
#endif

#include "posix.h"

int subproc_os_console_encoding(char *name, size_t size, struct subproc_error *error)
{
    /* A locale of our own: setlocale would change it for the whole process. */
    locale_t environment = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (environment == (locale_t)0) { /* LANG names a locale that is not installed: programs run in "C" then */
        snprintf(name, size, "%s", "ascii");
        return 0;
    }
    const char *charset = nl_langinfo_l(CODESET, environment);
    int length = snprintf(name, size, "%s", *charset ? charset : "ascii");
    freelocale(environment);
    if (length < 0 || (size_t)length >= size)
        return subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0);
    return 0;
}

#if SUBPROC_HAVE_ICONV

#include <errno.h>
#include <iconv.h>

struct subproc_os_converter {
    iconv_t handle;
    bool from_utf8;
};

static iconv_t open_iconv(const char *name, bool from_utf8)
{
    return from_utf8 ? iconv_open(name, "UTF-8") : iconv_open("UTF-8", name);
}

/* What converters without Microsoft's numbers call these pages (musl). */
static const char *usual_name(uint32_t page)
{
    return page == 932 ? "SHIFT_JIS" : page == 936 ? "GBK" : page == 950 ? "BIG5" : NULL;
}

/* The name as it is, as a page number, and as it is usually called. */
static iconv_t open_any(const char *name, uint32_t page, bool from_utf8)
{
    char number[16];
    snprintf(number, sizeof number, "CP%u", (unsigned)page);
    iconv_t handle = open_iconv(name, from_utf8);
    if (handle == (iconv_t)-1 && errno == EINVAL && page)
        handle = open_iconv(number, from_utf8);
    if (handle == (iconv_t)-1 && errno == EINVAL && usual_name(page))
        handle = open_iconv(usual_name(page), from_utf8);
    return handle;
}

int subproc_os_converter_open(const char *name, uint32_t page, bool from_utf8, struct subproc_os_converter **converter,
                              struct subproc_error *error)
{
    iconv_t handle = open_any(name, page, from_utf8);
    if (handle == (iconv_t)-1)
        return errno == EINVAL ? subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0)
                               : subproc_os_fail(error, "encoding", errno);
    struct subproc_os_converter *made = malloc(sizeof *made);
    if (!made) {
        (void)iconv_close(handle); /* fails only for what is no converter */
        return subproc_os_fail(error, "encoding", ENOMEM);
    }
    *made = (struct subproc_os_converter){.handle = handle, .from_utf8 = from_utf8};
    *converter = made;
    return 0;
}

static enum subproc_os_converted ended(size_t result)
{
    if (result != (size_t)-1)
        return SUBPROC_OS_CONVERTED_ALL;
    return errno == E2BIG    ? SUBPROC_OS_CONVERTED_FULL
           : errno == EINVAL ? SUBPROC_OS_CONVERTED_OPEN
                             : SUBPROC_OS_CONVERTED_BAD;
}

/* The size of a well-formed character by its first byte; 1 for the rest, which iconv refuses. */
static size_t character_size(const char *text, size_t size)
{
    unsigned char lead = (unsigned char)*text;
    size_t whole = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return whole < size ? whole : size;
}

/*
 * One character at a time: iconv counts what it has replaced by something else (musl writes `*`, others what looks alike)
 * but does not say where. The state is only written back for what was said exactly.
 */
static enum subproc_os_converted encode(iconv_t handle, const char **in, size_t *in_size, char **out, size_t *out_room)
{
    while (*in_size > 0) {
        size_t size = character_size(*in, *in_size), left = size, room = *out_room;
        char *from = (char *)*in, *to = *out; /* iconv never writes through `from`; its type is history */
        size_t replaced = iconv(handle, &from, &left, &to, &room);
        if (replaced != 0)
            return replaced == (size_t)-1 ? ended(replaced) : SUBPROC_OS_CONVERTED_BAD;
        *in += size;
        *in_size -= size;
        *out = to;
        *out_room = room;
    }
    return SUBPROC_OS_CONVERTED_ALL;
}

enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                             char **out, size_t *out_room)
{
    if (!in)
        return ended(iconv(converter->handle, NULL, NULL, out, out_room));
    if (converter->from_utf8)
        return encode(converter->handle, in, in_size, out, out_room);
    char *from = (char *)*in;
    size_t result = iconv(converter->handle, &from, in_size, out, out_room);
    *in = from;
    return ended(result);
}

void subproc_os_converter_close(struct subproc_os_converter *converter)
{
    if (!converter)
        return;
    (void)iconv_close(converter->handle); /* fails only for what is no converter */
    free(converter);
}

#else

int subproc_os_converter_open(const char *name, uint32_t page, bool from_utf8, struct subproc_os_converter **converter,
                              struct subproc_error *error)
{
    (void)name, (void)page, (void)from_utf8, (void)converter;
    return subproc_error_set(error, SUBPROC_E_ENCODING, "encoding", 0);
}

enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                             char **out, size_t *out_room)
{
    (void)converter, (void)in, (void)in_size, (void)out, (void)out_room;
    return SUBPROC_OS_CONVERTED_BAD; /* never called: none was opened */
}

void subproc_os_converter_close(struct subproc_os_converter *converter)
{
    (void)converter;
}

#endif
