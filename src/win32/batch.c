/*
 * The command line that runs a batch file through cmd.exe.
 *
 * CreateProcessW would start cmd.exe by itself, with the command line as it is: what the C runtime's quoting keeps together is
 * then read as commands. So the line is made for cmd, and what no such line can say is refused.
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw
 *
 * It is: "C:\Windows\system32\cmd.exe" /d /e:on /v:off /s /c ""C:\folder\file.bat" argument argument"
 * where /d leaves out the registry's AutoRun commands; /e:on and /v:off say how percent signs and exclamation marks are read,
 * which the registry may say otherwise; with /s cmd takes off the first and the last quote and nothing else.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "error.h"
#include "quote.h"

/* https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation */
enum { CMD_LIMIT = 8191 };

/* ---- the file ------------------------------------------------------------------------------------------------------ */

static bool has_batch_extension(const wchar_t *path, size_t units)
{
    return units >= 4 && (CompareStringOrdinal(path + units - 4, 4, L".bat", 4, TRUE) == CSTR_EQUAL ||
                          CompareStringOrdinal(path + units - 4, 4, L".cmd", 4, TRUE) == CSTR_EQUAL);
}

/* Windows drops dots and blanks at the end of a name. A full path has lost them, unless it begins with \\?\ or ends with a
 * separator: then this says yes too often, and the path is refused. */
bool subproc_win32_is_batch(const wchar_t *path)
{
    size_t units = wcslen(path);
    while (units > 0 && wcschr(L". \\/", path[units - 1]) != NULL)
        units--;
    return has_batch_extension(path, units);
}

static bool is_drive_path(const wchar_t *path)
{
    return ((path[0] >= L'A' && path[0] <= L'Z') || (path[0] >= L'a' && path[0] <= L'z')) && path[1] == L':' &&
           path[2] == L'\\';
}

/* Whether a path stays as it is when it is read as an ordinary one. */
static bool is_ordinary(const wchar_t *path)
{
    wchar_t *full = NULL;
    const bool same = subproc_win32_full_path(path, &full) == 0 && wcscmp(path, full) == 0;
    free(full);
    return same;
}

/*
 * The path as cmd.exe opens files, which doesn't know the prefix \\?\, or NULL: a device, a stream of a file, a name that
 * ends with what Windows would drop.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
static const wchar_t *path_for_cmd(const wchar_t *path)
{
    static const wchar_t verbatim[] = L"\\\\?\\";
    const size_t prefix = wcslen(verbatim);
    if (wcsncmp(path, verbatim, prefix) == 0 && is_drive_path(path + prefix) && is_ordinary(path + prefix))
        path += prefix;
    const bool is_device = wcsncmp(path, verbatim, prefix) == 0 || wcsncmp(path, L"\\\\.\\", prefix) == 0;
    const bool is_share = !is_device && path[0] == L'\\' && path[1] == L'\\';
    if (!(is_drive_path(path) || is_share) || !has_batch_extension(path, wcslen(path)))
        return NULL;
    return wcspbrk(path + 2, L":\"") == NULL ? path : NULL;
}

/* ---- what can't be said -------------------------------------------------------------------------------------------- */

static const char *name_of(char byte)
{
    return byte == '\n' ? "a line feed" : byte == '\r' ? "a carriage return" : "a Ctrl-Z";
}

static int check_word(const char *word, size_t index, struct subproc_error *error)
{
    size_t offset;
    if (subproc_quote_batch_can_say(word, &offset))
        return 0;
    return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "batch",
                             "it is a batch file, and its argument %zu has %s, which can't be passed to one", index,
                             name_of(word[offset]));
}

static int check_words(const struct subproc_os_plan *plan, struct subproc_error *error)
{
    int result = 0;
    if (plan->command_line != NULL)
        return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "batch",
                                 "it is a batch file, which would read a verbatim command line as commands");
    for (size_t i = 1; result == 0 && plan->argv[i] != NULL; i++)
        result = check_word(plan->argv[i], i, error);
    return result;
}

/*
 * "CMD does not support UNC paths as current directories": it says so and starts in the Windows directory instead, where
 * the batch file would do what was meant for another place. https://devblogs.microsoft.com/oldnewthing/20070215-05/?p=28003
 */
static int check_directory(const wchar_t *directory, struct subproc_error *error)
{
    wchar_t *ours = NULL;
    const DWORD native = directory == NULL ? subproc_win32_full_path(L".", &ours) : 0;
    if (native != 0)
        return subproc_os_fail(error, "chdir", native);
    const wchar_t *start = directory != NULL ? directory : ours;
    const bool is_unc = start[0] == L'\\' && start[1] == L'\\';
    free(ours);
    if (!is_unc)
        return 0;
    return subproc_error_say(error, SUBPROC_E_NO_DIRECTORY, "chdir",
                             "it is a batch file, and cmd.exe can't start in a directory without a drive letter");
}

/* ---- the line ------------------------------------------------------------------------------------------------------ */

static int append_text(struct subproc_buffer *line, const char *text)
{
    return subproc_buffer_append(line, text, strlen(text));
}

static int append_word(struct subproc_buffer *line, const char *word)
{
    const int result = subproc_buffer_reserve(line, subproc_quote_batch_word(word, NULL));
    if (result == 0)
        line->size += subproc_quote_batch_word(word, line->bytes + line->size);
    return result;
}

/* Always in quotes, an argument only where it must be. */
static int append_path(struct subproc_buffer *line, const char *path)
{
    const bool is_plain = subproc_quote_batch_word(path, NULL) == strlen(path);
    const char *quote = is_plain ? "\"" : "";
    int result = append_text(line, quote);
    if (result == 0)
        result = append_word(line, path);
    return result == 0 ? append_text(line, quote) : result;
}

static int append_arguments(struct subproc_buffer *line, const char *const *argv)
{
    int result = 0;
    for (size_t i = 1; result == 0 && argv[i] != NULL; i++) {
        result = append_text(line, " ");
        if (result == 0)
            result = append_word(line, argv[i]);
    }
    return result;
}

static int compose(const char *interpreter, const char *path, const char *const *argv, struct subproc_buffer *line)
{
    int result = append_text(line, "\"");
    if (result == 0)
        result = append_text(line, interpreter);
    if (result == 0)
        result = append_text(line, "\" /d /e:on /v:off /s /c \"");
    if (result == 0)
        result = append_path(line, path);
    if (result == 0)
        result = append_arguments(line, argv);
    if (result == 0)
        result = append_text(line, "\"");
    if (result == 0)
        line->bytes[line->size] = 0;
    return result;
}

static int make_line(const char *interpreter, const char *path, const char *const *argv, wchar_t **wide,
                     struct subproc_error *error)
{
    struct subproc_buffer line = {0};
    int result = compose(interpreter, path, argv, &line);
    if (result < 0)
        subproc_error_set(error, result, "batch", 0);
    else
        result = subproc_win32_wide(line.bytes, SUBPROC_UTF16_WTF8, "batch", wide, error);
    subproc_buffer_free(&line);
    if (result < 0 || wcslen(*wide) <= CMD_LIMIT)
        return result;
    return subproc_error_say(error, SUBPROC_E_TOO_LONG, "command line",
                             "it is a batch file, and the command line for it is longer than the %d UTF-16 units that "
                             "cmd.exe reads",
                             CMD_LIMIT);
}

/* ---- cmd.exe ------------------------------------------------------------------------------------------------------- */

/* The system's own, whatever COMSPEC and PATH say. */
static int find_interpreter(struct subproc_buffer *path, struct subproc_error *error)
{
    char *folder;
    int result = subproc_os_default_path(&folder, error);
    if (result < 0)
        return result;
    result = append_text(path, folder);
    free(folder);
    if (result == 0)
        result = append_text(path, "\\cmd.exe");
    if (result < 0)
        return subproc_error_set(error, result, "interpreter", 0);
    path->bytes[path->size] = 0;
    return 0;
}

static int check_interpreter(const wchar_t *wide, const char *path, struct subproc_error *error)
{
    DWORD attributes;
    const DWORD native = subproc_win32_attributes(wide, &attributes);
    if (native == 0)
        return 0;
    subproc_os_fail(error, "interpreter", native);
    subproc_error_sentence(error, "it is a batch file, and '%s', which runs those, can't be opened", path);
    return error->code;
}

static int prepare_checked(const struct subproc_os_plan *plan, const char *path, struct subproc_win32_batch *batch,
                           struct subproc_error *error)
{
    struct subproc_buffer interpreter = {0};
    int result = find_interpreter(&interpreter, error);
    if (result == 0)
        result = subproc_win32_wide(interpreter.bytes, SUBPROC_UTF16_WTF8, "interpreter", &batch->interpreter, error);
    if (result == 0)
        result = check_interpreter(batch->interpreter, interpreter.bytes, error);
    if (result == 0)
        result = make_line(interpreter.bytes, path, plan->argv, &batch->command_line, error);
    subproc_buffer_free(&interpreter);
    return result;
}

static int say_path(const wchar_t *path, char **text, struct subproc_error *error)
{
    const wchar_t *plain = path_for_cmd(path);
    size_t offset;
    if (plain == NULL)
        return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "batch",
                                 "it is a batch file, and its path has a form that cmd.exe does not read");
    const int result = subproc_win32_narrow(plain, "batch", text, error);
    if (result != 0)
        return result;
    if (subproc_quote_batch_can_say(*text, &offset))
        return 0;
    return subproc_error_say(error, SUBPROC_E_UNSAFE_ARGUMENT, "batch", "it is a batch file, and its path has %s in it",
                             name_of((*text)[offset]));
}

int subproc_win32_batch_prepare(const struct subproc_os_plan *plan, const wchar_t *path, const wchar_t *directory,
                                struct subproc_win32_batch *batch, struct subproc_error *error)
{
    char *text = NULL;
    int result = check_words(plan, error);
    if (result == 0)
        result = check_directory(directory, error);
    if (result == 0)
        result = say_path(path, &text, error);
    if (result == 0)
        result = prepare_checked(plan, text, batch, error);
    free(text);
    return result;
}

void subproc_win32_batch_release(struct subproc_win32_batch *batch)
{
    free(batch->interpreter);
    free(batch->command_line);
}
