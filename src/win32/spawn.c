/* Starting a child: prepare, start, adopt. */
#include <stdlib.h>
#include <string.h>

#include "ansi.h"
#include "batch.h"
#include "env_block.h"
#include "error.h"
#include "quote.h"
#include "win32.h"

/* "The maximum length of this string is 32,767 characters, including the Unicode terminating null character"; Wine takes more.
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw */
enum { COMMAND_LINE_LIMIT = 32767 };

/* What a start needs, made before it and freed after it. */
struct start {
    const struct subproc_os_plan *plan;
    wchar_t *command_line;
    wchar_t *directory;   /* NULL: ours */
    wchar_t *environment; /* NULL: ours */
    DWORD flags;
    bool can_ask;
    HANDLE *list;        /* what is inherited: duplicates of the streams, then the caller's handles, each once */
    DWORD *list_flags;   /* what the caller's handles had before */
    size_t stream_count; /* duplicates at the head of the list */
    size_t list_count;
    STARTUPINFOEXW info;
};

/* ---- the command line -------------------------------------------------------------------------------------------- */

static bool needs_quotes(const char *word)
{
    if (*word == 0)
        return true;
    for (; *word != 0; word++)
        if ((unsigned char)*word <= ' ')
            return true;
    return false;
}

/*
 * The first word follows other rules than the rest: a quote begins or ends a part with blanks in it, and a backslash is always
 * just that. So there is no way to say a quote. Returns the bytes; `out` NULL: only counts.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
static size_t program_word(const char *word, char *out)
{
    const size_t size = strlen(word);
    const size_t quote = needs_quotes(word) ? 1 : 0;
    if (out != NULL) {
        out[0] = out[size + quote * 2 - 1] = '"';
        memcpy(out + quote, word, size);
    }
    return size + quote * 2;
}

static size_t join_words(const char *const *argv, char *out)
{
    size_t size = program_word(argv[0], out);
    for (size_t i = 1; argv[i] != NULL; i++) {
        if (out != NULL)
            out[size] = ' ';
        size++;
        size += subproc_quote_argv_word(argv[i], out != NULL ? out + size : NULL);
    }
    return size;
}

static int quote_command_line(const char *const *argv, wchar_t **wide, struct subproc_error *error)
{
    char *line = calloc(1, join_words(argv, NULL) + 1);
    if (line == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "argv", 0);
    join_words(argv, line);
    const int result = subproc_win32_wide(line, SUBPROC_UTF16_STRICT, "argv", wide, error);
    free(line);
    return result;
}

static int check_ansi(const struct start *start, const wchar_t *line, struct subproc_error *error)
{
    return start->plan->win32->ansi_child ? subproc_win32_check_ansi(line, error) : 0;
}

static int prepare_command_line(struct start *start, struct subproc_error *error)
{
    const char *verbatim = start->plan->command_line;
    const int result = verbatim != NULL
                           ? subproc_win32_wide(verbatim, SUBPROC_UTF16_STRICT, "argv", &start->command_line, error)
                           : quote_command_line(start->plan->argv, &start->command_line, error);
    if (result < 0)
        return result;
    if (wcslen(start->command_line) < COMMAND_LINE_LIMIT)
        return check_ansi(start, start->command_line, error);
    subproc_os_fail(error, "command line", ERROR_FILENAME_EXCED_RANGE);
    subproc_error_sentence(error, "its command line is longer than the %d UTF-16 units that Windows allows",
                           COMMAND_LINE_LIMIT - 1);
    return error->code;
}

/* ---- directory and environment ----------------------------------------------------------------------------------- */

/*
 * CreateProcessW wants the full path; what our own directory is may change until then, so it is looked up once.
 * Told before the program, and as CreateProcessW would: ERROR_DIRECTORY, whatever is wrong with it.
 */
static int prepare_directory(struct start *start, struct subproc_error *error)
{
    wchar_t *given = NULL;
    DWORD attributes;
    if (start->plan->directory == NULL)
        return 0;
    const int result = subproc_win32_wide(start->plan->directory, SUBPROC_UTF16_STRICT, "chdir", &given, error);
    if (result < 0)
        return result;
    const DWORD native = subproc_win32_full_path(given, &start->directory);
    free(given);
    if (native == ERROR_NOT_ENOUGH_MEMORY)
        return subproc_os_fail(error, "chdir", native);
    if (native != 0 || subproc_win32_attributes(start->directory, &attributes) != 0 ||
        !(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return subproc_os_fail(error, "chdir", ERROR_DIRECTORY);
    return 0;
}

static int compare_names(const uint16_t *a, size_t a_size, const uint16_t *b, size_t b_size)
{
    return CompareStringOrdinal(a, (int)a_size, b, (int)b_size, TRUE) - CSTR_EQUAL;
}

static int make_block(struct start *start, wchar_t *const *strings, size_t count, struct subproc_error *error)
{
    start->environment = subproc_env_block((const uint16_t *const *)strings, count, compare_names, NULL);
    return start->environment != NULL ? 0 : subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", 0);
}

static int prepare_environment(struct start *start, struct subproc_error *error)
{
    const char *const *environment = start->plan->environment;
    size_t count = 0;
    if (environment == NULL)
        return 0;
    while (environment[count] != NULL)
        count++;
    wchar_t **strings = calloc(count + 1, sizeof *strings);
    int result = strings != NULL ? 0 : subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", 0);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = subproc_win32_wide(environment[i], SUBPROC_UTF16_WTF8, "environment", &strings[i], error);
    if (result == 0)
        result = make_block(start, strings, count, error);
    for (size_t i = 0; strings != NULL && i < count; i++)
        free(strings[i]);
    free(strings);
    return result;
}

/* ---- flags ------------------------------------------------------------------------------------------------------- */

static const DWORD console_flags = CREATE_NEW_CONSOLE | DETACHED_PROCESS | CREATE_NO_WINDOW;
static const DWORD priority_flags = IDLE_PRIORITY_CLASS | BELOW_NORMAL_PRIORITY_CLASS | NORMAL_PRIORITY_CLASS |
                                    ABOVE_NORMAL_PRIORITY_CLASS | HIGH_PRIORITY_CLASS | REALTIME_PRIORITY_CLASS;

/* Wine takes what Windows refuses. https://learn.microsoft.com/windows/win32/procthread/process-creation-flags */
static bool are_allowed(DWORD flags)
{
    const DWORD allowed =
        console_flags | priority_flags | CREATE_NEW_PROCESS_GROUP | CREATE_DEFAULT_ERROR_MODE | CREATE_BREAKAWAY_FROM_JOB;
    const DWORD two_consoles = CREATE_NEW_CONSOLE | DETACHED_PROCESS;
    const DWORD priority = flags & priority_flags;
    return (flags & ~allowed) == 0 && (flags & two_consoles) != two_consoles && (priority & (priority - 1)) == 0;
}

int subproc_os_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    const DWORD wished = options->win32.creation_flags;
    if (options->win32.command_line == NULL && strchr(argv[0], '"') != NULL)
        return subproc_error_say(error, SUBPROC_E_INVALID, "argv",
                                 "the first word of a command can't have a double quote in it on Windows");
    if (!are_allowed(wished))
        return subproc_error_say(
            error, SUBPROC_E_INVALID, "creation_flags",
            "'win32.creation_flags' 0x%08lX has one that is not allowed, or two that exclude each other", wished);
    return 0;
}

/*
 * Without a console of ours to share, a console program would be given a new one, with a window that flashes up: it gets a
 * hidden one instead. CTRL_BREAK reaches a group of processes in our own console only, and the group's leader no longer
 * hears Ctrl-C, so there is no group where it couldn't serve.
 */
static void prepare_flags(struct start *start)
{
    const DWORD wished = start->plan->win32->creation_flags;
    const bool has_console = subproc_win32_has_console();
    const bool own_console = start->plan->own_console || !has_console;
    const bool shares_console = !own_console && !(wished & console_flags);
    start->flags = wished | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    if (own_console && !(wished & console_flags))
        start->flags |= CREATE_NO_WINDOW;
    if (start->plan->will_ask && shares_console)
        start->flags |= CREATE_NEW_PROCESS_GROUP;
    if (subproc_win32_job_wanted(start->plan))
        start->flags |= CREATE_SUSPENDED;
    start->can_ask = shares_console && (start->flags & CREATE_NEW_PROCESS_GROUP);
}

/* ---- what is inherited ------------------------------------------------------------------------------------------- */

/* Which of the streams before this one, or itself, has the same handle. */
static size_t first_same(const subproc_handle *streams, size_t index)
{
    size_t first = 0;
    while (streams[first] != streams[index])
        first++;
    return first;
}

static bool list_has(const struct start *start, HANDLE handle)
{
    for (size_t i = start->stream_count; i < start->list_count; i++)
        if (start->list[i] == handle)
            return true;
    return false;
}

/* The numbers from -1 down stand for the process and the thread that use them, whoever that is, and can't be inherited:
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getcurrentprocess */
static DWORD inspect_handle(HANDLE handle, DWORD *flags)
{
    if ((intptr_t)handle <= 0)
        return ERROR_INVALID_HANDLE;
    return GetHandleInformation(handle, flags) ? 0 : GetLastError();
}

/* The list's size is settled here; the streams' places are filled just before the start. */
static int prepare_list(struct start *start, struct subproc_error *error)
{
    const struct subproc_win32 *win32 = start->plan->win32;
    start->list = calloc(win32->handle_count + 3, sizeof *start->list);
    start->list_flags = calloc(win32->handle_count + 3, sizeof *start->list_flags);
    if (start->list == NULL || start->list_flags == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "handles", 0);
    for (size_t i = 0; i < 3; i++)
        start->stream_count += first_same(start->plan->streams, i) == i;
    start->list_count = start->stream_count;
    for (size_t i = 0; i < win32->handle_count; i++) {
        const HANDLE handle = (HANDLE)win32->handles[i];
        if (list_has(start, handle))
            continue;
        const DWORD native = inspect_handle(handle, &start->list_flags[start->list_count]);
        if (native != 0)
            return subproc_os_fail(error, "handles", native);
        start->list[start->list_count++] = handle;
    }
    return 0;
}

static int prepare_attributes(struct start *start, struct subproc_error *error)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size); /* fails, and tells the size */
    const LPPROC_THREAD_ATTRIBUTE_LIST attributes = calloc(1, size);
    if (attributes == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "start", 0);
    if (!InitializeProcThreadAttributeList(attributes, 1, 0, &size)) {
        const DWORD native = GetLastError();
        free(attributes);
        return subproc_os_fail(error, "start", native);
    }
    start->info.lpAttributeList = attributes;
    if (!UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, start->list,
                                   start->list_count * sizeof *start->list, NULL, NULL))
        return subproc_os_fail(error, "start", GetLastError());
    return 0;
}

static void prepare_info(struct start *start)
{
    const struct subproc_win32 *win32 = start->plan->win32;
    start->info.StartupInfo.cb = sizeof start->info;
    start->info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    if (win32->set & SUBPROC_WIN32_SHOW_WINDOW) {
        start->info.StartupInfo.dwFlags |= STARTF_USESHOWWINDOW;
        start->info.StartupInfo.wShowWindow = (WORD)win32->show_window;
    }
}

/* In the order in which the public header promises to tell errors: options, directory, then the program. */
static int prepare(struct start *start, struct subproc_error *error)
{
    prepare_flags(start);
    int result = prepare_list(start, error);
    if (result == 0)
        result = prepare_command_line(start, error);
    if (result == 0)
        result = prepare_environment(start, error);
    if (result == 0)
        result = prepare_directory(start, error);
    if (result == 0)
        prepare_info(start);
    return result;
}

static void release(struct start *start)
{
    if (start->info.lpAttributeList != NULL)
        DeleteProcThreadAttributeList(start->info.lpAttributeList);
    free(start->info.lpAttributeList);
    free(start->list_flags);
    free(start->list);
    free(start->environment);
    free(start->directory);
    free(start->command_line);
}

/* ---- start ------------------------------------------------------------------------------------------------------- */

/* Duplicates, because a listed handle must be inheritable while the caller's must not become so: another thread of the host
 * may start a process that inherits everything. */
static int duplicate_streams(struct start *start, struct subproc_error *error)
{
    HANDLE duplicates[3];
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        const size_t first = first_same(start->plan->streams, i);
        if (first < i) {
            duplicates[i] = duplicates[first];
            continue;
        }
        if (!DuplicateHandle(GetCurrentProcess(), (HANDLE)start->plan->streams[i], GetCurrentProcess(), &duplicates[i], 0,
                             TRUE, DUPLICATE_SAME_ACCESS))
            return subproc_os_fail(error, "stream", GetLastError());
        start->list[count++] = duplicates[i];
    }
    start->info.StartupInfo.hStdInput = duplicates[0];
    start->info.StartupInfo.hStdOutput = duplicates[1];
    start->info.StartupInfo.hStdError = duplicates[2];
    return 0;
}

static void close_duplicates(struct start *start)
{
    for (size_t i = 0; i < start->stream_count; i++)
        if (start->list[i] != NULL)
            CloseHandle(start->list[i]);
}

/* The caller's handles keep their values in the child, so they can't be duplicates: they are inheritable for the call. */
static int lend_handles(const struct start *start, DWORD inheritable, struct subproc_error *error)
{
    int result = 0;
    for (size_t i = start->stream_count; i < start->list_count; i++) {
        if (start->list_flags[i] & HANDLE_FLAG_INHERIT)
            continue;
        if (!SetHandleInformation(start->list[i], HANDLE_FLAG_INHERIT, inheritable) && result == 0)
            result = subproc_os_fail(error, "handles", GetLastError());
    }
    return result;
}

/* Whether a file may be started: it must be there, and be no directory (Windows says 5, Wine 2). */
static int check_program(const wchar_t *path, struct subproc_error *error)
{
    DWORD attributes;
    const DWORD native = subproc_win32_attributes(path, &attributes);
    if (native != 0 && native != ERROR_SHARING_VIOLATION)
        return subproc_os_fail(error, "exec", native);
    if (native == 0 && (attributes & FILE_ATTRIBUTE_DIRECTORY))
        return subproc_os_fail(error, "exec", ERROR_ACCESS_DENIED);
    return 0;
}

static int create_process(struct start *start, const wchar_t *path, wchar_t *command_line, PROCESS_INFORMATION *made,
                          struct subproc_error *error)
{
    if (!CreateProcessW(path, command_line, NULL, NULL, TRUE, start->flags, start->environment, start->directory,
                        &start->info.StartupInfo, made)) {
        const DWORD native = GetLastError();
        return subproc_os_fail(error, native == ERROR_DIRECTORY ? "chdir" : "exec", native);
    }
    if (made->hProcess != NULL)
        return 0;
    /* Wine started a program of the system below, which has no process here. */
    return subproc_os_fail(error, "exec", ERROR_BAD_EXE_FORMAT);
}

/* cmd.exe runs it, by a command line made for cmd. */
static int start_batch(struct start *start, const wchar_t *path, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    struct subproc_win32_batch batch = {0};
    int result = subproc_win32_batch_prepare(start->plan, path, start->directory, &batch, error);
    if (result == 0)
        result = check_ansi(start, batch.command_line, error);
    if (result == 0)
        result = create_process(start, batch.interpreter, batch.command_line, made, error);
    subproc_win32_batch_release(&batch);
    return result;
}

/* What a path means decides whether it is a batch file: "x.bat\." is one. */
static int start_file(struct start *start, wchar_t *path, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    wchar_t *full = NULL;
    const DWORD native = subproc_win32_full_path(path, &full);
    if (native != 0)
        return subproc_os_fail(error, "exec", native);
    const int result = subproc_win32_is_batch(full) ? start_batch(start, full, made, error)
                                                    : create_process(start, path, start->command_line, made, error);
    free(full);
    return result;
}

static int start_program(struct start *start, const char *program, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    wchar_t *path = NULL;
    int result = subproc_win32_wide(program, SUBPROC_UTF16_WTF8, "exec", &path, error);
    if (result == 0)
        result = check_program(path, error);
    if (result == 0)
        result = start_file(start, path, made, error);
    free(path);
    return result;
}

/* Whether the next candidate has its turn: the file is missing or may not be run, and it isn't cmd.exe that is. */
static bool may_be_passed_over(const struct subproc_error *why)
{
    return (why->code == SUBPROC_E_NOT_FOUND || why->code == SUBPROC_E_ACCESS) && strcmp(why->step, "interpreter") != 0;
}

/* Missing ones are passed over, and those that may not be run; told is the first of the latter, or else of all. */
static int start_first(struct start *start, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    struct subproc_error told = {0};
    for (const char *const *program = start->plan->programs; *program != NULL; program++) {
        struct subproc_error why = {0};
        const int result = start_program(start, *program, made, &why);
        if (result == 0)
            return 0;
        const bool is_final = !may_be_passed_over(&why);
        if (is_final || told.code == 0 || (told.code == SUBPROC_E_NOT_FOUND && result == SUBPROC_E_ACCESS))
            told = why;
        if (is_final)
            break;
    }
    if (told.code == 0)
        subproc_os_fail(&told, "exec", ERROR_FILE_NOT_FOUND);
    *error = told;
    return told.code;
}

/* Two starts that lend the same handle must not take the flag from each other. Streams need no lock: a duplicate is known to
 * its own start alone, and every start of ours inherits by a list. */
static SRWLOCK lending = SRWLOCK_INIT;

static int start_inheriting(struct start *start, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    int result = duplicate_streams(start, error);
    if (result == 0)
        result = lend_handles(start, HANDLE_FLAG_INHERIT, error);
    if (result == 0)
        result = prepare_attributes(start, error);
    if (result == 0)
        result = start_first(start, made, error);
    struct subproc_error unused;
    (void)lend_handles(start, 0, &unused); /* the child runs, or has failed for another reason: nothing could be done */
    close_duplicates(start);
    return result;
}

static int run_start(struct start *start, PROCESS_INFORMATION *made, struct subproc_error *error)
{
    const bool lends = start->list_count > start->stream_count;
    if (lends)
        AcquireSRWLockExclusive(&lending);
    const int result = start_inheriting(start, made, error);
    if (lends)
        ReleaseSRWLockExclusive(&lending);
    return result;
}

/* ---- adopt ------------------------------------------------------------------------------------------------------- */

static void adopt(struct subproc_os_child *child, const struct start *start, const PROCESS_INFORMATION *made)
{
    CloseHandle(made->hThread);
    child->process = made->hProcess;
    child->id = made->dwProcessId;
    child->can_ask = start->can_ask;
}

int subproc_os_spawn(const struct subproc_os_plan *plan, struct subproc_os_child **child, struct subproc_error *error)
{
    struct start start = {.plan = plan};
    PROCESS_INFORMATION made = {0};
    struct subproc_os_child *started = calloc(1, sizeof *started);
    if (started == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "start", 0);
    InitializeSRWLock(&started->lock);
    started->started_at = subproc_os_now();
    int result = prepare(&start, error);
    if (result == 0)
        result = run_start(&start, &made, error);
    if (result == 0 && subproc_win32_job_wanted(plan))
        result = subproc_win32_job_begin(started, plan, &made, error);
    subproc_win32_job_sweep();
    if (result == 0) {
        adopt(started, &start, &made);
        *child = started;
    } else {
        free(started);
    }
    release(&start);
    return result;
}

int64_t subproc_os_child_id(const struct subproc_os_child *child)
{
    return child->id;
}

int subproc_os_child_exit_handle(struct subproc_os_child *child, subproc_handle *handle, struct subproc_error *error)
{
    (void)error; /* there always is one */
    *handle = (subproc_handle)child->process;
    return 0;
}

void subproc_os_child_free(struct subproc_os_child *child)
{
    if (child == NULL)
        return;
    subproc_win32_pipe_free(child->lingering);
    if (child->moved != NULL)
        CloseHandle(child->moved);
    CloseHandle(child->process);
    subproc_win32_job_leave(child->job);
    subproc_win32_job_sweep();
    free(child);
}
