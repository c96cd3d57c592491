/* How fast jobs end, and how long the rest will take. */
#ifndef SUBPROC_CLI_RATE_H
#define SUBPROC_CLI_RATE_H

#include <stdint.h>

/* An average that forgets. Starts zeroed. */
struct cli_rate {
    double ended, seconds;         /* the remembered part */
    double all_ended, all_seconds; /* all of it */
};

/* `ended` more jobs ended in `seconds` more seconds. */
void cli_rate_add(struct cli_rate *rate, uint64_t ended, double seconds);

/* Jobs a second; 0 while none has ended. */
double cli_rate_get(const struct cli_rate *rate);

/* Seconds that `count` further jobs will take; negative: not known. */
double cli_rate_left(const struct cli_rate *rate, uint64_t count);

#endif
