/* A chain of commands: the systems' pipes join them, and they are talked to, timed and stopped as one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "error.h"
#include "options.h"
#include "text.h"

struct chain {
    const struct subproc_command *commands;
    size_t count;
    const struct subproc_options *options;
    int64_t deadline;
    struct subproc_task *tasks; /* one a stage */
    size_t started;             /* stages that run or have run */
    size_t left;                /* that aren't done yet */
    struct subproc_crew crew;
};

/* ---- options ------------------------------------------------------------------------------------------------------ */

static int invalid(struct subproc_error *error, size_t stage, const char *what)
{
    return subproc_error_say(error, SUBPROC_E_INVALID, "pipeline", "stage %zu of the pipeline: %s", stage + 1, what);
}

/* What belongs to the pipeline as a whole can't be said of one stage. */
static int check_stage(const struct subproc_command *command, size_t stage, struct subproc_error *error)
{
    const struct subproc_options *options = command->options;
    for (size_t i = 0; i < sizeof command->reserved / sizeof *command->reserved; i++)
        if (command->reserved[i] != 0)
            return invalid(error, stage, "a reserved field is not zero");
    if (!options)
        return 0;
    if (options->in.kind != SUBPROC_STREAM_DEFAULT || options->out.kind != SUBPROC_STREAM_DEFAULT)
        return invalid(error, stage, "'in' and 'out' are the pipeline's");
    if (options->timeout != 0 || options->linger != 0 || options->cancel || options->input.data ||
        options->input.size > 0 || options->stop.ask_wait != 0 || options->stop.kill_wait != 0 ||
        options->limit.keep != SUBPROC_KEEP_ALL || options->pipefail != SUBPROC_PIPEFAIL_LAST ||
        options->tree != SUBPROC_TREE_NONE || options->end_with_parent)
        return invalid(
            error, stage,
            "input, timeout, linger, stop, limit, cancel, tree, end_with_parent and pipefail belong to the whole");
    return 0;
}

static int check(const struct subproc_command *commands, size_t count, const struct subproc_options *options,
                 struct subproc_error *error)
{
    int result = 0;
    if (!commands || count == 0)
        return subproc_error_say(error, SUBPROC_E_INVALID, "pipeline", "a pipeline has no commands");
    if (options->pipefail < SUBPROC_PIPEFAIL_LAST || options->pipefail > SUBPROC_PIPEFAIL_EVERY)
        return subproc_error_say(error, SUBPROC_E_INVALID, "pipeline", "unknown verdict of a pipeline");
    result = subproc_options_check_captured(options, "a pipeline", error);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = check_stage(&commands[i], i, error);
    return result;
}

/* The options with which a stage is started. */
static struct subproc_options stage_options(const struct chain *chain, size_t stage)
{
    const struct subproc_command *command = &chain->commands[stage];
    const struct subproc_options *whole = chain->options;
    struct subproc_options options = command->options ? *command->options : subproc_options_default;
    options.in = whole->in;
    if (stage > 0)
        options.in = (struct subproc_stream){.kind = SUBPROC_STREAM_FROM, .from = chain->tasks[stage - 1].session.child};
    else
        options.input = whole->input;
    options.out = whole->out;
    if (stage + 1 < chain->count)
        options.out = (struct subproc_stream){.kind = SUBPROC_STREAM_LINK};
    if (options.err.kind == SUBPROC_STREAM_DEFAULT)
        options.err = whole->err;
    if (subproc_text_is_bytes(&options.text))
        options.text = whole->text;
    options.linger = whole->linger;
    options.stop = whole->stop;
    options.limit = whole->limit;
    options.cancel = whole->cancel;
    options.tree = whole->tree;
    options.end_with_parent = whole->end_with_parent;
    return options;
}

/* ---- starting ----------------------------------------------------------------------------------------------------- */

static int start_stage(struct chain *chain, size_t stage, struct subproc_error *error)
{
    const struct subproc_options options = stage_options(chain, stage);
    struct subproc_session *session = &chain->tasks[stage].session;
    *session = (struct subproc_session){
        .input = options.input.data, .timeout = chain->options->timeout, .deadline = chain->deadline};
    int result = subproc_start(chain->commands[stage].argv, &options, false, &session->child, error);
    if (result < 0)
        return result;
    chain->started++;
    for (int id = SUBPROC_OUT; id <= SUBPROC_ERR; id++)
        subproc_capture_set_stage(&session->child->captures[id], stage);
    result = subproc_session_begin(session, options.input.size, error);
    if (result < 0)
        return result;
    if (subproc_crew_add(&chain->crew, &chain->tasks[stage], error) < 0)
        return subproc_say_failure(session->child, "communicate with", error);
    chain->left++;
    return 0;
}

/* Those that run already must not go on without the rest. */
static void stop_started(struct chain *chain)
{
    static const struct subproc_ladder kill_at_once = {.ask_wait = -1};
    struct subproc_error unused;
    for (size_t i = 0; i < chain->left; i++)
        subproc_crew_remove(&chain->tasks[i]);
    for (size_t i = 0; i < chain->started; i++)
        (void)subproc_kill(chain->tasks[i].session.child, &unused);
    for (size_t i = 0; i < chain->started; i++)
        (void)subproc_stop(chain->tasks[i].session.child, &kill_at_once, NULL, &unused);
    chain->left = 0;
}

static int start_all(struct chain *chain, struct subproc_error *error)
{
    int result = 0;
    size_t stage = 0;
    for (; result == 0 && stage < chain->count; stage++)
        result = start_stage(chain, stage, error);
    if (result == 0)
        return 0;
    struct subproc_error why = *error;
    stop_started(chain);
    *error = why;
    if (chain->count > 1)
        subproc_error_sentence(error, "stage %zu of %zu: %s", stage, chain->count, why.message);
    return result;
}

/* ---- working ------------------------------------------------------------------------------------------------------ */

/* The stage that ended the talking for a reason of its own, or NULL. */
static struct subproc_session *find_stopper(const struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->tasks[i].session.outcome < 0)
            return &chain->tasks[i].session;
    return NULL;
}

/* What stops one stage stops all. */
static void stop_together(struct chain *chain, int outcome, enum subproc_reason reason)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->tasks[i].session.phase == SUBPROC_TALKING && subproc_crew_stop(&chain->tasks[i], outcome, reason))
            chain->left--;
}

/* The set can't be waited for: each one has failed, and is stopped by itself. */
static void fail_all(struct chain *chain, const struct subproc_error *error)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct subproc_task *task = &chain->tasks[i];
        if (task->session.phase == SUBPROC_DONE)
            continue;
        subproc_crew_remove(task);
        subproc_session_fail(&task->session, error);
        subproc_session_run(&task->session);
    }
    chain->left = 0;
}

/* Until every stage is done; returns the first that was stopped or failed, or NULL. */
static struct subproc_session *work(struct chain *chain)
{
    struct subproc_session *stopper = NULL;
    while (chain->left > 0) {
        struct subproc_task *done = NULL;
        struct subproc_error error = {.step = ""};
        int result = subproc_crew_work(&chain->crew, SUBPROC_OS_FOREVER, &done, &error);
        chain->left -= done != NULL;
        if (result < 0)
            fail_all(chain, &error);
        if (!stopper && (stopper = find_stopper(chain)) != NULL && chain->left > 0)
            stop_together(chain, subproc_session_is_stop(stopper->outcome) ? stopper->outcome : SUBPROC_E_CANCELLED,
                          stopper->reason);
    }
    return stopper;
}

/* ---- telling ------------------------------------------------------------------------------------------------------ */

static bool is_failure(const struct subproc_exit *exit, bool is_last, enum subproc_pipefail pipefail)
{
    if (exit->kind == SUBPROC_EXIT_EXITED)
        return exit->code != 0;
    const char *signal = exit->kind == SUBPROC_EXIT_SIGNALLED ? subproc_os_signal_name(exit->code) : NULL;
    bool has_no_reader = signal && strcmp(signal, "SIGPIPE") == 0 && !is_last;
    return pipefail == SUBPROC_PIPEFAIL_EVERY || !has_no_reader;
}

static size_t verdict(const struct subproc_pipeline_result *result, enum subproc_pipefail pipefail)
{
    for (size_t i = 0; pipefail != SUBPROC_PIPEFAIL_LAST && i < result->count; i++)
        if (is_failure(&result->stages[i].exit, i + 1 == result->count, pipefail))
            return i;
    return result->count - 1;
}

/* Which code is told when several stages have one: that of the stopper, else the first. */
static int finish(struct chain *chain, struct subproc_session *stopper, struct subproc_pipeline_result *result,
                  struct subproc_error *error)
{
    int code = 0;
    for (size_t i = 0; i < chain->count; i++) {
        struct subproc_session *session = &chain->tasks[i].session;
        struct subproc_error why = {.step = ""};
        int told = subproc_session_finish(session, &result->stages[i], &why);
        bool comes_first = stopper ? session == stopper : code == 0;
        if (told < 0 && (comes_first || (!subproc_session_is_stop(told) && told != SUBPROC_E_LOST))) {
            code = told;
            *error = why;
        }
    }
    return code;
}

/* "a | b": what a deadline or a cancel is told of. */
static void describe(const struct chain *chain, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < chain->count && used < size; i++) {
        int put = snprintf(text + used, size - used, "%s%s", i > 0 ? " | " : "", chain->tasks[i].session.child->command);
        used += put > 0 ? (size_t)put : 0;
    }
}

static void tell_of_all(const struct chain *chain, const struct subproc_session *stopper, struct subproc_error *error)
{
    char text[300];
    describe(chain, text, sizeof text);
    if (error->code == SUBPROC_E_TIMEOUT)
        subproc_say_timeout(text, stopper->timeout, error);
    else if (error->code == SUBPROC_E_CANCELLED && stopper->reason == SUBPROC_REASON_CANCELLED)
        subproc_error_sentence(error, "command '%s' was cancelled", text);
}

static int run(struct chain *chain, struct subproc_pipeline_result *result, struct subproc_error *error)
{
    int64_t begun = subproc_os_now();
    int code = start_all(chain, error);
    if (code < 0)
        return code;
    struct subproc_session *stopper = work(chain);
    bool was_clean = stopper && !stopper->told;
    code = finish(chain, stopper, result, error);
    if (was_clean && chain->count > 1)
        tell_of_all(chain, stopper, error);
    if (code < 0 && !subproc_session_is_stop(code) && code != SUBPROC_E_LOST)
        return code;
    result->count = chain->count;
    result->verdict = verdict(result, chain->options->pipefail);
    result->reason = stopper ? stopper->reason : SUBPROC_REASON_ENDED;
    result->wall_ns = subproc_os_now() - begun;
    return code;
}

static int make_room(struct chain *chain, struct subproc_pipeline_result *result, struct subproc_error *error)
{
    chain->tasks = calloc(chain->count, sizeof *chain->tasks);
    result->stages = calloc(chain->count, sizeof *result->stages);
    if (!chain->tasks || !result->stages)
        return subproc_error_say(error, SUBPROC_E_NO_MEMORY, "pipeline", "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    for (size_t i = 0; i < chain->count; i++)
        subproc_result_begin(&result->stages[i]);
    if (subproc_crew_open(&chain->crew, error) < 0)
        return subproc_error_wrap(error, "cannot run a pipeline");
    return 0;
}

static void release(struct chain *chain)
{
    for (size_t i = 0; i < chain->started; i++) {
        subproc_session_drop(&chain->tasks[i].session);
        subproc_free(chain->tasks[i].session.child);
    }
    subproc_crew_close(&chain->crew);
    free(chain->tasks);
}

int subproc_pipeline_run(const struct subproc_command *commands, size_t count, const struct subproc_options *options,
                         struct subproc_pipeline_result *result, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!result)
        return subproc_error_say(error, SUBPROC_E_INVALID, "pipeline", "there is no place for the result");
    *result = (struct subproc_pipeline_result){0};
    struct chain chain = {.commands = commands, .count = count, .options = options ? options : &subproc_options_default};
    chain.deadline =
        chain.options->timeout == 0 ? SUBPROC_OS_FOREVER : subproc_deadline(subproc_os_now(), chain.options->timeout);
    chain.crew.ends_together = true;
    int code = check(commands, count, chain.options, error);
    if (code == 0)
        code = make_room(&chain, result, error);
    if (code == 0)
        code = run(&chain, result, error);
    release(&chain);
    if (code < 0 && result->count == 0) {
        result->count = result->stages ? count : 0;
        subproc_pipeline_result_free(result);
    }
    return code;
}

void subproc_pipeline_result_free(struct subproc_pipeline_result *result)
{
    if (!result)
        return;
    for (size_t i = 0; i < result->count; i++)
        subproc_result_free(&result->stages[i]);
    free(result->stages);
    *result = (struct subproc_pipeline_result){0};
}
