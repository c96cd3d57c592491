/* The line on standard error that tells how far the jobs are. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "platform.h"
#include "span.h"

/* Milliseconds. Jobs that are soon over need no line; on a terminal it moves ten times a second when something has changed, and
 * once a second for the time that is left; in a file it comes now and then. */
#define FIRST_DRAWN   500
#define DRAWN_CHANGED 100
#define DRAWN_ANYWAY  1000
#define DRAWN_IN_FILE 10000

#define PIECE_SIZE 64

enum piece { PIECE_DONE, PIECE_FAILED, PIECE_RUNNING, PIECE_RATE, PIECE_LEFT, PIECE_COUNT };

/* ---- the text ------------------------------------------------------------------------------------------------------- */

static void say_rate(double a_second, char piece[PIECE_SIZE])
{
    if (a_second >= 99.95)
        snprintf(piece, PIECE_SIZE, ", %.0f/s", a_second);
    else if (a_second >= 1)
        snprintf(piece, PIECE_SIZE, ", %.1f/s", a_second);
    else if (a_second * 60 >= 1)
        snprintf(piece, PIECE_SIZE, ", %.1f/min", a_second * 60);
    else if (a_second > 0)
        snprintf(piece, PIECE_SIZE, ", %.1f/h", a_second * 3600);
}

static void say_left(const struct cli_counts *counts, const struct cli_rate *rate, char piece[PIECE_SIZE])
{
    char span[CLI_SPAN_SIZE];
    double seconds = cli_rate_left(rate, counts->total > counts->done ? counts->total - counts->done : 0);
    if (!counts->has_total || counts->is_stopping || seconds < 0)
        return;
    cli_span_seconds(seconds, span);
    snprintf(piece, PIECE_SIZE, ", %s left", span);
}

static void say_pieces(const struct cli_counts *counts, const struct cli_rate *rate, char pieces[][PIECE_SIZE])
{
    if (counts->has_total)
        snprintf(pieces[PIECE_DONE], PIECE_SIZE, "%" PRIu64 "/%" PRIu64 " done", counts->done, counts->total);
    else
        snprintf(pieces[PIECE_DONE], PIECE_SIZE, "%" PRIu64 " done", counts->done);
    snprintf(pieces[PIECE_FAILED], PIECE_SIZE, " (%" PRIu64 " failed)", counts->failed);
    snprintf(pieces[PIECE_RUNNING], PIECE_SIZE, ", %" PRIu64 " %s", counts->running,
             counts->is_stopping ? "stopping" : "running");
    say_rate(cli_rate_get(rate), pieces[PIECE_RATE]);
    say_left(counts, rate, pieces[PIECE_LEFT]);
}

static size_t size_of(char pieces[][PIECE_SIZE])
{
    size_t size = 0;
    for (int i = 0; i < PIECE_COUNT; i++)
        size += strlen(pieces[i]);
    return size;
}

void cli_progress_text(const struct cli_counts *counts, const struct cli_rate *rate, size_t columns,
                       char text[CLI_PROGRESS_SIZE])
{
    static const enum piece expendable[] = {PIECE_RATE, PIECE_RUNNING, PIECE_LEFT, PIECE_FAILED, PIECE_DONE};
    char pieces[PIECE_COUNT][PIECE_SIZE] = {""};
    size_t room = columns < CLI_PROGRESS_SIZE - 1 ? columns : CLI_PROGRESS_SIZE - 1;
    say_pieces(counts, rate, pieces);
    for (size_t i = 0; size_of(pieces) > room; i++)
        pieces[expendable[i]][0] = '\0';
    text[0] = '\0';
    for (int i = 0; i < PIECE_COUNT; i++)
        strcat(text, pieces[i]);
}

void cli_progress_closing(const struct cli_counts *counts, int64_t milliseconds, char text[CLI_PROGRESS_SIZE])
{
    char span[CLI_SPAN_SIZE], a_second[PIECE_SIZE] = "";
    cli_span(milliseconds * 1000000, span);
    if (milliseconds > 0)
        say_rate((double)counts->done * 1000 / (double)milliseconds, a_second);
    snprintf(text, CLI_PROGRESS_SIZE, "%" PRIu64 " done (%" PRIu64 " failed) in %s%s", counts->done, counts->failed, span,
             a_second);
}

/* ---- where and when it stands --------------------------------------------------------------------------------------- */

static void write_text(const char *text)
{
    /* A progress line that can't be shown is no reason to stop the jobs. */
    (void)cli_platform_write(SUBPROC_ERR, text, strlen(text));
}

/* Failed jobs, which stand between brackets, are seen at once. */
static void write_counts(const char *before, const char *text, uint64_t failed, const char *after)
{
    struct cli_output output = {.stream = SUBPROC_ERR};
    size_t begin = strcspn(text, "("), size = strcspn(text + begin, ")");
    char part[PIECE_SIZE];
    snprintf(part, sizeof part, "%.*s", failed > 0 ? (int)size : 0, text + begin);
    cli_output_text(&output, before);
    cli_output_bytes(&output, text, begin);
    cli_colour_text(&output, CLI_COLOUR_FAILURE, part);
    cli_output_text(&output, text + begin + strlen(part));
    cli_output_text(&output, after);
    (void)cli_output_flush(&output); /* as above */
}

void cli_progress_begin(struct cli_progress *progress, enum cli_progress_choice choice)
{
    int64_t now = cli_platform_now();
    *progress = (struct cli_progress){.begun = now, .drawn = now, .counted = now};
    if (choice == CLI_PROGRESS_NEVER)
        return;
    if (cli_platform_columns(SUBPROC_ERR) > 0)
        progress->kind = CLI_PROGRESS_TERMINAL;
    else if (choice == CLI_PROGRESS_ALWAYS)
        progress->kind = CLI_PROGRESS_LINES;
}

static int64_t due(const struct cli_progress *progress)
{
    if (progress->kind == CLI_PROGRESS_LINES)
        return progress->drawn + DRAWN_IN_FILE;
    if (!progress->was_shown)
        return progress->begun + FIRST_DRAWN;
    return progress->drawn + (progress->has_changed ? DRAWN_CHANGED : DRAWN_ANYWAY);
}

int64_t cli_progress_wait(const struct cli_progress *progress)
{
    if (progress->kind == CLI_PROGRESS_NONE)
        return SUBPROC_FOREVER;
    int64_t left = due(progress) - cli_platform_now();
    return left > 0 ? left : 0;
}

/* Carriage return and blanks do on every terminal, with and without control sequences. The last column stays free: a
 * terminal that is full to it may begin a new line. */
static void draw_line(struct cli_progress *progress)
{
    char text[CLI_PROGRESS_SIZE], blanks[CLI_PROGRESS_SIZE];
    size_t columns = cli_platform_columns(SUBPROC_ERR);
    cli_progress_text(&progress->counts, &progress->rate, columns > 0 ? columns - 1 : 0, text);
    size_t size = strlen(text);
    snprintf(blanks, sizeof blanks, "%*s", progress->shown > size ? (int)(progress->shown - size) : 0, "");
    write_counts("\r", text, progress->counts.failed, blanks);
    progress->shown = size;
    progress->was_shown = true;
}

static void write_line(const char *text)
{
    char line[CLI_PROGRESS_SIZE + 32];
    snprintf(line, sizeof line, "subproc: parallel: %s\n", text);
    write_text(line);
}

static void draw(struct cli_progress *progress, int64_t now)
{
    char text[CLI_PROGRESS_SIZE];
    cli_rate_add(&progress->rate, progress->counts.done - progress->done, (double)(now - progress->counted) / 1000);
    progress->done = progress->counts.done;
    progress->counted = now;
    if (progress->kind == CLI_PROGRESS_TERMINAL)
        draw_line(progress);
    else {
        cli_progress_text(&progress->counts, &progress->rate, CLI_PROGRESS_SIZE, text);
        write_line(text);
    }
    progress->drawn = now;
    progress->has_changed = false;
}

static bool differ(const struct cli_counts *a, const struct cli_counts *b)
{
    return a->done != b->done || a->failed != b->failed || a->running != b->running || a->total != b->total ||
           a->has_total != b->has_total || a->is_stopping != b->is_stopping;
}

void cli_progress_update(struct cli_progress *progress, const struct cli_counts *counts)
{
    if (progress->kind == CLI_PROGRESS_NONE)
        return;
    progress->has_changed = progress->has_changed || differ(&progress->counts, counts);
    progress->counts = *counts;
    int64_t now = cli_platform_now();
    if (now >= due(progress))
        draw(progress, now);
}

void cli_progress_hide(struct cli_progress *progress)
{
    char line[CLI_PROGRESS_SIZE + 2];
    if (progress->shown == 0)
        return;
    snprintf(line, sizeof line, "\r%*s\r", (int)progress->shown, "");
    write_text(line);
    progress->shown = 0;
    progress->has_changed = true;
}

void cli_progress_end(struct cli_progress *progress, const struct cli_counts *counts, bool is_closed)
{
    char text[CLI_PROGRESS_SIZE];
    cli_progress_hide(progress);
    if (is_closed) {
        cli_progress_closing(counts, cli_platform_now() - progress->begun, text);
        if (progress->kind == CLI_PROGRESS_LINES)
            write_line(text);
        else if (progress->was_shown)
            write_counts("", text, counts->failed, "\n");
    }
    progress->kind = CLI_PROGRESS_NONE;
}
