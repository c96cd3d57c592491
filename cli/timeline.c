/* A picture of what ran when. */
#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "xml.h"

/* Pixels. */
#define WIDTH         1300.0
#define MARGIN        16.0
#define RIGHT_MARGIN  40.0 /* half of the last tick's label */
#define SLOT_MARGIN   76.0
#define HEADING       84.0
#define JOB_ROW       20.0
#define MOST_SLOT_ROW 24.0
#define SLOTS_HEIGHT  600.0 /* where there are many */
#define AXIS          24.0
#define TALL          500.0 /* has an axis above as well */
#define COLUMN        6.7   /* of the labels' font: 11 px, at most 0.61 wide */
#define NARROWEST     2.0   /* bar in a row of its own, or of a job that failed */

#define ROWS_BY_JOB 100 /* more jobs are drawn by slot */

/* A label is at most a third of the chart. So beside each bar there is room on one side, or else within it. */
#define LABEL_COLUMNS   60
#define TITLE_COLUMNS   160
#define COMMAND_COLUMNS 170
#define WORDS_SIZE      160

/* With more than CLI_TIMELINE_BARS jobs or MOST_GRID_ROWS slots the chart is a grid of at most so many cells, each of which
 * shows the worst of its jobs. */
#define MOST_CELLS        150000
#define MOST_GRID_ROWS    300
#define MOST_GRID_COLUMNS 1200

/* The palette of Okabe and Ito, which people who are colour-blind can tell apart, black text on it as well:
 * https://jfly.uni-koeln.de/color/ */
static const struct {
    const char *class, *colour, *words;
} outcomes[CLI_OUTCOME_COUNT] = {
    [CLI_SUCCEEDED] = {"s", "#009E73", "succeeded"},     [CLI_EXITED] = {"f", "#D55E00", "failed"},
    [CLI_WAS_TIMED_OUT] = {"t", "#E69F00", "timed out"}, [CLI_SIGNALLED] = {"g", "#CC79A7", "died of a signal"},
    [CLI_STOPPED] = {"h", "#56B4E9", "stopped"},         [CLI_NOT_STARTED] = {"n", "#777777", "could not start"},
};

struct chart {
    struct cli_output *output;
    const struct cli_timeline *timeline;
    uint64_t counts[CLI_OUTCOME_COUNT];
    size_t slots, rows;
    int64_t span; /* nanoseconds */
    double left, top, row, height;
};

/* ---- measures ------------------------------------------------------------------------------------------------------- */

static void survey(struct chart *chart)
{
    for (size_t i = 0; i < chart->timeline->count; i++) {
        const struct cli_record *record = &chart->timeline->records[i];
        chart->counts[record->outcome]++;
        if (record->slot >= chart->slots)
            chart->slots = record->slot + 1;
        if (record->ended > chart->span)
            chart->span = record->ended;
    }
}

static bool is_by_job(const struct chart *chart)
{
    return chart->timeline->count <= ROWS_BY_JOB;
}

static void lay_out(struct chart *chart)
{
    double fitting = chart->slots > 0 ? SLOTS_HEIGHT / (double)chart->slots : MOST_SLOT_ROW;
    chart->left = is_by_job(chart) ? MARGIN : SLOT_MARGIN;
    chart->rows = is_by_job(chart) ? chart->timeline->count : chart->slots;
    chart->row = is_by_job(chart) ? JOB_ROW : fitting < MOST_SLOT_ROW ? fitting : MOST_SLOT_ROW;
    chart->height = chart->row * (double)chart->rows;
    chart->top = HEADING + (chart->height > TALL ? AXIS : 0);
}

static double place(const struct chart *chart, int64_t time)
{
    double width = WIDTH - RIGHT_MARGIN - chart->left;
    return chart->left + (chart->span > 0 ? width * ((double)time / (double)chart->span) : 0);
}

static double row_top(const struct chart *chart, size_t row)
{
    return chart->top + chart->row * (double)row;
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static void say_end(const struct cli_record *record, char *text, size_t size)
{
    switch (record->outcome) {
    case CLI_EXITED:
        if (record->error == SUBPROC_OK)
            snprintf(text, size, ", exit %" PRIu32, record->code);
        else
            snprintf(text, size, ", %s", subproc_strerror(record->error));
        break;
    case CLI_WAS_TIMED_OUT:
        snprintf(text, size, ", timed out");
        break;
    case CLI_SIGNALLED:
        snprintf(text, size, ", signal %" PRIu32, record->code);
        break;
    case CLI_STOPPED:
        snprintf(text, size, ", stopped%s%s", record->error != SUBPROC_E_CANCELLED ? ": " : "",
                 record->error != SUBPROC_E_CANCELLED ? subproc_strerror(record->error) : "");
        break;
    default:
        text[0] = '\0';
    }
}

/* "1.23 s, exit 3" */
static void say_words(const struct cli_record *record, char words[WORDS_SIZE])
{
    char span[CLI_SPAN_SIZE], end[WORDS_SIZE - CLI_SPAN_SIZE];
    if (record->outcome == CLI_NOT_STARTED) {
        snprintf(words, WORDS_SIZE, "not started: %s", subproc_strerror(record->error));
        return;
    }
    cli_span(record->ended - record->begun, span);
    say_end(record, end, sizeof end);
    snprintf(words, WORDS_SIZE, "%s%s", span, end);
}

static const char *argument_of(const struct cli_record *record)
{
    if (record->argument == NULL)
        return "";
    return record->argument[0] != '\0' ? record->argument : "''";
}

/* The argument has the columns that the words leave. */
static void add_words(struct chart *chart, const struct cli_record *record, size_t columns)
{
    char words[WORDS_SIZE];
    say_words(record, words);
    cli_xml_text(chart->output, argument_of(record), columns > strlen(words) + 2 ? columns - strlen(words) - 2 : 1);
    cli_output_format(chart->output, ", %s", words);
}

static double label_width(const struct cli_record *record)
{
    char words[WORDS_SIZE];
    say_words(record, words);
    size_t columns = cli_xml_columns(argument_of(record)) + 2 + strlen(words);
    return COLUMN * (double)(columns < LABEL_COLUMNS ? columns : LABEL_COLUMNS);
}

/* ---- bars ----------------------------------------------------------------------------------------------------------- */

static double width_of(const struct chart *chart, const struct cli_record *record)
{
    return place(chart, record->ended) - place(chart, record->begun);
}

static void add_bar(struct chart *chart, const struct cli_record *record, size_t row, double width, double height)
{
    char began[CLI_SPAN_SIZE];
    cli_span(record->begun, began);
    cli_output_format(chart->output, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>",
                      outcomes[record->outcome].class, place(chart, record->begun), row_top(chart, row), width, height);
    add_words(chart, record, TITLE_COLUMNS);
    cli_output_format(chart->output, ", began at %s</title></rect>\n", began);
}

static double at_least(double narrowest, double width)
{
    return width > narrowest ? width : narrowest;
}

/* Behind the bar, or before it, or within it. */
static void add_label(struct chart *chart, const struct cli_record *record, size_t row)
{
    const double gap = 5;
    double left = place(chart, record->begun), right = place(chart, record->ended);
    double width = label_width(record) + gap, x = left + gap;
    const char *anchor = "start";
    right = right > left + NARROWEST ? right : left + NARROWEST;
    if (right + width <= WIDTH - MARGIN)
        x = right + gap;
    else if (left - width >= chart->left) {
        x = left - gap;
        anchor = "end";
    }
    cli_output_format(chart->output, "<text class=\"l\" x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\">", x,
                      row_top(chart, row) + 12, anchor);
    add_words(chart, record, LABEL_COLUMNS);
    cli_output_text(chart->output, "</text>\n");
}

static void add_jobs(struct chart *chart)
{
    for (size_t i = 0; i < chart->timeline->count; i++) {
        const struct cli_record *record = &chart->timeline->records[i];
        add_bar(chart, record, i, at_least(NARROWEST, width_of(chart, record)), JOB_ROW - 4);
        add_label(chart, record, i);
    }
}

/* The width of a bar when the next one of its slot begins `room` pixels behind its beginning. A gap that is too narrow to be
 * seen would show or not by chance: wide bars get one that shows, narrow ones none. One without neighbours is always seen. */
static double fit(double width, double room)
{
    const double wide = 4, gap = 1, rounding = 0.02; /* numbers are written with two digits */
    if (room - width >= gap)
        return at_least(gap, width);
    return width >= wide ? room - gap : room + rounding;
}

static void add_succeeded(struct chart *chart, int64_t *next_begun, double height)
{
    for (size_t i = chart->timeline->count; i-- > 0;) {
        const struct cli_record *record = &chart->timeline->records[i];
        double room = place(chart, next_begun[record->slot]) - place(chart, record->begun);
        if (record->outcome == CLI_SUCCEEDED)
            add_bar(chart, record, record->slot, fit(width_of(chart, record), room), height);
        next_begun[record->slot] = record->begun;
    }
}

static void add_others(struct chart *chart, double height)
{
    for (size_t i = 0; i < chart->timeline->count; i++) {
        const struct cli_record *record = &chart->timeline->records[i];
        if (record->outcome != CLI_SUCCEEDED)
            add_bar(chart, record, record->slot, at_least(NARROWEST, width_of(chart, record)), height);
    }
}

/* What did not succeed is drawn above what did. Without smooth edges: several bars within one pixel would look pale. False: no
 * memory. */
static bool add_slots(struct chart *chart)
{
    double height = chart->row > 4 ? chart->row - 1.5 : chart->row;
    int64_t *next_begun = malloc(chart->slots * sizeof *next_begun);
    if (next_begun == NULL)
        return false;
    for (size_t i = 0; i < chart->slots; i++)
        next_begun[i] = INT64_MAX;
    cli_output_text(chart->output, "<g shape-rendering=\"crispEdges\">\n");
    add_succeeded(chart, next_begun, height);
    add_others(chart, height);
    cli_output_text(chart->output, "</g>\n");
    free(next_begun);
    return true;
}

/* ---- more jobs than bars -------------------------------------------------------------------------------------------- */

struct grid {
    size_t rows, columns;
    unsigned char *cells; /* 0: nothing ran, else 1 + the worst outcome */
};

static size_t column_of(const struct chart *chart, const struct grid *grid, int64_t time)
{
    size_t column = chart->span > 0 ? (size_t)((double)time / (double)chart->span * (double)grid->columns) : 0;
    return column < grid->columns ? column : grid->columns - 1;
}

/* The numbers of the outcomes grow with what is to be seen. */
static void fill_cells(const struct chart *chart, const struct grid *grid, const struct cli_record *record)
{
    size_t row = record->slot * grid->rows / chart->slots;
    size_t last = column_of(chart, grid, record->ended);
    for (size_t column = column_of(chart, grid, record->begun); column <= last; column++) {
        unsigned char *cell = &grid->cells[row * grid->columns + column];
        if (*cell < record->outcome + 1)
            *cell = (unsigned char)(record->outcome + 1);
    }
}

/* The runs of equal cells of one row, as parts of a path. */
static void add_runs(struct chart *chart, const struct grid *grid, size_t row, unsigned char kind)
{
    const unsigned char *cells = &grid->cells[row * grid->columns];
    double cell = (WIDTH - RIGHT_MARGIN - chart->left) / (double)grid->columns;
    double middle = chart->top + chart->height / (double)grid->rows * ((double)row + 0.5);
    for (size_t begin = 0; begin < grid->columns; begin++) {
        size_t end = begin;
        while (end < grid->columns && cells[end] == kind)
            end++;
        if (end > begin) {
            cli_output_format(chart->output, "M%.1f %.1fh%.1f", chart->left + cell * (double)begin, middle,
                              cell * (double)(end - begin));
            begin = end - 1;
        }
    }
}

static void add_cells(struct chart *chart, const struct grid *grid)
{
    double thick = chart->height / (double)grid->rows;
    for (unsigned char kind = 1; kind <= CLI_OUTCOME_COUNT; kind++) {
        if (chart->counts[kind - 1] == 0)
            continue;
        cli_output_format(chart->output, "<path stroke=\"%s\" stroke-width=\"%.2f\" d=\"M0 0", outcomes[kind - 1].colour,
                          thick > 4 ? thick - 1.5 : thick);
        for (size_t row = 0; row < grid->rows; row++)
            add_runs(chart, grid, row, kind);
        cli_output_text(chart->output, "\"/>\n");
    }
}

/* False: no memory. */
static bool add_grid(struct chart *chart)
{
    struct grid grid = {.rows = chart->slots < MOST_GRID_ROWS ? chart->slots : MOST_GRID_ROWS};
    size_t columns = MOST_CELLS / grid.rows;
    grid.columns = columns < MOST_GRID_COLUMNS ? columns : MOST_GRID_COLUMNS;
    grid.cells = calloc(grid.rows * grid.columns, 1);
    if (grid.cells == NULL)
        return false;
    for (size_t i = 0; i < chart->timeline->count; i++)
        fill_cells(chart, &grid, &chart->timeline->records[i]);
    add_cells(chart, &grid);
    free(grid.cells);
    return true;
}

/* ---- what stands around them ---------------------------------------------------------------------------------------- */

static void add_style(struct chart *chart)
{
    cli_output_text(chart->output,
                    "<style>text{font:13px system-ui,sans-serif;fill:#222;white-space:pre}"
                    ".l,.c{font:11px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#000}.c{fill:#555}"
                    ".h1{font-size:18px;font-weight:600}.x{font-size:11px;fill:#555}.x path{stroke:#ddd;fill:none}");
    for (int i = 0; i < CLI_OUTCOME_COUNT; i++)
        cli_output_format(chart->output, ".%s{fill:%s}", outcomes[i].class, outcomes[i].colour);
    cli_output_text(chart->output, "</style>\n");
}

static void add_heading(struct chart *chart)
{
    char span[CLI_SPAN_SIZE];
    const struct cli_timeline *timeline = chart->timeline;
    cli_span(chart->span, span);
    cli_output_format(chart->output, "<text class=\"h1\" x=\"%.0f\" y=\"28\">%" PRIu64 " %s", MARGIN,
                      (uint64_t)timeline->count, timeline->count == 1 ? "job" : "jobs");
    if (timeline->count > 0)
        cli_output_format(chart->output, " in %s, at most %" PRIu64 " at once", span, (uint64_t)chart->slots);
    cli_output_format(chart->output, "</text>\n<text class=\"c\" x=\"%.0f\" y=\"47\">", MARGIN);
    cli_xml_text(chart->output, timeline->command, COMMAND_COLUMNS);
    cli_output_text(chart->output, "</text>\n");
}

/* The totals, each behind a square of its colour: they serve as a legend. */
static void add_totals(struct chart *chart)
{
    cli_output_format(chart->output, "<text x=\"%.0f\" y=\"68\">", MARGIN);
    for (int i = 0; i < CLI_OUTCOME_COUNT; i++) {
        if (chart->counts[i] > 0)
            cli_output_format(chart->output, "<tspan class=\"%s\">\xE2\x96\xA0</tspan> %" PRIu64 " %s    ",
                              outcomes[i].class, chart->counts[i], outcomes[i].words);
    }
    cli_output_text(chart->output, "</text>\n");
}

static void add_tick(struct chart *chart, int64_t tick, int64_t step)
{
    char label[CLI_SPAN_SIZE];
    double x = place(chart, tick), bottom = chart->top + chart->height;
    cli_axis_label(tick, step, label);
    cli_output_format(chart->output, "<path d=\"M%.2f %.2fV%.2f\"/>", x, chart->top - 4, bottom + 4);
    cli_output_format(chart->output, "<text class=\"x\" x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">%s</text>", x,
                      bottom + 18, label);
    if (chart->height > TALL)
        cli_output_format(chart->output, "<text class=\"x\" x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">%s</text>", x,
                          chart->top - 8, label);
    cli_output_text(chart->output, "\n");
}

static void add_axis(struct chart *chart)
{
    int64_t step = cli_axis_step(chart->span);
    cli_output_text(chart->output, "<g class=\"x\">\n");
    for (int64_t tick = 0; tick <= chart->span; tick += step)
        add_tick(chart, tick, step);
    cli_output_text(chart->output, "</g>\n");
}

/* As many as there is room for. */
static void add_slot_names(struct chart *chart)
{
    size_t each = 1;
    while (chart->row * (double)each < 15)
        each = each * 10;
    for (size_t slot = 0; slot < chart->slots; slot = slot == 0 && each > 1 ? each - 1 : slot + each)
        cli_output_format(chart->output,
                          "<text class=\"x\" x=\"%.0f\" y=\"%.2f\" text-anchor=\"end\">slot %" PRIu64 "</text>\n",
                          SLOT_MARGIN - 8, row_top(chart, slot) + chart->row / 2 + 4, (uint64_t)slot + 1);
}

static bool add_chart(struct chart *chart)
{
    add_axis(chart);
    if (is_by_job(chart)) {
        add_jobs(chart);
        return true;
    }
    add_slot_names(chart);
    bool is_too_much = chart->timeline->count > CLI_TIMELINE_BARS || chart->slots > MOST_GRID_ROWS;
    return is_too_much ? add_grid(chart) : add_slots(chart);
}

bool cli_timeline_draw(struct cli_output *output, const struct cli_timeline *timeline)
{
    struct chart chart = {.output = output, .timeline = timeline};
    survey(&chart);
    lay_out(&chart);
    double height = chart.top + chart.height + AXIS + MARGIN;
    cli_output_format(output, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" ", WIDTH, height);
    cli_output_format(output, "viewBox=\"0 0 %.0f %.0f\">\n<title>subproc parallel</title>\n", WIDTH, height);
    add_style(&chart);
    cli_output_text(output, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
    add_heading(&chart);
    add_totals(&chart);
    bool worked = timeline->count == 0 || add_chart(&chart);
    cli_output_text(output, "</svg>\n");
    return worked;
}
