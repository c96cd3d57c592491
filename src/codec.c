/* Decoding in each kind of encoding, up to the first bad part. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include "cp949.h"
#include "error.h"
#include "os.h"
#include "utf8.h"

/* ---- opening --------------------------------------------------------------------------------------------------- */

static int open_converter(const struct subproc_encoding *encoding, bool from_utf8, struct subproc_os_converter **converter,
                          struct subproc_error *error)
{
    int result = subproc_os_converter_open(encoding->name, encoding->page, from_utf8, converter, error);
    if (result == SUBPROC_E_ENCODING)
        subproc_error_sentence(error, "encoding '%s' is unknown here", encoding->name);
    return result;
}

/* The only code point below U+FFFF that `text` holds; NO_POINT. */
static uint16_t only_point(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (size == 1 && bytes[0] < 0x80)
        return bytes[0];
    if (subproc_utf8_check(text, size) != size)
        return SUBPROC_CODEC_NO_POINT;
    if (size == 2 && bytes[0] >= 0xC2)
        return (uint16_t)((bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F));
    if (size == 3 && bytes[0] >= 0xE0)
        return (uint16_t)((bytes[0] & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F));
    return SUBPROC_CODEC_NO_POINT;
}

/* What one byte alone is, the converter being in its first state; false: it isn't a whole character nor a bad byte. */
static bool look_at(struct subproc_os_converter *converter, unsigned byte, uint16_t *point)
{
    char in_byte = (char)byte, text[32];
    const char *in = &in_byte;
    char *out = text;
    size_t left = 1, room = sizeof text;
    enum subproc_os_converted end = subproc_os_convert(converter, &in, &left, &out, &room);
    /* Some hold a base letter back for the mark that may follow it. */
    (void)subproc_os_convert(converter, NULL, NULL, &out, &room); /* an end that fails leaves no point, which is told */
    *point = SUBPROC_CODEC_NO_POINT;
    if (end == SUBPROC_OS_CONVERTED_BAD)
        return true;
    *point = only_point(text, (size_t)(out - text));
    return end == SUBPROC_OS_CONVERTED_ALL && *point != SUBPROC_CODEC_NO_POINT;
}

/* A table of the bytes, where each is a character: fast, and the same on systems that would join letter and mark. */
static bool is_single(struct subproc_os_converter *converter, uint16_t points[256])
{
    bool ascii = true;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (!look_at(converter, byte, &points[byte]))
            return false;
        ascii = ascii && (byte >= 0x80 || points[byte] != SUBPROC_CODEC_NO_POINT);
    }
    return ascii;
}

static int open_single(struct subproc_codec *codec, struct subproc_error *error)
{
    codec->points = malloc(256 * sizeof *codec->points);
    if (!codec->points)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "encoding", 0);
    for (uint32_t byte = 0; byte < 256; byte++)
        codec->points[byte] = (uint16_t)(byte <= codec->encoding.last_single ? byte : SUBPROC_CODEC_NO_POINT);
    return 0;
}

static int open_system(struct subproc_codec *codec, struct subproc_error *error)
{
    int result = open_converter(&codec->encoding, false, &codec->converter, error);
    if (result != 0)
        return result;
    uint16_t points[256];
    if (!is_single(codec->converter, points))
        return 0;
    subproc_os_converter_close(codec->converter);
    codec->converter = NULL;
    codec->encoding.kind = SUBPROC_ENCODING_SINGLE;
    result = open_single(codec, error);
    if (result == 0)
        memcpy(codec->points, points, sizeof points);
    return result;
}

int subproc_codec_open(const struct subproc_encoding *encoding, struct subproc_codec *codec, struct subproc_error *error)
{
    *codec = (struct subproc_codec){.encoding = *encoding};
    if (encoding->kind == SUBPROC_ENCODING_SINGLE)
        return open_single(codec, error);
    return encoding->kind == SUBPROC_ENCODING_SYSTEM ? open_system(codec, error) : 0;
}

void subproc_codec_close(struct subproc_codec *codec)
{
    free(codec->points);
    subproc_os_converter_close(codec->converter);
    *codec = (struct subproc_codec){0};
}

int subproc_codec_is_lined(struct subproc_codec *codec, bool *is_lined)
{
    const enum subproc_encoding_kind kind = codec->encoding.kind;
    struct subproc_buffer out = {0};
    int result = 0;
    *is_lined = kind != SUBPROC_ENCODING_UTF16;
    if (kind != SUBPROC_ENCODING_SYSTEM && kind != SUBPROC_ENCODING_SINGLE)
        return 0;
    for (int byte = 0; byte < 0x80 && *is_lined && result == 0; byte++) {
        struct subproc_codec_step step = {.end = SUBPROC_CODEC_BAD};
        char in = (char)byte;
        out.size = 0;
        result = subproc_codec_decode(codec, &in, 1, &out, &step);
        bool own_sign = byte == '\\' || byte == '~'; /* the yen, the won or the overline of some pages */
        *is_lined = step.end == SUBPROC_CODEC_ALL && (own_sign || (out.size == 1 && out.bytes[0] == in));
    }
    subproc_buffer_free(&out);
    return result;
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

static void stopped(struct subproc_codec_step *step, size_t used, size_t part, bool open)
{
    step->end = open ? SUBPROC_CODEC_OPEN : SUBPROC_CODEC_BAD;
    step->used = used;
    step->part = part;
}

static int decode_utf8(const char *bytes, size_t size, struct subproc_buffer *out, struct subproc_codec_step *step)
{
    size_t good = subproc_utf8_check(bytes, size);
    bool open = false;
    step->used = good;
    if (good < size) {
        size_t part = subproc_utf8_part(bytes + good, size - good, &open);
        stopped(step, good, part, open);
    }
    return subproc_buffer_append(out, bytes, good);
}

static int decode_cp949(bool ks_only, const char *bytes, size_t size, struct subproc_buffer *out,
                        struct subproc_codec_step *step)
{
    int result = size > SIZE_MAX / 4 ? SUBPROC_E_NO_MEMORY : subproc_buffer_reserve(out, size * 2 + 8);
    if (result != 0)
        return result;
    const unsigned char *in = (const unsigned char *)bytes;
    size_t made = 0;
    size_t good = subproc_cp949_decode(in, size, ks_only, out->bytes + out->size, &made);
    out->size += made;
    step->used = good;
    if (good < size) {
        bool open = false;
        size_t part = subproc_cp949_part(in + good, size - good, ks_only, &open);
        stopped(step, good, part, open);
    }
    return 0;
}

/* Writes a code point as UTF-8; returns its bytes. */
static size_t put(char *out, uint32_t point)
{
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(leads[size] | point);
    return size;
}

static int decode_single(const uint16_t *points, const char *bytes, size_t size, struct subproc_buffer *out,
                         struct subproc_codec_step *step)
{
    int result = size > SIZE_MAX / 3 ? SUBPROC_E_NO_MEMORY : subproc_buffer_reserve(out, size * 3);
    if (result != 0)
        return result;
    size_t at = 0;
    for (; at < size && points[(unsigned char)bytes[at]] != SUBPROC_CODEC_NO_POINT; at++)
        out->size += put(out->bytes + out->size, points[(unsigned char)bytes[at]]);
    step->used = at;
    if (at < size)
        stopped(step, at, 1, false);
    return 0;
}

static uint32_t unit(const struct subproc_codec *codec, const unsigned char *bytes)
{
    return codec->encoding.big_endian ? (uint32_t)(bytes[0] << 8 | bytes[1]) : (uint32_t)(bytes[1] << 8 | bytes[0]);
}

/* One character of UTF-16: its bytes, 0 when it is bad or not complete (*part, *open). */
static size_t utf16_character(const struct subproc_codec *codec, const unsigned char *bytes, size_t size, uint32_t *point,
                              size_t *part, bool *open)
{
    *open = size < 2;
    *part = *open ? size : 2;
    if (*open)
        return 0;
    uint32_t first = unit(codec, bytes);
    *point = first;
    if (first < 0xD800 || first > 0xDFFF)
        return 2;
    *open = first < 0xDC00 && size < 4;
    if (*open)
        *part = size;
    if (*open || first >= 0xDC00)
        return 0;
    uint32_t second = unit(codec, bytes + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return 0;
    *point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 4;
}

/* Takes the mark at the very beginning; without one little endian, as Windows has it. */
static size_t take_mark(struct subproc_codec *codec, const unsigned char *bytes)
{
    codec->started = true;
    bool little = bytes[0] == 0xFF && bytes[1] == 0xFE, big = bytes[0] == 0xFE && bytes[1] == 0xFF;
    codec->encoding.big_endian = big;
    return little || big ? 2 : 0;
}

static int decode_utf16(struct subproc_codec *codec, const char *bytes, size_t size, struct subproc_buffer *out,
                        struct subproc_codec_step *step)
{
    int result = size > SIZE_MAX / 2 ? SUBPROC_E_NO_MEMORY : subproc_buffer_reserve(out, size * 2 + 4);
    const unsigned char *in = (const unsigned char *)bytes;
    size_t at = 0, part = 0;
    bool open = false;
    if (result != 0)
        return result;
    if (codec->encoding.by_mark && !codec->started && size >= 2)
        at = take_mark(codec, in);
    while (at < size) {
        uint32_t point;
        size_t taken = utf16_character(codec, in + at, size - at, &point, &part, &open);
        if (taken == 0)
            break;
        out->size += put(out->bytes + out->size, point);
        at += taken;
    }
    step->used = at;
    if (at < size)
        stopped(step, at, part, open);
    return 0;
}

/* One byte is bad: the converter doesn't say how many are, and the next one may begin a character or end the line. */
static int decode_system(struct subproc_codec *codec, const char *bytes, size_t size, struct subproc_buffer *out,
                         struct subproc_codec_step *step)
{
    const char *in = bytes;
    size_t left = size;
    for (;;) {
        int result = subproc_buffer_reserve(out, left + left / 2 + 32);
        if (result != 0)
            return result;
        char *to = out->bytes + out->size;
        size_t room = subproc_buffer_room(out);
        enum subproc_os_converted end = subproc_os_convert(codec->converter, &in, &left, &to, &room);
        out->size = (size_t)(to - out->bytes);
        step->used = size - left;
        if (end == SUBPROC_OS_CONVERTED_FULL)
            continue;
        bool open = end == SUBPROC_OS_CONVERTED_OPEN && left <= SUBPROC_CODEC_LONGEST;
        if (end != SUBPROC_OS_CONVERTED_ALL)
            stopped(step, size - left, open ? left : 1, open);
        return 0;
    }
}

int subproc_codec_decode(struct subproc_codec *codec, const char *bytes, size_t size, struct subproc_buffer *out,
                         struct subproc_codec_step *step)
{
    *step = (struct subproc_codec_step){.end = SUBPROC_CODEC_ALL, .used = size};
    switch (codec->encoding.kind) {
    case SUBPROC_ENCODING_UTF8:
        return decode_utf8(bytes, size, out, step);
    case SUBPROC_ENCODING_CP949:
        return decode_cp949(false, bytes, size, out, step);
    case SUBPROC_ENCODING_EUC_KR:
        return decode_cp949(true, bytes, size, out, step);
    case SUBPROC_ENCODING_UTF16:
        return decode_utf16(codec, bytes, size, out, step);
    case SUBPROC_ENCODING_SINGLE:
        return decode_single(codec->points, bytes, size, out, step);
    case SUBPROC_ENCODING_SYSTEM:
        return decode_system(codec, bytes, size, out, step);
    case SUBPROC_ENCODING_BYTES:
        break;
    }
    return subproc_buffer_append(out, bytes, size);
}

int subproc_codec_end(struct subproc_codec *codec, struct subproc_buffer *out)
{
    if (!codec->converter)
        return 0;
    int result = subproc_buffer_reserve(out, 32);
    if (result != 0)
        return result;
    char *to = out->bytes + out->size;
    size_t room = subproc_buffer_room(out);
    (void)subproc_os_convert(codec->converter, NULL, NULL, &to, &room); /* 32 bytes hold any one character */
    out->size = (size_t)(to - out->bytes);
    return 0;
}

/* ---- encoding -------------------------------------------------------------------------------------------------- */

/* The code point at the start of well-formed UTF-8; returns its bytes. */
static size_t get(const char *text, uint32_t *point)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = bytes[0] < 0x80 ? 1 : bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
    *point = size == 1 ? bytes[0] : bytes[0] & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        *point = *point << 6 | (bytes[i] & 0x3Fu);
    return size;
}

/* A unit of UTF-16 as bytes. */
static size_t put_unit(const struct subproc_encoding *encoding, uint32_t value, char *out)
{
    out[encoding->big_endian ? 0 : 1] = (char)(value >> 8);
    out[encoding->big_endian ? 1 : 0] = (char)value;
    return 2;
}

/* One code point in one of our own encodings; 0: it has no bytes there. */
static size_t encode_point(const struct subproc_codec *codec, uint32_t point, char out[4])
{
    if (codec->encoding.kind == SUBPROC_ENCODING_UTF16) {
        if (point < 0x10000)
            return put_unit(&codec->encoding, point, out);
        size_t first = put_unit(&codec->encoding, 0xD800 + ((point - 0x10000) >> 10), out);
        return first + put_unit(&codec->encoding, 0xDC00 + (point & 0x3FF), out + 2);
    }
    if (codec->encoding.kind == SUBPROC_ENCODING_SINGLE) {
        for (unsigned byte = 0; byte < 256; byte++)
            if (codec->points[byte] == point && point != SUBPROC_CODEC_NO_POINT) {
                out[0] = (char)byte;
                return 1;
            }
        return 0;
    }
    int code = subproc_cp949_code(point);
    bool ks_only = codec->encoding.kind == SUBPROC_ENCODING_EUC_KR;
    if (code < 0 || (ks_only && code >= 0x80 && !subproc_cp949_is_euc_kr((unsigned)code >> 8, (unsigned)code & 0xFF)))
        return 0;
    if (code < 0x100) {
        out[0] = (char)code;
        return 1;
    }
    out[0] = (char)(code >> 8);
    out[1] = (char)code;
    return 2;
}

static int encode_points(const struct subproc_codec *codec, const char *text, size_t size, struct subproc_buffer *out,
                         size_t *used)
{
    for (*used = 0; *used < size;) {
        uint32_t point;
        char bytes[4];
        size_t taken = get(text + *used, &point);
        size_t made = encode_point(codec, point, bytes);
        if (made == 0)
            return 0;
        int result = subproc_buffer_append(out, bytes, made);
        if (result != 0)
            return result;
        *used += taken;
    }
    return 0;
}

/* With `in` NULL the converter's end. */
static int convert_all(struct subproc_os_converter *converter, const char **in, size_t *left, struct subproc_buffer *out)
{
    for (;;) {
        int result = subproc_buffer_reserve(out, (left ? *left : 0) + 32);
        if (result != 0)
            return result;
        char *to = out->bytes + out->size;
        size_t room = subproc_buffer_room(out);
        enum subproc_os_converted end = subproc_os_convert(converter, in, left, &to, &room);
        out->size = (size_t)(to - out->bytes);
        if (end != SUBPROC_OS_CONVERTED_FULL)
            return 0;
    }
}

static int encode_system(const struct subproc_encoding *encoding, const char *text, size_t size, struct subproc_buffer *out,
                         size_t *used, struct subproc_error *error)
{
    struct subproc_os_converter *converter = NULL;
    int result = open_converter(encoding, true, &converter, error);
    if (result != 0)
        return result;
    size_t left = size;
    result = convert_all(converter, &text, &left, out);
    *used = size - left;
    if (result == 0 && left == 0)
        result = convert_all(converter, NULL, NULL, out);
    subproc_os_converter_close(converter);
    return result == 0 ? 0 : subproc_error_set(error, result, "encode", 0);
}

int subproc_codec_encode(const struct subproc_encoding *encoding, const char *text, size_t size, struct subproc_buffer *out,
                         size_t *used, struct subproc_error *error)
{
    struct subproc_codec codec;
    int result = subproc_codec_open(encoding, &codec, error);
    if (result != 0)
        return result;
    *used = size;
    if (codec.encoding.kind == SUBPROC_ENCODING_UTF8 || codec.encoding.kind == SUBPROC_ENCODING_BYTES)
        result = subproc_buffer_append(out, text, size);
    else if (codec.encoding.kind == SUBPROC_ENCODING_SYSTEM)
        result = encode_system(encoding, text, size, out, used, error);
    else
        result = encode_points(&codec, text, size, out, used);
    subproc_codec_close(&codec);
    return result == 0 || error->code != 0 ? result : subproc_error_set(error, result, "encode", 0);
}
