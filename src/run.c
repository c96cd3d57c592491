/* One child from its start to its result: run, and communicate. */
#include "error.h"
#include "options.h"
#include "session.h"

/* Talks to the child until its end, and tells how it went. */
static int talk(struct subproc_session *session, size_t size, struct subproc_result *result, struct subproc_error *error)
{
    struct subproc_scratch scratch = {0};
    session->scratch = &scratch;
    int code = subproc_session_begin(session, size, error);
    if (code == 0) {
        subproc_session_run(session);
        code = subproc_session_finish(session, result, error);
    }
    subproc_scratch_free(&scratch);
    return code;
}

/* Not read, fed, timed or cancelled. */
static bool is_only_waited_for(const struct subproc_options *options)
{
    bool has_pipes = false;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        enum subproc_stream_kind kind = subproc_options_stream_kind(options, (enum subproc_stream_id)id);
        has_pipes = has_pipes || kind == SUBPROC_STREAM_PIPE || kind == SUBPROC_STREAM_SINK;
    }
    return !has_pipes && options->timeout == 0 && !options->cancel;
}

int subproc_run(const char *const *argv, const struct subproc_options *options, struct subproc_result *result,
                struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "run", "there is no place for the result");
    subproc_result_begin(result);
    options = options ? options : &subproc_options_default;
    int64_t begun = subproc_os_now();
    int64_t deadline = options->timeout == 0 ? SUBPROC_OS_FOREVER : subproc_deadline(begun, options->timeout);
    struct subproc_session session = {.input = options->input.data, .timeout = options->timeout, .deadline = deadline};
    int code = subproc_options_check_captured(options, "subproc_run", error);
    if (code == 0)
        code = subproc_start(argv, options, is_only_waited_for(options), &session.child, error);
    if (code == 0)
        code = talk(&session, options->input.size, result, error);
    subproc_free(session.child);
    return code;
}

int subproc_communicate(struct subproc *child, const void *input, size_t size, int64_t timeout,
                        struct subproc_result *result, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "communicate", "there is no place for the result");
    subproc_result_begin(result);
    if (!child)
        return subproc_say_no_child(error);
    struct subproc_session session = {.child = child,
                                      .input = input,
                                      .leaves_child = true,
                                      .timeout = timeout,
                                      .deadline = subproc_deadline(subproc_os_now(), timeout)};
    return talk(&session, size, result, error);
}
