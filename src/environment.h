/* The child's environment: a base with the caller's changes on top. */
#ifndef SUBPROC_ENVIRONMENT_H
#define SUBPROC_ENVIRONMENT_H

#include "subproc/subproc.h"

struct subproc_environment_block {
    char **base;       /* our own, one allocation; NULL when nothing is changed */
    const char **list; /* what the child gets; its strings are the base's and the caller's; NULL: ours as it is */
};

int subproc_environment_build(const struct subproc_environment *wish, struct subproc_environment_block *block,
                              struct subproc_error *error);
void subproc_environment_free(struct subproc_environment_block *block);

/* The value of a variable in a list of NAME=value, or NULL. */
const char *subproc_environment_get(const char *const *list, const char *name);

#endif
