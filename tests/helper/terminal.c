/*
 * Runs a program on a terminal of its own, types, and writes what the terminal shows to its standard output, as UTF-8:
 *
 *     subproc_terminal TYPED PROGRAM [ARG...]
 *
 * TYPED is hexadecimal UTF-8; a carriage return is the Enter key. "-": the program's standard input is ours and not the terminal.
 * Exits with the program's status, 120 when something fails here. POSIX: a pseudo-terminal, and bytes as they come. Windows: a
 * console; start us with one that nobody else uses (CREATE_NO_WINDOW). Rows end with a line feed, without their trailing blanks.
 */
#ifdef _WIN32
#include <windows.h>
#else
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKEN 120

static void fail(const char *what)
{
    fprintf(stderr, "subproc_terminal: %s\n", what);
    exit(BROKEN);
}

static size_t from_hex(const char *hex, char *bytes, size_t room)
{
    size_t size = 0;
    for (unsigned value; size < room && sscanf(hex, "%2x", &value) == 1; hex += 2)
        bytes[size++] = (char)value;
    return size;
}

#ifdef _WIN32

#define COLUMNS 120
#define ROWS    2000

static HANDLE open_console(const wchar_t *name)
{
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE console = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable,
                                 OPEN_EXISTING, 0, NULL);
    if (console == INVALID_HANDLE_VALUE)
        fail("there is no console");
    return console;
}

static void type_unit(HANDLE input, wchar_t unit)
{
    INPUT_RECORD records[2];
    DWORD put = 0;
    for (int i = 0; i < 2; i++) {
        memset(&records[i], 0, sizeof records[i]);
        records[i].EventType = KEY_EVENT;
        records[i].Event.KeyEvent.bKeyDown = i == 0;
        records[i].Event.KeyEvent.wRepeatCount = 1;
        records[i].Event.KeyEvent.wVirtualKeyCode = unit == L'\r' ? VK_RETURN : 0;
        records[i].Event.KeyEvent.uChar.UnicodeChar = unit;
    }
    if (!WriteConsoleInputW(input, records, 2, &put) || put != 2)
        fail("cannot type");
}

static void type(HANDLE input, const char *hex)
{
    char bytes[4096];
    wchar_t text[4096];
    int units = MultiByteToWideChar(CP_UTF8, 0, bytes, (int)from_hex(hex, bytes, sizeof bytes), text, 4096);
    for (int i = 0; i < units; i++)
        type_unit(input, text[i]);
}

/* The parent has quoted what needs it; what follows TYPED is the program's command line. */
static const wchar_t *rest_of_command_line(void)
{
    const wchar_t *line = GetCommandLineW();
    for (int word = 0; word < 2; word++) {
        bool quoted = false;
        for (; *line != 0 && (quoted || *line != L' '); line++)
            quoted = quoted != (*line == L'"');
        while (*line == L' ')
            line++;
    }
    return line;
}

static HANDLE start(HANDLE input, HANDLE screen)
{
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = input,
                            .hStdOutput = screen,
                            .hStdError = screen};
    PROCESS_INFORMATION made;
    wchar_t line[32768];
    wcsncpy(line, rest_of_command_line(), 32767);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &made))
        fail("the program does not start");
    CloseHandle(made.hThread);
    return made.hProcess;
}

/* The second cell of a wide character is marked: https://learn.microsoft.com/windows/console/char-info-str */
static size_t read_row(HANDLE screen, SHORT row, SHORT columns, wchar_t *text)
{
    static CHAR_INFO cells[COLUMNS];
    COORD size = {COLUMNS, 1}, origin = {0, 0};
    SMALL_RECT place = {0, row, COLUMNS - 1, row};
    size_t units = 0;
    if (!ReadConsoleOutputW(screen, cells, size, origin, &place))
        fail("cannot read the screen");
    for (SHORT i = 0; i < columns; i++)
        if (!(cells[i].Attributes & COMMON_LVB_TRAILING_BYTE))
            text[units++] = cells[i].Char.UnicodeChar;
    while (units > 0 && text[units - 1] == L' ')
        units--;
    return units;
}

/* All rows above the cursor's, and that one up to the cursor. */
static size_t read_screen(HANDLE screen, wchar_t *text)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    size_t units = 0;
    if (!GetConsoleScreenBufferInfo(screen, &info))
        fail("cannot ask where the cursor is");
    for (SHORT row = 0; row < info.dwCursorPosition.Y; row++) {
        units += read_row(screen, row, COLUMNS, text + units);
        text[units++] = L'\n';
    }
    return units + read_row(screen, info.dwCursorPosition.Y, info.dwCursorPosition.X, text + units);
}

/* What is there beyond what was shown before. */
static size_t show_more(HANDLE screen, size_t shown)
{
    static wchar_t text[(COLUMNS + 1) * ROWS];
    static char bytes[3 * sizeof text / sizeof *text];
    size_t units = read_screen(screen, text);
    if (units <= shown)
        return shown;
    int size = WideCharToMultiByte(CP_UTF8, 0, text + shown, (int)(units - shown), bytes, (int)sizeof bytes, NULL, NULL);
    DWORD put;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, (DWORD)size, &put, NULL);
    return units;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("usage: subproc_terminal TYPED PROGRAM [ARG...]");
    bool types = strcmp(argv[1], "-") != 0;
    HANDLE input = open_console(L"CONIN$"), screen = open_console(L"CONOUT$");
    COORD size = {COLUMNS, ROWS};
    if (!SetConsoleScreenBufferSize(screen, size))
        fail("the console can't be that large");
    if (types)
        type(input, argv[1]);
    HANDLE child = start(types ? input : GetStdHandle(STD_INPUT_HANDLE), screen);
    size_t shown = 0;
    DWORD status = 0;
    while (WaitForSingleObject(child, 20) == WAIT_TIMEOUT) /* a console doesn't tell of new text */
        shown = show_more(screen, shown);
    show_more(screen, shown);
    GetExitCodeProcess(child, &status);
    return (int)status;
}

#else

static int open_terminal(char *name, size_t room)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || strlen(ptsname(master)) >= room)
        fail("there is no pseudo-terminal");
    strcpy(name, ptsname(master));
    return master;
}

static void run_program(int terminal, bool types, char **program)
{
    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
        _exit(BROKEN);
    for (int stream = types ? 0 : 1; stream < 3; stream++)
        dup2(terminal, stream);
    execv(program[0], program);
    _exit(BROKEN);
}

/* At the end of all who have the terminal open, Linux says EIO. */
static void copy(int master)
{
    char bytes[4096];
    ssize_t got;
    while ((got = read(master, bytes, sizeof bytes)) > 0)
        if (write(1, bytes, (size_t)got) != got)
            fail("cannot write");
}

int main(int argc, char **argv)
{
    char name[256], bytes[4096];
    int status = 0;
    if (argc < 3)
        fail("usage: subproc_terminal TYPED PROGRAM [ARG...]");
    bool types = strcmp(argv[1], "-") != 0;
    int master = open_terminal(name, sizeof name);
    int terminal = open(name, O_RDWR | O_NOCTTY);
    pid_t child = fork();
    if (child == 0)
        run_program(terminal, types, argv + 2);
    size_t size = types ? from_hex(argv[1], bytes, sizeof bytes) : 0;
    if (child < 0 || terminal < 0 || write(master, bytes, size) != (ssize_t)size)
        fail("cannot begin");
    close(terminal);
    copy(master);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

#endif
