/* What surrounds a child: text, errors, files, our environment. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "utf8.h"
#include "win32.h"

const struct subproc_os_traits subproc_os_traits = {
    .path_list_separator = ';',
    .directory_separators = "\\/:",
    .program_extensions = ".COM;.EXE;.BAT;.CMD",
    .kept_variable = "SYSTEMROOT",
    .sh = "sh",
    .has_cmd = true,
    .empty_path_entry_is_here = false,
    .quotes_in_path = true,
    .text_is_utf8 = true,
    .posix = false,
    .win32 = true,
};

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* MinGW's winerror.h has no names for these. */
enum { VIRUS_INFECTED = 225, ELEVATION_REQUIRED = 740 };

/* https://learn.microsoft.com/windows/win32/debug/system-error-codes */
static int code_of(DWORD native)
{
    switch (native) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_NOT_READY:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
        return SUBPROC_E_NOT_FOUND;
    case ERROR_DIRECTORY:
        return SUBPROC_E_NO_DIRECTORY;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_SHARING_VIOLATION:
    case VIRUS_INFECTED:
    case ELEVATION_REQUIRED:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_CANT_ACCESS_FILE:
        return SUBPROC_E_ACCESS;
    case ERROR_BAD_FORMAT:
    case ERROR_INVALID_EXE_SIGNATURE:
    case ERROR_EXE_MARKED_INVALID:
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
        return SUBPROC_E_FORMAT;
    case ERROR_FILENAME_EXCED_RANGE:
        return SUBPROC_E_TOO_LONG;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
        return SUBPROC_E_NO_MEMORY;
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_MAX_THRDS_REACHED:
    case ERROR_PIPE_BUSY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NOT_ENOUGH_QUOTA:
        return SUBPROC_E_LIMIT;
    case ERROR_INVALID_HANDLE:
    case ERROR_INVALID_PARAMETER:
    case ERROR_NO_UNICODE_TRANSLATION:
        return SUBPROC_E_INVALID;
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
        return SUBPROC_E_UNSUPPORTED;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
        return SUBPROC_E_CLOSED;
    default:
        return SUBPROC_E_OS;
    }
}

int subproc_os_fail(struct subproc_error *error, const char *step, DWORD native)
{
    return subproc_error_set(error, code_of(native), step, native);
}

enum { MESSAGE_UNITS = 512 };

/* English first, so that logs from different machines compare; then whatever language the system has. */
static DWORD format_message(DWORD native, wchar_t *wide)
{
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
    const DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
    const DWORD units = FormatMessageW(flags, NULL, native, english, wide, MESSAGE_UNITS, NULL);
    return units > 0 ? units : FormatMessageW(flags, NULL, native, 0, wide, MESSAGE_UNITS, NULL);
}

void subproc_os_error_text(int64_t native, char *buffer, size_t size)
{
    wchar_t wide[MESSAGE_UNITS];
    char text[MESSAGE_UNITS * 3];
    if (size == 0)
        return;
    DWORD units = native > 0 && native <= MAXDWORD ? format_message((DWORD)native, wide) : 0;
    while (units > 0 && (wide[units - 1] <= L' ' || wide[units - 1] == L'.'))
        units--;
    const size_t bytes = subproc_utf16_to_utf8(wide, units, text);
    const size_t kept = subproc_utf8_cut(text, bytes, size - 1);
    memcpy(buffer, text, kept);
    buffer[kept] = 0;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

int subproc_win32_wide(const char *text, enum subproc_utf16_form form, const char *step, wchar_t **wide,
                       struct subproc_error *error)
{
    size_t bad;
    const size_t size = strlen(text);
    const size_t units = subproc_utf16_from_utf8(text, size, form, NULL, &bad);
    if (bad < size)
        return subproc_os_fail(error, step, ERROR_NO_UNICODE_TRANSLATION);
    wchar_t *made = calloc(units + 1, sizeof *made);
    if (made == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, step, 0);
    subproc_utf16_from_utf8(text, size, form, made, &bad);
    *wide = made;
    return 0;
}

int subproc_win32_narrow(const wchar_t *wide, const char *step, char **text, struct subproc_error *error)
{
    const size_t units = wcslen(wide);
    char *made = calloc(1, subproc_utf16_to_utf8(wide, units, NULL) + 1);
    if (made == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, step, 0);
    subproc_utf16_to_utf8(wide, units, made);
    *text = made;
    return 0;
}

/* ---- environment ------------------------------------------------------------------------------------------------- */

struct extent {
    size_t strings, bytes; /* the NULs counted */
};

/* Converts each string of a block to `bytes`, the start of each to `strings`; NULL: only counts. */
static struct extent convert_block(const wchar_t *block, char **strings, char *bytes)
{
    struct extent extent = {0, 0};
    while (*block != 0) {
        const size_t units = wcslen(block);
        if (strings != NULL)
            strings[extent.strings] = bytes + extent.bytes;
        extent.strings++;
        extent.bytes += subproc_utf16_to_utf8(block, units, bytes != NULL ? bytes + extent.bytes : NULL) + 1;
        block += units + 1;
    }
    return extent;
}

int subproc_os_environ(char ***strings, struct subproc_error *error)
{
    wchar_t *block = GetEnvironmentStringsW();
    if (block == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", GetLastError());
    const struct extent extent = convert_block(block, NULL, NULL);
    const size_t pointers = (extent.strings + 1) * sizeof **strings;
    char **made = calloc(1, pointers + extent.bytes);
    if (made != NULL)
        convert_block(block, made, (char *)made + pointers);
    FreeEnvironmentStringsW(block);
    if (made == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", 0);
    *strings = made;
    return 0;
}

/* A variable as it is now, with its size in units; NULL when it isn't set (*units 0) or there is no memory. */
static wchar_t *wide_variable(const wchar_t *name, DWORD *units)
{
    wchar_t *value = NULL;
    *units = 0;
    /* another thread may make it longer in between */
    for (DWORD size = GetEnvironmentVariableW(name, NULL, 0); size > *units;) {
        free(value);
        *units = size;
        value = calloc(size, sizeof *value);
        size = value != NULL ? GetEnvironmentVariableW(name, value, *units) : 0;
    }
    return value;
}

int subproc_os_variable(const char *name, char **value, struct subproc_error *error)
{
    wchar_t *wide_name = NULL;
    *value = NULL;
    int result = subproc_win32_wide(name, SUBPROC_UTF16_WTF8, "environment", &wide_name, error);
    if (result != 0)
        return result;
    DWORD units;
    wchar_t *wide = wide_variable(wide_name, &units);
    free(wide_name);
    if (wide != NULL)
        result = subproc_win32_narrow(wide, "environment", value, error);
    else if (units > 0)
        result = subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", 0);
    free(wide);
    return result;
}

/* One character of a name in UTF-16. */
struct character {
    uint16_t units[2];
    size_t count;
};

static struct character next_character(const char **text, size_t *size)
{
    struct character character = {{0xFFFD}, 1};
    uint32_t point;
    size_t step = subproc_utf16_decode(*text, *size, SUBPROC_UTF16_WTF8, &point);
    if (step > 0)
        character.count = subproc_utf16_encode(point, character.units);
    else
        step = 1;
    *text += step;
    *size -= step;
    return character;
}

static int upper_ascii(uint16_t unit)
{
    return unit >= 'a' && unit <= 'z' ? unit - 'a' + 'A' : unit;
}

/* CompareStringOrdinal is how Windows itself compares names; for ASCII its table is known and the call is saved. */
static int compare_characters(struct character a, struct character b)
{
    if (a.units[0] < 0x80 && b.units[0] < 0x80)
        return upper_ascii(a.units[0]) - upper_ascii(b.units[0]);
    return CompareStringOrdinal(a.units, (int)a.count, b.units, (int)b.count, TRUE) - CSTR_EQUAL;
}

int subproc_os_env_name_cmp(const char *a, size_t a_size, const char *b, size_t b_size)
{
    while (a_size > 0 && b_size > 0) {
        const struct character left = next_character(&a, &a_size);
        const struct character right = next_character(&b, &b_size);
        const int order = compare_characters(left, right);
        if (order != 0)
            return order;
    }
    return (a_size > 0) - (b_size > 0);
}

/*
 * "The maximum size of a user-defined environment variable is 32,767 characters"; taken with its name and its end, so that it
 * holds whoever counts. https://learn.microsoft.com/windows/win32/procthread/environment-variables
 */
bool subproc_os_variable_fits(const char *variable, size_t *limit, const char **unit)
{
    size_t bad;
    *limit = 32766;
    *unit = "UTF-16 units";
    return subproc_utf16_from_utf8(variable, strlen(variable), SUBPROC_UTF16_WTF8, NULL, &bad) <= *limit;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

DWORD subproc_win32_full_path(const wchar_t *path, wchar_t **full)
{
    const DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *made = room > 0 ? calloc(room, sizeof *made) : NULL;
    if (made == NULL)
        return room > 0 ? ERROR_NOT_ENOUGH_MEMORY : GetLastError();
    const DWORD units = GetFullPathNameW(path, room, made, NULL);
    if (units == 0 || units >= room) {
        const DWORD native = units == 0 ? GetLastError() : ERROR_DIRECTORY; /* ours has changed in between */
        free(made);
        return native;
    }
    *full = made;
    return 0;
}

DWORD subproc_win32_attributes(const wchar_t *path, DWORD *attributes)
{
    *attributes = GetFileAttributesW(path);
    return *attributes != INVALID_FILE_ATTRIBUTES ? 0 : GetLastError();
}

int subproc_os_executable(const char *path, struct subproc_error *error)
{
    wchar_t *wide = NULL;
    DWORD attributes;
    int result = subproc_win32_wide(path, SUBPROC_UTF16_WTF8, "exec", &wide, error);
    if (result < 0)
        return result;
    DWORD native = subproc_win32_attributes(wide, &attributes);
    if (native == 0 && (attributes & FILE_ATTRIBUTE_DIRECTORY))
        native = ERROR_ACCESS_DENIED;
    if (native != 0)
        result = subproc_os_fail(error, "exec", native);
    free(wide);
    return result;
}

int subproc_os_default_path(char **path, struct subproc_error *error)
{
    wchar_t wide[MAX_PATH];
    const UINT units = GetSystemDirectoryW(wide, MAX_PATH);
    if (units == 0 || units >= MAX_PATH)
        return subproc_os_fail(error, "lookup", units == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE);
    return subproc_win32_narrow(wide, "lookup", path, error);
}

/* FILE_APPEND_DATA without FILE_WRITE_DATA makes every write go to the end, also beside another writer's:
 * https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-zwcreatefile */
static DWORD access_of(enum subproc_os_file mode)
{
    switch (mode) {
    case SUBPROC_OS_FILE_READ:
        return GENERIC_READ;
    case SUBPROC_OS_FILE_APPEND:
        return FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    case SUBPROC_OS_FILE_TRUNCATE:
        break;
    }
    return GENERIC_WRITE | FILE_READ_ATTRIBUTES;
}

/*
 * Truncated after it was opened: CREATE_ALWAYS refuses a hidden or system file and would take away other attributes. What
 * is no file on a disk has no length to cut. Opening a pipe doesn't wait: without a free instance it is ERROR_PIPE_BUSY.
 * https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew
 */
static DWORD open_wide(const wchar_t *path, enum subproc_os_file mode, HANDLE *handle)
{
    const DWORD disposition = mode == SUBPROC_OS_FILE_READ ? OPEN_EXISTING : OPEN_ALWAYS;
    const DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    *handle = CreateFileW(path, access_of(mode), shared, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    if (*handle == INVALID_HANDLE_VALUE)
        return GetLastError();
    if (mode != SUBPROC_OS_FILE_TRUNCATE || GetFileType(*handle) != FILE_TYPE_DISK || SetEndOfFile(*handle))
        return 0;
    const DWORD native = GetLastError();
    CloseHandle(*handle);
    return native;
}

int subproc_os_file_open(const char *path, enum subproc_os_file mode, subproc_handle *handle, struct subproc_error *error)
{
    HANDLE opened;
    wchar_t *wide = NULL;
    const int result = subproc_win32_wide(path != NULL ? path : "NUL", SUBPROC_UTF16_STRICT, "open", &wide, error);
    if (result < 0)
        return result;
    const DWORD native = open_wide(wide, mode, &opened);
    free(wide);
    if (native != 0)
        return subproc_os_fail(error, "open", native);
    *handle = (subproc_handle)opened;
    return 0;
}

void subproc_os_handle_close(subproc_handle handle)
{
    if (handle != SUBPROC_NO_HANDLE)
        CloseHandle((HANDLE)handle);
}

/* Closed, or a number that never was a handle, as programs without a console may have. The file itself isn't asked
 * (GetFileType): on a synchronous handle that would wait behind another thread's read, such as one that blocks on our stdin. */
subproc_handle subproc_os_standard(enum subproc_stream_id id)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    const HANDLE handle = GetStdHandle(names[id]);
    DWORD flags;
    if (handle == NULL || handle == INVALID_HANDLE_VALUE || !GetHandleInformation(handle, &flags))
        return SUBPROC_NO_HANDLE;
    return (subproc_handle)handle;
}

/* Windows has no better question: a process with a hidden console or in a pseudo-console has no window.
 * https://learn.microsoft.com/windows/console/getconsolecp */
bool subproc_win32_has_console(void)
{
    return GetConsoleCP() != 0;
}

/* "If the handle is not a console handle, the function fails". Without a console there is none to share.
 * https://learn.microsoft.com/windows/console/getconsolemode */
bool subproc_os_shares_console(const subproc_handle streams[3])
{
    DWORD mode;
    bool shares = false;
    for (size_t i = 0; i < 3 && subproc_win32_has_console(); i++)
        shares = shares || GetConsoleMode((HANDLE)streams[i], &mode);
    return shares;
}
