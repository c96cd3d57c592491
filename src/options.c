/* Checking what the caller passed, once, at the door. */
#include "options.h"

#include <string.h>

#include "error.h"
#include "os.h"
#include "shell.h"
#include "text.h"
#include "utf8.h"

const struct subproc_options subproc_options_default = {0};

static int invalid(struct subproc_error *error, const char *step, const char *what)
{
    return subproc_error_say(error, SUBPROC_E_INVALID, step, "%s", what);
}

static int check_reserved(const uint64_t *reserved, const char *step, struct subproc_error *error)
{
    for (size_t i = 0; i < 8; i++)
        if (reserved[i] != 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "reserved", "a reserved field of '%s' is not zero", step);
    return 0;
}

/* NULL is fine: the caller says where it isn't. */
static int check_text(const char *text, const char *step, struct subproc_error *error)
{
    if (!text || !subproc_os_traits.text_is_utf8)
        return 0;
    size_t size = strlen(text), good = subproc_utf8_check(text, size);
    if (good == size)
        return 0;
    return subproc_error_say(error, SUBPROC_E_INVALID, step, "byte 0x%02X at offset %u of '%.100s' is not UTF-8",
                             (unsigned)(unsigned char)text[good], (unsigned)good, text);
}

static int check_texts(const char *const *texts, const char *step, struct subproc_error *error)
{
    int result = 0;
    for (; result == 0 && texts && *texts; texts++)
        result = check_text(*texts, step, error);
    return result;
}

static int check_argv(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    if (!argv || !argv[0])
        return invalid(error, "argv", "argv has no words");
    int result = subproc_shell_check(argv, options, error);
    if (result < 0)
        return result;
    if (subproc_options_program(argv, options)[0] == 0)
        return invalid(error, "argv", "the name of the program is empty");
    result = check_text(options->program, "argv", error);
    return result < 0 ? result : check_texts(argv, "argv", error);
}

/* ---- streams --------------------------------------------------------------------------------------------------- */

const struct subproc_stream *subproc_options_stream(const struct subproc_options *options, enum subproc_stream_id id)
{
    return id == SUBPROC_IN ? &options->in : id == SUBPROC_OUT ? &options->out : &options->err;
}

static bool has_input(const struct subproc_options *options)
{
    return options->input.data != NULL;
}

enum subproc_stream_kind subproc_options_stream_kind(const struct subproc_options *options, enum subproc_stream_id id)
{
    enum subproc_stream_kind kind = subproc_options_stream(options, id)->kind;
    if (kind != SUBPROC_STREAM_DEFAULT)
        return kind;
    return id == SUBPROC_IN && has_input(options) ? SUBPROC_STREAM_PIPE : SUBPROC_STREAM_INHERIT;
}

static const char *const stream_steps[] = {"in", "out", "err"};

static int check_file(const struct subproc_stream *stream, enum subproc_stream_id id, struct subproc_error *error)
{
    const char *step = stream_steps[id];
    if (!stream->path || stream->path[0] == 0)
        return invalid(error, step, "a FILE stream has no path");
    if (stream->mode < SUBPROC_FILE_DEFAULT || stream->mode > SUBPROC_FILE_APPEND)
        return invalid(error, step, "a FILE stream has an unknown mode");
    if (stream->mode != SUBPROC_FILE_DEFAULT && (id == SUBPROC_IN) != (stream->mode == SUBPROC_FILE_READ))
        return invalid(error, step, "'in' is read from a FILE; 'out' and 'err' are written to one");
    return check_text(stream->path, step, error);
}

static int check_from(const struct subproc_stream *stream, enum subproc_stream_id id, struct subproc_error *error)
{
    if (id != SUBPROC_IN)
        return invalid(error, stream_steps[id], "only 'in' can come FROM another child");
    if (!stream->from)
        return invalid(error, "in", "a FROM stream names no child");
    if (stream->from_stream < SUBPROC_IN || stream->from_stream > SUBPROC_ERR)
        return invalid(error, "in", "a FROM stream names no stream of its child");
    return 0;
}

static int check_sink(const struct subproc_stream *stream, enum subproc_stream_id id, struct subproc_error *error)
{
    if (id == SUBPROC_IN)
        return invalid(error, "in", "only 'out' and 'err' can go to a SINK");
    if (!stream->sink || !stream->sink->callback)
        return invalid(error, stream_steps[id], "a SINK stream has no callback");
    return check_reserved(stream->sink->reserved, "sink", error);
}

static int check_limit(const struct subproc_limit *limit, struct subproc_error *error)
{
    if (limit->keep < SUBPROC_KEEP_ALL || limit->keep > SUBPROC_KEEP_ERROR)
        return invalid(error, "limit", "what is to be kept of the output is unknown");
    if (limit->keep == SUBPROC_KEEP_ALL && limit->bytes > 0)
        return invalid(error, "limit", "the limit of output doesn't say what is to be kept");
    return check_reserved(limit->reserved, "limit", error);
}

static int check_stream(const struct subproc_options *options, enum subproc_stream_id id, struct subproc_error *error)
{
    const struct subproc_stream *stream = subproc_options_stream(options, id);
    int result = check_reserved(stream->reserved, stream_steps[id], error);
    if (result < 0)
        return result;
    switch (stream->kind) {
    case SUBPROC_STREAM_DEFAULT:
    case SUBPROC_STREAM_INHERIT:
    case SUBPROC_STREAM_PIPE:
    case SUBPROC_STREAM_NULL:
    case SUBPROC_STREAM_LINK:
        return 0;
    case SUBPROC_STREAM_FILE:
        return check_file(stream, id, error);
    case SUBPROC_STREAM_HANDLE:
        return stream->handle == SUBPROC_NO_HANDLE ? invalid(error, stream_steps[id], "a HANDLE stream has no handle") : 0;
    case SUBPROC_STREAM_MERGE:
        return id == SUBPROC_ERR ? 0 : invalid(error, stream_steps[id], "only 'err' can be merged, into 'out'");
    case SUBPROC_STREAM_FROM:
        return check_from(stream, id, error);
    case SUBPROC_STREAM_SINK:
        return check_sink(stream, id, error);
    }
    return invalid(error, stream_steps[id], "unknown kind of stream");
}

static int check_input(const struct subproc_options *options, struct subproc_error *error)
{
    if (!options->input.data && options->input.size > 0)
        return invalid(error, "input", "the input has a size but no data");
    if (has_input(options) && subproc_options_stream_kind(options, SUBPROC_IN) != SUBPROC_STREAM_PIPE)
        return invalid(error, "input", "there is input, but 'in' is no pipe");
    return check_reserved(options->input.reserved, "input", error);
}

/* ---- environment ----------------------------------------------------------------------------------------------- */

static int check_environment(const struct subproc_environment *environment, struct subproc_error *error)
{
    if (environment->base != SUBPROC_ENVIRONMENT_INHERIT && environment->base != SUBPROC_ENVIRONMENT_EMPTY)
        return invalid(error, "environment", "unknown base of the environment");
    for (const char *const *change = environment->changes; change && *change; change++)
        if (**change == '=' || **change == 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "environment", "the variable in '%.100s' has an empty name",
                                     *change);
    int result = check_texts(environment->changes, "environment", error);
    return result < 0 ? result : check_reserved(environment->reserved, "environment", error);
}

/* ---- what one system alone understands -------------------------------------------------------------------------- */

static bool posix_is_zero(const struct subproc_posix *posix)
{
    return posix->set == 0 && posix->user == 0 && posix->group == 0 && posix->umask == 0 &&
           posix->signals == SUBPROC_SIGNALS_DEFAULT && posix->new_session == 0 && posix->process_group == 0 &&
           !posix->groups && posix->group_count == 0 && !posix->descriptors && posix->descriptor_count == 0 &&
           !posix->limits && posix->limit_count == 0;
}

static int check_descriptors(const struct subproc_posix *posix, struct subproc_error *error)
{
    const struct subproc_descriptor *descriptors = posix->descriptors;
    if (!descriptors && posix->descriptor_count > 0)
        return invalid(error, "descriptors", "the extra descriptors have a count but no list");
    for (size_t i = 0; i < posix->descriptor_count; i++) {
        if (descriptors[i].number < 3 || descriptors[i].source < 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "descriptors", "descriptor %d can't become number %d",
                                     descriptors[i].source, descriptors[i].number);
        for (size_t j = 0; j < i; j++)
            if (descriptors[j].number == descriptors[i].number)
                return subproc_error_say(error, SUBPROC_E_INVALID, "descriptors", "two descriptors would become number %d",
                                         descriptors[i].number);
    }
    return 0;
}

static int check_posix(const struct subproc_posix *posix, struct subproc_error *error)
{
    const uint32_t known =
        SUBPROC_POSIX_USER | SUBPROC_POSIX_GROUP | SUBPROC_POSIX_GROUPS | SUBPROC_POSIX_UMASK | SUBPROC_POSIX_PROCESS_GROUP;
    if (!subproc_os_traits.posix && !posix_is_zero(posix))
        return subproc_error_say(error, SUBPROC_E_UNSUPPORTED, "posix", "the options in 'posix' exist on POSIX alone");
    if (posix->set & ~known)
        return invalid(error, "posix", "'posix.set' has an unknown bit");
    if (posix->signals < SUBPROC_SIGNALS_DEFAULT || posix->signals > SUBPROC_SIGNALS_RESET)
        return invalid(error, "posix", "unknown treatment of signals");
    if (posix->new_session && (posix->set & SUBPROC_POSIX_PROCESS_GROUP))
        return invalid(error, "posix", "a new session has its own process group");
    if ((posix->set & SUBPROC_POSIX_PROCESS_GROUP) && posix->process_group < 0)
        return invalid(error, "posix", "a process group is negative");
    if ((posix->set & SUBPROC_POSIX_UMASK) && posix->umask > 0777)
        return invalid(error, "posix", "the umask is above 0777");
    if ((!posix->groups && posix->group_count > 0) || (!posix->limits && posix->limit_count > 0))
        return invalid(error, "posix", "a list has a count but no entries");
    int result = check_descriptors(posix, error);
    return result < 0 ? result : check_reserved(posix->reserved, "posix", error);
}

static int check_win32(const struct subproc_win32 *win32, struct subproc_error *error)
{
    bool zero = !win32->command_line && win32->set == 0 && win32->show_window == 0 && win32->creation_flags == 0 &&
                !win32->handles && win32->handle_count == 0 && win32->ansi_child == 0;
    if (!subproc_os_traits.win32 && !zero)
        return subproc_error_say(error, SUBPROC_E_UNSUPPORTED, "win32", "the options in 'win32' exist on Windows alone");
    if (win32->set & ~(uint32_t)SUBPROC_WIN32_SHOW_WINDOW)
        return invalid(error, "win32", "'win32.set' has an unknown bit");
    if (!win32->handles && win32->handle_count > 0)
        return invalid(error, "win32", "the extra handles have a count but no list");
    int result = check_text(win32->command_line, "win32", error);
    return result < 0 ? result : check_reserved(win32->reserved, "win32", error);
}

/* The words that will be passed, judged by the system. */
static int check_system(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    const char *words[SUBPROC_SHELL_WORDS];
    if (options->shell == SUBPROC_SHELL_NONE)
        return subproc_os_check(argv, options, error);
    subproc_shell_words(argv[0], options, words);
    return subproc_os_check(words, options, error);
}

static int check_tree(const struct subproc_options *options, struct subproc_error *error)
{
    if (options->tree < SUBPROC_TREE_NONE || options->tree > SUBPROC_TREE_REQUIRED)
        return invalid(error, "tree", "unknown kind of tree");
    if (options->tree != SUBPROC_TREE_NONE && (options->posix.set & SUBPROC_POSIX_PROCESS_GROUP))
        return invalid(error, "tree",
                       "a tree has a process group of its own: 'tree' and 'posix.process_group' exclude each other");
    return 0;
}

int subproc_options_check_stop(const struct subproc_ladder *stop, struct subproc_error *error)
{
    return check_reserved(stop->reserved, "stop", error);
}

int subproc_options_check_captured(const struct subproc_options *options, const char *where, struct subproc_error *error)
{
    bool links = options->in.kind == SUBPROC_STREAM_LINK || options->out.kind == SUBPROC_STREAM_LINK ||
                 options->err.kind == SUBPROC_STREAM_LINK;
    return links ? subproc_error_say(error, SUBPROC_E_INVALID, "options",
                                     "a LINK in %s could be given to nobody: use subproc_spawn", where)
                 : 0;
}

const char *subproc_options_program(const char *const *argv, const struct subproc_options *options)
{
    if (options->program)
        return options->program;
    const char *shell = subproc_shell_name(options);
    return shell ? shell : argv[0];
}

int subproc_options_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    int result = check_argv(argv, options, error);
    for (int id = SUBPROC_IN; result == 0 && id <= SUBPROC_ERR; id++)
        result = check_stream(options, (enum subproc_stream_id)id, error);
    if (result == 0)
        result = check_input(options, error);
    if (result == 0 && options->directory && options->directory[0] == 0)
        result = invalid(error, "directory", "the name of the directory is empty");
    if (result == 0)
        result = check_text(options->directory, "directory", error);
    if (result == 0)
        result = check_environment(&options->environment, error);
    if (result == 0)
        result = subproc_text_check(&options->text, error);
    if (result == 0)
        result = check_limit(&options->limit, error);
    if (result == 0)
        result = subproc_options_check_stop(&options->stop, error);
    if (result == 0)
        result = check_posix(&options->posix, error);
    if (result == 0)
        result = check_win32(&options->win32, error);
    if (result == 0)
        result = check_tree(options, error);
    if (result == 0)
        result = check_reserved(options->reserved, "options", error);
    return result < 0 ? result : check_system(argv, options, error);
}
