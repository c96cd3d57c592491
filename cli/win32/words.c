/* Splitting a Windows command line into words. */
#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

static bool is_blank(wchar_t c)
{
    return c == L' ' || c == L'\t';
}

static const wchar_t *skip_blanks(const wchar_t *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* The program's name: quotes group, a backslash is a backslash. */
static const wchar_t *read_program(const wchar_t *at, wchar_t *word)
{
    bool quoted = false;
    for (; *at != L'\0' && (quoted || !is_blank(*at)); at++) {
        if (*at == L'"')
            quoted = !quoted;
        else
            *word++ = *at;
    }
    *word = L'\0';
    return at;
}

static size_t count_backslashes(const wchar_t *at)
{
    size_t count = 0;
    while (at[count] == L'\\')
        count++;
    return count;
}

/* Before a quote two backslashes mean one, and an odd one makes the quote a character; elsewhere they mean themselves. */
static const wchar_t *read_backslashes(const wchar_t *at, wchar_t **word)
{
    size_t count = count_backslashes(at);
    at += count;
    size_t kept = *at == L'"' ? count / 2 : count;
    for (size_t i = 0; i < kept; i++)
        *(*word)++ = L'\\';
    if (*at == L'"' && count % 2 == 1)
        *(*word)++ = *at++;
    return at;
}

/* A quote opens and closes; a second one straight after a closing one is a character and the part goes on. */
static const wchar_t *read_quote(const wchar_t *at, bool *quoted, wchar_t **word)
{
    if (*quoted && at[1] == L'"') {
        *(*word)++ = L'"';
        return at + 2;
    }
    *quoted = !*quoted;
    return at + 1;
}

static const wchar_t *read_word(const wchar_t *at, wchar_t *word)
{
    bool quoted = false;
    while (*at != L'\0' && (quoted || !is_blank(*at))) {
        if (*at == L'\\')
            at = read_backslashes(at, &word);
        else if (*at == L'"')
            at = read_quote(at, &quoted, &word);
        else
            *word++ = *at++;
    }
    *word = L'\0';
    return at;
}

static char *to_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text != NULL)
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, text, size, NULL, NULL);
    return text;
}

/* `words` has room for a word at every second character, which is as many as there can be. */
static bool split(const wchar_t *line, wchar_t *word, char **words)
{
    const wchar_t *at = read_program(line, word);
    if ((*words++ = to_utf8(word)) == NULL)
        return false;
    for (at = skip_blanks(at); *at != L'\0'; at = skip_blanks(at)) {
        at = read_word(at, word);
        if ((*words++ = to_utf8(word)) == NULL)
            return false;
    }
    return true;
}

char **cli_split_command_line(const wchar_t *line)
{
    size_t size = wcslen(line);
    wchar_t *word = calloc(size + 1, sizeof *word);
    char **words = calloc(size / 2 + 3, sizeof *words);
    bool done = word != NULL && words != NULL && split(line, word, words);
    free(word);
    /* What was split stays with a failure: the process ends then. */
    return done ? words : NULL;
}
