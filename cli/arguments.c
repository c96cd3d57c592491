/* The arguments of the jobs of `subproc parallel`: words of the command line, or lines of standard input. */
#include "arguments.h"

#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "platform.h"

#define LONGEST_LINE ((size_t)1 << 20) /* bytes; no system takes an argument as long as that */
#define FIRST_ROOM   ((size_t)1 << 16)
#define MOST_AHEAD   ((size_t)1 << 24)

static enum cli_next fail(struct cli_arguments *arguments, const char *why)
{
    arguments->why = why;
    return CLI_NEXT_FAILED;
}

static enum cli_next give(struct cli_arguments *arguments, const char *bytes, size_t size, char **argument)
{
    if (memchr(bytes, '\0', size) != NULL)
        return fail(arguments, "a line of standard input has a zero byte, which no argument can have");
    *argument = malloc(size + 1);
    if (*argument == NULL)
        return fail(arguments, subproc_strerror(SUBPROC_E_NO_MEMORY));
    memcpy(*argument, bytes, size);
    (*argument)[size] = '\0';
    return CLI_NEXT_ARGUMENT;
}

/* `end` is where its line end or the end of the input is. */
static enum cli_next give_line(struct cli_arguments *arguments, size_t end, char **argument)
{
    const char *line = arguments->bytes + arguments->begin;
    size_t size = end - arguments->begin;
    arguments->line_ends -= end < arguments->size ? 1 : 0;
    if (end < arguments->size && size > 0 && line[size - 1] == '\r')
        size--;
    arguments->begin = end < arguments->size ? end + 1 : end;
    arguments->seen = arguments->begin;
    return give(arguments, line, size, argument);
}

/* Room for more behind what is there. */
static bool make_room(struct cli_arguments *arguments)
{
    if (arguments->begin > 0) {
        arguments->size -= arguments->begin;
        arguments->seen -= arguments->begin;
        memmove(arguments->bytes, arguments->bytes + arguments->begin, arguments->size);
        arguments->begin = 0;
    }
    if (arguments->size < arguments->room)
        return true;
    size_t room = arguments->room > 0 ? arguments->room * 2 : FIRST_ROOM;
    char *bytes = realloc(arguments->bytes, room);
    if (bytes == NULL)
        return false;
    arguments->bytes = bytes;
    arguments->room = room;
    return true;
}

static void add_bytes(struct cli_arguments *arguments, size_t got)
{
    const char *at = arguments->bytes + arguments->size;
    arguments->size += got;
    for (const char *end = arguments->bytes + arguments->size; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        arguments->line_ends++;
}

/* CLI_NEXT_ARGUMENT: there is more to look at. */
static enum cli_next read_more(struct cli_arguments *arguments, int64_t timeout)
{
    if (arguments->line_ends == 0 && arguments->size - arguments->begin > LONGEST_LINE)
        return fail(arguments, "a line of standard input is longer than 1 MiB");
    if (!make_room(arguments))
        return fail(arguments, subproc_strerror(SUBPROC_E_NO_MEMORY));
    size_t got = 0;
    switch (cli_platform_read(arguments->bytes + arguments->size, arguments->room - arguments->size, timeout, &got)) {
    case CLI_INPUT_BYTES:
        add_bytes(arguments, got);
        return CLI_NEXT_ARGUMENT;
    case CLI_INPUT_END:
        arguments->has_ended = true;
        return CLI_NEXT_ARGUMENT;
    case CLI_INPUT_NOTHING:
        return CLI_NEXT_NOT_YET;
    default:
        return fail(arguments, "cannot read standard input");
    }
}

static enum cli_next next_line(struct cli_arguments *arguments, int64_t timeout, char **argument)
{
    for (;;) {
        size_t left = arguments->size - arguments->seen;
        const char *end = left > 0 ? memchr(arguments->bytes + arguments->seen, '\n', left) : NULL;
        if (end != NULL)
            return give_line(arguments, (size_t)(end - arguments->bytes), argument);
        arguments->seen = arguments->size;
        if (arguments->has_ended)
            return arguments->begin < arguments->size ? give_line(arguments, arguments->size, argument) : CLI_NEXT_NONE;
        enum cli_next more = read_more(arguments, timeout);
        if (more != CLI_NEXT_ARGUMENT)
            return more;
    }
}

enum cli_next cli_arguments_next(struct cli_arguments *arguments, int64_t timeout, char **argument)
{
    if (arguments->words == NULL)
        return next_line(arguments, timeout, argument);
    const char *word = *arguments->words;
    if (word == NULL)
        return CLI_NEXT_NONE;
    arguments->words++;
    return give(arguments, word, strlen(word), argument);
}

enum cli_next cli_arguments_look_ahead(struct cli_arguments *arguments)
{
    enum cli_next more = CLI_NEXT_ARGUMENT;
    while (arguments->words == NULL && !arguments->has_ended && more == CLI_NEXT_ARGUMENT &&
           arguments->size - arguments->begin < MOST_AHEAD)
        more = read_more(arguments, 0);
    return more;
}

uint64_t cli_arguments_left(const struct cli_arguments *arguments, bool *is_all)
{
    *is_all = arguments->words != NULL || arguments->has_ended;
    if (arguments->words != NULL)
        return cli_count_words(arguments->words);
    bool has_open_line = arguments->size > arguments->begin && arguments->bytes[arguments->size - 1] != '\n';
    return arguments->line_ends + (has_open_line ? 1 : 0);
}

void cli_arguments_free(struct cli_arguments *arguments)
{
    free(arguments->bytes);
}
