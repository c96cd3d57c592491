/* The command line that runs a batch file through cmd.exe. */
#ifndef SUBPROC_WIN32_BATCH_H
#define SUBPROC_WIN32_BATCH_H

#include "win32.h"

/* Whether CreateProcessW would take `path`, a full one (what it means), for a batch file. */
bool subproc_win32_is_batch(const wchar_t *path);

/* What to give CreateProcessW instead of the batch file. */
struct subproc_win32_batch {
    wchar_t *interpreter;
    wchar_t *command_line;
};

/*
 * `path` is the batch file's full path, `directory` where it will start (NULL: in ours). *batch, zeroed before, is released
 * also after a failure.
 * UNSAFE_ARGUMENT; TOO_LONG; NO_DIRECTORY: cmd.exe can't start in a UNC path; NOT_FOUND (step "interpreter"): there is no
 * cmd.exe; NO_MEMORY, OS.
 */
int subproc_win32_batch_prepare(const struct subproc_os_plan *plan, const wchar_t *path, const wchar_t *directory,
                                struct subproc_win32_batch *batch, struct subproc_error *error);

void subproc_win32_batch_release(struct subproc_win32_batch *batch);

#endif
