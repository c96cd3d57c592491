/* Any bytes in any pieces, their lines told or not: the same text as in one piece, and always UTF-8. Lines add up to all bytes and
 * all text. The first four bytes choose the rest. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "subproc/subproc.h"
#include "utf8.h"

static const char *const encodings[] = {
    "utf-8",    "cp949",      "euc-kr",     "utf-16",      "utf-16le",   "ascii",       "cp932", "gbk",
    "euc-jp",   "gb18030",    "cp1252",     "auto:cp949",  "auto:cp932", "auto:cp1252", "cp950", "johab",
    "auto:gbk", "auto:utf-8", "iso-8859-1", "auto:euc-kr", "auto:cp949", "iso-2022-kr",
};

struct result {
    char *text;
    size_t size;
    int code;
    char message[512];
};

static void add(struct result *result, const char *text, size_t size)
{
    result->text = realloc(result->text, result->size + size + 1);
    FUZZ_EXPECT(result->text);
    memcpy(result->text + result->size, text, size);
    result->size += size;
}

static void add_line(void *context, const struct subproc_line *line)
{
    struct subproc_line *all = context;
    FUZZ_EXPECT(line->number == all->number + 1 && line->offset == all->size && line->size > 0);
    all->number = line->number;
    all->size += line->size;
    all->text_size += line->text_size;
    all->bad_parts += line->bad_parts;
}

/* In pieces of `step` bytes, 0: one piece. `tells`: with its lines, where it has lines. */
static struct result decode(const struct subproc_text *text, const uint8_t *bytes, size_t size, size_t step, bool tells)
{
    struct result result = {0};
    struct subproc_decoder *decoder;
    struct subproc_error error;
    struct subproc_line all = {0};
    const char *piece;
    size_t piece_size;
    add(&result, "", 0);
    result.code = subproc_decoder_new(text, &decoder, &error);
    tells = tells && result.code == 0 && subproc_decoder_each_line(decoder, add_line, &all, NULL) == 0;
    for (size_t at = 0; at < size && result.code == 0; at += step ? step : size) {
        size_t left = size - at;
        result.code =
            subproc_decoder_feed(decoder, bytes + at, step && step < left ? step : left, &piece, &piece_size, &error);
        add(&result, piece, piece_size);
    }
    if (result.code == 0) {
        result.code = subproc_decoder_finish(decoder, &piece, &piece_size, &error);
        add(&result, piece, piece_size);
    }
    if (tells && result.code == 0)
        FUZZ_EXPECT(all.size == size && all.text_size == result.size &&
                    all.bad_parts == subproc_decoder_bad_parts(decoder));
    snprintf(result.message, sizeof result.message, "%s", error.message);
    subproc_decoder_free(decoder);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 4)
        return 0;
    const struct subproc_text text = {
        .encoding = encodings[bytes[0] % (sizeof encodings / sizeof *encodings)],
        .errors = (enum subproc_text_errors)(bytes[1] % 5),
        .newlines = bytes[2] & 1,
    };
    struct result whole = decode(&text, bytes + 4, size - 4, 0, bytes[2] & 2),
                  pieces = decode(&text, bytes + 4, size - 4, 1u + bytes[3] % 9u, bytes[2] & 4);
    FUZZ_EXPECT(whole.code == 0 || whole.code == SUBPROC_E_DECODE || whole.code == SUBPROC_E_ENCODING);
    FUZZ_EXPECT(pieces.code == whole.code && pieces.size == whole.size && strcmp(pieces.message, whole.message) == 0);
    FUZZ_EXPECT(memcmp(pieces.text, whole.text, whole.size) == 0);
    FUZZ_EXPECT(subproc_utf8_check(whole.text, whole.size) == whole.size);
    free(whole.text);
    free(pieces.text);
    return 0;
}
