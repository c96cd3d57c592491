/* Lengths of time in words. */
#include "span.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE 60
#define HOUR   3600
#define DAY    86400

#define LONGEST ((double)INT64_MAX / 1024) /* seconds, all of which a double and an int64_t can hold */

static void say_pair(int64_t first, const char *first_unit, int64_t second, const char *second_unit, char *text)
{
    snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " %s %02" PRId64 " %s", first, first_unit, second, second_unit);
}

static void say_whole(int64_t seconds, char *text)
{
    if (seconds < MINUTE)
        snprintf(text, CLI_SPAN_SIZE, "%" PRId64 " s", seconds);
    else if (seconds < HOUR)
        say_pair(seconds / MINUTE, "min", seconds % MINUTE, "s", text);
    else if (seconds < DAY)
        say_pair(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min", text);
    else
        say_pair(seconds / DAY, "d", seconds % DAY / HOUR, "h", text);
}

/* Where rounding would make it 10.00 or 100.0, one digit less is shown. */
static void say_digits(double value, const char *unit, char *text)
{
    int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, CLI_SPAN_SIZE, "%.*f %s", digits, value, unit);
}

void cli_span(int64_t nanoseconds, char text[CLI_SPAN_SIZE])
{
    const int64_t second = 1000000000;
    if (nanoseconds < second - second / 2000)
        say_digits((double)nanoseconds / 1e6, "ms", text);
    else if (nanoseconds < MINUTE * second - second / 20)
        say_digits((double)nanoseconds / 1e9, "s", text);
    else
        say_whole(nanoseconds / second + (nanoseconds % second >= second / 2 ? 1 : 0), text);
}

void cli_span_seconds(double seconds, char text[CLI_SPAN_SIZE])
{
    double most = seconds < LONGEST ? seconds : LONGEST;
    int64_t whole = (int64_t)most;
    say_whole(whole + (most > (double)whole ? 1 : 0), text);
}
