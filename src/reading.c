/* The sentence about a byte that can't be decoded. */
#include "reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "error.h"
#include "utf8.h"

/* How much of the line a sentence shows. */
#define SHOWN 160

/* Decodes the whole line; false when it isn't in that encoding. */
static bool reads(const struct subproc_encoding *encoding, const char *line, size_t size, struct subproc_buffer *text)
{
    struct subproc_codec codec;
    struct subproc_codec_step step;
    struct subproc_error ignored = {0};
    text->size = 0;
    if (subproc_codec_open(encoding, &codec, &ignored) != 0)
        return false;
    int result = subproc_codec_decode(&codec, line, size, text, &step);
    subproc_codec_close(&codec);
    return result == 0 && step.end == SUBPROC_CODEC_ALL;
}

static bool was_tried(const struct subproc_reading *reading, const struct subproc_encoding *candidate)
{
    return strcmp(candidate->name, reading->encoding->name) == 0 ||
           (reading->other && strcmp(candidate->name, reading->other->name) == 0);
}

/* Writes "; the line reads as cp949: ..." for the first other encoding that holds, else nothing. */
static void hint(const struct subproc_reading *reading, char *out, size_t room)
{
    static const char *const candidates[] = {"utf-8", "console", "cp949"};
    struct subproc_buffer text = {0};
    out[0] = 0;
    for (size_t i = 0; reading->line && out[0] == 0 && i < sizeof candidates / sizeof *candidates; i++) {
        struct subproc_encoding candidate;
        struct subproc_error ignored = {0};
        if (subproc_encoding_named(candidates[i], &candidate, &ignored) != 0 || was_tried(reading, &candidate) ||
            !reads(&candidate, reading->line, reading->size, &text))
            continue;
        size_t shown = subproc_utf8_cut(text.bytes, text.size, SHOWN);
        snprintf(out, room, "; the line reads as %s: %.*s%s", subproc_encoding_title(&candidate), (int)shown, text.bytes,
                 shown < text.size ? "…" : "");
    }
    subproc_buffer_free(&text);
}

int subproc_reading_say(const struct subproc_reading *reading, struct subproc_error *error)
{
    char wrong[128], instead[SHOWN + 96];
    const char *title = subproc_encoding_title(reading->encoding);
    if (reading->other)
        snprintf(wrong, sizeof wrong, "neither %s nor %s", title, subproc_encoding_title(reading->other));
    else
        snprintf(wrong, sizeof wrong, "not %s", title);
    hint(reading, instead, sizeof instead);
    return subproc_error_say(error, SUBPROC_E_DECODE, "decode", "byte 0x%02X at offset %" PRIu64 " is %s%s",
                             (unsigned)reading->byte, reading->offset, wrong, instead);
}
