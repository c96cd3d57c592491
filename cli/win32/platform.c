/* The command's platform pieces on Windows. */
#include "../platform.h"

#include <stdlib.h>
#include <windows.h>

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

static bool write_wide(HANDLE console, const wchar_t *text, DWORD size)
{
    while (size > 0) {
        DWORD put = 0;
        if (!WriteConsoleW(console, text, size, &put, NULL) || put == 0)
            return false;
        text += put;
        size -= put;
    }
    return true;
}

/* Not through the console's output page, which is seldom UTF-8. */
static bool write_text(HANDLE console, const char *text, size_t size)
{
    int count = MultiByteToWideChar(CP_UTF8, 0, text, (int)size, NULL, 0);
    wchar_t *wide = calloc((size_t)count + 1, sizeof *wide);
    bool written = wide != NULL && MultiByteToWideChar(CP_UTF8, 0, text, (int)size, wide, count) == count &&
                   write_wide(console, wide, (DWORD)count);
    free(wide);
    return written;
}

bool cli_platform_write(enum subproc_stream_id stream, const char *bytes, size_t size)
{
    HANDLE handle = GetStdHandle(stream == SUBPROC_OUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
    DWORD mode = 0;
    if (size > 0 && GetConsoleMode(handle, &mode))
        return write_text(handle, bytes, size);
    return write_bytes(handle, bytes, size);
}

int64_t cli_platform_now(void)
{
    LARGE_INTEGER ticks, a_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&a_second);
    return ticks.QuadPart / a_second.QuadPart * 1000 + ticks.QuadPart % a_second.QuadPart * 1000 / a_second.QuadPart;
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
