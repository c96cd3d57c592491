/* Which files a program's name may mean, in order. */
#ifndef SUBPROC_LOOKUP_H
#define SUBPROC_LOOKUP_H

#include "subproc/subproc.h"

/* The candidates for `name` by the PATH (and PATHEXT) of `environment` (NULL: ours), NULL-terminated; the disk is not touched. */
int subproc_lookup(const char *name, const char *const *environment, char ***candidates, struct subproc_error *error);
void subproc_lookup_free(char **candidates);

#endif
