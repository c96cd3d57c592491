/*
 * The one child program of the tests. Its command line is a list of actions, done in order:
 *
 *     subproc_helper --out ready --read-all --exit 7
 *
 * Each action takes a fixed number of words (`actions` at the end says how many); --args takes the rest. Input and output
 * are raw bytes, and words are UTF-8 on every system. What goes wrong here is told by the exit code alone, BROKEN or
 * above, since the streams belong to the test.
 */
#ifdef _WIN32
#include <windows.h>
#else
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKEN        120 /* a word that isn't an action, or something that should not fail */
#define WRITE_FAILED  121
#define NEVER_STOPPED 122 /* --hang came to its end: no test may leave one behind for ever */
#define HANG_LIMIT_MS 90000
#define BLOCK         65536

static char *program_name; /* as the parent gave it */

/* ---- what differs: raw streams, time, memory of the command line ------------------------------------------------ */

#ifdef _WIN32

typedef HANDLE stream;

static stream standard(int number)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    return GetStdHandle(names[number]);
}

static stream numbered(const char *word)
{
    return (HANDLE)(intptr_t)strtoll(word, NULL, 0);
}

static void leave(uint32_t code)
{
    ExitProcess(code);
}

/* The bytes read; 0 at the end of file and when reading fails. */
static size_t read_some(stream in, void *buffer, size_t size)
{
    DWORD got = 0;
    return ReadFile(in, buffer, (DWORD)size, &got, NULL) ? got : 0;
}

static void write_all(stream out, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        DWORD put = 0;
        if (!WriteFile(out, next, (DWORD)size, &put, NULL))
            leave(WRITE_FAILED);
        next += put;
        size -= put;
    }
}

static void close_stream(stream it)
{
    CloseHandle(it);
}

static void sleep_ms(unsigned ms)
{
    Sleep(ms);
}

static double cpu_seconds(void)
{
    FILETIME made, ended, kernel, user;
    GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user);
    return 1e-7 * ((double)kernel.dwLowDateTime + (double)user.dwLowDateTime);
}

/* UTF-16 to UTF-8 that keeps lone surrogates (WTF-8), so that nothing of what the parent passed is lost. */
static size_t put_character(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static char *utf8(const wchar_t *wide)
{
    char *text = malloc(wcslen(wide) * 3 + 1);
    size_t size = 0;
    if (text == NULL)
        leave(BROKEN);
    for (; *wide != 0; wide++) {
        uint32_t c = *wide;
        if (c >= 0xD800 && c < 0xDC00 && wide[1] >= 0xDC00 && wide[1] < 0xE000)
            c = 0x10000 + ((c - 0xD800) << 10) + (uint32_t)(*++wide - 0xDC00);
        size += put_character(c, text + size);
    }
    text[size] = 0;
    return text;
}

#else

typedef int stream;

static stream standard(int number)
{
    return number;
}

static stream numbered(const char *word)
{
    return atoi(word);
}

static void leave(uint32_t code)
{
    _exit((int)code);
}

static size_t read_some(stream in, void *buffer, size_t size)
{
    ssize_t got = read(in, buffer, size);
    return got > 0 ? (size_t)got : 0;
}

static void write_all(stream out, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t put = write(out, next, size);
        if (put < 0)
            leave(WRITE_FAILED);
        next += put;
        size -= (size_t)put;
    }
}

static void close_stream(stream it)
{
    close(it);
}

static void sleep_ms(unsigned ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};
    while (nanosleep(&left, &left) != 0)
        ;
}

static double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

#endif

static void *memory(size_t size)
{
    void *block = malloc(size);
    if (block == NULL)
        leave(BROKEN);
    return block;
}

static size_t number(const char *word)
{
    return (size_t)strtoull(word, NULL, 0);
}

static void say(int stream_number, const char *text)
{
    write_all(standard(stream_number), text, strlen(text));
}

static void say_number(const char *name, long long value)
{
    char line[64];
    snprintf(line, sizeof line, "%s=%lld\n", name, value);
    say(1, line);
}

/* ---- streams ---------------------------------------------------------------------------------------------------- */

static void do_out(char **words)
{
    say(1, words[0]);
}

static void do_err(char **words)
{
    say(2, words[0]);
}

static int digit(char hex)
{
    return hex <= '9' ? hex - '0' : hex - 'a' + 10;
}

/* Bytes that no word of a command line can hold, as lower-case hexadecimal. */
static void say_hex(int stream_number, const char *hex)
{
    for (; hex[0] && hex[1]; hex += 2) {
        char byte = (char)(digit(hex[0]) * 16 + digit(hex[1]));
        write_all(standard(stream_number), &byte, 1);
    }
}

static void do_out_hex(char **words)
{
    say_hex(1, words[0]);
}

static void do_err_hex(char **words)
{
    say_hex(2, words[0]);
}

static void write_pieces(const char *data, size_t size, size_t piece)
{
    while (size > 0) {
        size_t part = size < piece ? size : piece;
        write_all(standard(1), data, part);
        data += part;
        size -= part;
    }
}

/* Copies `limit` bytes of its input, or all of it, in writes of `piece` bytes. */
static void copy(size_t limit, size_t piece)
{
    size_t block = piece < BLOCK ? BLOCK : piece;
    char *buffer = memory(block);
    while (limit > 0) {
        size_t got = read_some(standard(0), buffer, block < limit ? block : limit);
        if (got == 0)
            break;
        write_pieces(buffer, got, piece);
        limit -= got;
    }
    free(buffer);
}

static void do_copy(char **words)
{
    copy(SIZE_MAX, number(words[0]));
}

static void do_copy_some(char **words)
{
    copy(number(words[0]), BLOCK);
}

static size_t skip(size_t limit)
{
    char *buffer = memory(BLOCK);
    size_t all = 0;
    while (all < limit) {
        size_t got = read_some(standard(0), buffer, BLOCK < limit - all ? BLOCK : limit - all);
        if (got == 0)
            break;
        all += got;
    }
    free(buffer);
    return all;
}

static void do_read(char **words)
{
    skip(number(words[0]));
}

static void do_read_all(char **words)
{
    (void)words;
    skip(SIZE_MAX);
}

static void do_count(char **words)
{
    (void)words;
    say_number("count", (long long)skip(SIZE_MAX));
}

static void do_exit_with_count(char **words)
{
    size_t count = skip(SIZE_MAX);
    (void)words;
    leave((uint32_t)(count < 100 ? count : 100));
}

/* The bytes of test::Pattern in support.cc: a block that is lost or comes twice shows. */
static char pattern(size_t at)
{
    return (char)((at ^ at >> 7 ^ at >> 16 ^ at >> 23) * 131);
}

static void fill(int stream_number, size_t size, size_t piece)
{
    char *buffer = memory(piece);
    size_t at = 0;
    while (at < size) {
        size_t part = size - at < piece ? size - at : piece;
        for (size_t i = 0; i < part; i++)
            buffer[i] = pattern(at + i);
        write_all(standard(stream_number), buffer, part);
        at += part;
    }
    free(buffer);
}

static void do_fill_out(char **words)
{
    fill(1, number(words[0]), number(words[1]));
}

static void do_fill_err(char **words)
{
    fill(2, number(words[0]), number(words[1]));
}

static void do_close(char **words)
{
    close_stream(standard(atoi(words[0])));
}

static void do_write_to(char **words)
{
    write_all(numbered(words[0]), words[1], strlen(words[1]));
}

/* Waits for one byte, or the end of file, on a descriptor or handle that isn't a standard stream. */
static void do_wait_for(char **words)
{
    char byte;
    read_some(numbered(words[0]), &byte, 1);
}

/* ---- what the parent passed --------------------------------------------------------------------------------------- */

static void do_program_name(char **words)
{
    (void)words;
    say(1, program_name);
}

static void say_variable(const char *variable, void *wanted)
{
    const char *name = wanted;
    if (name == NULL) {
        write_all(standard(1), variable, strlen(variable) + 1);
        return;
    }
    if (strncmp(variable, name, strlen(name)) == 0 && variable[strlen(name)] == '=')
        say(1, variable + strlen(name) + 1);
}

#ifdef _WIN32
static void each_variable(void (*visit)(const char *, void *), void *context)
{
    wchar_t *block = GetEnvironmentStringsW();
    for (const wchar_t *next = block; *next != 0; next += wcslen(next) + 1) {
        char *variable = utf8(next);
        visit(variable, context);
        free(variable);
    }
    FreeEnvironmentStringsW(block);
}

static void do_directory(char **words)
{
    wchar_t path[4096];
    (void)words;
    GetCurrentDirectoryW(4096, path);
    say(1, utf8(path));
}
#else
extern char **environ;

static void each_variable(void (*visit)(const char *, void *), void *context)
{
    for (char **next = environ; *next != NULL; next++)
        visit(*next, context);
}

static void do_directory(char **words)
{
    char path[4096];
    (void)words;
    say(1, getcwd(path, sizeof path) != NULL ? path : "");
}
#endif

static void do_variable(char **words)
{
    each_variable(say_variable, words[0]);
}

static void do_environment(char **words)
{
    (void)words;
    each_variable(say_variable, NULL);
}

/* ---- time, memory and ends ---------------------------------------------------------------------------------------- */

static void do_exit(char **words)
{
    leave((uint32_t)strtoul(words[0], NULL, 0));
}

static void do_sleep(char **words)
{
    sleep_ms((unsigned)number(words[0]));
}

static void do_hang(char **words)
{
    (void)words;
    for (int passed = 0; passed < HANG_LIMIT_MS; passed += 1000)
        sleep_ms(1000);
    leave(NEVER_STOPPED);
}

static void do_burn(char **words)
{
    double until = cpu_seconds() + 1e-3 * (double)number(words[0]);
    while (cpu_seconds() < until)
        ;
}

static void do_touch(char **words)
{
    size_t size = number(words[0]);
    volatile char *block = memory(size);
    for (size_t at = 0; at < size; at += 1024)
        block[at] = 1;
}

static void do_nothing(char **words)
{
    (void)words;
}

/* ---- further processes, signals, identities: little in common ------------------------------------------------------ */

#ifdef _WIN32

static void append_word(wchar_t *line, const char *word)
{
    size_t used = wcslen(line);
    MultiByteToWideChar(CP_UTF8, 0, word, -1, line + used, (int)(8192 - used));
    wcscat(line, L" ");
}

/* The words of the tests' grandchildren hold nothing that needs quoting; the program's path may. Without a console here it gets
 * none either: a new one would take the place of the streams. */
static void start_self(char **words, size_t count)
{
    static wchar_t line[8192], path[4096];
    const DWORD flags = GetConsoleCP() == 0 ? DETACHED_PROCESS : 0;
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = standard(0),
                            .hStdOutput = standard(1),
                            .hStdError = standard(2)};
    PROCESS_INFORMATION made;
    GetModuleFileNameW(NULL, path, 4096);
    line[0] = 0;
    append_word(line, "helper");
    for (size_t i = 0; i < count; i++)
        append_word(line, words[i]);
    /* Wine 8 fails now and then with ERROR_INTERNAL_ERROR, and then it works */
    int tries = 1;
    while (!CreateProcessW(path, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup, &made))
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries++ == 3)
            leave(BROKEN);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
}

static uint32_t break_code; /* what a console event ends us with; 0: it is ignored */
static const char *answer;  /* what is said before */

static BOOL WINAPI on_event(DWORD event)
{
    (void)event;
    if (answer != NULL)
        say(1, answer);
    if (break_code != 0)
        leave(break_code);
    return TRUE;
}

static void do_ignore(char **words)
{
    (void)words;
    SetConsoleCtrlHandler(on_event, TRUE);
}

static void do_on_term(char **words)
{
    break_code = (uint32_t)number(words[0]);
    SetConsoleCtrlHandler(on_event, TRUE);
}

static void do_answer(char **words)
{
    answer = words[0];
    break_code = 44;
    SetConsoleCtrlHandler(on_event, TRUE);
}

/* Starts one of us that leaves our job; says what the system says. */
static void do_break_away(char **words)
{
    wchar_t path[4096], line[] = L"helper --exit 0";
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    (void)words;
    GetModuleFileNameW(NULL, path, 4096);
    if (CreateProcessW(path, line, NULL, NULL, FALSE, CREATE_BREAKAWAY_FROM_JOB, NULL, NULL, &startup, &made))
        say_number("error", 0);
    else
        say_number("error", (long long)GetLastError());
}

static void do_set_event(char **words)
{
    say(1, SetEvent(numbered(words[0])) ? "set" : "not set");
}

static void do_command_line(char **words)
{
    (void)words;
    say(1, utf8(GetCommandLineW()));
}

static void do_code_page(char **words)
{
    (void)words;
    say_number("page", GetACP());
}

static void do_window(char **words)
{
    STARTUPINFOW startup;
    (void)words;
    GetStartupInfoW(&startup);
    say_number("show_window", startup.wShowWindow);
    say_number("show_window_counts", (startup.dwFlags & STARTF_USESHOWWINDOW) != 0);
    say_number("priority", (long long)GetPriorityClass(GetCurrentProcess()));
    say_number("console", GetConsoleOutputCP() != 0);
}

static void do_handle_type(char **words)
{
    stream it = standard(atoi(words[0]));
    say_number("type", it == NULL || it == INVALID_HANDLE_VALUE ? -1 : (long long)GetFileType(it));
}

#else

static void start_self(char **words, size_t count)
{
    char *argv[64] = {program_name};
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    path[size > 0 ? size : 0] = 0;
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = words[i];
    if (fork() == 0) {
        execv(size > 0 ? path : program_name, argv);
        _exit(BROKEN);
    }
}

static volatile int term_code;
static const char *volatile answer;

static void on_term(int signal_number)
{
    (void)signal_number;
    if (answer != NULL)
        write_all(1, answer, strlen(answer));
    _exit(term_code);
}

static void do_answer(char **words)
{
    answer = words[0];
    term_code = 44;
    signal(SIGTERM, on_term);
}

static void do_new_session(char **words)
{
    (void)words;
    if (setsid() < 0)
        leave(BROKEN);
}

static void do_ignore(char **words)
{
    signal(atoi(words[0]), SIG_IGN);
}

static void do_on_term(char **words)
{
    term_code = atoi(words[0]);
    signal(SIGTERM, on_term);
}

static void do_raise(char **words)
{
    signal(atoi(words[0]), SIG_DFL);
    raise(atoi(words[0]));
}

static void do_core(char **words)
{
    struct rlimit none = {0, 0};
    (void)words;
    setrlimit(RLIMIT_CORE, &none);
}

static void do_signals(char **words)
{
    sigset_t mask;
    (void)words;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int i = 1; i < 32; i++) {
        struct sigaction now;
        char line[64];
        if (sigaction(i, NULL, &now) != 0)
            continue;
        snprintf(line, sizeof line, "%d%s%s\n", i, now.sa_handler == SIG_IGN ? " ignored" : "",
                 sigismember(&mask, i) == 1 ? " blocked" : "");
        say(1, line);
    }
}

static void say_descriptor(int descriptor)
{
    char word[16];
    snprintf(word, sizeof word, "%d ", descriptor);
    say(1, word);
}

/* Every descriptor that is open here, but for the one that the listing itself needs. */
static void do_descriptors(char **words)
{
    DIR *folder = opendir("/dev/fd");
    struct dirent *entry;
    (void)words;
    if (folder == NULL)
        leave(BROKEN);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            say_descriptor(atoi(entry->d_name));
    closedir(folder);
}

/* Writes the digit of each descriptor into it. */
static void do_stamp(char **words)
{
    for (int i = 0; i < atoi(words[0]); i++) {
        char digit = (char)('0' + i);
        write_all(i, &digit, 1);
    }
}

static void do_non_blocking(char **words)
{
    for (int i = 0; i < atoi(words[0]); i++)
        say_number("flags", fcntl(i, F_GETFL) & O_NONBLOCK);
}

static void do_identity(char **words)
{
    gid_t groups[256];
    int count = getgroups(256, groups);
    mode_t mask = umask(0);
    (void)words;
    say_number("uid", (long long)getuid());
    say_number("euid", (long long)geteuid());
    say_number("gid", (long long)getgid());
    say_number("egid", (long long)getegid());
    for (int i = 0; i < count; i++)
        say_number("group", (long long)groups[i]);
    say_number("umask", (long long)mask);
    say_number("pid", (long long)getpid());
    say_number("process_group", (long long)getpgrp());
    say_number("session", (long long)getsid(0));
}

#ifdef __GLIBC__
#define RESOURCE(number) ((__rlimit_resource_t)(number)) /* an enum in glibc alone, and Clang minds */
#else
#define RESOURCE(number) (number)
#endif

static void do_limit(char **words)
{
    struct rlimit limit;
    if (getrlimit(RESOURCE(atoi(words[0])), &limit) != 0)
        leave(BROKEN);
    say_number("soft", (long long)limit.rlim_cur);
    say_number("hard", (long long)limit.rlim_max);
}

static void do_terminal(char **words)
{
    say_number("terminal", isatty(atoi(words[0])));
}

/* A set-id program that is its owner in every way can't be signalled by the one who started it. */
static void do_become_owner(char **words)
{
    (void)words;
    if (setregid(getegid(), getegid()) != 0 || setreuid(geteuid(), geteuid()) != 0)
        leave(BROKEN);
}

#endif

/* ---- the list ------------------------------------------------------------------------------------------------------- */

struct action {
    const char *name;
    int words;
    void (*run)(char **words);
};

static const struct action actions[] = {
    {"--out", 1, do_out},
    {"--err", 1, do_err},
    {"--out-hex", 1, do_out_hex},
    {"--err-hex", 1, do_err_hex},
    {"--copy", 1, do_copy},           /* all of stdin to stdout, in writes of so many bytes */
    {"--copy-some", 1, do_copy_some}, /* so many bytes of it */
    {"--read", 1, do_read},           /* so many bytes of stdin, dropped */
    {"--read-all", 0, do_read_all},
    {"--count", 0, do_count}, /* how many bytes stdin held */
    {"--exit-with-count", 0, do_exit_with_count},
    {"--fill-out", 2, do_fill_out}, /* so many bytes of the pattern, in writes of so many bytes */
    {"--fill-err", 2, do_fill_err},
    {"--close", 1, do_close},
    {"--write-to", 2, do_write_to},
    {"--wait-for", 1, do_wait_for},
    {"--program-name", 0, do_program_name},
    {"--variable", 1, do_variable},
    {"--environment", 0, do_environment}, /* each one with a NUL after it */
    {"--directory", 0, do_directory},
    {"--exit", 1, do_exit},
    {"--sleep", 1, do_sleep},
    {"--hang", 0, do_hang},
    {"--burn", 1, do_burn},                /* so many milliseconds of CPU time */
    {"--touch", 1, do_touch},              /* so many bytes of memory */
    {"-oControlPath=none", 0, do_nothing}, /* in the place of an ssh */
    {"--ignore", 1, do_ignore},
    {"--on-term", 1, do_on_term}, /* ends with this code when asked */
    {"--answer", 1, do_answer},   /* says this when asked, and ends */
#ifdef _WIN32
    {"--set-event", 1, do_set_event},
    {"--break-away", 0, do_break_away},
    {"--command-line", 0, do_command_line},
    {"--code-page", 0, do_code_page},
    {"--window", 0, do_window},
    {"--handle-type", 1, do_handle_type},
#else
    {"--raise", 1, do_raise},
    {"--new-session", 0, do_new_session},
    {"--no-core", 0, do_core},
    {"--signals", 0, do_signals},
    {"--descriptors", 0, do_descriptors},
    {"--stamp", 1, do_stamp},
    {"--non-blocking", 1, do_non_blocking},
    {"--identity", 0, do_identity},
    {"--limit", 1, do_limit},
    {"--terminal", 1, do_terminal},
    {"--become-owner", 0, do_become_owner},
#endif
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

/* Each word with a NUL after it, which no word can hold. */
static void print_args(char **words)
{
    for (; *words != NULL; words++)
        write_all(standard(1), *words, strlen(*words) + 1);
}

/* LEVELS WIDTH: starts WIDTH of us with a level less, if there is one; all do the rest of the words. */
static size_t start_members(char **words)
{
    char levels[16], *line[60] = {words[0], levels, words[2]};
    size_t count = 3;
    snprintf(levels, sizeof levels, "%d", atoi(words[1]) - 1);
    for (; words[count] != NULL && count < 60; count++)
        line[count] = words[count];
    for (int i = 0; i < atoi(words[2]) && atoi(levels) > 0; i++)
        start_self(line, count);
    return 3;
}

static void run_actions(char **words)
{
    while (*words != NULL) {
        const struct action *action = find_action(*words);
        if (strcmp(*words, "--args") == 0 || strcmp(*words, "-c") == 0) { /* -c: in the place of a sh */
            print_args(words + 1);
            return;
        }
#ifdef _WIN32
        if (strcmp(*words, "/d") == 0) { /* in the place of a cmd.exe */
            do_command_line(words);
            return;
        }
#endif
        if (strcmp(*words, "--grandchild") == 0) { /* N, then N words for another one of us that nobody waits for */
            start_self(words + 2, number(words[1]));
            words += 2 + number(words[1]);
            continue;
        }
        if (strcmp(*words, "--members") == 0) {
            words += start_members(words);
            continue;
        }
        if (action == NULL)
            leave(BROKEN);
        action->run(words + 1);
        words += 1 + action->words;
    }
}

#ifdef _WIN32
/* The C runtime's own parser, asked for wide words. */
int wmain(int count, wchar_t **wide);

int wmain(int count, wchar_t **wide)
{
    char **words = memory(((size_t)count + 1) * sizeof *words);
    for (int i = 0; i < count; i++)
        words[i] = utf8(wide[i]);
    words[count] = NULL;
    program_name = words[0];
    run_actions(words + 1);
    ExitProcess(0);
}
#else
int main(int argc, char **argv)
{
    (void)argc;
    program_name = argv[0];
    run_actions(argv + 1);
    return 0;
}
#endif
