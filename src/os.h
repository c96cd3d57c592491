/*
 * The seam: the whole platform story. Above this header there is no #ifdef, below it no policy.
 *
 * Every fallible function returns 0 or a negative SUBPROC_E_*, fills *error (never NULL here: code, native, step; the
 * sentence is made above) and writes its outputs only on success. AGAIN is an answer, not a failure: it leaves *error alone.
 * Text is as the public header says. Times are nanoseconds of subproc_os_now(). Handles that enter here are never NULL or
 * INVALID_HANDLE_VALUE: "none" is SUBPROC_NO_HANDLE.
 */
#ifndef SUBPROC_OS_H
#define SUBPROC_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subproc/subproc.h"

#define SUBPROC_OS_FOREVER INT64_MAX

/* ---- what differs and is only data ----------------------------------------------------------------------------- */

struct subproc_os_traits {
    char path_list_separator;         /* between the entries of PATH */
    const char *directory_separators; /* a program name with one of these is a path, not looked up; the first one joins */
    const char *program_extensions;   /* what PATHEXT is when it isn't set; NULL: names are taken as they are */
    const char *kept_variable;        /* stays when the environment's base is empty; NULL: none */
    const char *sh;                   /* the program that SUBPROC_SHELL_SH stands for, looked up like any other */
    bool has_cmd;                     /* cmd.exe is in the directory of subproc_os_default_path */
    bool empty_path_entry_is_here;    /* an empty entry of PATH is the current directory */
    bool quotes_in_path;              /* quotes protect separators in PATH and are no part of an entry */
    bool text_is_utf8;                /* what callers pass must be well-formed UTF-8 */
    bool posix, win32;                /* which sub-struct of the options is understood */
};

extern const struct subproc_os_traits subproc_os_traits;

/* ---- children -------------------------------------------------------------------------------------------------- */

struct subproc_os_child;

/* What only this system can judge about argv and the options, told before anything is opened. INVALID, with its sentence. */
int subproc_os_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error);

/* What to start. Everything is borrowed until subproc_os_spawn returns, and already checked. */
struct subproc_os_plan {
    const char *const *argv;        /* at least one word */
    const char *command_line;       /* Windows: passed verbatim instead of the quoted argv; NULL: argv is quoted */
    const char *const *programs;    /* candidates in order, at least one, relative ones against our directory */
    const char *const *environment; /* the whole of it, each name once; NULL: ours as it is */
    const char *directory;          /* NULL: ours */
    subproc_handle streams[3];      /* the child's ends, all of them set; one may serve several times */
    bool own_console;               /* Windows: a hidden console of its own, unless the creation flags say otherwise */
    bool will_ask;                  /* the ladder will ask this child by name (Windows: a process group of its own) */
    enum subproc_tree tree;         /* BEST_EFFORT: where there can be none, without */
    bool end_with_parent;           /* kill it when we end; subproc_os_check has said that this system can */
    bool waits_alone; /* one thread will wait for its end, for nothing beside it and without a deadline: advice */
    const struct subproc_posix *posix;
    const struct subproc_win32 *win32;
};

/*
 * Starts the first of `programs` that can run. A candidate that is missing is passed over; one that may not be run is
 * passed over too, and is told when no other runs.
 * NOT_FOUND (step "exec", or "interpreter"), NO_DIRECTORY (step "chdir", told before the program), ACCESS, FORMAT, TOO_LONG,
 * UNSAFE_ARGUMENT (with its sentence), INVALID, LIMIT, NO_MEMORY, UNSUPPORTED (also step "tree": it is required and can't be),
 * OS. Nothing is left on failure.
 */
int subproc_os_spawn(const struct subproc_os_plan *plan, struct subproc_os_child **child, struct subproc_error *error);

struct subproc_os_end {
    struct subproc_exit exit;   /* EXITED, SIGNALLED or LOST */
    int64_t ended_at;           /* when the end was first seen here, or the system's own time of it */
    int64_t user_ns, system_ns; /* -1: unknown */
    int64_t peak_rss;           /* bytes; -1: unknown */
};

/*
 * The next seven may be called for one child from several threads at once; the backend locks. The first status call that
 * sees the end collects it, later ones repeat it, and once collected the child can't be signalled any more: signal and stop
 * then succeed and do nothing. The leader of a tree is only looked at and collected by subproc_os_child_free: signal and stop
 * reach the tree until then, after the leader's end as well.
 */
int64_t subproc_os_child_id(const struct subproc_os_child *child);

/* Whether signal and stop reach all that this child started. Settled by the start. */
bool subproc_os_child_has_tree(const struct subproc_os_child *child);

/* Collects how the child ended, without blocking. AGAIN while it runs. */
int subproc_os_child_status(struct subproc_os_child *child, struct subproc_os_end *end, struct subproc_error *error);

enum subproc_os_stop { SUBPROC_OS_ASK, SUBPROC_OS_TERMINATE, SUBPROC_OS_KILL };

/* ACCESS; UNSUPPORTED when this child can't be asked; LOST when someone else collected a tree's leader; OS. */
int subproc_os_child_stop(struct subproc_os_child *child, enum subproc_os_stop how, struct subproc_error *error);
int subproc_os_child_signal(struct subproc_os_child *child, int number, struct subproc_error *error);

/* What a foreign loop waits for; borrowed until the child is freed. LIMIT, OS. */
int subproc_os_child_exit_handle(struct subproc_os_child *child, subproc_handle *handle, struct subproc_error *error);

/* Releases what we hold; never waits, never kills; accepts NULL. POSIX collects a running one at a later spawn or free. */
void subproc_os_child_free(struct subproc_os_child *child);

/* ---- pipes ----------------------------------------------------------------------------------------------------- */

struct subproc_os_pipe;

enum subproc_os_way { SUBPROC_OS_TO_CHILD, SUBPROC_OS_FROM_CHILD };

/* Our end non-blocking (POSIX) or overlapped (Windows), the child's an ordinary blocking one, neither inheritable. */
int subproc_os_pipe_open(enum subproc_os_way way, struct subproc_os_pipe **pipe, subproc_handle *child_end,
                         struct subproc_error *error);

/* Two ordinary blocking ends, neither inheritable. */
int subproc_os_link_open(subproc_handle *read_end, subproc_handle *write_end, struct subproc_error *error);

/* Takes what is there, no more than `size`; *got == 0 is the end of file. AGAIN, OS. */
int subproc_os_pipe_read(struct subproc_os_pipe *pipe, void *buffer, size_t size, size_t *got, struct subproc_error *error);

/* Gives what fits (Windows: up to 64 KiB, copied); never raises SIGPIPE. AGAIN, CLOSED (nobody reads), OS. */
int subproc_os_pipe_write(struct subproc_os_pipe *pipe, const void *data, size_t size, size_t *put,
                          struct subproc_error *error);

/* Our end, borrowed. */
subproc_handle subproc_os_pipe_handle(const struct subproc_os_pipe *pipe);

/* Frees the pipe but hands our end out (POSIX: made blocking). AGAIN: an accepted write is on its way, nothing was done. */
int subproc_os_pipe_release(struct subproc_os_pipe *pipe, subproc_handle *handle, struct subproc_error *error);

/*
 * Ends our side. What it accepted still arrives: the kernel holds it on POSIX; on Windows the pipe moves to `child`, whose
 * next status call or wait that finds the write finished closes it (closing with a write pending loses the data: measured).
 * With `child` NULL it is cancelled and lost. Accepts NULL for `pipe`. Never blocks for the other side.
 */
void subproc_os_pipe_close(struct subproc_os_pipe *pipe, struct subproc_os_child *child);

/* ---- files and handles ----------------------------------------------------------------------------------------- */

enum subproc_os_file { SUBPROC_OS_FILE_READ, SUBPROC_OS_FILE_TRUNCATE, SUBPROC_OS_FILE_APPEND };

/* A file for a child's stream, not inheritable; `path` NULL is the null device. Never waits for a FIFO's peer: CLOSED. */
int subproc_os_file_open(const char *path, enum subproc_os_file mode, subproc_handle *handle, struct subproc_error *error);

/* Accepts SUBPROC_NO_HANDLE. */
void subproc_os_handle_close(subproc_handle handle);

/* Our own standard stream, borrowed; SUBPROC_NO_HANDLE when it is closed or missing. To be asked before anything is opened,
 * which might be given the number of a closed one. */
subproc_handle subproc_os_standard(enum subproc_stream_id id);

/* ---- waiting --------------------------------------------------------------------------------------------------- */

enum subproc_os_item_kind {
    SUBPROC_OS_ITEM_CHILD, /* it has ended (subproc_os_child_status has an answer) */
    SUBPROC_OS_ITEM_READ,  /* a read would not say AGAIN */
    SUBPROC_OS_ITEM_WRITE, /* a write would not say AGAIN */
    SUBPROC_OS_ITEM_HANDLE /* readable (POSIX) or signalled (Windows): a caller's `cancel` */
};

struct subproc_os_item {
    enum subproc_os_item_kind kind;
    struct subproc_os_child *child; /* CHILD; at READ and WRITE, or NULL: its closed pipe is finished meanwhile (Windows) */
    struct subproc_os_pipe *pipe;
    subproc_handle handle;
    bool ready; /* out */
};

/* Blocks until at least one item is ready or `deadline` has passed; one look when it has. TIMEOUT, LIMIT, NO_MEMORY, OS. */
int subproc_os_wait(struct subproc_os_item *items, size_t count, int64_t deadline, struct subproc_error *error);

/* Monotonic, nanoseconds. */
int64_t subproc_os_now(void);

/* All of this memory is about to be written for the first time: to have its pages at once costs less than one by one. Advice. */
void subproc_os_populate(void *memory, size_t size);

/* ---- wait sets ------------------------------------------------------------------------------------------------- */

/*
 * For a crowd of children. What is waited for is registered once, and a wait costs what has happened, not what is watched. (Where there is neither
 * epoll nor kqueue it is one poll() over everything: right, but slow.) A set is for one thread at a time, and so is closing
 * a pipe whose child is in it.
 */
struct subproc_os_set;

/* The backend's part of a watch: zero before it is added. */
struct subproc_os_watch_links {
    struct subproc_os_set *set;           /* NULL: in none */
    struct subproc_watches *list;         /* where it stands in the set; NULL: nowhere, the system tells */
    struct subproc_os_watch *next;        /* in that list */
    struct subproc_os_watch *previous;    /* the same */
    struct subproc_os_watch *next_alike;  /* of one descriptor (POSIX) or hash (Windows) */
    struct subproc_os_watch **alike_here; /* what points at this one there */
    intptr_t source;                      /* the descriptor (POSIX), the registered wait (Windows) */
    intptr_t last_write;                  /* the registered wait for a closed pipe's last write (Windows) */
    volatile long signalled;              /* a wait saw it, which may have used the signal up (Windows) */
};

/* One thing to wait for. The caller's memory, which stays where it is until the watch was removed or the set was closed. */
struct subproc_os_watch {
    enum subproc_os_item_kind kind;
    struct subproc_os_child *child; /* CHILD */
    struct subproc_os_pipe *pipe;   /* READ and WRITE */
    subproc_handle handle;          /* HANDLE: open until then too; any number of watches may share it */
    void *owner;                    /* the caller's own */
    struct subproc_os_watch_links links;
};

/* LIMIT, NO_MEMORY, OS. */
int subproc_os_set_open(struct subproc_os_set **set, struct subproc_error *error);

/*
 * Watches one thing until it is removed. A child or a pipe is in one set at most, once. While a child is in it, its closed
 * pipe is finished as by subproc_os_wait (Windows). A pipe that was in a set can't join a foreign loop's completion port after
 * its release (Windows). INVALID (no such handle), LIMIT, NO_MEMORY, OS.
 */
int subproc_os_set_add(struct subproc_os_set *set, struct subproc_os_watch *watch, struct subproc_error *error);

/* To be done before its pipe is closed or released, or its child is freed. Nothing of it comes out of a wait after this.
 * Does nothing to a watch that is in no set. */
void subproc_os_set_remove(struct subproc_os_watch *watch);

/*
 * Blocks until something is ready or `deadline` has passed; one look when it has. Gives one watch at a time, so that its owner
 * may remove any others; *ready is NULL after subproc_os_set_wake. What stays ready comes again, after everything else that is
 * ready: one read or write each time is fair to all. Now and then a read or write says AGAIN all the same, when what was
 * ready is taken otherwise. TIMEOUT, LIMIT, NO_MEMORY, OS.
 */
int subproc_os_set_wait(struct subproc_os_set *set, struct subproc_os_watch **ready, int64_t deadline,
                        struct subproc_error *error);

/* From any thread: the present or the next wait returns without a watch. Several may be answered by one. */
void subproc_os_set_wake(struct subproc_os_set *set);

/* Removes all watches that are still in it. Accepts NULL. */
void subproc_os_set_close(struct subproc_os_set *set);

/* ---- text ------------------------------------------------------------------------------------------------------ */

/* The name of what console programs write here, such as "cp949". ENCODING when it has none that fits. */
int subproc_os_console_encoding(char *name, size_t size, struct subproc_error *error);

struct subproc_os_converter;

enum subproc_os_converted {
    SUBPROC_OS_CONVERTED_ALL,
    SUBPROC_OS_CONVERTED_OPEN, /* what is left may be the beginning of a character */
    SUBPROC_OS_CONVERTED_BAD,  /* what is left begins with no character, or with one that the other side lacks */
    SUBPROC_OS_CONVERTED_FULL  /* no room for the next character */
};

/*
 * Between the system's encoding of that name (or code page, 0: only the name counts) and UTF-8. Nothing is ever replaced by
 * what looks alike. ENCODING: the system has none; NO_MEMORY, LIMIT.
 */
int subproc_os_converter_open(const char *name, uint32_t page, bool from_utf8, struct subproc_os_converter **converter,
                              struct subproc_error *error);

/* Takes whole good characters from the front of what *in points at, moves both pointers behind what was taken and made.
 * `in` NULL: ends the text, writes what is held back and the way to the first state. */
enum subproc_os_converted subproc_os_convert(struct subproc_os_converter *converter, const char **in, size_t *in_size,
                                             char **out, size_t *out_room);

/* Accepts NULL. */
void subproc_os_converter_close(struct subproc_os_converter *converter);

/* ---- surroundings ---------------------------------------------------------------------------------------------- */

/* Our environment as "NAME=value" strings: one allocation, freed with free(). Windows: WTF-8, so that nothing is lost. */
int subproc_os_environ(char ***strings, struct subproc_error *error);

/* A variable of our own environment, freed with free(); NULL when it isn't set. NO_MEMORY. */
int subproc_os_variable(const char *name, char **value, struct subproc_error *error);

/* Order of two names of the given lengths, 0 when they are the same variable (case folds on Windows). */
int subproc_os_env_name_cmp(const char *a, size_t a_size, const char *b, size_t b_size);

/* Where programs are looked for when there is no PATH; freed with free(). */
int subproc_os_default_path(char **path, struct subproc_error *error);

/* 0 when `path` is a file that may be run; NOT_FOUND, ACCESS. */
int subproc_os_executable(const char *path, struct subproc_error *error);

/* Whether a "NAME=value" fits into a child's environment; if not, how many of *unit ("bytes") would. */
bool subproc_os_variable_fits(const char *variable, size_t *limit, const char **unit);

/*
 * Whether one of a child's streams is a console that it would share with us, so that its code page is ours too. POSIX: never;
 * a terminal has no code page. Windows asks the file: that waits while another thread reads or writes the same handle.
 */
bool subproc_os_shares_console(const subproc_handle streams[3]);

/* The system's words for a native code, as UTF-8 without a line end; "" when it has none. Always NUL-terminated. */
void subproc_os_error_text(int64_t native, char *buffer, size_t size);

/* The name of a signal such as "SIGTERM", or NULL. */
const char *subproc_os_signal_name(uint32_t number);

#endif
