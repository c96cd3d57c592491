/*
 * Scripts through a real PowerShell, each one of `powershell` and `pwsh` that is on PATH; without one all of this skips. What
 * is expected was measured on PowerShell 7.6 by hand, but for a few variations.
 */
#include "support.h"

#include <cstdlib>
#include <cstring>

using namespace test;

static bool Contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

static std::string Lines(std::string text)
{
    std::erase(text, '\r');
    return text;
}

struct Real {
    subproc_shell shell;
    std::string name;
    int major;
};

/* Wine's powershell takes anything, says nothing and ends with 0. */
static int MajorVersion(const std::string &name)
{
    subproc_options options = Captured();
    options.timeout = deadline * 2;
    Ran ran(Words{name, "-NoProfile", "-NonInteractive", "-Command", "$PSVersionTable.PSVersion.Major"}, options);
    return ran.code == SUBPROC_OK ? std::atoi(ran.out().c_str()) : 0;
}

static const std::vector<Real> &Found()
{
    static const std::vector<Real> found = [] {
        std::vector<Real> list;
        for (Real real : {Real{SUBPROC_SHELL_POWERSHELL, "powershell", 0}, Real{SUBPROC_SHELL_PWSH, "pwsh", 0}}) {
            real.major = MajorVersion(real.name);
            if (real.major > 0)
                list.push_back(real);
        }
        return list;
    }();
    return found;
}

class PowerShell : public Behaviour
{
  protected:
    void SetUp() override
    {
        Found();
        Behaviour::SetUp();
        if (Found().empty())
            GTEST_SKIP() << "no PowerShell is on PATH";
    }

    /* How a script ended, and what it wrote; `input` NULL: the null device. */
    struct End {
        subproc_exit exit;
        std::string out, err;
    };

    static End Run(const Real &real, const std::string &script, const char *input = nullptr)
    {
        subproc_options options = Captured();
        options.shell = real.shell;
        options.timeout = deadline * 2;
        if (input != nullptr) {
            options.in.kind = SUBPROC_STREAM_PIPE;
            options.input.data = input;
            options.input.size = strlen(input);
        }
        Ran ran(Words{script}, options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        return {ran.result.exit, Lines(ran.out()), Lines(ran.err())};
    }

    /* Each script with the status that it gives, in every PowerShell here. */
    static void ExpectStatus(uint32_t code, const std::vector<std::string> &scripts)
    {
        for (const Real &real : Found())
            for (const std::string &script : scripts) {
                End end = Run(real, script);
                EXPECT_EQ(Exited(code), end.exit) << real.name << ": " << script << "\n" << end.out << end.err;
            }
    }

    static void ExpectOut(const std::string &out, const std::string &script, const char *input = nullptr)
    {
        for (const Real &real : Found()) {
            End end = Run(real, script, input);
            EXPECT_EQ(out, end.out) << real.name << ": " << script;
            EXPECT_EQ("", end.err) << real.name << ": " << script;
            EXPECT_EQ(Exited(0), end.exit) << real.name << ": " << script;
        }
    }

    /* A statement that starts the helper. */
    static std::string Native(const std::string &actions)
    {
        return "& '" + HelperPath() + "' " + actions;
    }
};

TEST_F(PowerShell, ReturnsTheNumberOfAnExit)
{
    ExpectStatus(0, {"exit 0", "exit"});
    ExpectStatus(7, {"exit 7", "'text'; exit 7", "if ($true) { exit 7 }"});
    ExpectStatus(OnWindows() ? 300 : 44, {"exit 300"});
}

TEST_F(PowerShell, ReturnsTheStatusOfTheLastStatement)
{
    ExpectStatus(5, {Native("--exit 5"), "'text'; " + Native("--exit 5"), Native("--exit 5") + " # done"});
    ExpectStatus(0, {Native("--exit 5") + "; 'text'", Native("--exit 0"), "'text'", "$x = 1"});
    ExpectStatus(1, {"Write-Error bad", "Get-Item no-such-thing-here"});
    ExpectStatus(0, {"Write-Error bad; 'text'"});
}

TEST_F(PowerShell, ReturnsOneAfterATerminatingError)
{
    for (const Real &real : Found())
        for (const char *script :
             {"throw 'broken here'", "$ErrorActionPreference='Stop'; Write-Error 'broken here'; 'on'"}) {
            End end = Run(real, script);
            EXPECT_EQ(Exited(1), end.exit) << real.name;
            EXPECT_TRUE(Contains(end.err, "broken here")) << end.err;
            EXPECT_FALSE(Contains(end.out, "on")) << end.out;
        }
}

TEST_F(PowerShell, GivesZeroAfterAReturnAndWithNamedBlocks)
{
    ExpectStatus(0, {Native("--exit 5") + "; return", "return; exit 3", "process { " + Native("--exit 5") + " }",
                     "end { " + Native("--exit 5") + " }", "break", "continue"});
}

TEST_F(PowerShell, SaysWhyAnUnfinishedScriptCantRun)
{
    for (const Real &real : Found())
        for (const char *script : {"if (", "'open", "@'\nopen", "{", "1 +"}) {
            End end = Run(real, script);
            EXPECT_EQ(Exited(1), end.exit) << real.name << ": " << script;
            EXPECT_GT(end.err.size(), 10u) << real.name << ": " << script;
            EXPECT_FALSE(Contains(end.err, "CLIXML")) << end.err;
            EXPECT_EQ("", end.out);
        }
}

TEST_F(PowerShell, WritesUtf8)
{
    ExpectOut("한글 😀\n", "'한글 😀'");
    ExpectOut("한글\n", "Write-Host '한글'");
    for (const Real &real : Found())
        EXPECT_TRUE(Contains(Run(real, "[Console]::Error.WriteLine('한글')").err, "한글")) << real.name;
}

TEST_F(PowerShell, WritesErrorsAsTextWithoutColours)
{
    Variable colours("TERM", "xterm-256color"), forced("CLICOLOR_FORCE", "1");
    for (const Real &real : Found()) {
        End end = Run(real, "Write-Error 'plain words'; Get-ChildItem | Out-String | Out-Null; [pscustomobject]@{a=1}");
        EXPECT_TRUE(Contains(end.err, "plain words")) << end.err;
        EXPECT_FALSE(Contains(end.err, "CLIXML")) << end.err;
        EXPECT_FALSE(Contains(end.out + end.err, "\x1b")) << end.out << end.err;
        EXPECT_TRUE(Contains(end.out, "-")) << "the table is complete: " << end.out;
        End warning = Run(real, "Write-Warning 'careful'; $VerbosePreference='Continue'; Write-Verbose 'more'");
        EXPECT_TRUE(Contains(warning.out, "careful") && Contains(warning.out, "more")) << "on stdout: " << warning.out;
        EXPECT_EQ("", warning.err);
    }
}

TEST_F(PowerShell, GivesInputWhereTheScriptNamesIt)
{
    ExpectOut("<a>\n<b>\n", "$input | ForEach-Object { \"<$_>\" }", "a\nb\n");
    ExpectOut("2\n", "@(${Input}).Count", "a\nb\n");
    ExpectOut("0\n", "@($input).Count", "");
}

TEST_F(PowerShell, LeavesInputToProgramsAndTheConsole)
{
    ExpectOut("a\nb\n", Native("--copy 10"), "a\nb\n");
    ExpectOut("<a>\n", "'<' + [Console]::In.ReadLine() + '>'", "a\nb\n");
}

/* A script that doesn't read its input doesn't wait for its end; what 5.1 does there is its own. */
TEST_F(PowerShell, DoesNotWaitForTheEndOfItsInput)
{
    for (const Real &real : Found()) {
        if (real.major < 6)
            continue;
        subproc_options options = Piped();
        options.shell = real.shell;
        Child child(Words{"exit 4"}, options);
        EXPECT_EQ(SUBPROC_OK, child.Wait(deadline * 2)) << Told(child.error);
        EXPECT_EQ(Exited(4), child.status);
    }
}

TEST_F(PowerShell, RunsEveryFormOfScript)
{
    ExpectOut("", "");
    ExpectOut("", " \n");
    ExpectOut("", "# only a comment");
    ExpectOut("v5\n", "param($a = 5) \"v$a\"");
    ExpectOut("x\n", "using namespace System.Text\n[StringBuilder]::new('x').ToString()");
    ExpectOut("here\n", "@'\nhere\n'@");
    ExpectOut("here\n", "@\"\nhere\n\"@");
    ExpectOut("done\n", "'done' # that was it");
    ExpectOut("a\nb\n", "'a'\r\n'b'\r\n");
    ExpectOut("strict\n", "Set-StrictMode -Version Latest; 'strict'");
    ExpectOut("a \"b\" 'c' `d\n", "'a \"b\" ''c'' `d'");
    ExpectOut("%PATH% & ^ <>|\n", "'%PATH% & ^ <>|'");
    ExpectOut("6\n", "$s = 0\nforeach ($i in 1..3) {\n  $s += $i\n}\n$s");
}

TEST_F(PowerShell, HasNoVariableOfOurs)
{
    ExpectOut("False\n", "Test-Path env:SUBPROC_SCRIPT");
    ExpectOut("", Native("--variable SUBPROC_SCRIPT"));
}

TEST_F(PowerShell, RunsLongScripts)
{
    std::string ascii(OnWindows() ? 30000 : 60000, 'x'), korean;
    for (int i = 0; i < (OnWindows() ? 30000 : 40000); i++)
        korean += "한";
    for (const Real &real : Found())
        for (const std::string &text : {ascii, korean})
            EXPECT_TRUE(SameBytes(text + "\n", Run(real, "'" + text + "'").out)) << real.name;
}

/* Bytes that are no text, through what PowerShell passes on and not through what it takes in. */
TEST_F(PowerShell, LeavesTheBytesOfAProgramAlone)
{
    std::string bytes = Pattern(1000), fill = Native("--fill-out 1000 1000");
    for (const Real &real : Found())
        for (const std::string &script :
             {fill, "& { " + fill + " }", "if ($true) { " + fill + " }", "foreach ($i in 1) { " + fill + " }"}) {
            subproc_options options = Captured();
            options.shell = real.shell;
            Ran ran(Words{script}, options);
            EXPECT_EQ(Exited(0), ran.result.exit) << Told(ran.error);
            EXPECT_TRUE(SameBytes(bytes, ran.out())) << real.name << ": " << script;
        }
}

/* Why the script doesn't go another way: what the other flags give. */
TEST_F(PowerShell, WouldLoseMuchWithOtherFlags)
{
    const std::string base64 = "VwByAGkAdABlAC0ARQByAHIAbwByACAAYgBhAGQA"; /* Write-Error bad, UTF-16LE */
    for (const Real &real : Found()) {
        auto run = [&](const Words &flags) {
            Words words{real.name, "-NoProfile", "-NonInteractive"};
            for (const std::string &flag : flags.list())
                words.add(flag);
            Ran ran(words, Captured());
            return End{ran.result.exit, ran.out(), ran.err()};
        };
        EXPECT_EQ(Exited(1), run(Words{"-Command", Native("--exit 5")}).exit) << "flattened";
        EXPECT_TRUE(Contains(run(Words{"-EncodedCommand", base64}).err, "CLIXML"));
        std::string file = NewFile("script.ps1", Native("--exit 5"));
        if (real.major < 7)
            continue;
        EXPECT_EQ(Exited(0), run(Words{"-File", file}).exit);
        EXPECT_TRUE(Contains(run(Words{"-EncodedCommand", base64, "-OutputFormat", "Text"}).err, "bad"));
        EXPECT_EQ(Exited(0), run(Words{"-EncodedCommand", base64, "-OutputFormat", "None"}).exit);
        EXPECT_EQ(Exited(64), run(Words{"-NoSuchSwitch"}).exit);
    }
}
