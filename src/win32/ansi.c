/*
 * What a command line loses when a program reads it in an ANSI code page.
 *
 * Such a program (main(), GetCommandLineA) gets the line by best fit: what the page lacks becomes what looks alike, and that may
 * be a quote or a backslash, which change how the line is split.
 * https://learn.microsoft.com/windows/win32/api/stringapiset/nf-stringapiset-widechartomultibyte
 */
#include "ansi.h"

#include <string.h>

#include "error.h"

enum { MOST_BYTES = 8 }; /* of a character in a page; GB18030 has 4, two units that the page lacks become two */

/* The units of the character at `text`. */
static int character_units(const wchar_t *text)
{
    const bool is_pair = text[0] >= 0xD800 && text[0] < 0xDC00 && text[1] >= 0xDC00 && text[1] < 0xE000;
    return is_pair ? 2 : 1;
}

static unsigned long code_point(const wchar_t *text, int units)
{
    return units == 2 ? 0x10000ul + ((unsigned long)(text[0] - 0xD800) << 10) + (unsigned long)(text[1] - 0xDC00) : text[0];
}

/* What a character becomes in the page and back; the units of it. */
static int pass_through(UINT page, const wchar_t *text, int units, wchar_t *became)
{
    char bytes[MOST_BYTES];
    const int size = WideCharToMultiByte(page, 0, text, units, bytes, MOST_BYTES, NULL, NULL);
    return size > 0 ? MultiByteToWideChar(page, 0, bytes, size, became, MOST_BYTES) : 0;
}

static int say_changed(const wchar_t *text, int units, const wchar_t *became, int became_units, UINT page,
                       struct subproc_error *error)
{
    char before[MOST_BYTES * 3 + 1] = "", after[MOST_BYTES * 3 + 1] = "";
    subproc_utf16_to_utf8(text, (size_t)units, before);
    subproc_utf16_to_utf8(became, (size_t)became_units, after);
    return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "ansi_child",
                             "'%s' (U+%04lX) would become '%s' in code page %u", before, code_point(text, units), after,
                             page);
}

int subproc_win32_check_page(const wchar_t *line, UINT page, struct subproc_error *error)
{
    while (*line != 0) {
        wchar_t became[MOST_BYTES];
        const int units = character_units(line);
        const int became_units = pass_through(page, line, units, became);
        if (became_units != units || memcmp(line, became, (size_t)units * sizeof *line) != 0)
            return say_changed(line, units, became, became_units, page, error);
        line += units;
    }
    return 0;
}

/*
 * The page of our own process is UTF-8 when its manifest says so, while the child's stays the system's; that of the child may
 * be UTF-8 by its manifest, which loses nothing.
 * https://learn.microsoft.com/windows/apps/design/globalizing/use-utf8-code-page
 */
int subproc_win32_check_ansi(const wchar_t *line, struct subproc_error *error)
{
    DWORD system_page = 0;
    const int got = GetLocaleInfoW(LOCALE_SYSTEM_DEFAULT, LOCALE_IDEFAULTANSICODEPAGE | LOCALE_RETURN_NUMBER,
                                   (wchar_t *)&system_page, sizeof system_page / sizeof(wchar_t));
    int result = subproc_win32_check_page(line, GetACP(), error);
    if (result == 0 && got > 0 && system_page != CP_ACP)
        result = subproc_win32_check_page(line, system_page, error);
    return result;
}
