/* Any words for any target: the line is split into the same words by a model of its reader, and nothing else happens; or the
 * words are refused, and there is a reason. The first byte chooses the target, NULs end words. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../parsers.h"
#include "fuzz.h"
#include "subproc/subproc.h"
#include "utf8.h"

enum { MOST_WORDS = 8 };

struct words {
    char *bytes; /* each with a NUL after it */
    size_t size;
    const char *list[MOST_WORDS + 1];
};

static struct words split(const uint8_t *bytes, size_t size)
{
    struct words words = {.bytes = malloc(size + 1)};
    size_t count = 0;
    FUZZ_EXPECT(words.bytes);
    memcpy(words.bytes, bytes, size);
    words.bytes[size] = 0;
    while (count < MOST_WORDS && words.size <= size) {
        words.list[count] = words.bytes + words.size;
        words.size += strlen(words.list[count++]) + 1;
    }
    return words;
}

static void expect_words(const struct parsed *parsed, const char *bytes, size_t size)
{
    FUZZ_EXPECT(parsed->size == size && memcmp(parsed->bytes, bytes, size) == 0);
}

static void expect_argv(const char *line, const struct words *words)
{
    struct parsed parsed = {0};
    for (enum parse_doubled doubled = PARSE_GOES_ON; doubled <= PARSE_NOTHING; doubled++) {
        parse_argv(line, doubled, false, &parsed);
        expect_words(&parsed, words->bytes, words->size);
    }
    parsed_free(&parsed);
}

static void expect_sh(const char *line, const struct words *words)
{
    struct parsed parsed = {0};
    FUZZ_EXPECT(parse_sh(line, &parsed));
    expect_words(&parsed, words->bytes, words->size);
    parsed_free(&parsed);
}

static void expect_powershell(const char *line, const struct words *words)
{
    struct parsed parsed = {0};
    FUZZ_EXPECT(parse_powershell(line, &parsed));
    expect_words(&parsed, words->bytes, words->size);
    parsed_free(&parsed);
}

/* What the program gets after its own name. */
static void expect_in_batch(const char *line, const char *bytes, size_t size)
{
    static const char name[] = "program";
    struct parsed parsed = {0};
    for (enum parse_variables variables = PARSE_SOME_VARIABLES; variables <= PARSE_ALL_VARIABLES; variables++) {
        FUZZ_EXPECT(parse_cmd(line, "program %*", variables, &parsed) == PARSE_CMD_OK);
        FUZZ_EXPECT(parsed.size >= sizeof name && strcmp(parsed.bytes, name) == 0);
        FUZZ_EXPECT(parsed.size == sizeof name + size && memcmp(parsed.bytes + sizeof name, bytes, size) == 0);
    }
    parsed_free(&parsed);
}

static void expect_batch(const char *line, const struct words *words)
{
    static const char file[] = "\"C:\\a b\\x.bat\" ";
    char *whole = malloc(sizeof file + strlen(line));
    FUZZ_EXPECT(whole);
    strcpy(whole, file);
    strcat(whole, line);
    expect_in_batch(whole, words->bytes, words->size);
    free(whole);
}

static void expect_cmd(const char *line, const struct words *words)
{
    struct parsed parsed = {0};
    for (enum parse_variables variables = PARSE_SOME_VARIABLES; variables <= PARSE_ALL_VARIABLES; variables++) {
        FUZZ_EXPECT(parse_cmd(line, NULL, variables, &parsed) == PARSE_CMD_OK);
        expect_words(&parsed, words->bytes, words->size);
    }
    parsed_free(&parsed);
    size_t first = strlen(words->list[0]) + 1;
    expect_in_batch(line, words->bytes + first, words->size - first);
}

typedef void expect(const char *line, const struct words *words);

static const struct {
    enum subproc_quote_target target;
    expect *expect;
    const char *unsayable;
    bool unicode;
} targets[] = {
    {SUBPROC_QUOTE_ARGV, expect_argv, "", false},
    {SUBPROC_QUOTE_SH, expect_sh, "", false},
    {SUBPROC_QUOTE_BATCH, expect_batch, "\n\r\x1A", true},
    {SUBPROC_QUOTE_CMD, expect_cmd, "\n\r\x1A", true},
    {SUBPROC_QUOTE_POWERSHELL, expect_powershell, "", true},
};

static bool can_be_said(size_t target, const struct words *words)
{
    for (const char *const *word = words->list; *word; word++) {
        size_t size = strlen(*word);
        if (strcspn(*word, targets[target].unsayable) < size)
            return false;
        if (targets[target].unicode && subproc_utf8_check(*word, size) < size)
            return false;
    }
    return targets[target].target != SUBPROC_QUOTE_CMD || !strchr(words->list[0], '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    size_t target = bytes[0] % (sizeof targets / sizeof *targets);
    struct words words = split(bytes + 1, size - 1);
    struct subproc_error error;
    char *line;
    int code = subproc_quote(targets[target].target, words.list, &line, &error);
    FUZZ_EXPECT(code == (can_be_said(target, &words) ? SUBPROC_OK : SUBPROC_E_UNSAFE_ARGUMENT));
    FUZZ_EXPECT((code == SUBPROC_OK) == (line != NULL));
    if (line)
        targets[target].expect(line, &words);
    subproc_free_string(line);
    free(words.bytes);
    return 0;
}
