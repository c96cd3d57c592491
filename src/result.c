/* What a session has come to: the result, and the sentence. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "session.h"

void subproc_result_begin(struct subproc_result *result)
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

/* ---- filling ---------------------------------------------------------------------------------------------------- */

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

static const char *const stream_names[] = {"in", "out", "err"};

/* Both streams are given, whatever is wrong with one; told is the first that can't be decoded. */
static int fill_outputs(struct subproc *child, bool more_may_come, struct subproc_result *result,
                        struct subproc_error *error)
{
    struct subproc_output *outputs[] = {NULL, &result->out, &result->err};
    bool is_cut = more_may_come || child->incomplete || result->reason != SUBPROC_REASON_ENDED;
    int filled = 0;
    for (int id = SUBPROC_OUT; id <= SUBPROC_ERR; id++) {
        struct subproc_error why = {.step = ""};
        if (!child->was_piped[id])
            continue;
        int given = subproc_capture_give(&child->captures[id], &child->text, is_cut, more_may_come, outputs[id], &why);
        if (given == SUBPROC_E_DECODE)
            subproc_error_sentence(&why, "cannot decode '%s' of command '%.150s': %s", stream_names[id], child->command,
                                   why.message);
        if (given < 0 && (filled == 0 || given != SUBPROC_E_DECODE)) {
            filled = given;
            *error = why;
        }
    }
    return filled;
}

/* The input is forgotten unless more may come. */
static void end_communicating(struct subproc *child, bool more_may_come)
{
    child->is_communicating = more_may_come;
    if (more_may_come)
        return;
    free(child->encoded);
    child->encoded = NULL;
    child->has_input = false;
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
    result->tree_missing = subproc_tree_missing(child);
    result->command = malloc(size);
    if (!result->command)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "result", 0);
    memcpy(result->command, child->command, size);
    filled = fill_outputs(child, more_may_come, result, error);
    end_communicating(child, more_may_come);
    return filled;
}

/* ---- telling ------------------------------------------------------------------------------------------------------ */

/* A deadline, and why the child could not be stopped, if so. */
static int say_timeout(const struct subproc_session *session, struct subproc_error *error)
{
    int result = subproc_say_timeout(session->child->command, session->timeout, error);
    if (session->told) {
        struct subproc_error timed_out = *error;
        error->native = session->told->native;
        subproc_error_sentence(error, "%.250s, but %.250s", timed_out.message, session->told->message);
    }
    return result;
}

static int say_cancelled(const struct subproc_session *session, struct subproc_error *error)
{
    if (session->told)
        *error = *session->told;
    if (session->reason != SUBPROC_REASON_SINK)
        return subproc_say_cancelled(session->child, session->told ? session->told->code : 0, error);
    return subproc_error_say(error, SUBPROC_E_CANCELLED, "sink", "command '%.300s' was stopped by its sink%s%.200s",
                             session->child->command, session->told ? ", but " : "",
                             session->told ? session->told->message : "");
}

static int say_limit(const struct subproc_session *session, struct subproc_error *error)
{
    const struct subproc *child = session->child;
    int id = subproc_capture_is_over(&child->captures[SUBPROC_OUT]) ? SUBPROC_OUT : SUBPROC_ERR;
    return subproc_error_say(error, SUBPROC_E_OUTPUT_LIMIT, "read",
                             "command '%.200s' wrote more to '%s' than the %" PRIu64 " bytes that are allowed%s%.150s",
                             child->command, stream_names[id], child->captures[id].limit, session->told ? ", but " : "",
                             session->told ? session->told->message : "");
}

static int say_decode(const struct subproc_session *session, struct subproc_error *error)
{
    subproc_error_set(error, SUBPROC_E_DECODE, "decode", 0);
    subproc_error_sentence(error, "command '%.150s' was stopped: %s", session->child->command,
                           session->told ? session->told->message : subproc_strerror(SUBPROC_E_DECODE));
    return SUBPROC_E_DECODE;
}

static bool is_over(const struct subproc *child)
{
    const struct subproc_capture *out = &child->captures[SUBPROC_OUT], *err = &child->captures[SUBPROC_ERR];
    return (out->keep == SUBPROC_KEEP_ERROR && subproc_capture_is_over(out)) ||
           (err->keep == SUBPROC_KEEP_ERROR && subproc_capture_is_over(err));
}

/* `filled` and `why`: what the result itself said. */
static int tell(const struct subproc_session *session, const struct subproc_result *result, int filled,
                const struct subproc_error *why, struct subproc_error *error)
{
    switch (session->outcome) {
    case SUBPROC_E_TIMEOUT:
        return say_timeout(session, error);
    case SUBPROC_E_CANCELLED:
        return say_cancelled(session, error);
    case SUBPROC_E_OUTPUT_LIMIT:
        return say_limit(session, error);
    case SUBPROC_E_DECODE:
        return say_decode(session, error);
    default:
        break;
    }
    if (result->exit.kind == SUBPROC_EXIT_LOST)
        return subproc_say_lost(session->child, error);
    if (filled < 0)
        *error = *why;
    return filled < 0 ? filled : is_over(session->child) ? say_limit(session, error) : 0;
}

static int give_up(struct subproc_session *session, struct subproc_error *error)
{
    if (session->told)
        *error = *session->told;
    else
        subproc_error_set(error, session->outcome, "communicate", 0);
    return subproc_say_failure(session->child, "communicate with", error);
}

/* Streams that may still give something are captured on from where they are. */
static bool more_may_come(const struct subproc_session *session)
{
    return session->leaves_child && session->outcome == SUBPROC_E_TIMEOUT;
}

static int finish(struct subproc_session *session, struct subproc_result *result, struct subproc_error *error)
{
    struct subproc_error why = {.step = ""};
    if (session->outcome < 0 && !subproc_session_is_stop(session->outcome))
        return give_up(session, error);
    result->stop_step = session->stop_step;
    result->ask_skipped = session->ask_skipped;
    result->reason = session->reason;
    int filled = fill_result(session->child, more_may_come(session), result, &why);
    if (filled == 0 || filled == SUBPROC_E_DECODE)
        return tell(session, result, filled, &why, error);
    subproc_result_free(result);
    *error = why;
    return subproc_say_failure(session->child, "collect the result of", error);
}

int subproc_session_finish(struct subproc_session *session, struct subproc_result *result, struct subproc_error *error)
{
    int code = finish(session, result, error);
    if (!more_may_come(session)) {
        subproc_capture_restart(&session->child->captures[SUBPROC_OUT]);
        subproc_capture_restart(&session->child->captures[SUBPROC_ERR]);
    }
    subproc_session_drop(session);
    return code;
}
