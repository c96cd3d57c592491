/* The timeline of `subproc parallel --timeline FILE`: what ran when, kept until it is drawn. */
#include "records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

/* More than is ever shown of an argument. */
#define MOST_ARGUMENT 1000

static void tell(const char *path, const struct subproc_error *error)
{
    char number[24] = "";
    if (error->code == SUBPROC_E_OS)
        snprintf(number, sizeof number, " %" PRId64, error->native);
    cli_complain("parallel: cannot write the timeline '%s': %s%s", path,
                 error->code == SUBPROC_E_INVALID ? "it is a directory" : subproc_strerror(error->code), number);
}

bool cli_records_open(struct cli_records *records, const char *path, size_t most)
{
    struct subproc_error error = {.step = ""};
    if (cli_platform_create(path, &records->file, &error) != 0) {
        tell(path, &error);
        return false;
    }
    records->path = path;
    records->begun = cli_platform_nanoseconds();
    records->slot_count = most;
    records->slots = calloc(most, 1);
    records->has_failed = records->slots == NULL;
    return true;
}

static bool make_room(struct cli_records *records)
{
    if (records->count < records->room)
        return true;
    size_t room = records->room > 0 ? records->room * 2 : 64;
    struct cli_record *list = realloc(records->list, room * sizeof *list);
    if (list == NULL)
        return false;
    records->list = list;
    records->room = room;
    return true;
}

static size_t take_slot(struct cli_records *records)
{
    unsigned char *slot = memchr(records->slots, 0, records->slot_count);
    if (slot == NULL)
        return 0;
    *slot = 1;
    return (size_t)(slot - records->slots);
}

static char *copy_argument(const char *argument)
{
    size_t size = strlen(argument);
    size = size < MOST_ARGUMENT ? size : MOST_ARGUMENT;
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, argument, size);
    copy[size] = '\0';
    return copy;
}

size_t cli_records_begin(struct cli_records *records, const char *argument)
{
    if (records->path == NULL || records->has_failed)
        return 0;
    bool has_name = records->count < CLI_TIMELINE_BARS;
    char *copy = has_name ? copy_argument(argument) : NULL;
    if ((has_name && copy == NULL) || !make_room(records)) {
        records->has_failed = true;
        free(copy);
        return 0;
    }
    int64_t now = cli_platform_nanoseconds() - records->begun;
    records->list[records->count] = (struct cli_record){.begun = now,
                                                        .ended = now,
                                                        .slot = take_slot(records),
                                                        .outcome = CLI_STOPPED,
                                                        .error = SUBPROC_E_CANCELLED,
                                                        .argument = copy};
    return records->count++;
}

void cli_records_end(struct cli_records *records, size_t number, const struct cli_end *end)
{
    if (records->path == NULL || records->has_failed)
        return;
    struct cli_record *record = &records->list[number];
    int64_t now = cli_platform_nanoseconds() - records->begun;
    record->ended = end->wall >= 0 && end->wall < now - record->begun ? record->begun + end->wall : now;
    record->outcome = end->outcome;
    record->error = end->error;
    record->code = end->code;
    records->slots[record->slot] = 0;
}

/* ---- the file ------------------------------------------------------------------------------------------------------- */

static bool write_file(void *context, const char *bytes, size_t size)
{
    return cli_platform_write_file(*(subproc_handle *)context, bytes, size);
}

static char *join(char **words)
{
    size_t size = 1;
    for (char **word = words; *word != NULL; word++)
        size += strlen(*word) + 1;
    char *line = calloc(size, 1);
    char *end = line;
    for (char **word = words; line != NULL && *word != NULL; word++) {
        if (word != words)
            *end++ = ' ';
        memcpy(end, *word, strlen(*word));
        end += strlen(*word);
    }
    return line;
}

static bool draw(struct cli_records *records, char **command)
{
    static struct cli_output output; /* its buffer is large */
    char *line = join(command);
    output.write = write_file;
    output.context = &records->file;
    struct cli_timeline timeline = {.records = records->list, .count = records->count, .command = line};
    bool worked = line != NULL && !records->has_failed && cli_timeline_draw(&output, &timeline);
    free(line);
    return cli_output_flush(&output) && worked;
}

static void forget(struct cli_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        free(records->list[i].argument);
    free(records->list);
    free(records->slots);
}

bool cli_records_close(struct cli_records *records, char **command)
{
    if (records->path == NULL)
        return true;
    bool worked = draw(records, command);
    worked = cli_platform_finish_file(records->file) && worked;
    if (!worked)
        cli_complain("parallel: cannot write the timeline '%s'", records->path);
    forget(records);
    *records = (struct cli_records){0};
    return worked;
}
