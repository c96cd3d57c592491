/* What `options.text` makes of a child's input and output. */
#include "text.h"

#include <string.h>

#include "encoding.h"
#include "error.h"
#include "utf8.h"

bool subproc_text_is_bytes(const struct subproc_text *text)
{
    return !text->encoding && !text->newlines;
}

int subproc_text_check(const struct subproc_text *text, struct subproc_error *error)
{
    static const struct subproc_text nothing = {0};
    struct subproc_decoder *decoder = NULL;
    if (memcmp(text, &nothing, sizeof nothing) == 0) /* the usual case */
        return 0;
    int result = subproc_decoder_new(text, &decoder, error);
    subproc_decoder_free(decoder);
    return result;
}

/* Not for `auto`, whose lines may be anything. */
static enum subproc_encoding_kind kind_of(const struct subproc_text *text)
{
    struct subproc_encoding encoding = {.kind = SUBPROC_ENCODING_BYTES};
    struct subproc_error unused = {.step = ""};
    const char *page;
    if (text->encoding && subproc_encoding_is_auto(text->encoding, &page))
        return SUBPROC_ENCODING_SYSTEM;
    if (text->encoding && subproc_encoding_named(text->encoding, &encoding, &unused) < 0)
        return SUBPROC_ENCODING_SYSTEM;
    return encoding.kind;
}

/* Well-formed UTF-8 is the same on both sides: the usual case, and large ones needn't be copied then. */
static bool is_utf8(const struct subproc_text *text, const void *bytes, size_t size)
{
    return kind_of(text) == SUBPROC_ENCODING_UTF8 && subproc_utf8_check(bytes, size) == size;
}

int subproc_text_encode(const struct subproc_text *text, const void *input, size_t size, char **encoded,
                        size_t *encoded_size, struct subproc_error *error)
{
    *encoded = NULL;
    *encoded_size = size;
    if (size == 0 || !text->encoding || is_utf8(text, input, size))
        return 0;
    return subproc_encode(text->encoding, input, size, encoded, encoded_size, error);
}

/* Adds what a call on the decoder gave, if it succeeded. */
static int add(struct subproc_buffer *decoded, int result, const char *piece, size_t size, struct subproc_error *error)
{
    if (result == 0 && subproc_buffer_append(decoded, piece, size) < 0)
        return subproc_error_say(error, SUBPROC_E_NO_MEMORY, "decode", "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    return result;
}

static int decode_piece(const struct subproc_text *text, const char *bytes, size_t size, bool is_cut,
                        struct subproc_buffer *decoded, struct subproc_error *error)
{
    struct subproc_decoder *decoder = NULL;
    const char *piece;
    size_t piece_size;
    int result = subproc_decoder_new(text, &decoder, error);
    if (result < 0)
        return result;
    result = subproc_decoder_feed(decoder, bytes, size, &piece, &piece_size, error);
    result = add(decoded, result, piece, piece_size, error);
    if (result == 0) {
        result = is_cut ? subproc_decoder_flush(decoder, &piece, &piece_size, error)
                        : subproc_decoder_finish(decoder, &piece, &piece_size, error);
        result = add(decoded, result, piece, piece_size, error);
    }
    subproc_decoder_free(decoder);
    return result;
}

/* The bytes up to the first one that surely begins a character, none when there is no such; `offset` is where they stood in the stream. */
static size_t torn_size(const struct subproc_text *text, const char *bytes, size_t size, uint64_t offset)
{
    size_t at = 0;
    switch (kind_of(text)) {
    case SUBPROC_ENCODING_BYTES:
    case SUBPROC_ENCODING_SINGLE:
        return 0;
    case SUBPROC_ENCODING_UTF8:
        while (at < size && at < 3 && ((unsigned char)bytes[at] & 0xC0) == 0x80)
            at++;
        return at;
    case SUBPROC_ENCODING_UTF16: /* a low surrogate that is left alone is a bad part like any other */
        return offset % 2 < size ? (size_t)(offset % 2) : size;
    default: /* no page without shift states has a byte below '0' inside a character */
        while (at < size && (unsigned char)bytes[at] >= '0')
            at++;
        return at < size ? at : 0;
    }
}

static int decode_pieces(const struct subproc_text *text, const struct subproc_pieces *pieces,
                         struct subproc_buffer *decoded, size_t *gap, struct subproc_error *error)
{
    const char *rest = pieces->bytes + pieces->gap;
    size_t rest_size = pieces->size - pieces->gap;
    int result = decode_piece(text, pieces->bytes, pieces->gap, true, decoded, error);
    if (result < 0)
        return result;
    *gap = decoded->size;
    size_t torn = torn_size(text, rest, rest_size, pieces->gap + pieces->missing);
    return decode_piece(text, rest + torn, rest_size - torn, pieces->is_cut, decoded, error);
}

int subproc_text_decode(const struct subproc_text *text, const struct subproc_pieces *pieces,
                        struct subproc_buffer *decoded, size_t *gap, struct subproc_error *error)
{
    int result;
    *decoded = (struct subproc_buffer){0};
    if (pieces->missing > 0) {
        result = decode_pieces(text, pieces, decoded, gap, error);
    } else {
        if (!text->newlines && is_utf8(text, pieces->bytes, pieces->size))
            return 0;
        result = decode_piece(text, pieces->bytes, pieces->size, pieces->is_cut, decoded, error);
        *gap = decoded->size;
    }
    if (result < 0)
        subproc_buffer_free(decoded);
    return result;
}
