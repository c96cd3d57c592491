/* Examples: bytes to text, and text to bytes. */
#include <stdio.h>
#include <string.h>

#include "functions.h"

/* [print_as_utf8]: subproc_decoder_new, subproc_decoder_feed, subproc_decoder_finish, subproc_decoder_free */
/* Prints a child's output as UTF-8 while it comes; its `out` is a PIPE. */
int print_as_utf8(struct subproc *child, const char *encoding)
{
    const struct subproc_text how = {.encoding = encoding};
    struct subproc_decoder *decoder;
    const char *text;
    size_t got, size;
    char bytes[4096];
    int code = subproc_decoder_new(&how, &decoder, NULL);
    while (code == 0 && subproc_read(child, SUBPROC_OUT, bytes, sizeof bytes, SUBPROC_FOREVER, &got, NULL) == 0 &&
           got > 0) {
        code = subproc_decoder_feed(decoder, bytes, got, &text, &size, NULL);
        fwrite(text, 1, size, stdout);
    }
    if (code == 0) {
        code = subproc_decoder_finish(decoder, &text, &size, NULL);
        fwrite(text, 1, size, stdout);
    }
    subproc_decoder_free(decoder);
    return code;
}
/* [print_as_utf8] */

/* [print_prompt]: subproc_decoder_flush */
/* A prompt has no line end that "auto" could wait for: when nothing more comes for a while, it is settled as it is. */
int print_prompt(struct subproc *child, struct subproc_decoder *decoder)
{
    const char *text;
    size_t got, size;
    char bytes[4096];
    int64_t patience = SUBPROC_FOREVER;
    int code;
    while ((code = subproc_read(child, SUBPROC_OUT, bytes, sizeof bytes, patience, &got, NULL)) == 0 && got > 0) {
        subproc_decoder_feed(decoder, bytes, got, &text, &size, NULL);
        fwrite(text, 1, size, stdout);
        patience = 200;
    }
    subproc_decoder_flush(decoder, &text, &size, NULL);
    fwrite(text, 1, size, stdout);
    return code == SUBPROC_E_TIMEOUT ? 0 : code;
}
/* [print_prompt] */

/* [tell_encodings]: subproc_decoder_each_line, subproc_decoder_bad_parts */
static void tell_line(void *context, const struct subproc_line *line)
{
    fprintf(context, "line %d: %s\n", (int)line->number, line->encoding);
}

/* What each line was: UTF-8, or the page of a Korean Windows. */
int tell_encodings(const void *bytes, size_t size)
{
    const struct subproc_text how = {.encoding = "auto:cp949"};
    struct subproc_decoder *decoder;
    const char *text;
    size_t text_size;
    int code = subproc_decoder_new(&how, &decoder, NULL);
    if (code == 0)
        code = subproc_decoder_each_line(decoder, tell_line, stdout, NULL);
    if (code == 0)
        code = subproc_decoder_feed(decoder, bytes, size, &text, &text_size, NULL);
    if (code == 0)
        code = subproc_decoder_finish(decoder, &text, &text_size, NULL);
    if (code == 0 && subproc_decoder_bad_parts(decoder) > 0)
        printf("some of it is no character, and was replaced\n");
    subproc_decoder_free(decoder);
    return code;
}
/* [tell_encodings] */

/* [from_korean]: subproc_decode */
/* The bytes as UTF-8, for subproc_free_string; NULL, with the reason told, when they are no such text. */
char *from_korean(const void *bytes, size_t size)
{
    const struct subproc_text how = {.encoding = "cp949", .errors = SUBPROC_ERRORS_STRICT};
    struct subproc_error error;
    char *text;
    size_t text_size;
    if (subproc_decode(&how, bytes, size, &text, &text_size, &error) != 0)
        printf("%s\n", error.message);
    return text;
}
/* [from_korean] */

/* [print_hex_in]: subproc_encode */
/* A text's bytes in an encoding; what can't be said in it is an error, and nothing that looks alike is taken for it. */
int print_hex_in(const char *encoding, const char *text)
{
    struct subproc_error error;
    char *bytes;
    size_t size;
    int code = subproc_encode(encoding, text, strlen(text), &bytes, &size, &error);
    for (size_t i = 0; code == 0 && i < size; i++)
        printf("%02X%s", (unsigned char)bytes[i], i + 1 < size ? " " : "\n");
    if (code != 0)
        printf("%s\n", error.message);
    subproc_free_string(bytes);
    return code;
}
/* [print_hex_in] */
