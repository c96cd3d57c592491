/* The jobs of `subproc parallel`: from an argument to a command, its output and its part in our exit status. */
#include "crowd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "colour.h"
#include "command.h"
#include "json.h"
#include "platform.h"
#include "run_json.h"
#include "status.h"

#define MOST_COUNTED 100 /* more failed jobs than that are one exit status */
#define PLACE        "{}"

/* A wait for the jobs and one for standard input can't be one wait. So while a job may start and no line is there, the
 * input is looked at that often (ms). */
#define LOOK_AGAIN 20

struct crowd;

struct job {
    struct job *next; /* in the order of the arguments */
    struct crowd *crowd;
    uint64_t number;
    char *argument;
    char **command;
    bool has_ended;
    struct subproc_finished finished;
};

struct crowd {
    const struct cli_crowd_settings *settings;
    char **command; /* with {} */
    struct cli_arguments arguments;
    struct subproc_group *group;
    size_t most, running;
    uint64_t added, failed;
    bool no_more;             /* no job will start */
    bool not_yet;             /* an argument is waited for */
    bool timed_out;           /* a job did */
    bool broken;              /* a failure of ours, which was told */
    struct job *first, *last; /* which --keep-order has not yet written */
    struct cli_output out, err;
};

/* ---- a job's command ------------------------------------------------------------------------------------------------ */

static size_t count_places(const char *word)
{
    size_t count = 0;
    while ((word = strstr(word, PLACE)) != NULL) {
        word += strlen(PLACE);
        count++;
    }
    return count;
}

static char *fill_places(const char *word, const char *argument)
{
    char *filled = malloc(strlen(word) + count_places(word) * strlen(argument) + 1);
    if (filled == NULL)
        return NULL;
    char *end = filled;
    for (const char *place; (place = strstr(word, PLACE)) != NULL; word = place + strlen(PLACE)) {
        memcpy(end, word, (size_t)(place - word));
        end += place - word;
        memcpy(end, argument, strlen(argument));
        end += strlen(argument);
    }
    memcpy(end, word, strlen(word) + 1);
    return filled;
}

static bool has_place(char **words)
{
    while (*words != NULL && count_places(*words) == 0)
        words++;
    return *words != NULL;
}

static void free_words(char **words)
{
    for (char **word = words; words != NULL && *word != NULL; word++)
        free(*word);
    free(words);
}

static char **make_command(char **words, const char *argument)
{
    size_t count = cli_count_words(words);
    size_t all = count + (has_place(words) ? 0 : 1);
    char **command = calloc(all + 1, sizeof *command);
    for (size_t i = 0; command != NULL && i < all; i++) {
        command[i] = fill_places(i < count ? words[i] : PLACE, argument);
        if (command[i] == NULL) {
            free_words(command);
            return NULL;
        }
    }
    return command;
}

/* Takes the argument over, also when it fails. */
static struct job *new_job(struct crowd *crowd, char *argument)
{
    struct job *job = calloc(1, sizeof *job);
    char **command = make_command(crowd->command, argument);
    if (job == NULL || command == NULL) {
        free(job);
        free_words(command);
        free(argument);
        return NULL;
    }
    *job = (struct job){.crowd = crowd, .number = crowd->added++, .argument = argument, .command = command};
    return job;
}

static void free_job(struct job *job)
{
    subproc_result_free(&job->finished.result);
    free_words(job->command);
    free(job->argument);
    free(job);
}

/* ---- what it writes ------------------------------------------------------------------------------------------------- */

static struct cli_output *output_of(struct crowd *crowd, enum subproc_stream_id stream)
{
    return stream == SUBPROC_OUT ? &crowd->out : &crowd->err;
}

static void add_line(struct cli_output *output, const struct job *job, const char *line, size_t size)
{
    cli_colour_text(output, output->stream == SUBPROC_OUT ? CLI_COLOUR_OUT : CLI_COLOUR_ERR, job->argument);
    cli_output_text(output, "\t");
    cli_output_bytes(output, line, size);
    cli_output_text(output, "\n");
}

/* Written at once: each line as it comes, and never two in one. */
static int on_line(void *context, const struct subproc_piece *piece)
{
    struct job *job = context;
    struct cli_output *output = output_of(job->crowd, piece->stream);
    add_line(output, job, piece->data, piece->size);
    return cli_output_flush(output) ? 0 : 1;
}

static void add_lines(struct cli_output *output, const struct job *job, const struct subproc_output *captured)
{
    const char *line = captured->data;
    for (size_t left = captured->size; left > 0;) {
        const char *end = memchr(line, '\n', left);
        size_t size = end != NULL ? (size_t)(end - line) : left;
        bool has_return = end != NULL && size > 0 && line[size - 1] == '\r';
        add_line(output, job, line, has_return ? size - 1 : size);
        size_t whole = end != NULL ? size + 1 : size;
        line += whole;
        left -= whole;
    }
}

static void add_captured(struct crowd *crowd, const struct job *job, enum subproc_stream_id stream)
{
    const struct subproc_result *result = &job->finished.result;
    const struct subproc_output *captured = stream == SUBPROC_OUT ? &result->out : &result->err;
    struct cli_output *output = output_of(crowd, stream);
    if (captured->data != NULL && crowd->settings->tag)
        add_lines(output, job, captured);
    else if (captured->data != NULL)
        cli_output_bytes(output, captured->data, captured->size);
}

static void add_json(struct cli_output *output, const struct job *job)
{
    const struct subproc_finished *finished = &job->finished;
    cli_json_begin(output);
    cli_output_format(output, ",\"number\":%" PRIu64 ",\"argument\":", job->number);
    cli_json_string(output, job->argument);
    cli_output_text(output, ",\"command\":");
    cli_json_strings(output, (const char *const *)job->command);
    cli_json_result(output, cli_has_result(&finished->error) ? &finished->result : NULL);
    cli_output_text(output, ",\"error\":");
    cli_json_error(output, &finished->error);
    cli_output_text(output, "}\n");
}

static void write_job(struct crowd *crowd, const struct job *job)
{
    if (crowd->settings->common.json)
        add_json(&crowd->out, job);
    else {
        add_captured(crowd, job, SUBPROC_OUT);
        add_captured(crowd, job, SUBPROC_ERR);
    }
    cli_output_flush(&crowd->out);
    cli_output_flush(&crowd->err);
    /* That all were stopped is no news of each. */
    if (job->finished.error.code != SUBPROC_E_CANCELLED)
        cli_tell_error(&job->finished.error);
    cli_tell_missing_tree(crowd->settings->common.subcommand, &job->finished.result);
}

/* ---- from its start to its end -------------------------------------------------------------------------------------- */

static void stop(struct crowd *crowd)
{
    crowd->no_more = true;
    subproc_group_stop(crowd->group, NULL);
}

static void break_off(struct crowd *crowd, const char *why)
{
    if (!crowd->broken && why != NULL)
        cli_complain("parallel: %s", why);
    crowd->broken = true;
    stop(crowd);
}

static void count(struct crowd *crowd, const struct job *job)
{
    const struct subproc_finished *finished = &job->finished;
    if (finished->error.code == SUBPROC_E_CANCELLED ||
        (finished->error.code == SUBPROC_OK && subproc_returncode(&finished->result.exit) == 0))
        return;
    crowd->failed++;
    crowd->timed_out = crowd->timed_out || finished->error.code == SUBPROC_E_TIMEOUT;
    if (crowd->settings->halt)
        stop(crowd);
}

static void write_in_order(struct crowd *crowd)
{
    while (crowd->first != NULL && crowd->first->has_ended) {
        struct job *job = crowd->first;
        crowd->first = job->next;
        write_job(crowd, job);
        free_job(job);
    }
}

static void end_job(struct crowd *crowd, struct job *job)
{
    job->has_ended = true;
    cli_accept_bytes(&job->finished.error);
    cli_via_name(&crowd->settings->common.via, job->command, &job->finished.error);
    count(crowd, job);
    if (crowd->settings->keep_order)
        write_in_order(crowd);
    else {
        write_job(crowd, job);
        free_job(job);
    }
    if (crowd->out.failed || crowd->err.failed)
        break_off(crowd, "cannot write to standard output");
}

static void append(struct crowd *crowd, struct job *job)
{
    *(crowd->first != NULL ? &crowd->last->next : &crowd->first) = job;
    crowd->last = job;
}

/* With `lines` the streams go to it, else they are captured. */
static int add_to_group(struct crowd *crowd, struct job *job, const struct subproc_sink *lines)
{
    struct subproc_options options = crowd->settings->common.options;
    options.in.kind = SUBPROC_STREAM_NULL;
    if (lines != NULL) {
        options.out = (struct subproc_stream){.kind = SUBPROC_STREAM_SINK, .sink = lines};
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
    const struct cli_crowd_settings *settings = crowd->settings;
    struct job *job = new_job(crowd, argument);
    if (job == NULL) {
        break_off(crowd, subproc_strerror(SUBPROC_E_NO_MEMORY));
        return;
    }
    if (settings->keep_order)
        append(crowd, job);
    const struct subproc_sink lines = {.callback = on_line, .context = job, .lines = 1};
    if (add_to_group(crowd, job, settings->tag && !settings->keep_order ? &lines : NULL) == 0)
        crowd->running++;
    else
        end_job(crowd, job);
}

static void start_next(struct crowd *crowd)
{
    char *argument = NULL;
    switch (cli_arguments_next(&crowd->arguments, crowd->running > 0 ? 0 : SUBPROC_FOREVER, &argument)) {
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
        break_off(crowd, NULL);
        break;
    }
}

/* One at a time, and none waits in the group: what runs when a signal comes is stopped, and nothing starts after it. */
static void start_jobs(struct crowd *crowd)
{
    crowd->not_yet = false;
    while (!crowd->no_more && !crowd->not_yet && crowd->running < crowd->most) {
        if (cli_platform_caught() != 0)
            crowd->no_more = true;
        else
            start_next(crowd);
    }
}

static void wait_for_job(struct crowd *crowd)
{
    struct subproc_finished finished;
    struct subproc_error error;
    int code = subproc_group_next(crowd->group, crowd->not_yet ? LOOK_AGAIN : SUBPROC_FOREVER, &finished, &error);
    if (code == 0) {
        struct job *job = finished.user;
        job->finished = finished;
        crowd->running--;
        end_job(crowd, job);
    } else if (code != SUBPROC_E_TIMEOUT) {
        /* What can't be waited for after it was stopped is left behind. */
        if (crowd->broken)
            crowd->running = 0;
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
    return crowd->failed > MOST_COUNTED ? MOST_COUNTED + 1 : (int)crowd->failed;
}

int cli_crowd_run(const struct cli_crowd_settings *settings, char **command, char **words)
{
    static struct crowd crowd; /* its buffers are large */
    struct subproc_error error;
    crowd.settings = settings;
    crowd.command = command;
    crowd.arguments.words = words;
    crowd.most = settings->most > 0 ? settings->most : cli_platform_processors();
    crowd.out.stream = SUBPROC_OUT;
    crowd.err.stream = SUBPROC_ERR;
    if (subproc_group_new(NULL, &crowd.group, &error) != 0) {
        cli_tell_error(&error);
        return CLI_FAILED;
    }
    start_jobs(&crowd);
    while (crowd.running > 0 || !crowd.no_more) {
        if (crowd.running > 0)
            wait_for_job(&crowd);
        start_jobs(&crowd);
    }
    subproc_group_free(crowd.group);
    cli_arguments_free(&crowd.arguments);
    return status_of(&crowd);
}
