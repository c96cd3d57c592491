/* The command's platform pieces on Windows. */
#include "../platform.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "console.h"
#include "words.h"

static volatile LONG caught;
static HANDLE cancel_event;

char **cli_platform_words(char **argv)
{
    (void)argv; /* the C runtime's own is in the ANSI code page */
    return cli_split_command_line(GetCommandLineW());
}

static bool write_bytes(HANDLE stream, const char *bytes, size_t size)
{
    while (size > 0) {
        DWORD piece = size < 65536 ? (DWORD)size : 65536;
        DWORD put = 0;
        if (!WriteFile(stream, bytes, piece, &put, NULL) || put == 0)
            return false;
        bytes += put;
        size -= put;
    }
    return true;
}

static HANDLE handle_of(enum subproc_stream_id stream)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    return GetStdHandle(names[stream]);
}

/* The window's, which may be narrower than the buffer behind it. */
size_t cli_platform_columns(enum subproc_stream_id stream)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(handle_of(stream), &info))
        return 0;
    return (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
}

bool cli_platform_write(enum subproc_stream_id stream, const char *bytes, size_t size)
{
    HANDLE handle = handle_of(stream);
    return cli_is_console(handle) ? cli_console_write(handle, bytes, size) : write_bytes(handle, bytes, size);
}

bool cli_platform_is_terminal(enum subproc_stream_id stream)
{
    return cli_is_console(handle_of(stream));
}

bool cli_platform_takes_text(enum subproc_stream_id stream)
{
    return cli_is_console(handle_of(stream));
}

/* Consoles that were made to show colours. The mode is the console's, so whoever has it after us would find it so:
 * https://learn.microsoft.com/windows/console/setconsolemode */
static HANDLE changed[2];
static size_t changed_count;

static void restore_consoles(void)
{
    DWORD mode = 0;
    while (changed_count > 0) {
        HANDLE console = changed[--changed_count];
        if (GetConsoleMode(console, &mode))
            SetConsoleMode(console, mode & ~(DWORD)ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    }
}

/* Windows before version 1511 refuses it. */
static bool make_it_show_colours(HANDLE console, DWORD mode)
{
    if (changed_count == sizeof changed / sizeof changed[0] ||
        !SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING))
        return false;
    changed[changed_count++] = console;
    return changed_count > 1 || atexit(restore_consoles) == 0;
}

bool cli_platform_shows_colours(enum subproc_stream_id stream)
{
    HANDLE console = handle_of(stream);
    DWORD mode = 0;
    if (!GetConsoleMode(console, &mode))
        return false;
    return (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) || make_it_show_colours(console, mode);
}

int64_t cli_platform_nanoseconds(void)
{
    const int64_t second = 1000000000;
    LARGE_INTEGER ticks, a_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&a_second);
    return ticks.QuadPart / a_second.QuadPart * second + ticks.QuadPart % a_second.QuadPart * second / a_second.QuadPart;
}

int64_t cli_platform_now(void)
{
    return cli_platform_nanoseconds() / 1000000;
}

/* Reads our standard input, since the handle that we were given can't be read with a deadline. */
static struct {
    HANDLE thread;
    HANDLE wanted, done; /* events */
    bool is_reading;     /* `wanted` was set, and `done` not seen */
    bool has_ended, has_failed;
    DWORD size, taken; /* bytes */
    char bytes[65536];
} reader;

static bool read_bytes(HANDLE input)
{
    if (cli_is_console(input))
        return cli_console_read(input, reader.bytes, sizeof reader.bytes, &reader.size);
    return ReadFile(input, reader.bytes, sizeof reader.bytes, &reader.size, NULL) != 0;
}

/* Nothing in a pipe is a write of no bytes by the other side, not its end:
 * https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-readfile */
static void read_once(HANDLE input)
{
    bool worked;
    do {
        reader.size = 0;
        worked = read_bytes(input);
    } while (worked && reader.size == 0 && GetFileType(input) == FILE_TYPE_PIPE);
    DWORD error = worked ? ERROR_SUCCESS : GetLastError();
    reader.has_ended = worked ? reader.size == 0 : error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF;
    reader.has_failed = !worked && !reader.has_ended;
}

static DWORD WINAPI read_input(LPVOID unused)
{
    (void)unused;
    while (WaitForSingleObject(reader.wanted, INFINITE) == WAIT_OBJECT_0) {
        read_once(GetStdHandle(STD_INPUT_HANDLE));
        SetEvent(reader.done);
    }
    return 0;
}

static bool begin_reading(void)
{
    if (reader.thread == NULL) {
        reader.wanted = CreateEventW(NULL, FALSE, FALSE, NULL);
        reader.done = CreateEventW(NULL, FALSE, FALSE, NULL);
        if (reader.wanted != NULL && reader.done != NULL)
            reader.thread = CreateThread(NULL, 0, read_input, NULL, 0, NULL);
    }
    reader.is_reading = reader.thread != NULL && SetEvent(reader.wanted);
    return reader.is_reading;
}

static enum cli_input take_bytes(char *buffer, size_t size, size_t *got)
{
    if (reader.has_failed)
        return CLI_INPUT_FAILED;
    if (reader.has_ended)
        return CLI_INPUT_END;
    *got = reader.size - reader.taken < size ? reader.size - reader.taken : size;
    memcpy(buffer, reader.bytes + reader.taken, *got);
    reader.taken += (DWORD)*got;
    return CLI_INPUT_BYTES;
}

enum cli_input cli_platform_read(char *buffer, size_t size, int64_t timeout, size_t *got)
{
    if (!reader.is_reading && reader.taken == reader.size && !reader.has_ended && !begin_reading())
        return CLI_INPUT_FAILED;
    if (reader.is_reading) {
        HANDLE handles[2] = {cancel_event, reader.done};
        DWORD wait = timeout < INFINITE ? (DWORD)timeout : INFINITE, first = cancel_event != NULL ? 0 : 1;
        if (WaitForMultipleObjects(2 - first, handles + first, FALSE, wait) != WAIT_OBJECT_0 + 1 - first)
            return CLI_INPUT_NOTHING;
        reader.is_reading = false;
        reader.taken = 0;
    }
    return take_bytes(buffer, size, got);
}

size_t cli_platform_processors(void)
{
    DWORD count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count > 0 ? count : 1;
}

static LONG signal_number(DWORD event)
{
    switch (event) {
    case CTRL_C_EVENT:
        return 2;
    case CTRL_BREAK_EVENT:
        return 21;
    case CTRL_SHUTDOWN_EVENT:
        return 15;
    default:
        return 1;
    }
}

static BOOL WINAPI on_event(DWORD event)
{
    InterlockedExchange(&caught, signal_number(event));
    SetEvent(cancel_event);
    /* After the other events the system ends us as soon as this returns; the child is still being stopped then. */
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

bool cli_platform_catch(subproc_handle *handle)
{
    cancel_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (cancel_event == NULL)
        return false;
    *handle = (subproc_handle)cancel_event;
    return SetConsoleCtrlHandler(on_event, TRUE) != 0;
}

int cli_platform_caught(void)
{
    return (int)InterlockedCompareExchange(&caught, 0, 0);
}
