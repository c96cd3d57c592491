/* Many children run side by side, at most so many at once; their results come out in the order in which they end. */
#include <stdatomic.h>
#include <stdlib.h>

#include "copy.h"
#include "crew.h"
#include "error.h"
#include "options.h"

/* A command that was added: waiting, then running, then finished. */
struct job {
    struct subproc_task task; /* while it runs, and until it is given */
    struct job *next, *previous;
    struct subproc_copy *copy; /* while it waits, or has input */
    uint64_t number;
    void *user;
    int code;                    /* of one that did not run */
    struct subproc_error *error; /* and its sentence, where there was memory for it */
};

struct queue {
    struct job *first, *last;
    size_t size;
};

struct subproc_group {
    struct subproc_crew crew;
    size_t max_running;
    uint64_t added;
    struct queue waiting, running, finished;
    atomic_bool is_to_stop; /* set by any thread */
    bool has_stopped;       /* and seen by the one that works */
};

static void append(struct queue *queue, struct job *job)
{
    job->next = NULL;
    job->previous = queue->last;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
    queue->size++;
}

static void take(struct queue *queue, struct job *job)
{
    *(job->previous ? &job->previous->next : &queue->first) = job->next;
    *(job->next ? &job->next->previous : &queue->last) = job->previous;
    queue->size--;
}

static void free_job(struct job *job)
{
    subproc_session_drop(&job->task.session);
    subproc_free(job->task.session.child);
    free(job->error);
    free(job->copy);
    free(job);
}

/* ---- making and freeing ------------------------------------------------------------------------------------------- */

static int check(const struct subproc_group_options *options, struct subproc_error *error)
{
    for (size_t i = 0; i < sizeof options->reserved / sizeof *options->reserved; i++)
        if (options->reserved[i] != 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "group",
                                     "a reserved field of the group's options is not zero");
    return 0;
}

int subproc_group_new(const struct subproc_group_options *options, struct subproc_group **group,
                      struct subproc_error *given)
{
    static const struct subproc_group_options none = {0};
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!group)
        return subproc_error_say(error, SUBPROC_E_INVALID, "group", "there is no place for the group");
    *group = NULL;
    options = options ? options : &none;
    int result = check(options, error);
    if (result < 0)
        return result;
    struct subproc_group *made = calloc(1, sizeof *made);
    if (!made)
        return subproc_error_say(error, SUBPROC_E_NO_MEMORY, "group", "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    made->max_running = options->max_running > 0 ? options->max_running : SIZE_MAX;
    result = subproc_crew_open(&made->crew, error);
    if (result < 0) {
        free(made);
        return subproc_error_wrap(error, "cannot make a group");
    }
    *group = made;
    return 0;
}

static void free_jobs(struct queue *queue)
{
    while (queue->first) {
        struct job *job = queue->first;
        take(queue, job);
        free_job(job);
    }
}

void subproc_group_free(struct subproc_group *group)
{
    if (!group)
        return;
    for (struct job *job = group->running.first; job; job = job->next)
        subproc_crew_remove(&job->task);
    free_jobs(&group->waiting);
    free_jobs(&group->running);
    free_jobs(&group->finished);
    subproc_crew_close(&group->crew);
    free(group);
}

/* ---- from waiting to finished ------------------------------------------------------------------------------------- */

/* One that did not run. */
static void fail(struct subproc_group *group, struct job *job, const struct subproc_error *error)
{
    job->code = error->code;
    job->error = malloc(sizeof *job->error);
    if (job->error)
        *job->error = *error;
    append(&group->finished, job);
}

static int begin(struct subproc_group *group, struct job *job, const char *const *argv,
                 const struct subproc_options *options, struct subproc_error *error)
{
    int64_t begun = subproc_os_now();
    job->task.session = (struct subproc_session){
        .input = options->input.data,
        .spares = true,
        .timeout = options->timeout,
        .deadline = options->timeout == 0 ? SUBPROC_OS_FOREVER : subproc_deadline(begun, options->timeout)};
    int result = subproc_start(argv, options, false, &job->task.session.child, error);
    if (result == 0)
        result = subproc_session_begin(&job->task.session, options->input.size, error);
    if (result < 0)
        return result;
    result = subproc_crew_add(&group->crew, &job->task, error);
    return result < 0 ? subproc_say_failure(job->task.session.child, "communicate with", error) : 0;
}

/* A child that was started and can't be worked on is stopped at once; that this waits for it is for want of memory alone. */
static void undo(struct job *job)
{
    static const struct subproc_ladder kill_at_once = {.ask_wait = -1};
    struct subproc_error unused;
    if (!job->task.session.child)
        return;
    (void)subproc_stop(job->task.session.child, &kill_at_once, NULL, &unused);
    subproc_free(job->task.session.child);
    job->task.session.child = NULL;
}

static void start(struct subproc_group *group, struct job *job, const char *const *argv,
                  const struct subproc_options *options)
{
    struct subproc_error error = {.step = ""};
    if (begin(group, job, argv, options, &error) == 0) {
        append(&group->running, job);
        return;
    }
    undo(job);
    fail(group, job, &error);
}

static void start_waiting(struct subproc_group *group)
{
    while (group->waiting.first && group->running.size < group->max_running && !group->has_stopped) {
        struct job *job = group->waiting.first;
        take(&group->waiting, job);
        start(group, job, job->copy->argv, &job->copy->options);
    }
}

static void on_done(struct subproc_group *group, struct subproc_task *task)
{
    struct job *job = (struct job *)(void *)task; /* its first member */
    take(&group->running, job);
    append(&group->finished, job);
}

static void cancel_waiting(struct subproc_group *group)
{
    while (group->waiting.first) {
        struct job *job = group->waiting.first;
        struct subproc_error error;
        take(&group->waiting, job);
        subproc_error_say(&error, SUBPROC_E_CANCELLED, "start", "command '%.300s' was not started: its group was stopped",
                          job->copy->argv[0]);
        fail(group, job, &error);
    }
}

static void stop_all(struct subproc_group *group)
{
    group->has_stopped = true;
    cancel_waiting(group);
    struct job *next;
    for (struct job *job = group->running.first; job; job = next) {
        next = job->next;
        if (subproc_crew_stop(&job->task, SUBPROC_E_CANCELLED, SUBPROC_REASON_CANCELLED))
            on_done(group, &job->task);
    }
}

/* ---- the calls ---------------------------------------------------------------------------------------------------- */

/* One that waits, or has input, outlives the call. */
static struct job *new_job(const struct subproc_group *group, const char *const *argv,
                           const struct subproc_options *options, bool waits, void *user)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->number = group->added;
    job->user = user;
    if (!waits && !options->input.data)
        return job;
    job->copy = subproc_copy_new(argv, options);
    if (job->copy)
        return job;
    free(job);
    return NULL;
}

static int check_added(const struct subproc_group *group, const char *const *argv, const struct subproc_options *options,
                       struct subproc_error *error)
{
    if (!group)
        return subproc_error_say(error, SUBPROC_E_INVALID, "group", "there is no group");
    if (group->has_stopped || atomic_load(&group->is_to_stop))
        return subproc_error_say(error, SUBPROC_E_CANCELLED, "group", "the group was stopped: nothing can be added");
    int result = subproc_options_check_captured(options, "a group", error);
    if (result == 0)
        result = subproc_options_check(argv, options, error);
    return result < 0 ? subproc_error_wrap(error, "cannot add a command to the group") : 0;
}

int subproc_group_add(struct subproc_group *group, const char *const *argv, const struct subproc_options *options,
                      void *user, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    options = options ? options : &subproc_options_default;
    int result = check_added(group, argv, options, error);
    if (result < 0)
        return result;
    bool waits = group->running.size >= group->max_running || group->waiting.size > 0;
    struct job *job = new_job(group, argv, options, waits, user);
    if (!job)
        return subproc_error_say(error, SUBPROC_E_NO_MEMORY, "group", "%s", subproc_strerror(SUBPROC_E_NO_MEMORY));
    group->added++;
    if (waits)
        append(&group->waiting, job);
    else
        start(group, job, argv, job->copy ? &job->copy->options : options);
    return 0;
}

/* The result is filled in only now, into the caller's place: a live child costs no more than it must. */
static void give(struct subproc_group *group, struct subproc_finished *finished)
{
    struct job *job = group->finished.first;
    take(&group->finished, job);
    finished->user = job->user;
    finished->number = job->number;
    finished->code = job->code;
    if (job->code == 0)
        finished->code = subproc_session_finish(&job->task.session, &finished->result, &finished->error);
    else if (job->error)
        finished->error = *job->error;
    else
        subproc_error_say(&finished->error, job->code, "start", "%s", subproc_strerror(job->code));
    if (job->code == SUBPROC_E_CANCELLED)
        finished->result.reason = SUBPROC_REASON_CANCELLED;
    free_job(job);
}

/* Works until something has finished. */
static int work(struct subproc_group *group, int64_t deadline, struct subproc_error *error)
{
    int result = 0;
    while (result == 0 && !group->finished.first) {
        struct subproc_task *done = NULL;
        if (group->running.size == 0)
            return subproc_error_say(error, SUBPROC_E_EMPTY, "group", "nothing is left in the group");
        result = subproc_crew_work(&group->crew, deadline, &done, error);
        if (done)
            on_done(group, done);
        if (atomic_load(&group->is_to_stop) && !group->has_stopped)
            stop_all(group);
        start_waiting(group);
    }
    return result;
}

int subproc_group_next(struct subproc_group *group, int64_t timeout, struct subproc_finished *finished,
                       struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!group || !finished)
        return subproc_error_say(error, SUBPROC_E_INVALID, "group", "there is no group, or no place for a result");
    *finished = (struct subproc_finished){.error = {.step = ""}};
    subproc_result_begin(&finished->result);
    if (atomic_load(&group->is_to_stop) && !group->has_stopped)
        stop_all(group);
    int result = work(group, subproc_deadline(subproc_os_now(), timeout), error);
    if (result == SUBPROC_E_TIMEOUT)
        return subproc_error_say(error, result, "group", "no command of the group ended in time");
    if (result < 0)
        return error->message[0] ? result : subproc_error_wrap(error, "cannot wait for the group");
    *error = (struct subproc_error){.step = ""}; /* a wait in between may have timed out */
    give(group, finished);
    return 0;
}

int subproc_group_stop(struct subproc_group *group, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!group)
        return subproc_error_say(error, SUBPROC_E_INVALID, "group", "there is no group");
    atomic_store(&group->is_to_stop, true);
    subproc_os_set_wake(group->crew.set);
    return 0;
}

size_t subproc_group_left(const struct subproc_group *group)
{
    return group ? group->waiting.size + group->running.size + group->finished.size : 0;
}
