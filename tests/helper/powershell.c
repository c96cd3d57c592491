/*
 * Stands in for PowerShell: takes the flags as the real one documents them and the script from the variable that the text of
 * -Command names, prints both and ends with TOOK_IT. It runs nothing: it proves what we pass, not what PowerShell does.
 *
 *     -NoProfile          one flag a line
 *     -NonInteractive
 *     -Command
 *     $s=$env:...         the text
 *     console=1           Windows: how many processes share its console; 0: it has none
 *     the script, as it came
 */
#ifdef _WIN32
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define TOOK_IT   77
#define BAD_USAGE 64 /* what the real one ends with */

static int refuse(const char *why, const char *word)
{
    fprintf(stderr, "stand-in: %s: %s\n", why, word);
    return BAD_USAGE;
}

/* The name after the first "$env:" of the text. */
static bool find_variable(const char *text, char *name, size_t size)
{
    const char *found = strstr(text, "$env:");
    size_t length = found != NULL ? strcspn(found + 5, ";=") : 0;
    if (length == 0 || length >= size)
        return false;
    memcpy(name, found + 5, length);
    name[length] = 0;
    return true;
}

#ifdef _WIN32

static char *utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = malloc((size_t)size);
    if (text != NULL)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

static char *value_of(const char *name)
{
    wchar_t wide[256];
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, 256);
    const wchar_t *value = _wgetenv(wide);
    return value != NULL ? utf8(value) : NULL;
}

static void print_console(void)
{
    DWORD processes[16];
    printf("console=%lu\n", GetConsoleOutputCP() != 0 ? GetConsoleProcessList(processes, 16) : 0);
}

#else

static char *value_of(const char *name)
{
    return getenv(name);
}

static void print_console(void)
{
    printf("console=0\n");
}

#endif

static int take_command(char **words)
{
    char name[100];
    if (words[0] == NULL || words[1] != NULL)
        return refuse("-Command needs one text here", words[0] != NULL ? words[1] : "");
    if (strchr(words[0], '"') != NULL || strpbrk(words[0], "\r\n") != NULL)
        return refuse("the text has a double quote or a line end", words[0]);
    if (!find_variable(words[0], name, sizeof name))
        return refuse("the text names no variable", words[0]);
    const char *script = value_of(name);
    if (script == NULL)
        return refuse("no such variable", name);
    printf("-Command\n%s\n", words[0]);
    print_console();
    fputs(script, stdout);
    return fflush(stdout) == 0 ? TOOK_IT : BAD_USAGE;
}

/* https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe: -Command is the last. */
static int take_flags(char **words)
{
    for (; *words != NULL; words++) {
        if (strcmp(*words, "-Command") == 0)
            return take_command(words + 1);
        if (strcmp(*words, "-NoProfile") != 0 && strcmp(*words, "-NonInteractive") != 0)
            return refuse("a flag that it was not told about", *words);
        printf("%s\n", *words);
    }
    return refuse("no -Command", "");
}

#ifdef _WIN32

/* The C runtime's own parser, asked for wide words. */
int wmain(int count, wchar_t **wide);

int wmain(int count, wchar_t **wide)
{
    char **words = calloc((size_t)count + 1, sizeof *words);
    for (int i = 0; words != NULL && i < count; i++)
        words[i] = utf8(wide[i]);
    _setmode(_fileno(stdout), _O_BINARY);
    return words != NULL ? take_flags(words + 1) : BAD_USAGE;
}

#else

int main(int argc, char **argv)
{
    (void)argc;
    return take_flags(argv + 1);
}

#endif
