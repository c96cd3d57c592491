/* The ticks of a time axis. */
#include "axis.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_TICKS 10

#define MICROSECOND INT64_C(1000)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND      (1000 * MILLISECOND)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)

int64_t cli_axis_step(int64_t span)
{
    static const int64_t clock_steps[] = {SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND,
                                          MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
                                          HOUR,   2 * HOUR,   3 * HOUR,   6 * HOUR,    12 * HOUR,   DAY};
    static const int64_t factors[] = {1, 2, 5};
    int64_t step = DAY;
    for (int64_t unit = MICROSECOND; unit < SECOND; unit *= 10) {
        for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
            if (span / (unit * factors[i]) <= MOST_TICKS)
                return unit * factors[i];
        }
    }
    for (size_t i = 0; i < sizeof clock_steps / sizeof *clock_steps; i++) {
        if (span / clock_steps[i] <= MOST_TICKS)
            return clock_steps[i];
    }
    while (span / step > MOST_TICKS)
        step *= 2;
    return step;
}

static int digits_of(int64_t step)
{
    return step >= 100 * MICROSECOND ? 1 : step >= 10 * MICROSECOND ? 2 : 3;
}

void cli_axis_label(int64_t tick, int64_t step, char text[CLI_SPAN_SIZE])
{
    if (tick == 0)
        snprintf(text, CLI_SPAN_SIZE, "0");
    else if (step < MILLISECOND)
        snprintf(text, CLI_SPAN_SIZE, "%.*f ms", digits_of(step), (double)tick / (double)MILLISECOND);
    else if (step < 100 * MILLISECOND)
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " ms", tick / MILLISECOND);
    else if (step < SECOND)
        snprintf(text, CLI_SPAN_SIZE, "%.1f s", (double)tick / (double)SECOND);
    else if (step < MINUTE)
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " s", tick / SECOND);
    else if (step < HOUR)
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " min", tick / MINUTE);
    else if (step < DAY)
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " h", tick / HOUR);
    else
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " d", tick / DAY);
}
