/* The jobs of `subproc parallel`: started, waited for, counted. */
#include "crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arguments.h"
#include "command.h"
#include "job_output.h"
#include "platform.h"
#include "records.h"
#include "run_json.h"
#include "status.h"

#define MOST_COUNTED 100 /* more failed jobs than that are one exit status */

/* A wait for the jobs and one for standard input can't be one wait. So while a job may start and no line is there, the
 * input is looked at that often (ms). */
#define LOOK_AGAIN 20

struct crowd {
    const struct cli_crowd_settings *settings;
    char **command; /* with {} */
    struct cli_arguments arguments;
    struct subproc_group *group;
    size_t most;
    struct cli_counts counts;
    uint64_t added, stopped;
    bool no_more;                 /* no job will start */
    bool not_yet;                 /* an argument is waited for */
    bool has_halted;              /* because a job failed */
    bool timed_out;               /* a job did */
    bool broken;                  /* a failure of ours, which was told */
    struct cli_job *first, *last; /* which --keep-order has not yet written */
    struct cli_progress progress;
    struct cli_records records;
    struct cli_job_output output;
};

/* ---- how far they are ------------------------------------------------------------------------------------------------ */

static uint64_t not_started(const struct crowd *crowd, bool *is_all)
{
    return cli_arguments_left(&crowd->arguments, is_all);
}

static void stop(struct crowd *crowd)
{
    crowd->no_more = true;
    crowd->counts.is_stopping = true;
    subproc_group_stop(crowd->group, NULL);
}

static void break_off(struct crowd *crowd, const char *why)
{
    if (!crowd->broken) {
        cli_progress_hide(&crowd->progress);
        cli_complain("parallel: %s", why);
    }
    crowd->broken = true;
    stop(crowd);
}

static void show_progress(struct crowd *crowd)
{
    if (cli_progress_wait(&crowd->progress) > 0)
        return;
    if (!crowd->no_more && cli_arguments_look_ahead(&crowd->arguments) == CLI_NEXT_FAILED)
        break_off(crowd, crowd->arguments.why);
    crowd->counts.total = crowd->added + not_started(crowd, &crowd->counts.has_total);
    crowd->counts.is_stopping = crowd->counts.is_stopping || cli_platform_caught() != 0;
    cli_progress_update(&crowd->progress, &crowd->counts);
}

/* That they were stopped, and that this left something undone. */
static bool is_to_report(const struct crowd *crowd)
{
    bool is_all = false;
    uint64_t rest = not_started(crowd, &is_all);
    return cli_platform_caught() != 0 ||
           (crowd->has_halted && !crowd->broken && (crowd->stopped > 0 || rest > 0 || !is_all));
}

static void report(const struct crowd *crowd)
{
    int caught = cli_platform_caught();
    bool is_all = false;
    uint64_t rest = not_started(crowd, &is_all);
    char why[64] = "halted because a job failed";
    if (caught != 0)
        snprintf(why, sizeof why, "stopped by signal %d%s", caught, cli_signal_name(caught));
    cli_complain("parallel: %s: %" PRIu64 " done (%" PRIu64 " failed), %" PRIu64 " stopped, %s%" PRIu64 " not started", why,
                 crowd->counts.done, crowd->counts.failed, crowd->stopped, is_all ? "" : "at least ", rest);
}

/* ---- the end of a job ------------------------------------------------------------------------------------------------ */

static struct cli_end end_of_exit(const struct subproc_result *result)
{
    struct cli_end end = {.code = result->exit.code, .wall = result->wall_ns};
    if (result->exit.kind == SUBPROC_EXIT_SIGNALLED)
        end.outcome = CLI_SIGNALLED;
    else
        end.outcome = result->exit.code == 0 ? CLI_SUCCEEDED : CLI_EXITED;
    return end;
}

static struct cli_end end_of_error(const struct subproc_finished *finished)
{
    struct cli_end end = {.error = finished->error.code, .wall = -1};
    if (cli_has_result(&finished->error))
        end.wall = finished->result.wall_ns;
    switch (end.error) {
    case SUBPROC_E_TIMEOUT:
        end.outcome = CLI_WAS_TIMED_OUT;
        break;
    case SUBPROC_E_CANCELLED:
    case SUBPROC_E_OUTPUT_LIMIT:
    case SUBPROC_E_DECODE:
        end.outcome = CLI_STOPPED;
        break;
    case SUBPROC_E_LOST:
        end.outcome = CLI_EXITED;
        break;
    default:
        end.outcome = CLI_NOT_STARTED;
        break;
    }
    return end;
}

/* After a signal that stops all, which the terminal may have sent to the jobs as well, one that doesn't succeed was stopped. */
static struct cli_end end_of(const struct subproc_finished *finished)
{
    struct cli_end end = finished->error.code == SUBPROC_OK ? end_of_exit(&finished->result) : end_of_error(finished);
    if (cli_platform_caught() != 0 && (end.outcome == CLI_EXITED || end.outcome == CLI_SIGNALLED)) {
        end.outcome = CLI_STOPPED;
        end.error = SUBPROC_E_CANCELLED;
    }
    return end;
}

static void count(struct crowd *crowd, const struct cli_end *end)
{
    if (end->outcome == CLI_STOPPED && end->error == SUBPROC_E_CANCELLED) {
        crowd->stopped++;
        return;
    }
    crowd->counts.done++;
    if (end->outcome == CLI_SUCCEEDED)
        return;
    crowd->counts.failed++;
    crowd->timed_out = crowd->timed_out || end->outcome == CLI_WAS_TIMED_OUT;
    if (crowd->settings->halt && !crowd->counts.is_stopping) {
        crowd->has_halted = true;
        stop(crowd);
    }
}

static void write_in_order(struct crowd *crowd)
{
    while (crowd->first != NULL && crowd->first->has_ended) {
        struct cli_job *job = crowd->first;
        crowd->first = job->next;
        cli_job_output_end(&crowd->output, job);
        cli_job_free(job);
    }
}

static void end_job(struct crowd *crowd, struct cli_job *job)
{
    job->has_ended = true;
    cli_accept_bytes(&crowd->settings->common, &job->finished.error);
    cli_via_name(&crowd->settings->common.via, job->command, &job->finished.error);
    struct cli_end end = end_of(&job->finished);
    cli_records_end(&crowd->records, job->record, &end);
    count(crowd, &end);
    if (crowd->settings->keep_order)
        write_in_order(crowd);
    else {
        cli_job_output_end(&crowd->output, job);
        cli_job_free(job);
    }
    if (cli_job_output_has_failed(&crowd->output))
        break_off(crowd, "cannot write to standard output");
}

/* ---- its start ------------------------------------------------------------------------------------------------------- */

static int on_line(void *context, const struct subproc_piece *piece)
{
    struct cli_job *job = context;
    struct crowd *crowd = job->crowd;
    return cli_job_output_line(&crowd->output, job, piece) ? 0 : 1;
}

static void append(struct crowd *crowd, struct cli_job *job)
{
    *(crowd->first != NULL ? &crowd->last->next : &crowd->first) = job;
    crowd->last = job;
}

static int add_to_group(struct crowd *crowd, struct cli_job *job)
{
    const struct subproc_sink lines = {.callback = on_line, .context = job, .lines = 1};
    struct subproc_options options = crowd->settings->common.options;
    options.in.kind = SUBPROC_STREAM_NULL;
    if (cli_job_output_is_tail(crowd->settings)) {
        options.out = (struct subproc_stream){.kind = SUBPROC_STREAM_SINK, .sink = &lines};
        options.err = options.out;
    }
    struct cli_via_start via;
    int result = cli_via_begin(&crowd->settings->common, job->command, &via, &job->finished.error);
    if (result == 0)
        result = subproc_group_add(crowd->group, via.argv, &options, job, &job->finished.error);
    cli_via_end(&via);
    return result;
}

static void start(struct crowd *crowd, char *argument)
{
    struct cli_job *job = cli_job_new(crowd->command, argument);
    if (job == NULL) {
        break_off(crowd, subproc_strerror(SUBPROC_E_NO_MEMORY));
        return;
    }
    job->crowd = crowd;
    job->number = crowd->added++;
    job->record = cli_records_begin(&crowd->records, job->argument);
    if (crowd->settings->keep_order)
        append(crowd, job);
    if (add_to_group(crowd, job) == 0)
        crowd->counts.running++;
    else
        end_job(crowd, job);
}

static void start_next(struct crowd *crowd)
{
    char *argument = NULL;
    int64_t wait = crowd->counts.running > 0 ? 0 : cli_progress_wait(&crowd->progress);
    switch (cli_arguments_next(&crowd->arguments, wait, &argument)) {
    case CLI_NEXT_ARGUMENT:
        start(crowd, argument);
        break;
    case CLI_NEXT_NOT_YET:
        crowd->not_yet = true;
        break;
    case CLI_NEXT_NONE:
        crowd->no_more = true;
        break;
    case CLI_NEXT_FAILED:
        break_off(crowd, crowd->arguments.why);
        break;
    }
}

/* One at a time, and none waits in the group: what runs when a signal comes is stopped, and nothing starts after it. */
static void start_jobs(struct crowd *crowd)
{
    crowd->not_yet = false;
    while (!crowd->no_more && !crowd->not_yet && crowd->counts.running < crowd->most) {
        if (cli_platform_caught() != 0)
            crowd->no_more = true;
        else
            start_next(crowd);
    }
}

/* ---- all of them ----------------------------------------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_job(struct crowd *crowd)
{
    struct subproc_finished finished;
    struct subproc_error error;
    int64_t wait = least(crowd->not_yet ? LOOK_AGAIN : SUBPROC_FOREVER, cli_progress_wait(&crowd->progress));
    int code = subproc_group_next(crowd->group, wait, &finished, &error);
    if (code == 0) {
        struct cli_job *job = finished.user;
        job->finished = finished;
        crowd->counts.running--;
        end_job(crowd, job);
    } else if (code != SUBPROC_E_TIMEOUT) {
        /* What can't be waited for after it was stopped is left behind. */
        if (crowd->broken)
            crowd->counts.running = 0;
        break_off(crowd, error.message);
    }
}

static int status_of(const struct crowd *crowd)
{
    if (cli_platform_caught() != 0)
        return CLI_SIGNAL_BASE + cli_platform_caught();
    if (crowd->broken)
        return CLI_FAILED;
    if (crowd->timed_out)
        return CLI_TIMED_OUT;
    return crowd->counts.failed > MOST_COUNTED ? MOST_COUNTED + 1 : (int)crowd->counts.failed;
}

static bool begin(struct crowd *crowd)
{
    struct subproc_error error;
    const char *timeline = crowd->settings->timeline;
    if (timeline != NULL && !cli_records_open(&crowd->records, timeline, crowd->most))
        return false;
    cli_progress_begin(&crowd->progress, crowd->settings->progress);
    cli_job_output_begin(&crowd->output, crowd->settings, &crowd->progress);
    if (subproc_group_new(NULL, &crowd->group, &error) == 0)
        return true;
    cli_tell_error(&error);
    return false;
}

static void work(struct crowd *crowd)
{
    start_jobs(crowd);
    while (crowd->counts.running > 0 || !crowd->no_more) {
        show_progress(crowd);
        if (crowd->counts.running > 0)
            wait_for_job(crowd);
        start_jobs(crowd);
    }
}

static void end(struct crowd *crowd)
{
    bool is_stopped = is_to_report(crowd);
    cli_progress_end(&crowd->progress, &crowd->counts, !is_stopped && !crowd->broken);
    if (is_stopped)
        report(crowd);
    if (!cli_records_close(&crowd->records, crowd->command))
        crowd->broken = true;
    subproc_group_free(crowd->group);
    cli_arguments_free(&crowd->arguments);
}

int cli_crowd_run(const struct cli_crowd_settings *settings, char **command, char **words)
{
    static struct crowd crowd; /* its buffers are large */
    crowd.settings = settings;
    crowd.command = command;
    crowd.arguments.words = words;
    crowd.most = settings->most > 0 ? settings->most : cli_platform_processors();
    if (!begin(&crowd))
        return CLI_FAILED;
    work(&crowd);
    end(&crowd);
    return status_of(&crowd);
}
