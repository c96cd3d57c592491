/*
 * Scripts through shells. sh and cmd are the system's own. For PowerShell there are two suites: PowerShellStandIn proves what
 * we pass, against helper/powershell.c, and PowerShell what becomes of it, where a real one is on PATH.
 */
#include "helper/console.h"
#include "support.h"

using namespace test;

static std::string Replaced(std::string text, const std::string &what, const std::string &by)
{
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/* Lines as sh writes them. */
static std::string Lines(const std::string &text)
{
    return Replaced(text, "\r\n", "\n");
}

static bool Contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

static Words Script(const std::string &script)
{
    return Words{script};
}

static subproc_options With(subproc_shell shell, subproc_options options = Captured())
{
    options.shell = shell;
    return options;
}

static subproc_options Fed(subproc_options options, std::string_view input)
{
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = input.data();
    options.input.size = input.size();
    return options;
}

class Shell : public Behaviour
{
};

/* ---- options ------------------------------------------------------------------------------------------------------ */

TEST_F(Shell, TakesOneWord)
{
    Ran ran(Words{"echo a", "b"}, With(SUBPROC_SHELL_DEFAULT));
    EXPECT_EQ(SUBPROC_E_INVALID, ran.code);
    EXPECT_TRUE(Contains(ran.error.message, "one word, the script")) << ran.error.message;
    Ran none(Words{}, With(SUBPROC_SHELL_DEFAULT));
    EXPECT_EQ(SUBPROC_E_INVALID, none.code);
}

TEST_F(Shell, MustBeAKnownOne)
{
    for (int number : {-1, 6, 1000}) {
        Ran ran(Script("echo a"), With((subproc_shell)number));
        EXPECT_EQ(SUBPROC_E_INVALID, ran.code) << number;
    }
}

TEST_F(Shell, IsNotCombinedWithACommandLine)
{
    subproc_options options = With(SUBPROC_SHELL_SH);
    options.win32.command_line = "sh";
    Ran ran(Script("echo a"), options);
    EXPECT_EQ(SUBPROC_E_INVALID, ran.code) << Told(ran.error);
    EXPECT_TRUE(Contains(ran.error.message, "command_line")) << ran.error.message;
}

TEST_F(Shell, DefaultIsTheSystemsOwn)
{
    Ran ran(Script(OnWindows() ? "echo %ComSpec%& exit 7" : "echo $((6*7)); exit 7"), With(SUBPROC_SHELL_DEFAULT));
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(Exited(7), ran.result.exit);
    EXPECT_TRUE(Contains(ran.out(), OnWindows() ? "cmd.exe" : "42\n")) << ran.out();
}

TEST_F(Shell, TheCommandInMessagesIsTheScript)
{
    Ran ran(Script("exit 3"), With(SUBPROC_SHELL_DEFAULT));
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&ran.result, &error));
    EXPECT_STREQ("command 'exit 3' returned non-zero exit status 3", error.message);
}

TEST_F(Shell, AnEmptyScriptDoesNothing)
{
    Ran ran(Script(""), With(SUBPROC_SHELL_DEFAULT));
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(Exited(0), ran.result.exit);
    EXPECT_EQ("", ran.out() + ran.err());
    subproc_options options = With(SUBPROC_SHELL_DEFAULT);
    options.program = "";
    Ran nameless(Script("echo a"), options);
    EXPECT_EQ(SUBPROC_E_INVALID, nameless.code) << "the name of the program is still one";
}

/* ---- sh ----------------------------------------------------------------------------------------------------------- */

/* What the helper, in the place of a sh, is told after -c; each word with a bar after it. */
static std::string ToldToSh(const std::string &script)
{
    subproc_options options = With(SUBPROC_SHELL_SH);
    options.program = HelperPath().c_str();
    Ran ran(Script(script), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    return Replaced(ran.out(), std::string(1, '\0'), "|");
}

TEST_F(Shell, ShIsToldTheScriptAsItIs)
{
    for (const char *script :
         {"echo a", "", "a \"b\" 'c' \\d\\", "one\ntwo\r\nthree\n", "한글 😀 & x", "%PATH% ^ $HOME `x` *"})
        EXPECT_EQ(script + std::string("|"), ToldToSh(script));
}

TEST_F(Shell, ShTakesNoScriptForAnOption)
{
    EXPECT_EQ("--|-x|", ToldToSh("-x"));
    EXPECT_EQ("--|--|", ToldToSh("--"));
    EXPECT_EQ("--|+e|", ToldToSh("+e"));
    EXPECT_EQ(" -x|", ToldToSh(" -x"));
}

TEST_F(Shell, AMissingShIsNamed)
{
    std::string missing = InFolder("no-such-sh");
    subproc_options options = With(SUBPROC_SHELL_SH);
    options.program = missing.c_str();
    Ran ran(Script("echo a"), options);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, ran.code);
    EXPECT_EQ("cannot start '" + missing + "': no such file", ran.error.message);
    options.program = "no-such-sh";
    Ran unknown(Script("echo a"), options);
    EXPECT_STREQ("cannot start 'no-such-sh': not found in PATH", unknown.error.message);
}

TEST_F(Shell, ShRunsScripts)
{
    Words path{PathList({Folder()})};
    subproc_options options = With(SUBPROC_SHELL_SH);
    if (OnWindows()) {
        options.environment.changes = path;
        Ran missing(Script("echo a"), options);
        EXPECT_STREQ("cannot start 'sh': not found in PATH", missing.error.message);
        return;
    }
    Ran streams(Script("read line; echo \"out $line\"; echo err >&2; exit 7"), Fed(options, "in\n"));
    EXPECT_EQ(SUBPROC_OK, streams.code) << Told(streams.error);
    EXPECT_EQ(Exited(7), streams.result.exit);
    EXPECT_EQ("out in\n", streams.out());
    EXPECT_EQ("err\n", streams.err());
    Ran lines(Script("echo 'one \"two\"'\nif true; then\necho $((1+2))\nfi\n"), options);
    EXPECT_EQ("one \"two\"\n3\n", lines.out());
    Ran dash(Script("-no-such-command; echo $?; set -- x; echo $1"), options);
    EXPECT_EQ("127\nx\n", dash.out()) << "the script that begins like an option ran";
    Ran signal(Script("kill -15 $$"), options);
    EXPECT_EQ(Signalled(15), signal.result.exit);
}

TEST_F(Shell, ShIsThatOfTheSystemWhateverPathSays)
{
    if (OnWindows())
        return;
    CopyProgram(HelperPath(), InFolder("sh"));
    Words path{PathList({Folder()})};
    subproc_options options = With(SUBPROC_SHELL_SH);
    options.environment.changes = path;
    Ran ran(Script("echo ours"), options);
    EXPECT_EQ("ours\n", ran.out());
}

/* ---- cmd ---------------------------------------------------------------------------------------------------------- */

/* On POSIX the one thing there is to say. */
static bool HasNoCmd()
{
    if (OnWindows())
        return false;
    subproc_options options = With(SUBPROC_SHELL_CMD);
    Ran ran(Script("echo a"), options);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, ran.code);
    EXPECT_STREQ("exec", ran.error.step);
    EXPECT_STREQ("cannot start 'cmd.exe': there is no cmd on this system", ran.error.message);
    options.program = HelperPath().c_str();
    Ran named(Script("echo a"), options);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, named.code) << "nothing there takes a raw command line";
    return true;
}

/* The command line with the folder of the system's cmd.exe left out. */
static std::string LineForCmd(const std::string &script)
{
    subproc_options options = With(SUBPROC_SHELL_CMD);
    options.program = HelperPath().c_str();
    Ran ran(Script(script), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    return Replaced(ran.out(), HelperPath(), "CMD");
}

TEST_F(Shell, CmdIsToldTheScriptAsItIs)
{
    if (HasNoCmd())
        return;
    for (const char *script : {"echo a", "", "\"a b\" & echo c", "a\\\"b\\\\", "\"", "echo 한글 😀", "x ^& y %PATH% \\"})
        EXPECT_EQ("\"CMD\" /d /s /c \"" + std::string(script) + "\"", LineForCmd(script));
}

TEST_F(Shell, CmdRunsScripts)
{
    if (HasNoCmd())
        return;
    subproc_options options = With(SUBPROC_SHELL_CMD);
    Ran status(Script("exit 7"), options);
    EXPECT_EQ(SUBPROC_OK, status.code) << Told(status.error);
    EXPECT_EQ(Exited(7), status.result.exit);
    Ran streams(Script("echo out& echo err>&2"), options);
    EXPECT_EQ("out\n", Lines(streams.out()));
    EXPECT_EQ("err\n", Lines(streams.err()));
    Ran quotes(Script("echo \"a & b\" c"), options);
    EXPECT_EQ("\"a & b\" c\n", Lines(quotes.out()));
    std::string program = "\"" + HelperPath() + "\"";
    Ran native(Script(program + " --out \"two words\" --exit 5"), options);
    EXPECT_EQ("two words", native.out());
    EXPECT_EQ(Exited(5), native.result.exit);
    Ran twice(Script(program + " --out \"x y\" & " + program + " --out z"), options);
    EXPECT_EQ("x yz", twice.out()) << "a script that begins and ends with a quote would lose them without /s";
}

TEST_F(Shell, CmdRedirectsIntoFiles)
{
    if (HasNoCmd())
        return;
    std::string file = InFolder("a file of 한글.txt");
    Ran ran(Script("echo kept>\"" + file + "\""), With(SUBPROC_SHELL_CMD));
    EXPECT_EQ(Exited(0), ran.result.exit) << Told(ran.error);
    EXPECT_EQ("kept\n", Lines(LoadFile(file)));
}

TEST_F(Shell, CmdWritesTheConsolesPage)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    if (HasNoCmd())
        return;
    char *encoded = nullptr;
    size_t size;
    ASSERT_EQ(SUBPROC_OK, subproc_encode("console", "한글", 6, &encoded, &size, nullptr));
    Ran ran(Script("echo 한글"), With(SUBPROC_SHELL_CMD));
    EXPECT_EQ(std::string(encoded, size) + "\n", Lines(ran.out()));
    subproc_free_string(encoded);
}

TEST_F(Shell, CmdIsTheSystemsOwn)
{
    if (HasNoCmd())
        return;
    CopyProgram(HelperPath(), InFolder("cmd.exe"));
    Words path{PathList({Folder()})};
    subproc_options options = With(SUBPROC_SHELL_CMD);
    options.environment.changes = path;
    options.directory = Folder().c_str();
    WorkingDirectory here(Folder());
    Ran ran(Script("echo real"), options);
    EXPECT_EQ("real\n", Lines(ran.out())) << Told(ran.error);
}

TEST_F(Shell, CmdIsRefusedALineEnd)
{
    if (HasNoCmd())
        return;
    for (const char *script : {"echo a\necho b", "echo a\recho b", "echo a\r\n", "\n"}) {
        Ran ran(Script(script), With(SUBPROC_SHELL_CMD));
        EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, ran.code) << script;
        EXPECT_TRUE(Contains(ran.error.message, "a line end at offset")) << ran.error.message;
    }
    Ran ran(Script("echo a\necho b"), With(SUBPROC_SHELL_CMD));
    EXPECT_TRUE(Contains(ran.error.message, "offset 6")) << ran.error.message;
}

TEST_F(Shell, CmdTakesALimitedLine)
{
    if (HasNoCmd())
        return;
    std::string frame = "\"" + HelperPath() + "\" /d /s /c \"\"";
    for (const char *unit : {"x", "한"}) { /* one UTF-16 unit each */
        std::string script;
        for (size_t i = frame.size(); i < 8191; i++)
            script += unit;
        EXPECT_EQ("\"CMD\" /d /s /c \"" + script + "\"", LineForCmd(script));
        subproc_options options = With(SUBPROC_SHELL_CMD);
        options.program = HelperPath().c_str();
        Ran ran(Script(script + unit), options);
        EXPECT_EQ(SUBPROC_E_TOO_LONG, ran.code);
        EXPECT_TRUE(Contains(ran.error.message, "has 8192 UTF-16 units, and cmd takes 8191 in all")) << ran.error.message;
    }
}

/* ---- PowerShell: what we pass ------------------------------------------------------------------------------------- */

static const subproc_shell both[] = {SUBPROC_SHELL_POWERSHELL, SUBPROC_SHELL_PWSH};

class PowerShellStandIn : public Shell
{
  protected:
    static constexpr uint32_t took_it = 77;

    void SetUp() override
    {
        Shell::SetUp();
        std::string helper = HelperPath();
        folder_ = Join(helper.substr(0, helper.find_last_of("/\\")), "stand_in");
        path_ = Words{PathList({folder_})};
    }

    subproc_options Options(subproc_shell shell, subproc_options options = Captured()) const
    {
        options = With(shell, options);
        options.environment.changes = path_;
        return options;
    }

    /* What it printed: the flags, the text, the console, and the rest is the script. */
    struct Printed {
        std::vector<std::string> flags;
        std::string text, console, script;
    };

    static Printed Parse(const std::string &out)
    {
        std::vector<std::string> lines = Split(out, '\n');
        Printed printed;
        size_t at = 0, used = 0;
        for (; at < lines.size() && lines[at].starts_with("-"); used += lines[at++].size() + 1)
            printed.flags.push_back(lines[at]);
        if (at + 1 >= lines.size())
            return printed;
        printed.text = lines[at];
        printed.console = NumberOf(lines[at + 1], "console");
        printed.script = out.substr(used + lines[at].size() + 1 + lines[at + 1].size() + 1);
        return printed;
    }

    Printed Pass(subproc_shell shell, const std::string &script, subproc_options options = Captured()) const
    {
        Ran ran(Script(script), Options(shell, options));
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(Exited(took_it), ran.result.exit) << ran.err();
        EXPECT_EQ("", ran.err());
        return Parse(ran.out());
    }

    std::string folder_;
    Words path_;
};

TEST_F(PowerShellStandIn, IsGivenTheFlagsOneByOne)
{
    for (subproc_shell shell : both) {
        Printed printed = Pass(shell, "Get-Date");
        EXPECT_EQ((std::vector<std::string>{"-NoProfile", "-NonInteractive", "-Command"}), printed.flags);
        EXPECT_EQ("Get-Date", printed.script);
    }
}

TEST_F(PowerShellStandIn, IsGivenAFixedText)
{
    std::string text = Pass(SUBPROC_SHELL_PWSH, "Get-Date").text;
    EXPECT_EQ(text, Pass(SUBPROC_SHELL_POWERSHELL, "another \"script\"").text);
    EXPECT_TRUE(text.starts_with("$s=$env:SUBPROC_SCRIPT;$env:SUBPROC_SCRIPT=$null;")) << text;
    EXPECT_TRUE(Contains(text, "[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false)")) << text;
    EXPECT_TRUE(Contains(text, ";& $b|Out-Default;")) << text;
}

TEST_F(PowerShellStandIn, IsGivenEveryScriptAsItIs)
{
    const char *const scripts[] = {"",
                                   " ",
                                   "\"",
                                   "'",
                                   "a \"b\" 'c' `d",
                                   "one\ntwo\r\nthree\n",
                                   "한글 😀 ‘quotes’",
                                   "exit 3",
                                   "$x=1; \"$x\" | % { $_ }",
                                   "trailing \\",
                                   "\\\"",
                                   "%PATH% & ^ ! <>|",
                                   "@'\nhere\n'@",
                                   "# comment",
                                   "-Command x",
                                   "\t\x01\x7f"};
    for (subproc_shell shell : both)
        for (const char *script : scripts)
            EXPECT_EQ(script, Pass(shell, script).script);
}

TEST_F(PowerShellStandIn, IsFedInputOnlyWhereTheScriptNamesIt)
{
    for (const char *script :
         {"$input", "$INPUT|sort", "x ${input}", "${Input}", "\"<$input>\"", "$input.Count", "$input::x", "$inputs;$input",
          "$input)", "\xE2\x80\x9C$input\xE2\x80\x9D", "``$input", "$input\xC2\xA0"})
        EXPECT_TRUE(Contains(Pass(SUBPROC_SHELL_PWSH, script).text, ";$input|& $b|Out-Default;")) << script;
    for (const char *script : {"$inputs", "$input_1", "$input1", "$my_input", "input", "$ input", "`$input", "```$input",
                               "$input:x", "$input한", "${inputs}", "$inpu", "$", "${input", "$inputA", "$input?"})
        EXPECT_TRUE(Contains(Pass(SUBPROC_SHELL_PWSH, script).text, ";& $b|Out-Default;")) << script;
}

TEST_F(PowerShellStandIn, IsFoundInTheChildsPath)
{
    Ran ran(Script("x"), With(SUBPROC_SHELL_PWSH, Options(SUBPROC_SHELL_PWSH)));
    EXPECT_EQ(Exited(took_it), ran.result.exit) << Told(ran.error);
    Words empty{PathList({Folder()})};
    subproc_options options = With(SUBPROC_SHELL_PWSH);
    options.environment.changes = empty;
    Ran missing(Script("x"), options);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, missing.code);
    EXPECT_STREQ("cannot start 'pwsh': not found in PATH", missing.error.message);
    options.shell = SUBPROC_SHELL_POWERSHELL;
    Ran windows(Script("x"), options);
    EXPECT_STREQ("cannot start 'powershell': not found in PATH", windows.error.message);
}

TEST_F(PowerShellStandIn, MayBeAnotherFile)
{
    std::string copy = InFolder(ProgramFile("pwsh preview"));
    CopyProgram(Join(folder_, ProgramFile("pwsh")), copy);
    subproc_options options = With(SUBPROC_SHELL_PWSH);
    options.program = copy.c_str();
    Ran ran(Script("a script"), options);
    EXPECT_EQ(Exited(took_it), ran.result.exit) << Told(ran.error);
    EXPECT_EQ("a script", Parse(ran.out()).script);
}

TEST_F(PowerShellStandIn, GetsOurVariableAndTheCallers)
{
    Words changes{path_.list()[0], "SUBPROC_SCRIPT=the caller's", "OTHER=kept"};
    subproc_options options = With(SUBPROC_SHELL_PWSH);
    options.environment.changes = changes;
    Ran ran(Script("ours"), options);
    EXPECT_EQ("ours", Parse(ran.out()).script);
    options.environment.base = SUBPROC_ENVIRONMENT_EMPTY;
    Ran empty(Script("ours"), options);
    EXPECT_EQ("ours", Parse(empty.out()).script) << Told(empty.error);
    Variable nested("SUBPROC_SCRIPT", "an outer one's");
    EXPECT_EQ("ours", Pass(SUBPROC_SHELL_PWSH, "ours").script);
}

/* With its name and '=', the variable has 15 units or bytes more than the script. */
TEST_F(PowerShellStandIn, IsGivenScriptsUpToTheLimitOfAVariable)
{
    if (!OnWindows() && !OnLinux())
        return;
    size_t limit = OnWindows() ? 32766 - 15 : 32 * 4096 - 1 - 15;
    std::string longest(limit, 'x');
    if (OnWindows())
        longest.replace(0, 1, "한"); /* one unit */
    EXPECT_TRUE(SameBytes(longest, Pass(SUBPROC_SHELL_PWSH, longest).script));
    Ran ran(Script(longest + "x"), Options(SUBPROC_SHELL_PWSH));
    EXPECT_EQ(SUBPROC_E_TOO_LONG, ran.code);
    EXPECT_TRUE(Contains(ran.error.message, OnWindows() ? "32766 UTF-16 units" : "131071 bytes")) << ran.error.message;
    EXPECT_TRUE(Contains(ran.error.message, "cannot start 'pwsh': its script")) << ran.error.message;
}

TEST_F(PowerShellStandIn, HasAConsoleOfItsOwn)
{
    EXPECT_EQ(OnWindows() ? "1" : "0", Pass(SUBPROC_SHELL_PWSH, "x").console);
}

TEST_F(PowerShellStandIn, TheCommandInMessagesIsTheScript)
{
    Ran ran(Script("Get-Date; exit 3"), Options(SUBPROC_SHELL_PWSH));
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&ran.result, &error));
    EXPECT_STREQ("command 'Get-Date; exit 3' returned non-zero exit status 77", error.message);
}
