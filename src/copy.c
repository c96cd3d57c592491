/* A command that outlives the call it was given to. */
#include "copy.h"

#include <stdlib.h>
#include <string.h>

/* Of the widest types that we copy: Microsoft's C has no max_align_t. */
union widest {
    int64_t number;
    double real;
    void *pointer;
};

/* Counts, and copies too when there is somewhere to copy to: the same walk twice. */
struct arena {
    char *base;
    size_t size;
};

/* NULL while counting, or when there is nothing to copy. */
static void *put(struct arena *arena, const void *from, size_t size)
{
    const size_t unit = _Alignof(union widest);
    if (!from)
        return NULL;
    size_t at = arena->size;
    arena->size += (size + unit - 1) / unit * unit;
    return arena->base ? memcpy(arena->base + at, from, size) : NULL;
}

static const char *put_string(struct arena *arena, const char *string)
{
    return put(arena, string, string ? strlen(string) + 1 : 0);
}

static const char **put_strings(struct arena *arena, const char *const *strings)
{
    size_t count = 0;
    while (strings && strings[count])
        count++;
    const char **copies = put(arena, strings, (count + 1) * sizeof *strings);
    for (size_t i = 0; i < count; i++) {
        const char *copy = put_string(arena, strings[i]);
        if (copies)
            copies[i] = copy;
    }
    return copies;
}

static void put_stream(struct arena *arena, struct subproc_stream *stream)
{
    const char *path = put_string(arena, stream->path);
    const struct subproc_sink *sink = put(arena, stream->sink, sizeof *sink);
    if (!arena->base)
        return;
    stream->path = path;
    stream->sink = sink;
}

static void put_posix(struct arena *arena, struct subproc_posix *posix)
{
    const uint32_t *groups = put(arena, posix->groups, posix->group_count * sizeof *groups);
    const struct subproc_descriptor *descriptors =
        put(arena, posix->descriptors, posix->descriptor_count * sizeof *descriptors);
    const struct subproc_resource_limit *limits = put(arena, posix->limits, posix->limit_count * sizeof *limits);
    if (!arena->base)
        return;
    posix->groups = groups;
    posix->descriptors = descriptors;
    posix->limits = limits;
}

static void put_win32(struct arena *arena, struct subproc_win32 *win32)
{
    const char *command_line = put_string(arena, win32->command_line);
    const subproc_handle *handles = put(arena, win32->handles, win32->handle_count * sizeof *handles);
    if (!arena->base)
        return;
    win32->command_line = command_line;
    win32->handles = handles;
}

static void put_options(struct arena *arena, struct subproc_options *options)
{
    const struct subproc_options given = *options;
    put_stream(arena, &options->in);
    put_stream(arena, &options->out);
    put_stream(arena, &options->err);
    put_posix(arena, &options->posix);
    put_win32(arena, &options->win32);
    options->directory = put_string(arena, given.directory);
    options->environment.changes = put_strings(arena, given.environment.changes);
    options->program = put_string(arena, given.program);
    options->text.encoding = put_string(arena, given.text.encoding);
    options->input.data = put(arena, given.input.data, given.input.size);
    options->cancel = put(arena, given.cancel, sizeof *given.cancel);
}

struct subproc_copy *subproc_copy_new(const char *const *argv, const struct subproc_options *options)
{
    struct arena arena = {0};
    struct subproc_copy copy = {.options = *options};
    put(&arena, &copy, sizeof copy);
    put_strings(&arena, argv);
    put_options(&arena, &copy.options);
    arena = (struct arena){.base = malloc(arena.size)};
    if (!arena.base)
        return NULL;
    copy.options = *options;
    struct subproc_copy *made = put(&arena, &copy, sizeof copy);
    made->argv = put_strings(&arena, argv);
    put_options(&arena, &made->options);
    return made;
}
