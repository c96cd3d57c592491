/* The texts of errors: codes, and sentences that are safe to print. */
#include "error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "os.h"
#include "utf8.h"

const char *subproc_strerror(int code)
{
    switch (code) {
    case SUBPROC_OK:
        return "success";
#define ERROR_TEXT(name, value, text)                                                                                      \
    case SUBPROC_E_##name:                                                                                                 \
        return text;
        SUBPROC_ERROR_MAP(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return "unknown error";
    }
}

const char *subproc_error_name(int code)
{
    switch (code) {
    case SUBPROC_OK:
        return "OK";
#define ERROR_NAME(name, value, text)                                                                                      \
    case SUBPROC_E_##name:                                                                                                 \
        return #name;
        SUBPROC_ERROR_MAP(ERROR_NAME)
#undef ERROR_NAME
    default:
        return "UNKNOWN";
    }
}

int subproc_error_set(struct subproc_error *error, int code, const char *step, int64_t native)
{
    error->code = code;
    error->step = step;
    error->native = native;
    error->message[0] = 0;
    return code;
}

/* C0 and C1 control characters and DEL: they could move a terminal's cursor or hide text in a log. */
static bool is_control(const char *character, size_t size)
{
    unsigned char first = (unsigned char)character[0];
    return size == 1 ? first < 0x20 || first == 0x7F : size == 2 && first == 0xC2 && (unsigned char)character[1] < 0xA0;
}

/* The size of the well-formed character at the start of `text`, or 0. */
static size_t character_size(const char *text, size_t size)
{
    for (size_t bytes = 1; bytes <= 4 && bytes <= size; bytes++)
        if (subproc_utf8_check(text, bytes) == bytes)
            return bytes;
    return 0;
}

/* Copies whole printable characters, and the bytes of anything else as \xNN, while they fit. */
static void copy_printable(char *out, size_t room, const char *text)
{
    size_t left = strlen(text), used = 0;
    while (left > 0) {
        char escaped[5];
        size_t bytes = character_size(text, left);
        const char *piece = text;
        size_t piece_size = bytes;
        if (bytes == 0 || is_control(text, bytes)) {
            bytes = 1;
            piece = escaped;
            piece_size = (size_t)snprintf(escaped, sizeof escaped, "\\x%02X", (unsigned)(unsigned char)*text);
        }
        if (used + piece_size >= room)
            break;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        text += bytes;
        left -= bytes;
    }
    out[used] = 0;
}

static void set_sentence(struct subproc_error *error, const char *format, va_list arguments) SUBPROC_PRINTF(2, 0);

static void set_sentence(struct subproc_error *error, const char *format, va_list arguments)
{
    char whole[2048];
    vsnprintf(whole, sizeof whole, format, arguments);
    copy_printable(error->message, sizeof error->message, whole);
}

void subproc_error_sentence(struct subproc_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_sentence(error, format, arguments);
    va_end(arguments);
}

int subproc_error_say(struct subproc_error *error, int code, const char *step, const char *format, ...)
{
    va_list arguments;
    subproc_error_set(error, code, step, 0);
    va_start(arguments, format);
    set_sentence(error, format, arguments);
    va_end(arguments);
    return code;
}

void subproc_error_words(const struct subproc_error *error, char *buffer, size_t size)
{
    buffer[0] = 0;
    if (error->native != 0)
        subproc_os_error_text(error->native, buffer, size);
    if (buffer[0] == 0)
        snprintf(buffer, size, "%s", subproc_strerror(error->code));
}

int subproc_error_wrap(struct subproc_error *error, const char *what)
{
    struct subproc_error inner = *error;
    if (!inner.message[0])
        subproc_error_words(error, inner.message, sizeof inner.message);
    subproc_error_sentence(error, "%.300s: %s", what, inner.message);
    return error->code;
}

struct subproc_error *subproc_error_begin(struct subproc_error *given, struct subproc_error *spare)
{
    struct subproc_error *error = given ? given : spare;
    *error = (struct subproc_error){.step = ""};
    return error;
}
