/* A command that outlives the call it was given to: argv, the options and all that they point to, in one piece of memory. */
#ifndef SUBPROC_COPY_H
#define SUBPROC_COPY_H

#include "subproc/subproc.h"

struct subproc_copy {
    const char **argv;
    struct subproc_options options;
};

/* Freed with free(); NULL: no memory. Handles, other children and what `context` of a sink points to stay the caller's. */
struct subproc_copy *subproc_copy_new(const char *const *argv, const struct subproc_options *options);

#endif
