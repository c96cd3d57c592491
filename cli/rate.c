/* How fast jobs end, and how long the rest will take. */
#include "rate.h"

#define SHORTEST_MEMORY 10.0 /* seconds */
#define JOBS_REMEMBERED 16.0

/* How long what happened counts. Some seconds, so that the rate follows when the later jobs are slower; but always several jobs,
 * so that it doesn't jump at each end of a long one. */
static double memory_of(const struct cli_rate *rate)
{
    double jobs = rate->all_ended > 0 ? JOBS_REMEMBERED * rate->all_seconds / rate->all_ended : rate->all_seconds;
    return jobs > SHORTEST_MEMORY ? jobs : SHORTEST_MEMORY;
}

/* Both parts of the average fade alike: while little has happened it is the average of all, later that of the last memory. */
void cli_rate_add(struct cli_rate *rate, uint64_t ended, double seconds)
{
    rate->all_ended += (double)ended;
    rate->all_seconds += seconds;
    double kept = 1 / (1 + seconds / memory_of(rate));
    rate->ended = rate->ended * kept + (double)ended;
    rate->seconds = rate->seconds * kept + seconds;
}

double cli_rate_get(const struct cli_rate *rate)
{
    return rate->seconds > 0 ? rate->ended / rate->seconds : 0;
}

double cli_rate_left(const struct cli_rate *rate, uint64_t count)
{
    double a_second = cli_rate_get(rate);
    if (count == 0)
        return 0;
    return a_second > 0 ? (double)count / a_second : -1;
}
