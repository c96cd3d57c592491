/* What `options.text` makes of a child's input and output. */
#include "text.h"

#include "encoding.h"
#include "error.h"
#include "utf8.h"

bool subproc_text_is_bytes(const struct subproc_text *text)
{
    return !text->encoding && !text->newlines;
}

int subproc_text_check(const struct subproc_text *text, struct subproc_error *error)
{
    struct subproc_decoder *decoder = NULL;
    int result = subproc_decoder_new(text, &decoder, error);
    subproc_decoder_free(decoder);
    return result;
}

/* Well-formed UTF-8 is the same on both sides: the usual case, and large ones needn't be copied then. */
static bool is_utf8(const struct subproc_text *text, const void *bytes, size_t size)
{
    struct subproc_encoding encoding;
    struct subproc_error unused = {.step = ""};
    const char *page;
    if (!text->encoding || subproc_encoding_is_auto(text->encoding, &page))
        return false;
    return subproc_encoding_named(text->encoding, &encoding, &unused) == 0 && encoding.kind == SUBPROC_ENCODING_UTF8 &&
           subproc_utf8_check(bytes, size) == size;
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

int subproc_text_decode(const struct subproc_text *text, const struct subproc_buffer *captured, bool is_cut,
                        struct subproc_buffer *decoded, struct subproc_error *error)
{
    struct subproc_decoder *decoder = NULL;
    const char *piece;
    size_t size;
    *decoded = (struct subproc_buffer){0};
    if (!text->newlines && is_utf8(text, captured->bytes, captured->size))
        return 0;
    int result = subproc_decoder_new(text, &decoder, error);
    if (result < 0)
        return result;
    result = subproc_decoder_feed(decoder, captured->bytes, captured->size, &piece, &size, error);
    result = add(decoded, result, piece, size, error);
    if (result == 0) {
        result = is_cut ? subproc_decoder_flush(decoder, &piece, &size, error)
                        : subproc_decoder_finish(decoder, &piece, &size, error);
        result = add(decoded, result, piece, size, error);
    }
    subproc_decoder_free(decoder);
    if (result < 0)
        subproc_buffer_free(decoded);
    return result;
}
