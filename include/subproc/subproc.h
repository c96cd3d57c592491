/*
 * subproc: child processes from C, the same way on Linux, macOS, BSD and Windows.
 *
 * This header is the manual. What holds for every call:
 *
 *   Text      Strings are NUL-terminated bytes. POSIX passes them on unchanged. On Windows they are UTF-8 and ill-formed
 *             UTF-8 is SUBPROC_E_INVALID; variables that the child inherits pass as they are, ill-formed UTF-16 included.
 *   Lists     `argv` and environment lists are arrays of strings that end with a NULL pointer.
 *   Time      int64_t milliseconds. A timeout argument of 0 or less has expired: the call looks once and returns.
 *             SUBPROC_FOREVER has no end. In option structs 0 means "none" and a negative value has expired, so a
 *             remainder that may be 0 is passed as `left > 0 ? left : -1`.
 *   Errors    0 is success; a failure is one of SUBPROC_E_* (all negative), described in the `struct subproc_error *`
 *             given last, which may be NULL. A call that succeeds leaves that struct zeroed.
 *             Several things wrong at once: told is the first of options, a stream's file, directory, user and groups,
 *             program.
 *   Structs   Start each one as `{0}`: zero is the default of every field. `reserved` must stay zero in what you pass
 *             (else SUBPROC_E_INVALID) and is zero in what you get.
 *   Borrowing What you pass is borrowed until the call returns; exceptions say so. Handles that you pass stay yours.
 *   Threads   Different children may be used from different threads at once. Any number of threads may poll, wait for,
 *             signal, terminate, kill and stop one child, also while another blocks in it, and all get the same answer.
 *             Reading, writing, communicating, closing or taking its streams, and freeing it are for one thread at a
 *             time. Nothing here is async-signal-safe.
 *   Process   No signal handler, no change to SIGPIPE, the directory, the environment or the error mode. A child is
 *             waited for by its own id alone.
 *   Blocking  Every call comes back at its deadline. The one system call that starts a program can't be cut short.
 */
#ifndef SUBPROC_SUBPROC_H
#define SUBPROC_SUBPROC_H

#include <stddef.h>
#include <stdint.h>

#include "subproc/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. Before 1.0 a new minor number may break programs. */
#define SUBPROC_VERSION_MAJOR 0
#define SUBPROC_VERSION_MINOR 1 /* new functions; before 1.0 also changed ones */
#define SUBPROC_VERSION_PATCH 0 /* corrections */

/* A descriptor on POSIX, a HANDLE on Windows. */
typedef intptr_t subproc_handle;
/* No handle at all, on both. */
#define SUBPROC_NO_HANDLE ((subproc_handle)-1)

/* A timeout that has no end. */
#define SUBPROC_FOREVER INT64_MAX

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* One list makes the constants, their names and their texts. The numbers are the same on every system and stay. */
#define SUBPROC_ERROR_MAP(X)                                                                                               \
    X(INVALID, -1, "invalid argument")                                                                                     \
    X(NO_MEMORY, -2, "not enough memory")                                                                                  \
    X(NOT_FOUND, -3, "not found")                                                                                          \
    X(NO_DIRECTORY, -4, "directory can't be entered")                                                                      \
    X(ACCESS, -5, "permission denied")                                                                                     \
    X(FORMAT, -6, "not a program that this system can run")                                                                \
    X(TOO_LONG, -7, "command line or environment is too long")                                                             \
    X(LIMIT, -8, "a limit of the system was reached")                                                                      \
    X(UNSUPPORTED, -9, "not supported on this system")                                                                     \
    X(RUNNING, -10, "still running")                                                                                       \
    X(TIMEOUT, -11, "timed out")                                                                                           \
    X(CANCELLED, -12, "cancelled")                                                                                         \
    X(CLOSED, -13, "the other side is closed")                                                                             \
    X(AGAIN, -14, "not now, try again")                                                                                    \
    X(EXIT, -15, "did not exit with status 0")                                                                             \
    X(LOST, -16, "the exit status was taken by someone else")                                                              \
    X(OS, -17, "system error")                                                                                             \
    X(INTERNAL, -18, "internal error")                                                                                     \
    X(DECODE, -19, "can't be decoded")                                                                                     \
    X(ENCODING, -20, "unknown or unusable encoding")                                                                       \
    X(UNSAFE_ARGUMENT, -21, "an argument can't be passed safely")                                                          \
    X(OUTPUT_LIMIT, -22, "more output than the limit allows")                                                              \
    X(EMPTY, -23, "nothing is left")

/* What a call returns. */
enum subproc_error_code {
    SUBPROC_OK = 0, /* success */
#define SUBPROC_ERROR_CONSTANT(name, value, text) SUBPROC_E_##name = (value),
    SUBPROC_ERROR_MAP(SUBPROC_ERROR_CONSTANT)
#undef SUBPROC_ERROR_CONSTANT
};

/* What went wrong. Owns nothing: it may be copied, and outlives the child. */
struct subproc_error {
    int code;          /* SUBPROC_E_* or 0 */
    int64_t native;    /* errno or GetLastError of the call that failed, 0 when no system call did */
    const char *step;  /* a static word: what was being done, such as "exec", "chdir", "open"; "" on success */
    char message[512]; /* a whole UTF-8 sentence that names the command, control characters escaped */
    uint64_t reserved[8];
};

/* The text of a code, such as "timed out". Static; never NULL, also for a number that is no code. */
SUBPROC_API const char *subproc_strerror(int code);

/* The name of a code without its prefix, such as "TIMEOUT"; "OK" for 0. Static; never NULL. */
SUBPROC_API const char *subproc_error_name(int code);

/* ---- how a child ended ----------------------------------------------------------------------------------------- */

/* How a child ended, if it did. */
enum subproc_exit_kind {
    SUBPROC_EXIT_RUNNING = 0, /* it has not ended */
    SUBPROC_EXIT_EXITED,      /* code: its exit status, 32 bits on Windows (259 is a code like any other), 8 on POSIX */
    SUBPROC_EXIT_SIGNALLED,   /* code: the signal's number; POSIX only */
    SUBPROC_EXIT_LOST         /* it ended, but someone else collected the status, or the host ignores SIGCHLD */
};

/* A child's end. */
struct subproc_exit {
    enum subproc_exit_kind kind; /* how it ended */
    uint32_t code;               /* the exit status or the signal's number, by `kind`; else 0 */
    uint64_t reserved[8];
};

/* Python's convention: the exit code, or minus the signal's number; INT64_MIN while running, INT64_MIN + 1 when lost. */
SUBPROC_API int64_t subproc_returncode(const struct subproc_exit *status);

/* ---- encodings -------------------------------------------------------------------------------------------------- */

/* What becomes of bytes that are no character in the encoding. A bad part is the longest beginning of a character that
 * is there, or one byte, as Unicode recommends and Python does. */
enum subproc_text_errors {
    SUBPROC_ERRORS_DEFAULT = 0, /* REPLACE */
    SUBPROC_ERRORS_STRICT,      /* SUBPROC_E_DECODE, which names the byte, its offset and what would have worked */
    SUBPROC_ERRORS_REPLACE,     /* U+FFFD for each bad part */
    SUBPROC_ERRORS_IGNORE,      /* left out */
    SUBPROC_ERRORS_BACKSLASH    /* \xNN for each byte of it */
};

/*
 * How bytes become text, which is UTF-8. Names of encodings ignore case, `-`, `_` and spaces.
 *
 *   "utf-8"        strict about what it takes: no overlong form, no surrogate, nothing above U+10FFFF.
 *   "cp949"        Windows code page 949, byte for byte on every system: the user-defined rows C9 and FE are U+E000 on,
 *                  0x80 is U+0080, 0xFF is bad, and of an undefined pair with an ASCII second byte only the first is bad.
 *                  Also: "949", "uhc", "ks_c_5601-1987". "euc-kr" is its subset KS X 1001.
 *   "console"      what console programs write here. Windows: the console's output page, or the OEM page when there is no
 *                  console. POSIX: the charset of the environment's locale, UTF-8 where that is plain ASCII.
 *   "auto"         line by line: UTF-8 where the line is UTF-8, else `console`; a line that could be both is settled by
 *                  what it would mean and by the lines before it. A stream may mix both.
 *   "auto:cp949"   the same with a page of your own; UTF-16 and pages with shift states are SUBPROC_E_ENCODING.
 *   "utf-16le", "utf-16be", "utf-16" (by its byte order mark, else little endian), "ascii", "iso-8859-1"
 *   others         whatever the system converts, by its code page or the usual names ("cp932", "shift_jis", "gbk",
 *                  "cp1252", "iso-8859-2", "koi8-r", "euc-jp", "gb18030" ...). POSIX: iconv. Windows: code pages.
 */
struct subproc_text {
    const char *encoding;            /* NULL: the bytes as they are */
    enum subproc_text_errors errors; /* what becomes of bad bytes */
    int32_t newlines;                /* not 0: CR LF and CR become LF */
    uint64_t reserved[8];
};

/* ---- options --------------------------------------------------------------------------------------------------- */

/* One child. */
struct subproc;

/* The child's standard streams. */
enum subproc_stream_id {
    SUBPROC_IN = 0,  /* its standard input */
    SUBPROC_OUT = 1, /* its standard output */
    SUBPROC_ERR = 2  /* its standard error */
};

/* What one of them is connected to. */
enum subproc_stream_kind {
    SUBPROC_STREAM_DEFAULT = 0, /* INHERIT; PIPE for `in` of subproc_run when there is `input` */
    SUBPROC_STREAM_INHERIT,     /* ours; the null device where we have none */
    SUBPROC_STREAM_PIPE,        /* a pipe to us: read, write and communicate work on it */
    SUBPROC_STREAM_NULL,        /* the null device */
    SUBPROC_STREAM_FILE,        /* `path`, opened as `mode` says */
    SUBPROC_STREAM_HANDLE,      /* `handle`, which stays the caller's and needs no inheritable flag */
    SUBPROC_STREAM_MERGE,       /* `err` only: where `out` goes */
    SUBPROC_STREAM_LINK,        /* a pipe for another child: ordinary and blocking at both ends, never read by us. Give
                                   it to that child with FROM or take it with subproc_take_stream. Not in subproc_run. */
    SUBPROC_STREAM_FROM,        /* `in` only: takes over the LINK of `from`. On success it has moved; on failure it stays
                                   with `from`. A PIPE there is SUBPROC_E_INVALID: our end of it isn't an ordinary file. */
    SUBPROC_STREAM_SINK /* `out`, `err`: a pipe whose bytes or text go to `sink` as they come, while run, communicate,
                                   a pipeline or a group works on the child */
};

/* How a FILE is opened. */
enum subproc_file_mode {
    SUBPROC_FILE_DEFAULT = 0, /* READ for `in`, TRUNCATE for `out` and `err` */
    SUBPROC_FILE_READ,        /* must be there */
    SUBPROC_FILE_TRUNCATE,    /* created when missing */
    SUBPROC_FILE_APPEND       /* created when missing; every write goes to the end */
};

/* What is special about a piece. */
enum subproc_piece_flags {
    SUBPROC_PIECE_SPLIT = 1,  /* LINES: the line was longer than `longest_line` and goes on in the next piece */
    SUBPROC_PIECE_UNENDED = 2 /* LINES: the stream's last line, which has no line end */
};

/* What a sink is given. Borrowed for the call. */
struct subproc_piece {
    const char *data;              /* no NUL is promised */
    size_t size;                   /* bytes */
    enum subproc_stream_id stream; /* `out` or `err` */
    uint32_t flags;                /* SUBPROC_PIECE_* */
    size_t stage;                  /* of a pipeline, from 0; else 0 */
    uint64_t reserved[8];
};

/* 0: go on. Anything else stops the run with its ladder: SUBPROC_E_CANCELLED, SUBPROC_REASON_SINK, and no further call.
 * It is called in the thread that works on the child, for `out` and `err` in the order in which their bytes were read, and must
 * not use that child or its group, except for subproc_group_stop. */
typedef int (*subproc_sink_callback)(void *context, const struct subproc_piece *piece);

/*
 * Gets a stream while it comes, so that nothing piles up. With `text.encoding` it gets UTF-8; a line that `auto` is still
 * settling is held back until it ends (or 64 KiB of it have come), a character until it is complete. STRICT and a bad byte:
 * the child is stopped, SUBPROC_E_DECODE.
 */
struct subproc_sink {
    subproc_sink_callback callback; /* gets the pieces */
    void *context;                  /* given to it */
    int32_t lines;                  /* not 0: one call a line, without its LF or CR LF; 0: as it comes */
    size_t longest_line;            /* bytes: a longer one comes in pieces of that size, cut at a character; 0: 1 MiB */
    uint64_t reserved[8];
};

/* What is kept of a captured stream that is longer than `limit.bytes`. The child is always read to its end and never waits. */
enum subproc_keep {
    SUBPROC_KEEP_ALL = 0, /* no limit; `bytes` must be 0 */
    SUBPROC_KEEP_HEAD,    /* the beginning */
    SUBPROC_KEEP_TAIL,    /* the end */
    SUBPROC_KEEP_BOTH,    /* half of it the beginning, half the end */
    SUBPROC_KEEP_STOP,    /* the head, and the child is stopped: SUBPROC_E_OUTPUT_LIMIT */
    SUBPROC_KEEP_ERROR    /* the head; when the child has ended: SUBPROC_E_OUTPUT_LIMIT */
};

/* For each captured stream by itself. Counts bytes as they come; text is cut at a character (a tail in a page of several
 * bytes a character: after its first blank or line end). */
struct subproc_limit {
    uint64_t bytes;         /* 0 is a limit too */
    enum subproc_keep keep; /* what is kept */
    uint64_t reserved[8];
};

/*
 * One of the child's standard streams.
 * A FILE that is a FIFO never makes the start wait for its peer: to read, it is opened as it is (without a writer the
 * child is at the end of file at once); to write, one that nobody reads is SUBPROC_E_CLOSED.
 */
struct subproc_stream {
    enum subproc_stream_kind kind;      /* what it is connected to */
    enum subproc_file_mode mode;        /* FILE */
    const char *path;                   /* FILE */
    subproc_handle handle;              /* HANDLE */
    struct subproc *from;               /* FROM */
    enum subproc_stream_id from_stream; /* FROM: which LINK of `from`; 0 is SUBPROC_OUT */
    const struct subproc_sink *sink;    /* SINK; copied at the start */
    uint64_t reserved[8];
};

/* What a child's environment begins with. */
enum subproc_environment_base {
    SUBPROC_ENVIRONMENT_INHERIT = 0, /* ours */
    SUBPROC_ENVIRONMENT_EMPTY        /* Windows: SYSTEMROOT is kept unless it is changed; programs can't start without */
};

/* A child's environment. */
struct subproc_environment {
    enum subproc_environment_base base; /* what it begins with */
    const char *const *changes; /* on top of that: "NAME=value" sets, "NAME" unsets, the last of several wins; NULL: none */
    uint64_t reserved[8];
};

/* What a child is fed with. */
struct subproc_input {
    const void *data; /* no NUL is needed */
    size_t size;      /* bytes */
    uint64_t reserved[8];
};

/*
 * How a child is stopped: ask, wait, kill, wait. A tree is asked and killed as a whole: the wait after the ask ends with its
 * leader (in run and communicate: when our pipes are at their ends, too), and then what is left of it is killed in any case.
 * The ask is SIGTERM, then SIGCONT so that a stopped child can answer; on Windows CTRL_BREAK.
 * Windows: CTRL_BREAK reaches a child only in a process group of its own and in a console that we share, and such a
 * child no longer hears Ctrl-C. So only a child that was started with `stop.ask_wait` above 0 gets the group; for any
 * other, and where there is no shared console, the ask is left out, not waited for, and reported as skipped.
 * https://learn.microsoft.com/windows/console/generateconsolectrlevent
 */
struct subproc_ladder {
    int64_t ask_wait;  /* ms between ask and kill; 0: 1,000; negative: kill without asking */
    int64_t kill_wait; /* ms to wait for the end after the kill; 0: 1,000; negative: not at all */
    uint64_t reserved[8];
};

/*
 * What reads argv[0] as a script; there must be no second word (INVALID), nor a `.win32.command_line`. Messages name the
 * script, and failures to start the shell; one that isn't there is NOT_FOUND. `program` names another file for it.
 * Words that come from elsewhere are put into a script by subproc_quote alone.
 *
 * CMD reads one line of at most 8,191 UTF-16 units with its own name and switches: a line end in the script is
 * UNSAFE_ARGUMENT (what follows it would be dropped), a longer line TOO_LONG. Its output is in the console's page.
 * https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
 *
 * PowerShell gets the script in the variable SUBPROC_SCRIPT, which is gone when the script begins, and no profile; it never
 * prompts. Above the size of a variable the script is TOO_LONG (Windows: 32,766 UTF-16 units with the name; Linux: 32 pages,
 * 131,071 bytes with pages of 4 KiB).
 *   Status   `exit N` is N, an error that ends the script 1, one that can't be parsed 1 with the reason on stderr; else that
 *            of its last statement: a program's own, 1 after a failed cmdlet, 0. After `return`, and with named blocks
 *            (`process {}`, `end {}`), 0.
 *   Output   UTF-8 without colours, stderr as text; warnings go to stdout. What a program writes passes as it is unless it
 *            is assigned or piped into a cmdlet. Tables are cut at 80 columns; 5.1 also wraps error text there.
 *   Input    programs and [Console]::In read stdin as it comes. A script that has `$input` anywhere gets stdin there, as
 *            lines, read to its end before the script begins. 5.1 may wait for the end of a silent open pipe in any case:
 *            give it SUBPROC_STREAM_NULL where no input is meant.
 *   Windows  a hidden console of its own, so that its code page is its own; Ctrl-C and the ladder's ask don't reach it
 *            there (`cancel` does). Where one of its streams is a console that we share it stays in that; the page is left
 *            alone then, and UTF-8 is not promised.
 * A signal that kills it leaves its programs running, unless there is a `tree`.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_automatic_variables
 */
enum subproc_shell {
    SUBPROC_SHELL_NONE = 0,   /* argv is a program and its arguments */
    SUBPROC_SHELL_DEFAULT,    /* SH on POSIX, CMD on Windows */
    SUBPROC_SHELL_SH,         /* /bin/sh -c; on Windows the `sh` in the child's PATH */
    SUBPROC_SHELL_CMD,        /* Windows: the cmd.exe of the system directory, /d /s /c. POSIX: NOT_FOUND */
    SUBPROC_SHELL_POWERSHELL, /* `powershell` in the child's PATH: Windows PowerShell 5.1 */
    SUBPROC_SHELL_PWSH        /* `pwsh` in the child's PATH: PowerShell 7 */
};

/* Which stage of a pipeline tells how it went. */
enum subproc_pipefail {
    SUBPROC_PIPEFAIL_LAST = 0, /* the last one */
    SUBPROC_PIPEFAIL_FIRST,    /* the first that failed, else the last. One that died of SIGPIPE because a later one read no
                                  more has not failed. Windows: it ended with a status of its own for its write error,
                                  which counts. */
    SUBPROC_PIPEFAIL_EVERY     /* the same, and SIGPIPE counts too */
};

/*
 * Whether terminate, kill, signal, stop and the ladders of a deadline and of `cancel` reach the child alone or all that it
 * started, also when the child itself has ended by then. What ends by itself is left alone.
 *
 * POSIX: a process group of the child's own, or its new session's. A descendant that leaves the group (setsid, the jobs of an
 * interactive shell) is out of reach; where it holds a pipe the result says `incomplete`. The child's number stands for the
 * group, so when the child has ended it is only looked at, and stays a zombie until run returns or until subproc_free; with a
 * stop after that no stranger could be hit. If the host collects it before (SIGCHLD ignored, waitpid(-1)) only Linux 6.9
 * can still name the group (PIDFD_SIGNAL_PROCESS_GROUP, pidfd_send_signal(2)); else those calls say SUBPROC_E_LOST.
 * A group of its own may not read our terminal: the system would stop it. So there is none while one of the child's standard
 * streams is our controlling terminal, unless it has a new session. Not with SUBPROC_POSIX_PROCESS_GROUP (INVALID).
 * https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap11.html#tag_11_01_04
 *
 * Windows: a job, joined before the first instruction; nested jobs are fine. A descendant can't leave it
 * (CREATE_BREAKAWAY_FROM_JOB fails in it). Windows 7 has one job for a process, so there is none for us where we are in one,
 * unless `creation_flags` have CREATE_BREAKAWAY_FROM_JOB and our job allows it.
 * https://learn.microsoft.com/windows/win32/procthread/nested-jobs
 *
 * When has a tree ended? The end of its leader, which is the child, and the ends of our pipes are events; the ends of other
 * members are none for us. After a kill has returned no member runs another instruction of its own or starts another
 * process; the system takes them down one by one, which those who hold no pipe of ours may finish a little later.
 */
enum subproc_tree {
    SUBPROC_TREE_NONE = 0,    /* the child alone */
    SUBPROC_TREE_BEST_EFFORT, /* where there can be none the child is started without, which is told by `tree_missing` */
    SUBPROC_TREE_REQUIRED     /* where there can be none the start is SUBPROC_E_UNSUPPORTED, step "tree" */
};

/* What signals do in the child at its start. */
enum subproc_signals {
    SUBPROC_SIGNALS_DEFAULT = 0, /* caught: default; SIGPIPE: default; mask: empty; others ignored stay so (nohup) */
    SUBPROC_SIGNALS_INHERIT,     /* ignored ones and the mask as in the calling thread */
    SUBPROC_SIGNALS_RESET        /* every one default, mask empty */
};

/* One more descriptor for the child. Any open number of ours may be given any number there, swaps included. */
struct subproc_descriptor {
    int source; /* ours; needs no inheritable flag, and its flags do not change */
    int number; /* the child's, 3 or above */
};

/* A limit that the child has from its start: setrlimit. */
struct subproc_resource_limit {
    int resource;  /* RLIMIT_* of the system */
    uint64_t soft; /* UINT64_MAX: no limit */
    uint64_t hard; /* UINT64_MAX: no limit */
};

/* Which fields of struct subproc_posix count, where zero is a value. */
enum subproc_posix_set {
    SUBPROC_POSIX_USER = 1,          /* `user` */
    SUBPROC_POSIX_GROUP = 2,         /* `group` */
    SUBPROC_POSIX_GROUPS = 4,        /* `groups`, also when there are none */
    SUBPROC_POSIX_UMASK = 8,         /* `umask` */
    SUBPROC_POSIX_PROCESS_GROUP = 16 /* `process_group` */
};

/* POSIX alone; anything but zero is SUBPROC_E_UNSUPPORTED on Windows. */
struct subproc_posix {
    uint32_t set;   /* SUBPROC_POSIX_*: which of user, group, groups, umask, process_group count; zero is a value of each */
    uint32_t user;  /* uid. Without GROUP and GROUPS it takes that user's own, looked up before the start; one that is not
                       in the user database then is SUBPROC_E_INVALID */
    uint32_t group; /* gid */
    uint32_t umask; /* mode bits that new files don't get */
    enum subproc_signals signals;                 /* what they do at the start */
    int32_t new_session;                          /* not 0: setsid; can't be combined with PROCESS_GROUP */
    int64_t process_group;                        /* the group to join; 0: a new one led by the child */
    const uint32_t *groups;                       /* supplementary gids */
    size_t group_count;                           /* how many */
    const struct subproc_descriptor *descriptors; /* beside the three streams */
    size_t descriptor_count;                      /* how many */
    const struct subproc_resource_limit *limits;  /* of the child */
    size_t limit_count;                           /* how many */
    uint64_t reserved[8];
};

/* Which fields of struct subproc_win32 count, where zero is a value. */
enum subproc_win32_set {
    SUBPROC_WIN32_SHOW_WINDOW = 1 /* `show_window` */
};

/* Windows alone; anything but zero is SUBPROC_E_UNSUPPORTED on POSIX. */
struct subproc_win32 {
    const char *command_line;      /* passed verbatim instead of the quoted argv, which still names the program */
    uint32_t set;                  /* SUBPROC_WIN32_SHOW_WINDOW: show_window counts */
    uint32_t show_window;          /* SW_* */
    uint32_t creation_flags;       /* of CreateProcessW: consoles, priority classes, CREATE_NEW_PROCESS_GROUP,
                                 CREATE_DEFAULT_ERROR_MODE, CREATE_BREAKAWAY_FROM_JOB; others are SUBPROC_E_INVALID */
    const subproc_handle *handles; /* inherited under the same value; no inheritable flag is needed */
    size_t handle_count;           /* how many */
    int32_t ansi_child; /* not 0: the child reads its command line in the ANSI code page (main, not wmain), where what
                           the page lacks becomes what looks alike, a quote or a backslash too: a command line that
                           this would change is SUBPROC_E_UNSAFE_ARGUMENT. Held against GetACP and the system's page:
                           our own may be UTF-8 by our manifest, the child's not.
                           https://learn.microsoft.com/windows/apps/design/globalizing/use-utf8-code-page */
    uint64_t reserved[8];
};

/*
 * How a child is started, fed, read and stopped.
 *
 * `text` is what subproc_run and subproc_communicate make of pipes; subproc_read and subproc_write move bytes.
 *   Output    is decoded from `text.encoding` when the call ends; `size` counts the text, `total` the bytes. Output that was
 *             cut off (a deadline, a pipe that was left) may end inside a character, which is left out then.
 *             STRICT and a bad byte: SUBPROC_E_DECODE with the result filled in; the stream is given as it came, with
 *             `undecoded` set, the other one as text. A call that has something else to tell (TIMEOUT) tells that.
 *   Input     is UTF-8 and is encoded the other way, as subproc_encode does, before anything is started; line ends stay as
 *             they are. INVALID: it is not UTF-8; ENCODING: a character can't be said in that encoding.
 * A name that is no encoding here is SUBPROC_E_ENCODING before anything is started.
 */
struct subproc_options {
    struct subproc_stream in;               /* its standard input */
    struct subproc_stream out;              /* its standard output */
    struct subproc_stream err;              /* its standard error */
    const char *directory;                  /* where the child starts; NULL: ours */
    struct subproc_environment environment; /* its variables */
    const char *program;                    /* the file to run when it isn't argv[0]; looked up in the same way */
    enum subproc_shell shell;               /* which one reads argv[0], a script; NONE: argv is a command */
    enum subproc_tree tree;                 /* how far a stop reaches */
    int32_t end_with_parent;        /* not 0: the child is killed when we end, however that happens; where the system can't
                                     promise that it is SUBPROC_E_UNSUPPORTED.
                                     Linux: SIGKILL when the *thread* that started it ends (PR_SET_PDEATHSIG), to the child
                                     alone, not to its tree; a set-id program or one with file capabilities loses it.
                                     Windows: a job that is closed with us; it ends the whole tree where there is one.
                                     https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html */
    struct subproc_text text;       /* run, communicate: how output becomes text, and what the input becomes (below) */
    struct subproc_input input;     /* subproc_run: fed to `in` */
    int64_t timeout;                /* subproc_run: ms for everything, the start included */
    int64_t linger;                 /* run, communicate: ms to go on reading and writing after the exit while
                                               someone else holds a pipe; 0: to the end of file; never past a deadline */
    struct subproc_ladder stop;     /* used at the deadline of run, and on cancel */
    struct subproc_limit limit;     /* of what run, communicate, a pipeline or a group captures of `out` and of `err` */
    enum subproc_pipefail pipefail; /* of a pipeline */
    const subproc_handle *cancel;   /* *cancel becomes readable (POSIX) or signalled (Windows): any blocking call
                                               on this child stops it with `stop` and returns SUBPROC_E_CANCELLED. The
                                               pointer is borrowed for the call; the handle must stay open until free. */
    struct subproc_posix posix;     /* what only POSIX has */
    struct subproc_win32 win32;     /* what only Windows has */
    uint64_t reserved[8];
};

/* ---- results --------------------------------------------------------------------------------------------------- */

/* What was captured of a stream. */
struct subproc_output {
    char *data;        /* `size` bytes and a NUL after them; NULL when the stream was no PIPE */
    size_t size;       /* bytes in data */
    uint64_t total;    /* bytes that came */
    size_t gap;        /* where in `data` something is missing: its size (HEAD), 0 (TAIL), between (BOTH) */
    int32_t truncated; /* something is missing: more came than `limit` allows */
    int32_t undecoded; /* STRICT: `data` is the bytes as they came, which are no text in the encoding */
    uint64_t reserved[8];
};

/* Why a run was over. */
enum subproc_reason {
    SUBPROC_REASON_ENDED = 0,    /* it ended by itself */
    SUBPROC_REASON_TIMED_OUT,    /* stopped at its deadline */
    SUBPROC_REASON_CANCELLED,    /* stopped by `cancel` or subproc_group_stop */
    SUBPROC_REASON_OUTPUT_LIMIT, /* stopped at `limit` (KEEP_STOP) */
    SUBPROC_REASON_SINK,         /* stopped by a sink */
    SUBPROC_REASON_DECODE        /* stopped at a bad byte in a SINK (STRICT) */
};

/* Which step of the ladder ended it. */
enum subproc_stop_step {
    SUBPROC_STOPPED_NOT_NEEDED = 0, /* none: it ended by itself */
    SUBPROC_STOPPED_BY_ASK,         /* it ended when it was asked to */
    SUBPROC_STOPPED_BY_KILL,        /* of a tree: its leader, or someone who held a pipe */
    SUBPROC_STOPPED_NOT_YET         /* it could not be stopped: exit.kind is RUNNING */
};

/* How a run went. */
struct subproc_result {
    struct subproc_exit exit;         /* how the child ended */
    struct subproc_output out;        /* what it wrote */
    struct subproc_output err;        /* what it wrote to its standard error */
    enum subproc_reason reason;       /* why it was over */
    enum subproc_stop_step stop_step; /* which step of the ladder ended it */
    int32_t ask_skipped;              /* the ladder asks, but the system could not ask this child */
    int32_t incomplete;               /* a pipe was left before its end of file: someone else still held it */
    int32_t tree_missing;             /* BEST_EFFORT, but there could be no tree: a stop reaches the child alone */
    int64_t wall_ns;                  /* from the start to the end as it was noticed */
    int64_t user_ns;   /* CPU time of the child and of the children that it waited for (Windows: of the child); -1:
                            unknown, as are the next two for a tree on POSIX systems other than Linux */
    int64_t system_ns; /* CPU time within the system, the same */
    int64_t peak_rss;  /* bytes of memory at its peak; -1: unknown. Linux counts from our own peak at the start (the
                            child begins as a copy), so a value not above that is unknown. */
    char *command;     /* the words of the command joined with spaces, for messages */
    uint64_t reserved[8];
};

/* ---- once: start, feed, read, wait, stop at the deadline ------------------------------------------------------- */

/*
 * Runs a command to its end. Zeroes *result first and always leaves it valid; release it with subproc_result_free.
 *
 * PIPE streams are pumped together until all are at their end and the child has ended; a PIPE for `in` without input is
 * closed at once. A child that closes its `in` early is no error: the rest of the input is dropped.
 * At `timeout` the child is stopped with `stop` while its pipes are still read, then they are read for at most 100 ms
 * more: the call is back at the deadline + the ladder, also when a grandchild keeps a pipe open.
 *
 * Returns 0 when the child ended by itself, whatever its status. With the result filled in: SUBPROC_E_TIMEOUT,
 * SUBPROC_E_CANCELLED (also by a sink), SUBPROC_E_OUTPUT_LIMIT (see `limit`), SUBPROC_E_DECODE (see `text`),
 * SUBPROC_E_LOST. With an empty result, and nothing left running: the errors of subproc_spawn, SUBPROC_E_NO_MEMORY,
 * SUBPROC_E_OS. `options` may be NULL.
 * A child that could not be stopped (a set-id program, one stuck in the kernel) is given as SUBPROC_EXIT_RUNNING with
 * the reason in the error's message; it is collected later, as subproc_free says.
 */
SUBPROC_API int subproc_run(const char *const *argv, const struct subproc_options *options, struct subproc_result *result,
                            struct subproc_error *error);

/* SUBPROC_E_EXIT, with the command and its status in the message, unless the child exited with status 0. */
SUBPROC_API int subproc_check(const struct subproc_result *result, struct subproc_error *error);

/* Frees what a result holds and zeroes it. Accepts NULL. */
SUBPROC_API void subproc_result_free(struct subproc_result *result);

/* ---- one child, step by step ----------------------------------------------------------------------------------- */

/*
 * Starts a command and returns at once. *child is NULL on failure; release it with subproc_free. `options` may be NULL;
 * `timeout` and `input` belong to subproc_run and are SUBPROC_E_INVALID here.
 *
 * The program: a name without a directory is looked for in the child's PATH (Windows: with its PATHEXT), never in the
 * current directory unless PATH says so; relative paths and relative PATH entries are against the caller's directory,
 * whatever `directory` says. Without a PATH: the system's default (POSIX: confstr(_CS_PATH); Windows: the system
 * directory).
 *
 * Windows: a batch file (.bat, .cmd, also with dots or blanks behind, which Windows drops) is run by the system's cmd.exe:
 *   "C:\Windows\system32\cmd.exe" /d /e:on /v:off /s /c ""C:\folder\file.bat" argument argument"
 * Nothing in an argument is run or expanded: a C-runtime program that the batch file starts with %* gets the same ones; what
 * takes the quotes off (%~1) is outside of this. UNSAFE_ARGUMENT: a line feed, carriage return or Ctrl-Z in an argument, a
 * `win32.command_line`, a path that cmd.exe can't open (a device, a stream, what \\?\ alone can say). NO_DIRECTORY: it would
 * start in a directory without a drive letter (UNC), instead of which cmd.exe takes the Windows directory. The exit code is
 * the batch file's. The child is cmd.exe: ending it does not end the program that the batch file runs.
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 *
 * Errors: INVALID (empty argv, bad option, empty variable name, ill-formed text; Windows: a double quote in argv[0], which
 * no command line can say), ENCODING (see `text`), UNSUPPORTED, UNSAFE_ARGUMENT (a shell's script; Windows: a batch file,
 * `win32.ansi_child`), NOT_FOUND (step "exec": the program; "interpreter": what its #! line names, or cmd.exe; "open": a
 * stream's file), NO_DIRECTORY, ACCESS (not executable, a file or an identity that is not allowed), FORMAT, TOO_LONG (Windows:
 * above 32,767 UTF-16 units, for a batch file above 8,191; a shell's script), LIMIT (descriptors, processes), CLOSED (a FIFO
 * without a reader), NO_MEMORY, OS.
 * https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
 *
 * The child gets the three streams and what the options list, nothing else that is open here. It costs at most 10 free
 * descriptors, 4 of them kept, with three pipes.
 */
SUBPROC_API int subproc_spawn(const char *const *argv, const struct subproc_options *options, struct subproc **child,
                              struct subproc_error *error);

/* How the child ended, without blocking. SUBPROC_E_RUNNING while it runs; SUBPROC_E_LOST when the status is lost. */
SUBPROC_API int subproc_poll(struct subproc *child, struct subproc_exit *status, struct subproc_error *error);

/*
 * Waits for the child's end; its pipes are not read, so one that fills a PIPE never ends: use subproc_communicate.
 * SUBPROC_E_TIMEOUT leaves it running; SUBPROC_E_CANCELLED and SUBPROC_E_LOST as told above. `status` may be NULL.
 */
SUBPROC_API int subproc_wait(struct subproc *child, int64_t timeout, struct subproc_exit *status,
                             struct subproc_error *error);

/*
 * Feeds `input` to the child's `in`, closes it, reads `out` and `err` to their ends and waits: all at once, so that no
 * full pipe can block. Streams that are no PIPE are left alone; without pipes it simply waits. `linger` applies: when it is
 * over, the pipes are closed.
 * Zeroes *result first; release it with subproc_result_free after every call.
 *
 * SUBPROC_E_TIMEOUT leaves the child running, with all that was read so far in *result. Call again with the same input
 * (borrowed only while a call runs; another size is SUBPROC_E_INVALID): it goes on where it stopped, and its result
 * holds everything from the beginning. Also filled in: SUBPROC_E_CANCELLED, SUBPROC_E_OUTPUT_LIMIT, SUBPROC_E_DECODE,
 * SUBPROC_E_LOST. Each byte is handed out once: after a call that returned anything but TIMEOUT, another one gives only
 * what came later.
 */
SUBPROC_API int subproc_communicate(struct subproc *child, const void *input, size_t size, int64_t timeout,
                                    struct subproc_result *result, struct subproc_error *error);

/*
 * Reads what is there from a PIPE, at least one byte, waiting up to `timeout` for it. *got is 0 at the end of file (and
 * on any error). Takes no more from the pipe than it returns. INVALID: `stream` is no open PIPE (or a SINK), or `size` is 0.
 */
SUBPROC_API int subproc_read(struct subproc *child, enum subproc_stream_id stream, void *buffer, size_t size,
                             int64_t timeout, size_t *got, struct subproc_error *error);

/*
 * Writes all of `data` to the child's `in`, waiting up to `timeout`. *put is what was accepted, also on TIMEOUT; what was
 * accepted arrives, also after subproc_close_stream. SUBPROC_E_CLOSED when nobody can read it any more; SIGPIPE is not
 * raised.
 * Windows: the last piece of up to 64 KiB may still be on its way. It is lost when the child is freed before reading it, and
 * when the thread that wrote it ends before that: the system cancels a thread's pending I/O with it.
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-exitthread
 */
SUBPROC_API int subproc_write(struct subproc *child, const void *data, size_t size, int64_t timeout, size_t *put,
                              struct subproc_error *error);

/*
 * Closes our end of a PIPE or LINK: the end of file for `in`. Does not block. Closing twice, or no PIPE, does nothing.
 * Windows: while an accepted write is on its way, the end of file follows it in the next call that waits for this child or
 * polls it; a foreign loop over handles must poll now and then until the child has ended.
 */
SUBPROC_API int subproc_close_stream(struct subproc *child, enum subproc_stream_id stream);

/*
 * Ends the child, or its `tree`, with SIGTERM, which it may ignore. Success also when it ended before. SUBPROC_E_LOST: a tree
 * whose leader someone else collected can't be named any more. SUBPROC_E_ACCESS: not allowed to (a set-id child).
 * Windows: TerminateProcess with exit code 1.
 */
SUBPROC_API int subproc_terminate(struct subproc *child, struct subproc_error *error);

/* The same with SIGKILL. Windows: as subproc_terminate. */
SUBPROC_API int subproc_kill(struct subproc *child, struct subproc_error *error);

/*
 * The same with any signal by its number; 0 sends none.
 * Windows: 15 and 9 are subproc_terminate, 21 (SIGBREAK) is CTRL_BREAK, anything else is SUBPROC_E_UNSUPPORTED.
 */
SUBPROC_API int subproc_signal(struct subproc *child, int number, struct subproc_error *error);

/* 1 when the options asked for a tree (BEST_EFFORT) and there could be none, so that a stop reaches the child alone; else 0.
 * It is settled by the start. */
SUBPROC_API int subproc_tree_missing(const struct subproc *child);

/*
 * Climbs the ladder (NULL: the one in the options) until the child has ended, and tells how. Pipes are not read
 * meanwhile. SUBPROC_E_TIMEOUT or SUBPROC_E_ACCESS: it still runs, and *status says RUNNING. `status` may be NULL.
 */
SUBPROC_API int subproc_stop(struct subproc *child, const struct subproc_ladder *ladder, struct subproc_exit *status,
                             struct subproc_error *error);

/* The process id, for people and logs; it may be another process's once this one was collected. */
SUBPROC_API int64_t subproc_id(const struct subproc *child);

/*
 * What becomes readable (POSIX: a descriptor, never read it) or signalled (Windows: the process handle) when the child
 * has ended, for a foreign loop: then call subproc_poll. Borrowed until subproc_free. LIMIT: no descriptor was free.
 */
SUBPROC_API int subproc_exit_handle(struct subproc *child, subproc_handle *handle, struct subproc_error *error);

/* Our end of a PIPE (non-blocking on POSIX, overlapped on Windows) or of a LINK, borrowed until it is closed. */
SUBPROC_API int subproc_stream_handle(struct subproc *child, enum subproc_stream_id stream, subproc_handle *handle,
                                      struct subproc_error *error);

/*
 * Hands our end over: it is the caller's to close from now on. A LINK's end is an ordinary file, for fdopen or
 * _open_osfhandle; a PIPE's is made blocking on POSIX and stays overlapped on Windows, where SUBPROC_E_AGAIN says that
 * an accepted write is still on its way.
 */
SUBPROC_API int subproc_take_stream(struct subproc *child, enum subproc_stream_id stream, subproc_handle *handle,
                                    struct subproc_error *error);

/*
 * Closes our ends and forgets the child; one that still runs goes on (subproc_stop ends it), and so does its tree. Does not
 * block. Accepts NULL. POSIX: a child freed while it ran is collected when a later subproc_spawn, run or free finds that it
 * ended; until then it may stand as a zombie. Windows: with `end_with_parent` its job is closed then, which takes two handles
 * until then.
 */
SUBPROC_API void subproc_free(struct subproc *child);

/* ---- pipelines and groups --------------------------------------------------------------------------------------- */

/* One stage of a pipeline. */
struct subproc_command {
    const char *const *argv;               /* the command and its arguments */
    const struct subproc_options *options; /* NULL: none. What belongs to the whole (in, out, input, timeout, linger, stop,
                                              limit, cancel, tree, end_with_parent, pipefail) must be left out; `err` and `text`: the whole's, when
                                              they are left out */
    uint64_t reserved[8];
};

/* How a pipeline went. */
struct subproc_pipeline_result {
    struct subproc_result *stages; /* `count` of them; their `out` but the last one's has no data */
    size_t count;                  /* of stages */
    size_t verdict;                /* the stage that tells how it went: for subproc_check(&stages[verdict], ...) */
    enum subproc_reason reason;    /* why all were stopped, if they were */
    int64_t wall_ns;               /* from the start of the first to the end of the last */
    uint64_t reserved[8];
};

/*
 * Runs `count` commands, the output of each being the input of the next: the systems' pipes join them directly, and no byte
 * between them passes through us. `options` are those of the whole: `in` and `input` go to the first, `out` is the last
 * one's, `err` is every stage's; one `timeout`, one `stop` ladder and one `cancel` for all. With `tree` every stage is one, and
 * all are stopped. Zeroes *result first; release it with subproc_pipeline_result_free.
 *
 * A stage that ends early ends the ones before it (SIGPIPE, on Windows a write error). Whatever stops one stage (the deadline,
 * `cancel`, a limit, a sink) stops all, together. A stage that can't be started stops those that run, and the message says
 * which it is.
 *
 * The codes are those of subproc_run: 0 when every stage ended by itself, whatever its status; TIMEOUT, CANCELLED,
 * OUTPUT_LIMIT, DECODE and LOST with the result filled in, for the stage that was first; else the result is empty. A LINK
 * is SUBPROC_E_INVALID. Sinks are told the stage.
 */
SUBPROC_API int subproc_pipeline_run(const struct subproc_command *commands, size_t count,
                                     const struct subproc_options *options, struct subproc_pipeline_result *result,
                                     struct subproc_error *error);

/* Frees what it holds and zeroes it. Accepts NULL. */
SUBPROC_API void subproc_pipeline_result_free(struct subproc_pipeline_result *result);

/* How a group works. */
struct subproc_group_options {
    size_t max_running; /* children alive at once; 0: no limit */
    uint64_t reserved[8];
};

/*
 * Commands that run side by side. One thread at a time works with a group, except that any may stop it. The work (reading,
 * feeding, starting what waits, keeping deadlines) is done within subproc_group_next; meanwhile children that fill their pipes
 * wait. Ten or ten thousand children alive, one more event costs the same.
 */
struct subproc_group;

/* *group is NULL on failure. `options` may be NULL. INVALID, LIMIT, NO_MEMORY, OS. */
SUBPROC_API int subproc_group_new(const struct subproc_group_options *options, struct subproc_group **group,
                                  struct subproc_error *error);

/*
 * Adds a command with options as for subproc_run; its `timeout` counts from its start. Starts it at once, or when fewer than
 * `max_running` are alive: then everything passed is copied, except what handles, `from` and a sink's context stand for. A
 * command that can't be started is added all the same: subproc_group_next tells. `user` comes back with its result.
 * Errors: INVALID and the others that the options alone give; NO_MEMORY; CANCELLED after subproc_group_stop.
 */
SUBPROC_API int subproc_group_add(struct subproc_group *group, const char *const *argv,
                                  const struct subproc_options *options, void *user, struct subproc_error *error);

/* A command that has ended. */
struct subproc_finished {
    void *user;                   /* as it was given to subproc_group_add */
    uint64_t number;              /* 0 for the first that was added */
    int code;                     /* what subproc_run would have returned */
    struct subproc_error error;   /* and told */
    struct subproc_result result; /* the caller's from now on: subproc_result_free */
    uint64_t reserved[8];
};

/*
 * The next command that ends, in the order in which they do. TIMEOUT: none did in time; EMPTY: none is left; after another
 * error nothing is lost and the call may be repeated. *finished is zeroed first.
 */
SUBPROC_API int subproc_group_next(struct subproc_group *group, int64_t timeout, struct subproc_finished *finished,
                                   struct subproc_error *error);

/*
 * Stops everything: what runs with its own ladder, what waits is not started; all come out of subproc_group_next as
 * SUBPROC_E_CANCELLED. From any thread; returns at once, the stopping is done by the thread in subproc_group_next.
 */
SUBPROC_API int subproc_group_stop(struct subproc_group *group, struct subproc_error *error);

/* How many commands have yet to come out of subproc_group_next. */
SUBPROC_API size_t subproc_group_left(const struct subproc_group *group);

/* Forgets everything; children that still run go on, as after subproc_free. Does not block. Accepts NULL. */
SUBPROC_API void subproc_group_free(struct subproc_group *group);

/* ---- text ------------------------------------------------------------------------------------------------------ */

/*
 * Turns bytes that come in pieces into text. How they are cut makes no difference to the text; only flush does.
 * One thread at a time.
 */
struct subproc_decoder;

/* *decoder is NULL on failure; release it with subproc_decoder_free. ENCODING: the name is unknown or can't be used so;
 * INVALID, NO_MEMORY. `text` NULL: bytes as they are. */
SUBPROC_API int subproc_decoder_new(const struct subproc_text *text, struct subproc_decoder **decoder,
                                    struct subproc_error *error);

/*
 * Takes `size` bytes and gives what they have become: *decoded is *decoded_size bytes of UTF-8 and a NUL, borrowed until the
 * next call on the decoder, never NULL. A character that is not complete waits for the next piece.
 * `auto` gives a line when it ends (LF or CR) or when 64 KiB of it have come; its ASCII beginning at once, since that is the
 * same in both.
 * SUBPROC_E_DECODE (STRICT): *decoded is what came before the bad byte; the rest of that line is awaited first, so that the
 * message can say how it reads (not a line above 64 KiB, nor one that `auto` gave out before its end). From then on every
 * call but free fails in the same way, with an empty text. Also NO_MEMORY.
 */
SUBPROC_API int subproc_decoder_feed(struct subproc_decoder *decoder, const void *bytes, size_t size, const char **decoded,
                                     size_t *decoded_size, struct subproc_error *error);

/*
 * Settles a line that `auto` holds back, now: for a prompt without an end of line, when nothing more comes. Counts as
 * input: the rest of that line is read in the same encoding. A character that is not complete still waits.
 */
SUBPROC_API int subproc_decoder_flush(struct subproc_decoder *decoder, const char **decoded, size_t *decoded_size,
                                      struct subproc_error *error);

/* Ends the text: what waits is given out, an incomplete character is bad. Then only free is left (else INVALID). */
SUBPROC_API int subproc_decoder_finish(struct subproc_decoder *decoder, const char **decoded, size_t *decoded_size,
                                       struct subproc_error *error);

/* Frees it. Accepts NULL. */
SUBPROC_API void subproc_decoder_free(struct subproc_decoder *decoder);

/* A line of the bytes, and how it was read. */
struct subproc_line {
    uint64_t offset;      /* of its first byte in all that was fed */
    uint64_t size;        /* bytes, its end included; CR LF is one end */
    uint64_t number;      /* the first line is 1 */
    uint64_t text_size;   /* bytes of text that it became: where the text of the line before ends, this one's begins */
    uint64_t bad_parts;   /* of it that are no character, and were replaced, left out or escaped */
    const char *encoding; /* "ascii", or what it was read as, such as "utf-8" and "cp949"; borrowed for the call */
    uint64_t reserved[8];
};

/* Is told of a line. */
typedef void (*subproc_line_callback)(void *context, const struct subproc_line *line);

/*
 * Calls `callback` for each line that was read to its end, from within feed, flush and finish; it must not use the decoder.
 * All text of the line has been given by then or is given by that call. With `auto` the lines say which of the two they are.
 * INVALID: the decoder has been fed already, or is for UTF-16 or a page with shift states, whose bytes have no lines;
 * LIMIT, NO_MEMORY.
 */
SUBPROC_API int subproc_decoder_each_line(struct subproc_decoder *decoder, subproc_line_callback callback, void *context,
                                          struct subproc_error *error);

/* How many parts of all that was fed so far are no character, and were replaced, left out or escaped. `decoder` isn't NULL. */
SUBPROC_API uint64_t subproc_decoder_bad_parts(const struct subproc_decoder *decoder);

/* Decodes all at once. *decoded (with a NUL after its *decoded_size bytes) is freed with subproc_free_string; NULL on failure.
 * The errors of subproc_decoder_new and feed. */
SUBPROC_API int subproc_decode(const struct subproc_text *text, const void *bytes, size_t size, char **decoded,
                               size_t *decoded_size, struct subproc_error *error);

/*
 * The other way: UTF-8 to `encoding`, for a child's input. "console" and "auto" are the console's page, "auto:PAGE" that page,
 * "utf-16" little endian with its mark. *encoded (with a NUL after its *encoded_size bytes) is freed with
 * subproc_free_string; NULL on failure.
 * INVALID: not UTF-8; ENCODING: the name is unknown, or (step "encode") a character can't be said in it: the message
 * names it and its offset. Nothing is replaced by what looks alike.
 */
SUBPROC_API int subproc_encode(const char *encoding, const char *text, size_t size, char **encoded, size_t *encoded_size,
                               struct subproc_error *error);

/* ---- words ----------------------------------------------------------------------------------------------------- */

/*
 * Who reads the line. Each target has words that it can't say; they are SUBPROC_E_UNSAFE_ARGUMENT.
 *
 * ARGV        The arguments of a Windows command line, as the Microsoft C runtime splits it; not argv[0], for which other rules
 *             hold. https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 * SH          Words of the POSIX shell's command language.
 * BATCH       The arguments of a batch file on a `cmd.exe /d /e:on /v:off /s /c "..."` line: a C-runtime program that the file
 *             starts with %* gets the same words, no variable expands and nothing else runs. Not for a batch file that takes
 *             the quotes off (%~1), turns delayed expansion on, or passes its arguments on with `call`. A double quote becomes
 *             `""`, the only form that cmd stays inside its quotes with; the C runtime has read it as one quote since Visual C++
 *             2008, CommandLineToArgvW and programs written in some other languages end the quoted part there.
 *             Unsafe: line feed, carriage return, 0x1A, ill-formed UTF-8.
 * CMD         The words of a whole line for cmd (SUBPROC_SHELL_CMD, `cmd /s /c "..."`, a prompt; not inside a batch file), with
 *             command extensions on and delayed expansion off, which are the defaults: a C-runtime program gets the same words,
 *             no variable expands and nothing else runs, also when the command is a batch file, as above. A double quote is
 *             `\"` where cmd can't misread that, else `""`.
 *             The first word names the command: a program, or one of cmd's own, such as dir. `if`, `for`, `rem`, `call` and
 *             `start`, which would read the rest in their own way, are put in quotes: cmd then looks for such a program.
 *             Without /s, `cmd /c` takes the first and the last quote off a line that begins with one.
 *             https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 *             Unsafe: as BATCH, and a double quote in the first word.
 * POWERSHELL  Words of a PowerShell script: arguments that stand after a command. In front of a line whose first word is the
 *             command goes the call operator: "& " and the line. Every word is a verbatim string, so `-x` is no parameter's name.
 *             What PowerShell does with them is its own: up to 7.2, Windows PowerShell 5.1 included, it gives native programs
 *             no empty arguments and doesn't escape double quotes in the others; later ones still treat batch files so.
 *             https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_preference_variables#psnativecommandargumentpassing
 *             https://github.com/PowerShell/PowerShell/issues/1995
 *             Unsafe: ill-formed UTF-8.
 */
enum subproc_quote_target {
    SUBPROC_QUOTE_ARGV = 1,      /* a Windows command line */
    SUBPROC_QUOTE_SH = 2,        /* a POSIX shell */
    SUBPROC_QUOTE_BATCH = 3,     /* a batch file's arguments */
    SUBPROC_QUOTE_CMD = 4,       /* a line for cmd */
    SUBPROC_QUOTE_POWERSHELL = 5 /* a PowerShell script */
};

/*
 * Joins words into one line that `target` splits into the same words. *line is freed with subproc_free_string; NULL on failure.
 * UNSAFE_ARGUMENT: the message names the word, the byte and its offset. INVALID: no such target, no list. NO_MEMORY.
 */
SUBPROC_API int subproc_quote(enum subproc_quote_target target, const char *const *words, char **line,
                              struct subproc_error *error);

/*
 * The file that `name` would start, as subproc_spawn looks it up, freed with subproc_free_string. `environment` is a whole
 * environment whose PATH (and PATHEXT) count; NULL: ours. NOT_FOUND; ACCESS when only files that may not run match.
 */
SUBPROC_API int subproc_which(const char *name, const char *const *environment, char **path, struct subproc_error *error);

/* Frees a string that a call of this library returned. Accepts NULL. */
SUBPROC_API void subproc_free_string(char *string);

#ifdef __cplusplus
}
#endif

#endif
