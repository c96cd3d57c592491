/* What the files of this backend share. */
#ifndef SUBPROC_WIN32_H
#define SUBPROC_WIN32_H

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include "os.h"
#include "utf16.h"

/* One place turns GetLastError into our codes. Returns the code. */
int subproc_os_fail(struct subproc_error *error, const char *step, DWORD native);

/* `text` as UTF-16, freed with free(). INVALID (ill-formed), NO_MEMORY. */
int subproc_win32_wide(const char *text, enum subproc_utf16_form form, const char *step, wchar_t **wide,
                       struct subproc_error *error);

/* `wide` as UTF-8 (WTF-8 where it is ill-formed), freed with free(). NO_MEMORY. */
int subproc_win32_narrow(const wchar_t *wide, const char *step, char **text, struct subproc_error *error);

/* What GetFileAttributesW says about a path; 0 and *attributes, or the native error. */
DWORD subproc_win32_attributes(const wchar_t *path, DWORD *attributes);

/* What a path means now, relative ones against our directory; freed with free(). 0 or the native error. */
DWORD subproc_win32_full_path(const wchar_t *path, wchar_t **full);

/* Whether we have a console, a hidden one included. */
bool subproc_win32_has_console(void);

/* What is left until `deadline`, rounded up, so that a wait doesn't end before it; one too long for the system is cut. */
DWORD subproc_win32_milliseconds_until(int64_t deadline);

/*
 * Our end of a pipe, overlapped. One operation at a time: a zero-byte read that waits for data, or a write of `piece`.
 * While `pending` the system owns `operation` and `piece`; only pipe.c starts, settles and cancels it.
 */
struct subproc_os_pipe {
    HANDLE handle;
    enum subproc_os_way way;
    HANDLE event; /* set when an operation that was pending is over; lives as long as the pipe */
    OVERLAPPED operation;
    bool pending;
    bool tells_port; /* the pending operation queues a packet for the set as well */
    bool watched;    /* in the set whose port it tells */
    int64_t port;    /* which one that is, by its set's number; 0: none yet */
    DWORD seen;      /* bytes that the last look found and no read has asked for since */
    DWORD failure;   /* what ended an accepted write, or kept a wait for data from starting: told by the next call */
    char *piece;     /* TO_CHILD */
};

/* Whether a read would not say AGAIN; if not, `event` is set when that may have changed, and in a set a packet comes. */
bool subproc_win32_pipe_readable(struct subproc_os_pipe *pipe);

/* Whether a write would not say AGAIN; the same. */
bool subproc_win32_pipe_writable(struct subproc_os_pipe *pipe);

/*
 * In a set, from now on or no longer. A handle stays with its first port: https://learn.microsoft.com/windows/win32/fileio/
 * createiocompletionport. In another set, and for what was begun before, only the event tells: `tells_port`.
 */
void subproc_win32_pipe_join(struct subproc_os_pipe *pipe, HANDLE port, int64_t number);
void subproc_win32_pipe_part(struct subproc_os_pipe *pipe);

/* Closes the handle and drops the piece; the event stays for threads that still wait for it. Cancels what is pending. */
void subproc_win32_pipe_shut(struct subproc_os_pipe *pipe);

/* Shuts the pipe and frees it. Accepts NULL. */
void subproc_win32_pipe_free(struct subproc_os_pipe *pipe);

/* ---- jobs ------------------------------------------------------------------------------------------------------ */

struct subproc_win32_job;

/* Whether the child must be created suspended, to be put in a job before its first instruction. */
bool subproc_win32_job_wanted(const struct subproc_os_plan *plan);

/* Puts a suspended child in a job as the plan says, and resumes it. On failure it is ended and its handles are closed.
 * UNSUPPORTED (step "tree" or "end_with_parent"), NO_MEMORY, OS. */
int subproc_win32_job_begin(struct subproc_os_child *child, const struct subproc_os_plan *plan,
                            const PROCESS_INFORMATION *made, struct subproc_error *error);

/* Ends everything in it; 0 or the native error. */
DWORD subproc_win32_job_terminate(const struct subproc_win32_job *job, UINT code);

/* Closes the job; one whose closing would kill waits until it is empty. Accepts NULL. */
void subproc_win32_job_leave(struct subproc_win32_job *job);

/* Closes those that wait and are empty by now. */
void subproc_win32_job_sweep(void);

/*
 * A child. The process handle is kept until the child is freed, so its id can't be given to another process before.
 *
 * A pipe that was closed while its last write was on its way stays with the child as `lingering`: closing the handle would
 * lose what was accepted. Threads that block on this child watch its write, and the first that sees the end closes it.
 * `moved` wakes the ones that blocked before the pipe came. Neither event is closed before the child is freed, since any
 * number of threads may be waiting for them.
 */
struct subproc_os_child {
    HANDLE process;
    DWORD id;
    bool can_ask;                  /* it leads a group of processes in our console */
    bool has_tree;                 /* its job is ended in its place */
    struct subproc_win32_job *job; /* NULL: none */
    int64_t started_at;
    SRWLOCK lock; /* guards what follows */
    bool ended;
    struct subproc_os_end end;
    struct subproc_os_pipe *lingering; /* NULL handle: finished */
    HANDLE moved;                      /* NULL until a thread blocks */
    struct subproc_os_watch *watch;    /* in a set; NULL: in none */
};

/* Takes over a pipe whose write is pending. */
void subproc_win32_child_linger(struct subproc_os_child *child, struct subproc_os_pipe *pipe);

/* Finishes a closed pipe whose last write is over. The event of one that is still on its way; NULL when there is none. */
HANDLE subproc_win32_child_last_write(struct subproc_os_child *child);

/* The watch to look at again when a pipe is taken over; NULL: none. */
void subproc_win32_child_watch(struct subproc_os_child *child, struct subproc_os_watch *watch);

/* Has its set look at a watch again. By the thread that may use the set. */
void subproc_win32_set_look_again(struct subproc_os_watch *watch);

#endif
