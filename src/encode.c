/* Text for a child's input: UTF-8 to the child's encoding. */
#include <inttypes.h>
#include <string.h>

#include "codec.h"
#include "error.h"
#include "utf8.h"

static size_t character_size(const char *text)
{
    unsigned char lead = (unsigned char)*text;
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static uint32_t point_of(const char *character, size_t size)
{
    uint32_t point = size == 1 ? (unsigned char)*character : (unsigned char)*character & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((unsigned char)character[i] & 0x3Fu);
    return point;
}

static int say_missing(const struct subproc_encoding *encoding, const char *text, size_t offset,
                       struct subproc_error *error)
{
    size_t size = character_size(text + offset);
    return subproc_error_say(error, SUBPROC_E_ENCODING, "encode",
                             "'%.*s' (U+%04" PRIX32 ") at offset %zu can't be said in %s", (int)size, text + offset,
                             point_of(text + offset, size), offset, subproc_encoding_title(encoding));
}

static int encode(const char *name, const char *text, size_t size, struct subproc_buffer *out, struct subproc_error *error)
{
    struct subproc_encoding encoding = {.kind = SUBPROC_ENCODING_BYTES, .name = "bytes"};
    const char *page = name;
    size_t used = size, good = subproc_utf8_check(text, size);
    if (name)
        (void)subproc_encoding_is_auto(name, &page); /* a child that writes either reads the page */
    int result = page ? subproc_encoding_named(page, &encoding, error) : 0;
    if (result != 0)
        return result;
    if (name && good < size)
        return subproc_error_say(error, SUBPROC_E_INVALID, "encode", "byte 0x%02X at offset %zu is not UTF-8",
                                 (unsigned)(unsigned char)text[good], good);
    if (encoding.by_mark)
        result = subproc_buffer_append(out, "\xFF\xFE", 2);
    if (result == 0)
        result = subproc_codec_encode(&encoding, text, size, out, &used, error);
    return result == 0 && used < size ? say_missing(&encoding, text, used, error) : result;
}

int subproc_encode(const char *encoding, const char *text, size_t size, char **encoded, size_t *encoded_size,
                   struct subproc_error *error)
{
    struct subproc_error spare;
    struct subproc_buffer out = {0};
    error = subproc_error_begin(error, &spare);
    if (!encoded || !encoded_size || (size > 0 && !text))
        return subproc_error_say(error, SUBPROC_E_INVALID, "encode", "a pointer is NULL");
    *encoded = NULL;
    *encoded_size = 0;
    int result = encode(encoding, size > 0 ? text : "", size, &out, error);
    if (result == 0)
        result = subproc_buffer_reserve(&out, 0);
    if (result != 0) {
        subproc_buffer_free(&out);
        if (error->code == 0)
            subproc_error_set(error, result, "encode", 0);
        if (error->message[0] == 0)
            subproc_error_sentence(error, "%s", subproc_strerror(result));
        return result;
    }
    out.bytes[out.size] = 0;
    *encoded = out.bytes;
    *encoded_size = out.size;
    return 0;
}
