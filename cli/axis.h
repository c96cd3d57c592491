/* The ticks of a time axis. */
#ifndef SUBPROC_CLI_AXIS_H
#define SUBPROC_CLI_AXIS_H

#include <stddef.h>
#include <stdint.h>

#include "span.h"

/* Nanoseconds between ticks, at most ten of which are in `span`, and which people count in. */
int64_t cli_axis_step(int64_t span);

/* What stands at the tick. */
void cli_axis_label(int64_t tick, int64_t step, char text[CLI_SPAN_SIZE]);

#endif
