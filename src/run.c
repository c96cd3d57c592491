/* Whole runs and their results: run, communicate, check. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "error.h"
#include "options.h"
#include "text.h"

/* ---- results ---------------------------------------------------------------------------------------------------- */

static void begin_result(struct subproc_result *result)
{
    *result = (struct subproc_result){.user_ns = -1, .system_ns = -1, .peak_rss = -1};
}

void subproc_result_free(struct subproc_result *result)
{
    if (!result)
        return;
    free(result->out.data);
    free(result->err.data);
    free(result->command);
    *result = (struct subproc_result){0};
}

/* Takes what was captured, as a copy while more may come. */
static int take_captured(struct subproc_buffer *captured, bool more_may_come, struct subproc_buffer *taken)
{
    *taken = (struct subproc_buffer){0};
    if (more_may_come)
        return subproc_buffer_append(taken, captured->bytes, captured->size);
    *taken = *captured;
    *captured = (struct subproc_buffer){0};
    return 0;
}

/* Turns what was taken into text, if it is wanted and can be. */
static int decode_taken(struct subproc *child, bool is_cut, struct subproc_buffer *taken, struct subproc_error *error)
{
    struct subproc_buffer decoded;
    if (subproc_text_is_bytes(&child->text))
        return 0;
    int result = subproc_text_decode(&child->text, taken, is_cut, &decoded, error);
    if (result == 0 && decoded.bytes) {
        subproc_buffer_free(taken);
        *taken = decoded;
    }
    return result;
}

/* DECODE: it is given as it came. */
static int give_output(struct subproc *child, enum subproc_stream_id stream, bool is_cut, bool more_may_come,
                       struct subproc_output *output, struct subproc_error *error)
{
    struct subproc_buffer taken;
    if (!child->was_piped[stream])
        return 0;
    int result = take_captured(&child->captured[stream], more_may_come, &taken);
    if (result < 0)
        return subproc_error_set(error, result, "result", 0);
    output->total = taken.size;
    result = decode_taken(child, is_cut, &taken, error);
    taken.bytes[taken.size] = 0;
    output->data = taken.bytes;
    output->size = taken.size;
    output->undecoded = result == SUBPROC_E_DECODE;
    return result;
}

/* A child that hasn't ended is told as RUNNING. */
static int fill_end(struct subproc *child, struct subproc_result *result, struct subproc_error *error)
{
    struct subproc_os_end end = {.user_ns = -1, .system_ns = -1, .peak_rss = -1};
    int looked = subproc_os_child_status(child->os, &end, error);
    if (looked < 0 && looked != SUBPROC_E_AGAIN)
        return looked;
    result->exit = end.exit;
    result->wall_ns = (looked == 0 ? end.ended_at : subproc_os_now()) - child->started_at;
    result->user_ns = end.user_ns;
    result->system_ns = end.system_ns;
    result->peak_rss = end.peak_rss;
    return 0;
}

/* Both streams are given, whatever is wrong with one; told is the first that can't be decoded. */
static int fill_outputs(struct subproc *child, bool more_may_come, struct subproc_result *result,
                        struct subproc_error *error)
{
    static const char *const names[] = {"in", "out", "err"};
    struct subproc_output *outputs[] = {NULL, &result->out, &result->err};
    bool is_cut = more_may_come || child->incomplete || result->reason != SUBPROC_REASON_ENDED;
    int filled = 0;
    for (int id = SUBPROC_OUT; id <= SUBPROC_ERR; id++) {
        struct subproc_error why = {.step = ""};
        int given = give_output(child, (enum subproc_stream_id)id, is_cut, more_may_come, outputs[id], &why);
        if (given == SUBPROC_E_DECODE)
            subproc_error_sentence(&why, "cannot decode '%s' of command '%.150s': %s", names[id], child->command,
                                   why.message);
        if (given < 0 && (filled == 0 || given != SUBPROC_E_DECODE)) {
            filled = given;
            *error = why;
        }
    }
    return filled;
}

/* DECODE with the result filled; after anything else it is to be freed. */
static int fill_result(struct subproc *child, bool more_may_come, struct subproc_result *result,
                       struct subproc_error *error)
{
    size_t size = strlen(child->command) + 1;
    int filled = fill_end(child, result, error);
    if (filled < 0)
        return filled;
    result->incomplete = child->incomplete;
    result->command = malloc(size);
    if (!result->command)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "result", 0);
    memcpy(result->command, child->command, size);
    filled = fill_outputs(child, more_may_come, result, error);
    subproc_pump_end(child, more_may_come);
    return filled;
}

int subproc_check(const struct subproc_result *result, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "check", "there is no result");
    const char *command = result->command ? result->command : "";
    const char *signal = subproc_os_signal_name(result->exit.code);
    switch (result->exit.kind) {
    case SUBPROC_EXIT_EXITED:
        if (result->exit.code == 0)
            return 0;
        return subproc_error_say(error, SUBPROC_E_EXIT, "exit", "command '%.300s' returned non-zero exit status %" PRIu32,
                                 command, result->exit.code);
    case SUBPROC_EXIT_SIGNALLED:
        return subproc_error_say(error, SUBPROC_E_EXIT, "exit", "command '%.300s' died with signal %" PRIu32 "%s%s%s",
                                 command, result->exit.code, signal ? " (" : "", signal ? signal : "", signal ? ")" : "");
    case SUBPROC_EXIT_LOST:
        return subproc_error_say(error, SUBPROC_E_EXIT, "exit", "the exit status of command '%.300s' was lost", command);
    case SUBPROC_EXIT_RUNNING:
        break;
    }
    return subproc_error_say(error, SUBPROC_E_EXIT, "exit", "command '%.300s' is still running", command);
}

/* ---- how a pump's end becomes a call's end ----------------------------------------------------------------------- */

/* What both calls have in hand. */
struct session {
    struct subproc *child;
    const void *input;
    int64_t timeout; /* as the caller gave it, for the message */
    struct subproc_result *result;
};

/* The result of a call that tells `code`; more output may come after a deadline that leaves the child alone. */
static int finish(struct session *session, int code, bool more_may_come, struct subproc_error *error)
{
    struct subproc_error why = {.step = ""};
    int filled = fill_result(session->child, more_may_come, session->result, &why);
    if (filled < 0 && filled != SUBPROC_E_DECODE) {
        subproc_result_free(session->result);
        *error = why;
        return subproc_say_failure(session->child, "collect the result of", error);
    }
    if (code < 0)
        return code;
    if (session->result->exit.kind == SUBPROC_EXIT_LOST)
        return subproc_say_lost(session->child, error);
    if (filled < 0)
        *error = why;
    return filled;
}

static int say_timeout(struct session *session, int climbed, struct subproc_error *error)
{
    struct subproc_error why = *error;
    int result = subproc_say_timeout(session->child, session->timeout, error);
    if (climbed < 0) {
        struct subproc_error timed_out = *error;
        error->native = why.native;
        subproc_error_sentence(error, "%.250s, but %.250s", timed_out.message, why.message);
    }
    return result;
}

/* A child that the ladder gave up may have ended while the rest was read. */
static int look_again(struct subproc *child, int climbed, struct subproc_climb *climb)
{
    struct subproc_os_end end;
    struct subproc_error unused = {.step = ""};
    if (climbed == 0 || subproc_os_child_status(child->os, &end, &unused) < 0)
        return climbed;
    climb->step = climbed == SUBPROC_E_TIMEOUT ? SUBPROC_STOPPED_BY_KILL : SUBPROC_STOPPED_NOT_NEEDED;
    return 0;
}

/* At a deadline or a cancel: the ladder with the pipes still pumped, then what is left. */
static int stop_session(struct session *session, int reason, struct subproc_error *error)
{
    struct subproc *child = session->child;
    struct subproc_climb climb;
    struct subproc_error rest = {.step = ""};
    *error = (struct subproc_error){.step = ""};
    int climbed =
        subproc_climb(child, &child->stop, subproc_pump_until_end, (void *)(uintptr_t)session->input, &climb, error);
    if (climbed < 0 && !error->message[0])
        subproc_say_failure(child, "stop", error);
    (void)subproc_pump_rest(child, session->input, &rest); /* what can't be read any more is told as incomplete */
    climbed = look_again(child, climbed, &climb);
    session->result->stop_step = climb.step;
    session->result->ask_skipped = climb.ask_skipped;
    session->result->reason = reason == SUBPROC_E_TIMEOUT ? SUBPROC_REASON_TIMED_OUT : SUBPROC_REASON_CANCELLED;
    int code =
        reason == SUBPROC_E_TIMEOUT ? say_timeout(session, climbed, error) : subproc_say_cancelled(child, climbed, error);
    return finish(session, code, false, error);
}

/* ---- run -------------------------------------------------------------------------------------------------------- */

/* A pump that failed: the child must not go on without its pipes. The result stays empty. */
static int give_up(struct session *session, struct subproc_error *error)
{
    static const struct subproc_ladder kill_at_once = {.ask_wait = -1};
    struct subproc_climb climb;
    struct subproc_error unused = {.step = ""};
    subproc_say_failure(session->child, "communicate with", error);
    (void)subproc_climb(session->child, &kill_at_once, subproc_await_end, NULL, &climb, &unused);
    return error->code;
}

static int run_child(struct session *session, const struct subproc_options *options, int64_t deadline,
                     struct subproc_error *error)
{
    struct subproc *child = session->child;
    int result = subproc_pump_begin(child, options->input.data, options->input.size, error);
    if (result == 0)
        result = subproc_pump(child, options->input.data, deadline, error);
    if (result == 0)
        return finish(session, 0, false, error);
    if (result == SUBPROC_E_TIMEOUT || result == SUBPROC_E_CANCELLED)
        return stop_session(session, result, error);
    return give_up(session, error);
}

static int check_run(const struct subproc_options *options, struct subproc_error *error)
{
    bool links = options->in.kind == SUBPROC_STREAM_LINK || options->out.kind == SUBPROC_STREAM_LINK ||
                 options->err.kind == SUBPROC_STREAM_LINK;
    return links ? subproc_error_say(error, SUBPROC_E_INVALID, "options",
                                     "a LINK in subproc_run could be given to nobody: use subproc_spawn")
                 : 0;
}

int subproc_run(const char *const *argv, const struct subproc_options *options, struct subproc_result *result,
                struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "run", "there is no place for the result");
    begin_result(result);
    options = options ? options : &subproc_options_default;
    int64_t begun = subproc_os_now();
    int64_t deadline = options->timeout == 0 ? SUBPROC_OS_FOREVER : subproc_deadline(begun, options->timeout);
    struct session session = {.input = options->input.data, .timeout = options->timeout, .result = result};
    int code = check_run(options, error);
    if (code == 0)
        code = subproc_start(argv, options, &session.child, error);
    if (code == 0)
        code = run_child(&session, options, deadline, error);
    subproc_free(session.child);
    return code;
}

/* ---- communicate ------------------------------------------------------------------------------------------------ */

int subproc_communicate(struct subproc *child, const void *input, size_t size, int64_t timeout,
                        struct subproc_result *result, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "communicate", "there is no place for the result");
    begin_result(result);
    if (!child)
        return subproc_say_no_child(error);
    struct session session = {.child = child, .input = input, .timeout = timeout, .result = result};
    int64_t deadline = subproc_deadline(subproc_os_now(), timeout);
    int code = subproc_pump_begin(child, input, size, error);
    if (code < 0)
        return code;
    code = subproc_pump(child, input, deadline, error);
    if (code == 0)
        return finish(&session, 0, false, error);
    if (code == SUBPROC_E_CANCELLED)
        return stop_session(&session, code, error);
    if (code != SUBPROC_E_TIMEOUT)
        return subproc_say_failure(child, "communicate with", error);
    result->reason = SUBPROC_REASON_TIMED_OUT;
    code = subproc_say_timeout(child, timeout, error);
    return finish(&session, code, true, error);
}
