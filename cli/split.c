/* A text as words, as a shell would see it that expands nothing. */
#include "split.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "subproc/subproc.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether a backslash before `c` takes its meaning away; `quote` is the one that is open, or NUL. */
static bool may_escape(char c, char quote)
{
    if (quote == '\'')
        return false;
    if (c == '"' || c == '\\')
        return true;
    return quote == '\0' && (c == '\'' || is_blank(c));
}

/* Reads one word into `*out`, with its NUL. Where it ends, or NULL when a quote stays open. */
static const char *read_word(const char *at, char **out)
{
    char quote = '\0';
    for (; *at != '\0' && (quote != '\0' || !is_blank(*at)); at++) {
        if (*at == '\\' && may_escape(at[1], quote))
            *(*out)++ = *++at;
        else if (*at == quote)
            quote = '\0';
        else if (quote == '\0' && (*at == '\'' || *at == '"'))
            quote = *at;
        else
            *(*out)++ = *at;
    }
    *(*out)++ = '\0';
    return quote == '\0' ? at : NULL;
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static bool fill(const char *text, char **words, char *out)
{
    const char *at = skip_blanks(text);
    while (at != NULL && *at != '\0') {
        *words++ = out;
        at = read_word(at, &out);
        at = at != NULL ? skip_blanks(at) : NULL;
    }
    *words = NULL;
    return at != NULL;
}

char **cli_split(const char *text, const char **wrong)
{
    /* A word takes a character at least, and a blank parts it from the next; each has as many bytes at most, and a NUL. */
    size_t size = strlen(text);
    size_t most = size / 2 + 1;
    char **words = malloc((most + 1) * sizeof *words + size + most + 1);
    if (words == NULL) {
        *wrong = subproc_strerror(SUBPROC_E_NO_MEMORY);
        return NULL;
    }
    if (fill(text, words, (char *)(words + most + 1)) && words[0] != NULL)
        return words;
    *wrong = words[0] != NULL ? "a quote is not closed" : "it has no word";
    free(words);
    return NULL;
}
