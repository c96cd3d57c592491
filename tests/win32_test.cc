/* What exists on Windows alone: command lines, flags, handles, codes of 32 bits, consoles that aren't there. */
#include "support.h"

#include <algorithm>
#include <map>
#include <memory>
#include <windows.h>

using namespace test;

class Win32 : public Behaviour
{
};

TEST_F(Win32, TellsExitCodesOf32Bits)
{
    for (uint32_t code : {256u, 259u, 0xC0000005u, 0xFFFFFFFFu, 0x12345678u}) {
        Child child(Helper({"--exit", std::to_string(code)}));
        EXPECT_EQ(Exited(code), child.End());
        EXPECT_EQ((int64_t)code, subproc_returncode(&child.status));
    }
}

TEST_F(Win32, ACodeOf259IsNoRunningChild)
{
    Child child(Helper({"--out", "ready", "--read-all", "--exit", "259"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_E_RUNNING, subproc_poll(child, &child.status, &child.error));
    subproc_close_stream(child, SUBPROC_IN);
    EXPECT_EQ(Exited(259), child.End());
    EXPECT_EQ(SUBPROC_OK, subproc_poll(child, &child.status, &child.error)) << Told(child.error);
}

TEST_F(Win32, AVerbatimCommandLineArrivesAsItIs)
{
    const char line[] = "anything \"at  all\" --command-line \\\\\"x";
    subproc_options options = Captured();
    options.win32.command_line = "helper --command-line";
    Ran plain(Words{HelperPath()}, options);
    EXPECT_EQ("helper --command-line", plain.out()) << Told(plain.error);
    options.win32.command_line = "\"helper\"   --command-line --args  \"a  b\"";
    Ran odd(Words{HelperPath(), "ignored"}, options);
    EXPECT_EQ("\"helper\"   --command-line --args  \"a  b\"" + std::string("a  b\0", 5), odd.out()) << Told(odd.error);
    options.win32.command_line = line;
    Ran ran(Words{HelperPath()}, options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
}

TEST_F(Win32, ATooLongVerbatimCommandLineIsTold)
{
    std::string line(32768, 'x');
    subproc_options options = Captured();
    options.win32.command_line = line.c_str();
    Child child(Words{HelperPath()}, options);
    EXPECT_EQ(SUBPROC_E_TOO_LONG, child.code) << Told(child.error);
}

TEST_F(Win32, ArgumentsAreQuotedForTheCRuntime)
{
    Ran ran(Helper({"--command-line", "--args", "plain", "two words", "", "q\"q", "end\\"}), Captured());
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_NE(std::string::npos, ran.out().find(" plain \"two words\" \"\" ")) << ran.out();
}

TEST_F(Win32, ShowWindowIsGiven)
{
    subproc_options options = Captured();
    Ran without(Helper({"--window"}), options);
    EXPECT_EQ("0", NumberOf(without.out(), "show_window_counts")) << Told(without.error);
    for (uint32_t show : {0u, 7u}) {
        options.win32.set = SUBPROC_WIN32_SHOW_WINDOW;
        options.win32.show_window = show;
        Ran with(Helper({"--window"}), options);
        EXPECT_EQ("1", NumberOf(with.out(), "show_window_counts")) << Told(with.error);
        EXPECT_EQ(std::to_string(show), NumberOf(with.out(), "show_window"));
    }
}

/* What a process started with these flags by hand has: Wine 8 starts every process with the same priority. */
static DWORD PriorityByHand(DWORD flags)
{
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (!CreateProcessA(HelperPath().c_str(), nullptr, nullptr, nullptr, FALSE, flags, nullptr, nullptr, &startup, &made))
        return 0;
    DWORD priority = GetPriorityClass(made.hProcess);
    WaitForSingleObject(made.hProcess, (DWORD)deadline);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return priority;
}

TEST_F(Win32, APriorityClassIsGiven)
{
    subproc_options options = Captured();
    options.win32.creation_flags = BELOW_NORMAL_PRIORITY_CLASS;
    Ran ran(Helper({"--window"}), options);
    EXPECT_EQ(std::to_string(PriorityByHand(BELOW_NORMAL_PRIORITY_CLASS)), NumberOf(ran.out(), "priority"))
        << Told(ran.error);
}

TEST_F(Win32, AHiddenConsoleCanBeAskedFor)
{
    subproc_options options = Captured();
    options.win32.creation_flags = CREATE_NO_WINDOW;
    Ran ran(Helper({"--window"}), options);
    EXPECT_EQ("1", NumberOf(ran.out(), "console")) << Told(ran.error);
    options.win32.creation_flags = DETACHED_PROCESS;
    Ran detached(Helper({"--window"}), options);
    EXPECT_EQ("0", NumberOf(detached.out(), "console")) << Told(detached.error);
}

/* What the stand-in for pwsh prints; `err` NULL: a pipe. */
static std::string StandIn(const subproc_handle *err)
{
    Words path{"PATH=" + HelperPath().substr(0, HelperPath().find_last_of('\\')) + "\\stand_in"};
    subproc_options options = Captured();
    options.shell = SUBPROC_SHELL_PWSH;
    options.environment.changes = path;
    if (err != nullptr) {
        options.err.kind = SUBPROC_STREAM_HANDLE;
        options.err.handle = *err;
    }
    Ran ran(Words{"x"}, options);
    EXPECT_EQ(Exited(77), ran.result.exit) << Told(ran.error);
    return ran.out();
}

/* We take part in the console of a child: Wine gives us none of our own. */
OWN_PROCESS(SharedConsole)
{
    subproc_options options = Piped();
    options.win32.creation_flags = CREATE_NO_WINDOW;
    Child holder(Helper({"--out", "ready", "--read-all"}), options);
    ASSERT_TRUE(holder.Says("ready"));
    FreeConsole();
    ASSERT_TRUE(AttachConsole((DWORD)subproc_id(holder))) << GetLastError();
    HANDLE console = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                 OPEN_EXISTING, 0, nullptr);
    auto handle = reinterpret_cast<subproc_handle>(console);
    DWORD mode;
    ASSERT_TRUE(GetConsoleMode(console, &mode)) << GetLastError();
    std::string shared = StandIn(&handle), own = StandIn(nullptr);
    EXPECT_EQ(std::string::npos, shared.find("OutputEncoding")) << "it would change the page of our console";
    EXPECT_NE("1", NumberOf(shared, "console"));
    EXPECT_NE(std::string::npos, own.find("OutputEncoding"));
    EXPECT_EQ("1", NumberOf(own, "console"));
    CloseHandle(console);
    FreeConsole();
}

TEST_F(Win32, PowerShellLeavesASharedConsoleAlone)
{
    InOwnProcess("SharedConsole");
}

TEST_F(Win32, FlagsThatWouldBreakTheLibraryAreRefused)
{
    const uint32_t refused[] = {CREATE_SUSPENDED, EXTENDED_STARTUPINFO_PRESENT, CREATE_UNICODE_ENVIRONMENT, DEBUG_PROCESS,
                                DETACHED_PROCESS | CREATE_NEW_CONSOLE};
    for (uint32_t flags : refused) {
        subproc_options options = Captured();
        options.win32.creation_flags = flags;
        Child child(Helper({}), options);
        EXPECT_EQ(SUBPROC_E_INVALID, child.code) << flags << ": " << Told(child.error);
    }
}

/* A handle's value proves nothing: the child's own handles take the values of ours that it didn't get. So the child sets an
 * event, and we look whether it is ours. */
class Event
{
  public:
    explicit Event(bool inheritable)
    {
        SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, inheritable};
        event_ = Handle((subproc_handle)CreateEventW(&attributes, TRUE, FALSE, nullptr));
    }
    subproc_handle handle() const
    {
        return event_;
    }
    std::string word() const
    {
        return HandleNumber(event_);
    }
    bool IsSet() const
    {
        return event_.Ready(0);
    }
    bool IsInheritable() const
    {
        DWORD flags = 0;
        GetHandleInformation(reinterpret_cast<HANDLE>(handle()), &flags);
        return (flags & HANDLE_FLAG_INHERIT) != 0;
    }

  private:
    Handle event_;
};

TEST_F(Win32, AHandleThatIsListedReachesTheChildUnderItsValue)
{
    Event listed(false), other(false);
    const subproc_handle handles[] = {listed.handle(), other.handle(), listed.handle()};
    subproc_options options = Captured();
    options.win32.handles = handles;
    options.win32.handle_count = 3;
    Ran ran(Helper({"--set-event", listed.word()}), options);
    EXPECT_EQ("set", ran.out()) << Told(ran.error);
    EXPECT_TRUE(listed.IsSet());
    EXPECT_FALSE(other.IsSet());
    EXPECT_FALSE(listed.IsInheritable()) << "ours stays as it was";
}

TEST_F(Win32, AnInheritableHandleThatIsNotListedStaysHere)
{
    Event ours(true), listed(false);
    const subproc_handle handles[] = {listed.handle()};
    subproc_options options = Captured();
    Ran without(Helper({"--set-event", ours.word()}), options);
    EXPECT_EQ(SUBPROC_OK, without.code) << Told(without.error);
    options.win32.handles = handles;
    options.win32.handle_count = 1;
    Ran with(Helper({"--set-event", ours.word()}), options);
    EXPECT_EQ(SUBPROC_OK, with.code) << Told(with.error);
    EXPECT_FALSE(ours.IsSet());
    EXPECT_TRUE(ours.IsInheritable()) << "ours stays as it was";
}

TEST_F(Win32, AHandleThatIsNoneIsRefused)
{
    for (subproc_handle handle : {SUBPROC_NO_HANDLE, (subproc_handle)0, (subproc_handle)0x7ffff0}) {
        subproc_options options = Captured();
        options.win32.handles = &handle;
        options.win32.handle_count = 1;
        Child child(Helper({}), options);
        EXPECT_EQ(SUBPROC_E_INVALID, child.code) << handle << ": " << Told(child.error);
    }
}

TEST_F(Win32, ANullHandleAsAStreamIsRefused)
{
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_HANDLE;
    options.out.handle = 0;
    Child child(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
}

TEST_F(Win32, ExitHandlesOfManyAreWaitedForAtOnce)
{
    std::vector<std::unique_ptr<Child>> children;
    std::vector<HANDLE> handles;
    for (int i = 0; i < 5; i++) {
        children.push_back(std::make_unique<Child>(Helper({"--read-all", "--exit", std::to_string(i)}), Piped()));
        subproc_handle handle = SUBPROC_NO_HANDLE;
        EXPECT_EQ(SUBPROC_OK, subproc_exit_handle(*children.back(), &handle, nullptr));
        handles.push_back(reinterpret_cast<HANDLE>(handle));
    }
    EXPECT_EQ((DWORD)WAIT_TIMEOUT, WaitForMultipleObjects(5, handles.data(), FALSE, 0));
    subproc_close_stream(*children[3], SUBPROC_IN);
    EXPECT_EQ(WAIT_OBJECT_0 + 3, WaitForMultipleObjects(5, handles.data(), FALSE, (DWORD)deadline));
    EXPECT_EQ(Exited(3), children[3]->End());
    for (auto &child : children)
        subproc_close_stream(*child, SUBPROC_IN);
    EXPECT_EQ((DWORD)WAIT_OBJECT_0, WaitForMultipleObjects(5, handles.data(), TRUE, (DWORD)deadline));
}

TEST_F(Win32, OnlyTheSignalsOfTheHeaderExist)
{
    Child child(Helper({"--read-all"}), Piped());
    for (int number : {1, 2, 3, 10, 22, 64})
        EXPECT_EQ(SUBPROC_E_UNSUPPORTED, subproc_signal(child, number, &child.error)) << number;
    EXPECT_EQ(SUBPROC_E_RUNNING, subproc_poll(child, &child.status, &child.error));
}

TEST_F(Win32, SystemrootIsKeptInAnEmptyEnvironment)
{
    subproc_options options = Captured();
    options.environment.base = SUBPROC_ENVIRONMENT_EMPTY;
    Ran kept(Helper({"--variable", "SystemRoot", "--variable", "SYSTEMROOT"}), options);
    EXPECT_NE("", kept.out()) << Told(kept.error);
}

TEST_F(Win32, VariablesOfDrivesPassAsTheyAre)
{
    SetEnvironmentVariableW(L"=S:", L"S:\\folder");
    Words changes{"SUBPROC_X=1"};
    subproc_options options = Captured();
    options.environment.changes = changes;
    Ran ran(Helper({"--environment"}), options);
    SetEnvironmentVariableW(L"=S:", nullptr);
    std::vector<std::string> variables = Split(ran.out(), '\0');
    EXPECT_NE(variables.end(), std::find(variables.begin(), variables.end(), "=S:=S:\\folder")) << Told(ran.error);
}

TEST_F(Win32, TheBlockIsSortedWithoutCase)
{
    Words changes{"zz_subproc=1", "AA_SUBPROC=1", "Mm_subproc=1", "aa_subproc_2=1"};
    subproc_options options = Captured();
    options.environment.changes = changes;
    Ran ran(Helper({"--environment"}), options);
    std::vector<std::string> ours;
    for (const std::string &variable : Split(ran.out(), '\0')) {
        std::string name = variable.substr(0, variable.find('=', 1));
        if (name.ends_with("_subproc") || name.ends_with("_SUBPROC") || name.ends_with("_subproc_2"))
            ours.push_back(name.substr(0, 2));
    }
    EXPECT_EQ((std::vector<std::string>{"AA", "aa", "Mm", "zz"}), ours) << Told(ran.error);
}

OWN_PROCESS(InvalidStandardHandles)
{
    for (int i = 0; i < 3; i++)
        SetStdHandle(i == 0 ? STD_INPUT_HANDLE : i == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE, INVALID_HANDLE_VALUE);
    Ran ran(Helper({"--out", "O", "--err", "E", "--exit-with-count"}));
    EXPECT_EQ(Exited(0), ran.result.exit) << Told(ran.error);
    Ran piped(Helper({"--handle-type", "0", "--handle-type", "2"}),
              Streams(SUBPROC_STREAM_INHERIT, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_INHERIT));
    EXPECT_EQ("type=2\ntype=2\n", piped.out()) << "the null device is a character device: " << Told(piped.error);
}

TEST_F(Win32, StandardHandlesThatAreInvalidBecomeTheNullDevice)
{
    InOwnProcess("InvalidStandardHandles");
}

TEST_F(Win32, AFileThatIsNoProgramIsOfTheWrongFormat)
{
    std::string text = NewFile("text.txt", "this is no program\n");
    Child child(Words{text}, Captured());
    EXPECT_EQ(SUBPROC_E_FORMAT, child.code) << Told(child.error);
}

TEST_F(Win32, OurEndsAreNotInheritable)
{
    Child child(Helper({"--read-all"}), Piped());
    for (subproc_stream_id id : {SUBPROC_IN, SUBPROC_OUT, SUBPROC_ERR}) {
        subproc_handle handle;
        ASSERT_EQ(SUBPROC_OK, subproc_stream_handle(child, id, &handle, &child.error)) << Told(child.error);
        DWORD flags = HANDLE_FLAG_INHERIT;
        EXPECT_TRUE(GetHandleInformation(reinterpret_cast<HANDLE>(handle), &flags));
        EXPECT_EQ(0u, flags & HANDLE_FLAG_INHERIT);
    }
}

/* ---- text and lookup ------------------------------------------------------------------------------------------------ */

TEST_F(Win32, TheLongestCommandLineStarts)
{
    const bool quoted = HelperPath().find(' ') != std::string::npos;
    size_t used = HelperPath().size() + (quoted ? 2 : 0) + std::string(" --args ").size();
    size_t room = 32766 - used; /* 32,767 with the NUL after it */
    Ran longest(Helper({"--args", std::string(room, 'x')}), Captured());
    EXPECT_EQ(SUBPROC_OK, longest.code) << Told(longest.error);
    EXPECT_EQ(room + 1, longest.out().size());
    Ran longer(Helper({"--args", std::string(room + 1, 'x')}), Captured());
    EXPECT_EQ(SUBPROC_E_TOO_LONG, longer.code) << Told(longer.error);
}

TEST_F(Win32, IllFormedTextIsRefused)
{
    const std::string bad = "bad \xff";
    Words changes{"X=" + bad};
    subproc_options options = Captured();
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Words{bad}, options).code);
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Helper({bad}), options).code);
    options.directory = bad.c_str();
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Helper({}), options).code);
    options.directory = nullptr;
    options.environment.changes = changes;
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Helper({}), options).code);
    options = Captured();
    options.out.kind = SUBPROC_STREAM_FILE;
    options.out.path = bad.c_str();
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Helper({}), options).code);
}

TEST_F(Win32, FindsTheExtensionsOfPathext)
{
    for (const char *name : {"tool.exe", "other.com", "dotted.v1.exe"})
        CopyProgram(HelperPath(), InFolder(name));
    Words path{PathList({Folder()})}, only_com{PathList({Folder()}), "PATHEXT=.COM"};
    Words lower{"path=" + Folder(), "pathext=.exe"};
    EXPECT_EQ("started", Start("tool", path));
    EXPECT_EQ("started", Start("tool.exe", path));
    EXPECT_EQ("started", Start("TOOL", path));
    EXPECT_EQ("started", Start("dotted.v1", path));
    EXPECT_EQ("started", Start("other", only_com));
    EXPECT_EQ("NOT_FOUND", Start("tool", only_com));
    EXPECT_EQ("started", Start("tool", lower));
    EXPECT_EQ("started", Start(InFolder("tool"), path)) << "a path gets its extension too";
}

/* ---- the ANSI code page --------------------------------------------------------------------------------------------- */

static int StartAnsi(std::string_view argument, int32_t ansi_child)
{
    subproc_options options = Captured();
    options.win32.ansi_child = ansi_child;
    Ran ran(Helper({"--args", std::string(argument)}), options);
    if (ran.code == SUBPROC_OK) {
        EXPECT_EQ(std::string(argument) + '\0', ran.out());
    } else {
        EXPECT_STREQ("ansi_child", ran.error.step);
        EXPECT_NE(std::string::npos, std::string(ran.error.message).find(argument)) << Told(ran.error);
    }
    return ran.code;
}

/* On a Korean system, as ci/wine makes one, on an American one, and on one that has UTF-8 for everything. Other pages are in
   command_line_test.cc. */
TEST_F(Win32, AnAnsiChildGetsOnlyWhatItsPageHas)
{
    std::map<unsigned, std::pair<Words, Words>> pages{
        {949, {{"plain", "한글", "two words \"quoted\"", "＂", "똠방각하"}, {"₩", "\U0001F600", "é", "¥"}}},
        {1252, {{"plain", "é", "two words \"quoted\"", "¥", "“”"}, {"₩", "\U0001F600", "한", "＂"}}},
        {65001, {{"plain", "한글", "two words \"quoted\"", "₩", "\U0001F600", "é", "＂"}, {}}},
    };
    if (!pages.contains(GetACP()))
        GTEST_SKIP() << "nothing is known of page " << GetACP();
    auto &[kept, changed] = pages[GetACP()];
    for (const std::string &word : kept.list())
        EXPECT_EQ(SUBPROC_OK, StartAnsi(word, 1)) << word;
    for (const std::string &word : changed.list())
        EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, StartAnsi(word, 1)) << word;
}

TEST_F(Win32, AnotherChildGetsEveryCharacter)
{
    for (const char *any : {"plain", "한글", "₩", "\U0001F600", "é", "¥"})
        EXPECT_EQ(SUBPROC_OK, StartAnsi(any, 0)) << any;
}

TEST_F(Win32, AVerbatimCommandLineIsHeldAgainstThePageToo)
{
    subproc_options options = Captured();
    options.win32.ansi_child = 1;
    options.win32.command_line = "helper --args ₩";
    Ran ran(Words{HelperPath()}, options);
    if (GetACP() == CP_UTF8) {
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        return;
    }
    EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, ran.code) << Told(ran.error);
    std::string instead = GetACP() == 949 ? "'\\' in code page 949" : "'?' in code page " + std::to_string(GetACP());
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("'₩' (U+20A9) would become " + instead))
        << Told(ran.error);
}
