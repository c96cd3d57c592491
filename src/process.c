/* One child from its start to its end: spawn, poll, wait, free. */
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "error.h"
#include "lookup.h"
#include "options.h"
#include "shell.h"
#include "text.h"
#include "utf8.h"

#define NS_PER_MS     ((int64_t)1000000)
#define COMMAND_LIMIT ((size_t)1024) /* bytes of the command kept for messages */

int64_t subproc_deadline(int64_t from, int64_t timeout)
{
    if (timeout <= 0)
        return from;
    if (timeout > (SUBPROC_OS_FOREVER - from) / NS_PER_MS)
        return SUBPROC_OS_FOREVER;
    return from + timeout * NS_PER_MS;
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static char *command_text(const char *const *argv)
{
    struct subproc_buffer text = {0};
    int result = subproc_buffer_reserve(&text, 0);
    for (size_t i = 0; result == 0 && argv[i] && text.size <= COMMAND_LIMIT; i++) {
        if (i > 0)
            result = subproc_buffer_append(&text, " ", 1);
        size_t size = strlen(argv[i]);
        if (result == 0)
            result = subproc_buffer_append(&text, argv[i], size > COMMAND_LIMIT ? COMMAND_LIMIT + 4 : size);
    }
    if (result < 0) {
        subproc_buffer_free(&text);
        return NULL;
    }
    text.bytes[subproc_utf8_cut(text.bytes, text.size, COMMAND_LIMIT)] = 0;
    return text.bytes;
}

int subproc_say_timeout(const char *command, int64_t timeout, struct subproc_error *error)
{
    int64_t ms = timeout < 0 ? 0 : timeout;
    int digits = ms % 100 == 0 ? 1 : ms % 10 == 0 ? 2 : 3;
    subproc_error_set(error, SUBPROC_E_TIMEOUT, "wait", 0);
    subproc_error_sentence(error, "command '%.300s' timed out after %.*f s", command, digits, (double)ms / 1000.0);
    return SUBPROC_E_TIMEOUT;
}

int subproc_say_lost(const struct subproc *child, struct subproc_error *error)
{
    return subproc_error_say(error, SUBPROC_E_LOST, "wait", "the exit status of command '%.300s' was taken by someone else",
                             child->command);
}

int subproc_say_no_child(struct subproc_error *error)
{
    return subproc_error_say(error, SUBPROC_E_INVALID, "child", "there is no child");
}

int subproc_say_failure(struct subproc *child, const char *what, struct subproc_error *error)
{
    char words[200];
    subproc_error_words(error, words, sizeof words);
    subproc_error_sentence(error, "cannot %s command '%.300s': %s", what, child->command, words);
    return error->code;
}

static const char *missing_program(const char *program)
{
    return strpbrk(program, subproc_os_traits.directory_separators) ? "no such file" : "not found in PATH";
}

/* The detail of a start that failed; what was said already stays. */
static void start_detail(const char *program, const char *directory, const struct subproc_error *error, char *text,
                         size_t size)
{
    char words[200];
    subproc_error_words(error, words, sizeof words);
    if (error->message[0])
        snprintf(text, size, "%s", error->message);
    else if (error->code == SUBPROC_E_NOT_FOUND && strcmp(error->step, "exec") == 0)
        snprintf(text, size, "%s", missing_program(program));
    else if (error->code == SUBPROC_E_NOT_FOUND && strcmp(error->step, "interpreter") == 0)
        snprintf(text, size, "the interpreter that its first line names does not exist");
    else if (error->code == SUBPROC_E_NO_DIRECTORY)
        snprintf(text, size, "can't enter the directory '%.200s': %s", directory ? directory : "", words);
    else if (error->code == SUBPROC_E_ACCESS && strcmp(error->step, "exec") == 0)
        snprintf(text, size, "it may not be executed: %s", words);
    else if (error->code == SUBPROC_E_FORMAT)
        snprintf(text, size, "%s", subproc_strerror(error->code));
    else
        snprintf(text, size, "%s: %s", error->step, words);
}

static int say_start_failure(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    char detail[sizeof error->message];
    const char *program = argv && argv[0] ? subproc_options_program(argv, options) : NULL;
    start_detail(program ? program : "", options->directory, error, detail, sizeof detail);
    if (program)
        subproc_error_sentence(error, "cannot start '%.200s': %s", program, detail);
    else
        subproc_error_sentence(error, "cannot start a command: %s", detail);
    return error->code;
}

/* ---- start ------------------------------------------------------------------------------------------------------ */

/* The child's end of one stream while it is being started. */
struct child_end {
    subproc_handle handle; /* at first our own standard stream, or none */
    bool is_ours;          /* to close after the start */
};

/* What a start needs and gives back, whatever happens. */
struct start {
    struct subproc *child;
    struct child_end ends[3];
    struct subproc_shell_start shell;
    struct subproc_environment_block environment;
    char **programs;
    bool waits_alone;
};

static int open_file(const struct subproc_stream *stream, enum subproc_stream_id id, struct child_end *end,
                     struct subproc_error *error)
{
    enum subproc_os_file mode = id == SUBPROC_IN                      ? SUBPROC_OS_FILE_READ
                                : stream->mode == SUBPROC_FILE_APPEND ? SUBPROC_OS_FILE_APPEND
                                                                      : SUBPROC_OS_FILE_TRUNCATE;
    const char *path = stream->kind == SUBPROC_STREAM_FILE ? stream->path : NULL;
    int result = subproc_os_file_open(path, mode, &end->handle, error);
    end->is_ours = result == 0;
    if (result < 0 && path) {
        char words[200];
        subproc_error_words(error, words, sizeof words);
        subproc_error_sentence(error, "cannot open '%.200s': %s", path, words);
    }
    return result;
}

static int inherit(const struct subproc_stream *stream, enum subproc_stream_id id, struct child_end *end,
                   struct subproc_error *error)
{
    return end->handle == SUBPROC_NO_HANDLE ? open_file(stream, id, end, error) : 0;
}

static int open_pipe(struct subproc_end *ours, enum subproc_stream_id id, struct child_end *end,
                     struct subproc_error *error)
{
    enum subproc_os_way way = id == SUBPROC_IN ? SUBPROC_OS_TO_CHILD : SUBPROC_OS_FROM_CHILD;
    int result = subproc_os_pipe_open(way, &ours->pipe, &end->handle, error);
    end->is_ours = result == 0;
    return result;
}

static int open_link(struct subproc_end *ours, enum subproc_stream_id id, struct child_end *end,
                     struct subproc_error *error)
{
    subproc_handle *read_end = id == SUBPROC_IN ? &end->handle : &ours->link;
    subproc_handle *write_end = id == SUBPROC_IN ? &ours->link : &end->handle;
    int result = subproc_os_link_open(read_end, write_end, error);
    end->is_ours = result == 0;
    return result;
}

/* Where a FROM stream's link stands. */
static subproc_handle *upstream_link(const struct subproc_stream *stream)
{
    return &stream->from->ends[stream->from_stream == SUBPROC_IN ? SUBPROC_OUT : stream->from_stream].link;
}

static int open_from(const struct subproc_stream *stream, struct child_end *end, struct subproc_error *error)
{
    end->handle = *upstream_link(stream);
    if (end->handle == SUBPROC_NO_HANDLE)
        return subproc_error_say(error, SUBPROC_E_INVALID, "in", "the child that 'in' comes FROM has no LINK there");
    return 0;
}

static int open_stream(struct start *start, const struct subproc_options *options, enum subproc_stream_id id,
                       struct subproc_error *error)
{
    const struct subproc_stream *stream = subproc_options_stream(options, id);
    struct subproc_end *ours = &start->child->ends[id];
    struct child_end *end = &start->ends[id];
    switch (subproc_options_stream_kind(options, id)) {
    case SUBPROC_STREAM_PIPE:
    case SUBPROC_STREAM_SINK:
        return open_pipe(ours, id, end, error);
    case SUBPROC_STREAM_NULL:
    case SUBPROC_STREAM_FILE:
        return open_file(stream, id, end, error);
    case SUBPROC_STREAM_HANDLE:
        end->handle = stream->handle;
        return 0;
    case SUBPROC_STREAM_MERGE:
        end->handle = start->ends[SUBPROC_OUT].handle;
        return 0;
    case SUBPROC_STREAM_LINK:
        return open_link(ours, id, end, error);
    case SUBPROC_STREAM_FROM:
        return open_from(stream, end, error);
    case SUBPROC_STREAM_DEFAULT:
    case SUBPROC_STREAM_INHERIT:
        break;
    }
    return inherit(stream, id, end, error);
}

static char *copy_string(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, string, size) : NULL;
}

static struct subproc *new_child(const char *const *argv, const struct subproc_options *options)
{
    struct subproc *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    child->command = command_text(argv);
    child->encoding = options->text.encoding ? copy_string(options->text.encoding) : NULL;
    child->text = options->text;
    child->text.encoding = child->encoding;
    child->started_at = subproc_os_now();
    child->linger = options->linger == 0 ? SUBPROC_OS_FOREVER : subproc_deadline(0, options->linger);
    child->stop = options->stop;
    child->wants_tree = options->tree != SUBPROC_TREE_NONE;
    child->can_cancel = options->cancel != NULL;
    child->cancel = options->cancel ? *options->cancel : SUBPROC_NO_HANDLE;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++)
        child->ends[id].link = SUBPROC_NO_HANDLE;
    if (child->command && (child->encoding || !options->text.encoding))
        return child;
    free(child->command);
    free(child->encoding);
    free(child);
    return NULL;
}

int subproc_encode_input(struct subproc *child, const void *input, size_t size, struct subproc_error *error)
{
    if (child->has_input)
        return 0;
    int result = subproc_text_encode(&child->text, input, size, &child->encoded, &child->input_size, error);
    if (result < 0) {
        struct subproc_error why = *error;
        subproc_error_sentence(error, "its input can't be encoded: %s", why.message);
        return result;
    }
    child->given_size = size;
    child->has_input = true;
    return 0;
}

static int begin_capture(struct subproc *child, const struct subproc_options *options, enum subproc_stream_id id,
                         struct subproc_error *error)
{
    const struct subproc_stream *stream = subproc_options_stream(options, id);
    const struct subproc_sink *sink = stream->kind == SUBPROC_STREAM_SINK ? stream->sink : NULL;
    return subproc_capture_begin(&child->captures[id], &options->limit, sink, &child->text, id, error);
}

static int prepare_shell(struct start *start, const char *const *argv, const struct subproc_options *options,
                         struct subproc_error *error)
{
    subproc_handle streams[3];
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++)
        streams[id] = start->ends[id].handle;
    return subproc_shell_prepare(argv, options, streams, &start->shell, error);
}

/* Everything that must be there before the system is asked: the child's ends, its environment, its candidates. */
static int prepare(struct start *start, const char *const *argv, const struct subproc_options *options,
                   struct subproc_error *error)
{
    start->child = new_child(argv, options);
    if (!start->child)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "start", 0);
    int result = 0;
    if (options->input.data)
        result = subproc_encode_input(start->child, options->input.data, options->input.size, error);
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++)
        if (subproc_options_stream_kind(options, (enum subproc_stream_id)id) == SUBPROC_STREAM_INHERIT)
            start->ends[id].handle = subproc_os_standard((enum subproc_stream_id)id);
    for (int id = SUBPROC_OUT; result == 0 && id <= SUBPROC_ERR; id++)
        result = begin_capture(start->child, options, (enum subproc_stream_id)id, error);
    for (int id = SUBPROC_IN; result == 0 && id <= SUBPROC_ERR; id++)
        result = open_stream(start, options, (enum subproc_stream_id)id, error);
    if (result == 0)
        result = prepare_shell(start, argv, options, error);
    if (result == 0)
        result = subproc_environment_build(&start->shell.environment, &start->environment, error);
    if (result < 0)
        return result;
    return subproc_lookup(start->shell.program, start->environment.list, &start->programs, error);
}

static int launch(struct start *start, const struct subproc_options *options, struct subproc_error *error)
{
    struct subproc_os_plan plan = {.argv = start->shell.argv,
                                   .command_line = start->shell.command_line,
                                   .programs = (const char *const *)start->programs,
                                   .environment = start->environment.list,
                                   .directory = options->directory,
                                   .own_console = start->shell.own_console,
                                   .will_ask = options->stop.ask_wait > 0,
                                   .tree = options->tree,
                                   .end_with_parent = options->end_with_parent != 0,
                                   .waits_alone = start->waits_alone,
                                   .posix = &options->posix,
                                   .win32 = &options->win32};
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++)
        plan.streams[id] = start->ends[id].handle;
    return subproc_os_spawn(&plan, &start->child->os, error);
}

static void finish_start(struct start *start)
{
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++)
        if (start->ends[id].is_ours)
            subproc_os_handle_close(start->ends[id].handle);
    subproc_shell_free(&start->shell);
    subproc_environment_free(&start->environment);
    subproc_lookup_free(start->programs);
}

/* The link now lives in the downstream child alone: as long as we hold it too, that child's upstream can't notice its end. */
static void move_link(const struct subproc_stream *stream)
{
    subproc_handle *link = upstream_link(stream);
    subproc_os_handle_close(*link);
    *link = SUBPROC_NO_HANDLE;
}

int subproc_start(const char *const *argv, const struct subproc_options *options, bool waits_alone, struct subproc **child,
                  struct subproc_error *error)
{
    struct start start = {.waits_alone = waits_alone};
    int result = subproc_options_check(argv, options, error);
    if (result == 0) {
        result = prepare(&start, argv, options, error);
        if (result == 0)
            result = launch(&start, options, error);
        finish_start(&start);
    }
    if (result < 0) {
        subproc_free(start.child);
        return say_start_failure(argv, options, error);
    }
    if (options->in.kind == SUBPROC_STREAM_FROM)
        move_link(&options->in);
    *child = start.child;
    return 0;
}

int subproc_spawn(const char *const *argv, const struct subproc_options *options, struct subproc **child,
                  struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    options = options ? options : &subproc_options_default;
    if (!child)
        return subproc_error_say(error, SUBPROC_E_INVALID, "spawn", "there is no place for the child");
    *child = NULL;
    if (options->timeout == 0 && !options->input.data && options->input.size == 0)
        return subproc_start(argv, options, false, child, error);
    subproc_error_say(error, SUBPROC_E_INVALID, "options", "'timeout' and 'input' belong to subproc_run");
    return say_start_failure(argv, options, error);
}

/* ---- its end ---------------------------------------------------------------------------------------------------- */

/* Tells how it ended: 0, RUNNING or LOST. */
static int look(struct subproc *child, struct subproc_exit *status, struct subproc_error *error)
{
    struct subproc_os_end end = {0};
    int result = subproc_os_child_status(child->os, &end, error);
    if (status)
        *status = end.exit;
    if (result == SUBPROC_E_AGAIN)
        return SUBPROC_E_RUNNING;
    if (result < 0)
        return subproc_say_failure(child, "wait for", error);
    if (end.exit.kind == SUBPROC_EXIT_LOST)
        return subproc_say_lost(child, error);
    return 0;
}

int subproc_poll(struct subproc *child, struct subproc_exit *status, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child)
        return subproc_say_no_child(error);
    int result = look(child, status, error);
    if (result == SUBPROC_E_RUNNING)
        return subproc_error_say(error, result, "wait", "command '%.300s' is still running", child->command);
    return result;
}

int subproc_await(struct subproc *child, struct subproc_os_item *items, size_t count, int64_t deadline,
                  struct subproc_error *error)
{
    if (!child->can_cancel)
        return subproc_os_wait(items, count, deadline, error);
    items[count] = (struct subproc_os_item){.kind = SUBPROC_OS_ITEM_HANDLE, .handle = child->cancel};
    int result = subproc_os_wait(items, count + 1, deadline, error);
    return result == 0 && items[count].ready ? SUBPROC_E_CANCELLED : result;
}

int subproc_wait(struct subproc *child, int64_t timeout, struct subproc_exit *status, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child)
        return subproc_say_no_child(error);
    int64_t deadline = subproc_deadline(subproc_os_now(), timeout);
    int result;
    while ((result = look(child, status, error)) == SUBPROC_E_RUNNING) {
        struct subproc_os_item items[2] = {{.kind = SUBPROC_OS_ITEM_CHILD, .child = child->os}};
        result = subproc_await(child, items, 1, deadline, error);
        if (result == SUBPROC_E_TIMEOUT)
            return subproc_say_timeout(child->command, timeout, error);
        if (result == SUBPROC_E_CANCELLED && !items[0].ready) {
            result = subproc_stop_cancelled(child, error);
            struct subproc_error unused = {.step = ""};
            (void)look(child, status, &unused); /* what is told is the cancelling */
            return result;
        }
        if (result < 0 && result != SUBPROC_E_CANCELLED)
            return subproc_say_failure(child, "wait for", error);
    }
    return result;
}

int subproc_tree_missing(const struct subproc *child)
{
    return child && child->wants_tree && !subproc_os_child_has_tree(child->os);
}

int64_t subproc_id(const struct subproc *child)
{
    return child ? subproc_os_child_id(child->os) : 0;
}

int subproc_exit_handle(struct subproc *child, subproc_handle *handle, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child || !handle)
        return subproc_say_no_child(error);
    *handle = SUBPROC_NO_HANDLE;
    int result = subproc_os_child_exit_handle(child->os, handle, error);
    return result < 0 ? subproc_say_failure(child, "watch", error) : 0;
}

int64_t subproc_returncode(const struct subproc_exit *status)
{
    switch (status->kind) {
    case SUBPROC_EXIT_EXITED:
        return status->code;
    case SUBPROC_EXIT_SIGNALLED:
        return -(int64_t)status->code;
    case SUBPROC_EXIT_LOST:
        return INT64_MIN + 1;
    case SUBPROC_EXIT_RUNNING:
        break;
    }
    return INT64_MIN;
}

void subproc_free(struct subproc *child)
{
    if (!child)
        return;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        subproc_os_pipe_close(child->ends[id].pipe, NULL);
        subproc_os_handle_close(child->ends[id].link);
        subproc_capture_free(&child->captures[id]);
    }
    subproc_os_child_free(child->os);
    free(child->encoded);
    free(child->encoding);
    free(child->command);
    free(child);
}

void subproc_free_string(char *string)
{
    free(string);
}
