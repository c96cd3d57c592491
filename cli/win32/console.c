/* Text to and from a console, which has characters of 16 bits and no bytes. */
#include "console.h"

#include <stdlib.h>

#include "../piece.h"
#include "subproc/subproc.h"

/* Bytes that become what one call is given, and no more units than they are: older systems take less than 64 KiB in all.
 * https://learn.microsoft.com/windows/console/writeconsole */
#define PIECE 8192

bool cli_is_console(HANDLE handle)
{
    DWORD mode;
    return GetConsoleMode(handle, &mode) != 0;
}

static bool write_wide(HANDLE console, const wchar_t *text, size_t size)
{
    while (size > 0) {
        DWORD put = 0;
        if (!WriteConsoleW(console, text, (DWORD)size, &put, NULL) || put == 0)
            return false;
        text += put;
        size -= put;
    }
    return true;
}

static bool write_utf8(HANDLE console, const char *text, int size)
{
    int count = MultiByteToWideChar(CP_UTF8, 0, text, size, NULL, 0);
    wchar_t *wide = count > 0 ? calloc((size_t)count, sizeof *wide) : NULL;
    bool written = wide != NULL && MultiByteToWideChar(CP_UTF8, 0, text, size, wide, count) == count &&
                   write_wide(console, wide, (size_t)count);
    free(wide);
    return written;
}

/* Bytes of a child that nobody decoded. */
static bool write_guessed(HANDLE console, const char *bytes, size_t size)
{
    const struct subproc_text text = {.encoding = "auto"};
    char *decoded = NULL;
    size_t decoded_size = 0;
    if (subproc_decode(&text, bytes, size, &decoded, &decoded_size, NULL) != 0)
        return write_utf8(console, bytes, (int)size);
    bool written = write_utf8(console, decoded, (int)decoded_size);
    subproc_free_string(decoded);
    return written;
}

static bool is_utf8(const char *bytes, size_t size)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, (int)size, NULL, 0) > 0;
}

/* Not through the console's output page, which is seldom UTF-8. */
bool cli_console_write(HANDLE console, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t piece = size > PIECE ? cli_whole_piece(bytes, PIECE) : size;
        bool written =
            is_utf8(bytes, piece) ? write_utf8(console, bytes, (int)piece) : write_guessed(console, bytes, piece);
        if (!written)
            return false;
        bytes += piece;
        size -= piece;
    }
    return true;
}

/* The first half of a character whose second half was not read with it. */
static wchar_t half;

static int narrow(const wchar_t *text, DWORD units, char *bytes, DWORD size)
{
    half = IS_HIGH_SURROGATE(text[units - 1]) ? text[--units] : L'\0';
    return units > 0 ? WideCharToMultiByte(CP_UTF8, 0, text, (int)units, bytes, (int)size, NULL, NULL) : 0;
}

/* Ctrl-C ends the call without a character, and something else than the read. */
static bool read_wide(HANDLE console, wchar_t *text, DWORD most, DWORD *units)
{
    do {
        SetLastError(ERROR_SUCCESS);
        if (!ReadConsoleW(console, text, most, units, NULL))
            return false;
    } while (*units == 0 && GetLastError() == ERROR_OPERATION_ABORTED);
    return true;
}

/* Ctrl-Z ends what is typed, as it does for ReadFile, which would give bytes of the console's page instead of text:
 * https://learn.microsoft.com/windows/console/readconsole */
bool cli_console_read(HANDLE console, char *bytes, DWORD size, DWORD *got)
{
    wchar_t text[PIECE];
    DWORD most = size / 3 < PIECE ? size / 3 : PIECE; /* a unit is at most three bytes */
    *got = 0;
    do {
        DWORD kept = half != L'\0' ? 1 : 0, units = 0;
        text[0] = half;
        if (!read_wide(console, text + kept, most - kept, &units))
            return false;
        if (units == 0 || (kept == 0 && text[0] == L'\x1A'))
            return true;
        *got = (DWORD)narrow(text, kept + units, bytes, size);
    } while (*got == 0);
    return true;
}
