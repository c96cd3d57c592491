/* Files that the command reads or writes, on Windows. */
#include <stdlib.h>
#include <windows.h>

#include "../platform.h"

static int code_of(DWORD native)
{
    switch (native) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
        return SUBPROC_E_NOT_FOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
        return SUBPROC_E_ACCESS;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return SUBPROC_E_NO_MEMORY;
    case ERROR_TOO_MANY_OPEN_FILES:
        return SUBPROC_E_LIMIT;
    default:
        return SUBPROC_E_OS;
    }
}

static int fail(struct subproc_error *error, const char *step, DWORD native)
{
    error->native = native;
    error->code = code_of(native);
    error->step = step;
    return error->code;
}

static wchar_t *widen(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = count > 0 ? calloc((size_t)count, sizeof *wide) : NULL;
    if (wide != NULL)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, count);
    return wide;
}

/* A directory can't be opened without a flag of its own, and is denied like a file that we may not read. */
static int fail_to_open(const wchar_t *path, struct subproc_error *error)
{
    DWORD native = GetLastError(), attributes = INVALID_FILE_ATTRIBUTES;
    if (native == ERROR_ACCESS_DENIED)
        attributes = GetFileAttributesW(path);
    int code = fail(error, "open", native);
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY))
        code = error->code = SUBPROC_E_INVALID;
    return code;
}

int cli_platform_open(const char *path, subproc_handle *file, struct subproc_error *error)
{
    wchar_t *wide = widen(path);
    if (wide == NULL)
        return fail(error, "open", ERROR_NOT_ENOUGH_MEMORY); /* our words are well-formed */
    /* Others may go on with the file in every way, such as writing to a log. */
    HANDLE handle = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    int result = handle == INVALID_HANDLE_VALUE ? fail_to_open(wide, error) : 0;
    free(wide);
    *file = handle == INVALID_HANDLE_VALUE ? SUBPROC_NO_HANDLE : (subproc_handle)handle;
    return result;
}

int cli_platform_read_file(subproc_handle file, char *buffer, size_t size, size_t *got, struct subproc_error *error)
{
    DWORD count = 0;
    if (!ReadFile((HANDLE)file, buffer, size < 0x10000000 ? (DWORD)size : 0x10000000, &count, NULL)) {
        DWORD native = GetLastError();
        if (native != ERROR_BROKEN_PIPE && native != ERROR_HANDLE_EOF)
            return fail(error, "read", native);
    }
    *got = count;
    return 0;
}

void cli_platform_close(subproc_handle file)
{
    CloseHandle((HANDLE)file);
}

int cli_platform_create(const char *path, subproc_handle *file, struct subproc_error *error)
{
    wchar_t *wide = widen(path);
    if (wide == NULL)
        return fail(error, "open", ERROR_NOT_ENOUGH_MEMORY); /* our words are well-formed */
    HANDLE handle = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS,
                                FILE_ATTRIBUTE_NORMAL, NULL);
    int result = handle == INVALID_HANDLE_VALUE ? fail_to_open(wide, error) : 0;
    free(wide);
    *file = handle == INVALID_HANDLE_VALUE ? SUBPROC_NO_HANDLE : (subproc_handle)handle;
    return result;
}

bool cli_platform_write_file(subproc_handle file, const char *bytes, size_t size)
{
    while (size > 0) {
        DWORD put = 0;
        if (!WriteFile((HANDLE)file, bytes, size < 65536 ? (DWORD)size : 65536, &put, NULL) || put == 0)
            return false;
        bytes += put;
        size -= put;
    }
    return true;
}

bool cli_platform_finish_file(subproc_handle file)
{
    return CloseHandle((HANDLE)file) != 0;
}
