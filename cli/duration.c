/* Durations on the command line. */
#include <string.h>

#include "options.h"

#define FRACTION_DIGITS 9
#define FRACTION_ONE    INT64_C(1000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool unit_milliseconds(const char *suffix, int64_t *unit)
{
    static const struct {
        const char *suffix;
        int64_t milliseconds;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(suffix, units[i].suffix) == 0) {
            *unit = units[i].milliseconds;
            return true;
        }
    }
    return false;
}

static bool read_whole(const char **at, int64_t *whole)
{
    for (*whole = 0; is_digit(**at); (*at)++) {
        int64_t digit = **at - '0';
        if (*whole > (INT64_MAX - digit) / 10)
            return false;
        *whole = *whole * 10 + digit;
    }
    return true;
}

/* In units of 1 / FRACTION_ONE, rounded up. */
static int64_t read_fraction(const char **at)
{
    int64_t fraction = 0;
    int count = 0;
    bool more = false;
    for (; is_digit(**at); (*at)++, count++) {
        if (count < FRACTION_DIGITS)
            fraction = fraction * 10 + (**at - '0');
        else
            more = more || **at != '0';
    }
    for (; count < FRACTION_DIGITS; count++)
        fraction *= 10;
    return fraction + (more ? 1 : 0);
}

bool cli_parse_duration(const char *text, int64_t *milliseconds)
{
    const char *at = text;
    int64_t whole = 0;
    int64_t fraction = 0;
    int64_t unit = 0;
    if (!read_whole(&at, &whole))
        return false;
    bool has_digits = at != text;
    if (*at == '.') {
        at++;
        has_digits = has_digits || is_digit(*at);
        fraction = read_fraction(&at);
    }
    if (!has_digits || !unit_milliseconds(at, &unit))
        return false;
    int64_t part = (fraction * unit + FRACTION_ONE - 1) / FRACTION_ONE;
    /* INT64_MAX itself would mean "forever". */
    if (whole > (INT64_MAX - 1 - part) / unit)
        return false;
    *milliseconds = whole * unit + part;
    return true;
}
