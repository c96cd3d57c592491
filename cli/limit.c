/* SIZE[:KEEP] on the command line. */
#include <string.h>

#include "options.h"

static bool read_number(const char **at, uint64_t *number)
{
    const char *begun = *at;
    for (*number = 0; **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return *at > begun;
}

static bool read_unit(const char **at, uint64_t *bytes)
{
    static const char units[] = "KMG";
    const char *unit = **at != '\0' ? strchr(units, **at) : NULL;
    if (unit == NULL)
        return true;
    (*at)++;
    for (const char *each = units; each <= unit; each++) {
        if (*bytes > UINT64_MAX / 1024)
            return false;
        *bytes *= 1024;
    }
    return true;
}

static bool read_keep(const char *name, enum subproc_keep *keep)
{
    static const struct {
        const char *name;
        enum subproc_keep keep;
    } kinds[] = {{"", SUBPROC_KEEP_HEAD},
                 {":head", SUBPROC_KEEP_HEAD},
                 {":tail", SUBPROC_KEEP_TAIL},
                 {":both", SUBPROC_KEEP_BOTH},
                 {":stop", SUBPROC_KEEP_STOP}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            *keep = kinds[i].keep;
            return true;
        }
    }
    return false;
}

bool cli_parse_limit(const char *text, struct subproc_limit *limit)
{
    return read_number(&text, &limit->bytes) && read_unit(&text, &limit->bytes) && read_keep(text, &limit->keep);
}
