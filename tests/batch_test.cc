/*
 * What passes through the real cmd.exe, arguments of batch files and lines quoted for cmd: they arrive as they are, nothing in
 * them runs or is expanded.
 *
 * A batch file here starts the helper with %*, so that what the C runtime reads there is compared. Wine 8's cmd mistakes
 * percent signs, quotes and operators in its own ways, so what needs a cmd like Windows' own runs from Wine 10 on.
 */
#include "support.h"

#include <algorithm>
#include <cstdlib>
#include <windows.h>

using namespace test;

namespace
{

const int first_good_wine = 10;
const char no_oracle[] = "Wine 8's cmd reads percent signs and quotes in its own way";

bool CmdIsGood()
{
    return !OnWine() || WineVersion() >= first_good_wine;
}

class Batch : public Behaviour
{
  protected:
    /* A batch file that starts the helper; `words` stand before its own arguments. */
    std::string HelperScript(const std::string &name, const std::string &words = "--args")
    {
        return NewFile(name, "@\"" + HelperPath() + "\" " + words + " %*\r\n");
    }

    /* The start's folder and PATH have a batch file `canary`, and a variable of that name; both must stay unheard. */
    subproc_options Watched()
    {
        if (ran_.empty()) {
            ran_ = InFolder("it-ran");
            NewFile("canary.bat", "@echo x>\"" + ran_ + "\"\r\n");
            changes_ = Words{PathList({Folder()}), "SUBPROC_CANARY=expanded", "canary=expanded"};
        }
        subproc_options options = Captured();
        options.environment.changes = changes_;
        options.directory = Folder().c_str();
        return options;
    }

    bool CanaryRan()
    {
        return Handle(OpenPath(ran_, 'r')) != SUBPROC_NO_HANDLE;
    }

    /* "" when the helper, started by cmd in the end, got these arguments and nothing else happened, else what went wrong. */
    std::string Difference(const Words &words, const subproc_options &options, const std::vector<std::string> &arguments)
    {
        std::string expected;
        for (const std::string &argument : arguments)
            expected += argument + '\0';
        Ran ran(words, options);
        if (ran.code != SUBPROC_OK)
            return Told(ran.error);
        if (CanaryRan())
            return "the canary ran";
        if (!ran.err().empty())
            return "on stderr: " + ran.err();
        return ran.out() == expected ? "" : FirstDifference(arguments, Split(ran.out(), '\0'));
    }

    std::string ThroughScript(const std::string &script, const std::vector<std::string> &arguments)
    {
        Words words{script};
        for (const std::string &argument : arguments)
            words.add(argument);
        return Difference(words, Watched(), arguments);
    }

    /* As a line of cmd's: `cmd /d /s /c "line"`. */
    std::string ThroughCmd(const std::vector<std::string> &arguments)
    {
        Words words{HelperPath(), "--args"};
        for (const std::string &argument : arguments)
            words.add(argument);
        char *line = nullptr;
        subproc_error error;
        if (subproc_quote(SUBPROC_QUOTE_CMD, words, &line, &error) != SUBPROC_OK)
            return Told(error);
        const std::string whole = "cmd /d /s /c \"" + std::string(line) + "\"";
        subproc_free_string(line);
        subproc_options options = Watched();
        options.win32.command_line = whole.c_str();
        return Difference(Words{Which("cmd", Words{})}, options, arguments);
    }

    void ExpectIntact(const std::string &script, const std::vector<std::string> &arguments)
    {
        EXPECT_EQ("", ThroughScript(script, arguments)) << "first argument: " << testing::PrintToString(arguments[0]);
    }

  private:
    static std::string FirstDifference(const std::vector<std::string> &expected, const std::vector<std::string> &got)
    {
        for (size_t i = 0; i < expected.size(); i++)
            if (i >= got.size() || got[i] != expected[i])
                return "argument " + std::to_string(i) + " is " +
                       testing::PrintToString(i < got.size() ? got[i] : "missing") + " and not " +
                       testing::PrintToString(expected[i]);
        return std::to_string(got.size()) + " arguments and not " + std::to_string(expected.size());
    }

    std::string ran_;
    Words changes_;
};

/* What has made other programs run something else, or lose something. */
const std::vector<std::string> &Hostile()
{
    static const std::vector<std::string> words{
        "%PATH%",
        "%SUBPROC_CANARY%",
        "\"%SUBPROC_CANARY%\"",
        "^%SUBPROC_CANARY^%",
        "%%SUBPROC_CANARY%%",
        "%SUBPROC_CANARY:e=x%",
        "%SUBPROC_CANARY:~0,3%",
        "!SUBPROC_CANARY!",
        "^!SUBPROC_CANARY^!",
        "%CMDCMDLINE:~-1%",
        "%CMDCMDLINE:~-1%&canary",
        "%CMDCMDLINE:~-1%canary%CMDCMDLINE:~-1%",
        "%=ExitCode%",
        "%cd%",
        "%cd:~,%",
        "%%cd:~,%",
        "%0",
        "%1",
        "%*",
        "%~dp0",
        "%",
        "%%",
        "100%",
        "50% of 60%",
        "\"&calc.exe",
        "\"&canary",
        "\"&canary&\"",
        "\"\"&canary",
        "\"\"\"&canary",
        "\\\"&canary",
        "\\\\\"&canary",
        "a&canary",
        "a&&canary",
        "a|canary",
        "a||canary",
        "\"|canary",
        ">out",
        "\">out",
        "2>&1",
        "<in",
        "(canary)",
        ")&canary",
        "^",
        "^^",
        "^&canary",
        "a^",
        "^\"&canary^\"",
        "!",
        "!!",
        "a\\",
        "a\\\\",
        "a b\\",
        "a b\\\\",
        "\\\"",
        "\\\\\"",
        "\"",
        "\"\"",
        "\"\"\"",
        "a\"b",
        "",
        " ",
        "\t",
        "a\tb",
        "a,b;c=d",
        "/c",
        "/?",
        "-x",
        "@echo off",
        "rem",
        ":label",
        "~",
        "`canary`",
        "$(canary)",
        "'a b'",
        "*",
        "?.*",
        "한글 \"따옴표\" & %SUBPROC_CANARY%",
        "\U0001F600",
        "\xC2\xA0", /* a no-break space */
        "\xEF\xBC\x82&canary",
        "1",
        "2",
    };
    return words;
}

/* ---- what any cmd does --------------------------------------------------------------------------------------------------- */

TEST_F(Batch, GetsItsArguments)
{
    std::string script = HelperScript("script.bat");
    ExpectIntact(script, {"plain", "two words", "", "한글 인자", "-o", "C:\\some folder\\file", "a,b;c=d"});
    EXPECT_EQ("", Ran(Words{script}, Watched()).out());
}

TEST_F(Batch, ItsExitCodeIsReturned)
{
    const std::pair<const char *, uint32_t> codes[] = {{"0", 0}, {"7", 7}, {"259", 259}, {"-1", 0xFFFFFFFF}};
    for (auto [text, code] : codes) {
        std::string script = NewFile("exit.cmd", std::string("@exit /b ") + text + "\r\n");
        EXPECT_EQ(Exited(code), Child(Words{script}, Captured()).End());
    }
    std::string last = NewFile("last.bat", "@\"" + HelperPath() + "\" --exit 5\r\n");
    EXPECT_EQ(Exited(5), Child(Words{last}, Captured()).End()) << "without `exit` it is the last program's";
}

TEST_F(Batch, ItsStreamsAreTheChilds)
{
    std::string script = HelperScript("streams.bat", "");
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_DEFAULT;
    options.input.data = "fed";
    options.input.size = 3;
    Ran ran(Words{script, "--err", "E", "--copy", "100"}, options);
    EXPECT_EQ("fed", ran.out()) << Told(ran.error);
    EXPECT_EQ("E", ran.err());
}

TEST_F(Batch, IsFoundThroughPathext)
{
    HelperScript("tool.cmd", "");
    HelperScript("OTHER.BAT", "");
    Words path{PathList({Folder()})}, only_exe{PathList({Folder()}), "PATHEXT=.EXE"};
    EXPECT_EQ("started", Start("tool", path));
    EXPECT_EQ("started", Start("tool.cmd", path));
    EXPECT_EQ("started", Start("other", path));
    EXPECT_EQ("started", Start("Other.Bat", path));
    EXPECT_EQ("started", Start(InFolder("tool"), path)) << "a path gets its extension too";
    EXPECT_EQ("NOT_FOUND", Start("tool", only_exe));
    EXPECT_TRUE(SameFile(InFolder("tool.cmd"), Which("tool", path)));
}

TEST_F(Batch, AProgramBeforeItInPathextIsTaken)
{
    NewFile("both.cmd", "@exit /b 1\r\n");
    CopyProgram(HelperPath(), InFolder("both.exe"));
    EXPECT_EQ("started", Start("both", Words{PathList({Folder()})}));
}

TEST_F(Batch, ARelativePathIsAgainstTheCallersDirectory)
{
    MakeFolder(InFolder("bin"));
    MakeFolder(InFolder("elsewhere"));
    HelperScript("bin\\here.bat", "--directory");
    WorkingDirectory here(Folder());
    subproc_options options = Captured();
    options.directory = "elsewhere";
    Ran ran(Words{"bin/here.bat"}, options);
    EXPECT_TRUE(SameFile(InFolder("elsewhere"), ran.out())) << Told(ran.error);
    Words relative{PathList({"bin"})};
    options.environment.changes = relative;
    Ran searched(Words{"here"}, options);
    EXPECT_TRUE(SameFile(InFolder("elsewhere"), searched.out())) << Told(searched.error);
}

TEST_F(Batch, MayBeCalledLikeACommandOfCmd)
{
    for (const char *name : {"call.bat", "echo.cmd", "set.bat", "rem.bat", "if.cmd", "exit.bat"}) {
        std::string script = HelperScript(name);
        ExpectIntact(script, {"a", "b c"});
    }
}

TEST_F(Batch, TheProgramOptionMayNameOne)
{
    std::string script = HelperScript("script.bat");
    subproc_options options = Captured();
    options.program = script.c_str();
    Ran ran(Words{"shown", "a b"}, options);
    EXPECT_EQ(std::string("a b\0", 4), ran.out()) << Told(ran.error);
}

/* Windows drops dots and blanks at a name's end, so each of these names means the batch file.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
TEST_F(Batch, IsOneWithDotsAndBlanksAfterItsName)
{
    std::string script = HelperScript("script.bat");
    for (const char *end : {".", " ", ". .", "...", "\\.", "\\..\\script.bat. "})
        ExpectIntact(script + end, {"a b", "c&canary"});
}

TEST_F(Batch, NamesWithoutTheirPathPrefixAreRead)
{
    std::string script = HelperScript("script.bat");
    char *full = nullptr;
    ASSERT_EQ(SUBPROC_OK, subproc_which(script.c_str(), nullptr, &full, nullptr));
    ExpectIntact("\\\\?\\" + std::string(full), {"a b"});
    subproc_free_string(full);
}

/* ---- what is refused ------------------------------------------------------------------------------------------------------ */

TEST_F(Batch, LineEndsAreRefused)
{
    std::string script = HelperScript("script.bat");
    for (const char *word : {"\n", "\r", "\r\n", "a\nb", "end\n", "\ncanary", "\"\rcanary", "a\x1A"}) {
        Ran ran(Words{script, "first", word}, Watched());
        EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, ran.code) << testing::PrintToString(word);
        EXPECT_NE(std::string::npos, std::string(ran.error.message).find("its argument 2 has a")) << Told(ran.error);
        EXPECT_STREQ("batch", ran.error.step);
        EXPECT_FALSE(CanaryRan());
    }
    Ran other(Helper({"--args", "a\nb\rc"}), Captured());
    EXPECT_EQ(std::string("a\nb\rc\0", 6), other.out()) << "other programs take them: " << Told(other.error);
}

TEST_F(Batch, AVerbatimCommandLineIsRefused)
{
    std::string script = HelperScript("script.bat");
    subproc_options options = Captured();
    options.win32.command_line = "script.bat a";
    Ran ran(Words{script}, options);
    EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, ran.code) << Told(ran.error);
    options = Captured();
    options.shell = SUBPROC_SHELL_CMD;
    options.program = script.c_str();
    Ran shell(Words{"echo a"}, options);
    EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, shell.code) << "as a shell's file: " << Told(shell.error);
}

TEST_F(Batch, AnAnsiChildOfItGetsOnlyWhatItsPageHas)
{
    std::string script = HelperScript("script.bat");
    subproc_options options = Captured();
    options.win32.ansi_child = 1;
    /* A Korean page, an American one, UTF-8. */
    const char *kept = GetACP() == 1252 ? "é" : "한글";
    const int unless_unicode = GetACP() == CP_UTF8 ? SUBPROC_OK : SUBPROC_E_UNSAFE_ARGUMENT;
    EXPECT_EQ(SUBPROC_OK, Ran(Words{script, kept}, options).code);
    EXPECT_EQ(unless_unicode, Ran(Words{script, "₩"}, options).code);
    std::string other = HelperScript("₩.bat");
    EXPECT_EQ(unless_unicode, Ran(Words{other, "plain"}, options).code) << "its own name counts too";
}

/* cmd would start in the Windows directory instead. */
TEST_F(Batch, ADirectoryWithoutADriveIsRefused)
{
    std::string script = HelperScript("script.bat", "--directory");
    std::string directory = "\\\\?\\" + Folder();
    subproc_options options = Captured();
    options.directory = directory.c_str();
    Ran ran(Words{script}, options);
    EXPECT_EQ(SUBPROC_E_NO_DIRECTORY, ran.code) << Told(ran.error);
    EXPECT_STREQ("chdir", ran.error.step);
}

TEST_F(Batch, TheLongestCommandLineOfCmdStarts)
{
    const std::string script = NewFile("script.bat", "@\"" + HelperPath() + "\" --args %1\r\n");
    const std::string before = "\"" + Which("cmd", Words{}) + "\" /d /e:on /v:off /s /c \"\"" + script + "\" short ";
    const size_t room = 8191 - before.size() - 1; /* a quote at the end */
    Ran longest(Words{script, "short", std::string(room, 'x')}, Captured());
    EXPECT_EQ(std::string("short\0", 6), longest.out()) << Told(longest.error);
    Ran longer(Words{script, "short", std::string(room + 1, 'x')}, Captured());
    EXPECT_EQ(SUBPROC_E_TOO_LONG, longer.code) << Told(longer.error);
    EXPECT_NE(std::string::npos, std::string(longer.error.message).find("8191")) << Told(longer.error);
}

/* ---- what needs a cmd like Windows' own ------------------------------------------------------------------------------------ */

TEST_F(Batch, TheCanaryIsAlive)
{
    subproc_options options = Watched();
    const std::string cmd = Which("cmd", Words{});
    options.win32.command_line = "cmd /d /s /c \"echo %SUBPROC_CANARY%&canary\"";
    Ran ran(Words{cmd}, options);
    EXPECT_EQ("expanded\r\n", ran.out()) << Told(ran.error) << ran.err();
    EXPECT_TRUE(CanaryRan());
}

TEST_F(Batch, HostileArgumentsArriveAsTheyAre)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    std::string script = HelperScript("script.bat");
    for (const std::string &word : Hostile()) {
        ExpectIntact(script, {word, "and more", word});
        MoreTime();
    }
    ExpectIntact(script, Hostile());
}

TEST_F(Batch, HostilePathsRunTheirFile)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    for (const char *folder : {"a b", "a&canary&b", "100%", "%SUBPROC_CANARY%", "%canary%", "a^b^", "!SUBPROC_CANARY!",
                               "(x)", "a;b,c=d", "한글 폴더", "a'b`c", "@x~$"}) {
        MakeFolder(InFolder(folder));
        std::string script = HelperScript(std::string(folder) + "\\" + folder + ".bat");
        ExpectIntact(script, {"a b", "%SUBPROC_CANARY%"});
    }
}

TEST_F(Batch, ALineForCmdHasTheSameWords)
{
    EXPECT_EQ("", ThroughCmd({"plain", "two words", "", "한글 인자", "-o", "C:\\some folder\\file", "a,b;c=d"}));
}

TEST_F(Batch, ALineForCmdHasTheSameHostileWords)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    for (const std::string &word : Hostile()) {
        EXPECT_EQ("", ThroughCmd({word, "and more", word})) << testing::PrintToString(word);
        MoreTime();
    }
}

/* ---- every string ------------------------------------------------------------------------------------------------------------ */

std::vector<std::string> StringsOf(size_t size)
{
    std::vector<std::string> strings{""};
    for (; size > 0; size--) {
        std::vector<std::string> longer;
        for (const std::string &string : strings)
            for (char c : std::string_view("\"%^&|<>()!\\ a"))
                longer.push_back(string + c);
        strings = std::move(longer);
    }
    return strings;
}

using Passing = std::function<std::string(const std::vector<std::string> &)>;

class EveryString : public Batch
{
  protected:
    /* So many to a start; one when SUBPROC_TEST_LONG is set. */
    void ExpectEachIntact(size_t size, size_t at_once, const Passing &difference)
    {
        const std::vector<std::string> strings = StringsOf(size);
        at_once = std::getenv("SUBPROC_TEST_LONG") != nullptr ? 1 : at_once;
        int wrong = 0;
        for (size_t i = 0; i < strings.size() && wrong < 20; i += at_once) {
            const auto first = strings.begin() + (ptrdiff_t)i;
            const std::vector<std::string> some(first, first + (ptrdiff_t)std::min(at_once, strings.size() - i));
            const std::string told = difference(some);
            EXPECT_EQ("", told) << "first argument: " << testing::PrintToString(some[0]);
            wrong += !told.empty();
            MoreTime();
        }
    }

    Passing Script()
    {
        std::string script = HelperScript("script.bat");
        return [this, script](const std::vector<std::string> &arguments) { return ThroughScript(script, arguments); };
    }

    Passing Line()
    {
        return [this](const std::vector<std::string> &arguments) { return ThroughCmd(arguments); };
    }
};

TEST_F(EveryString, OfUpToTwoCharactersReachesABatchFile)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    for (size_t size : {0, 1, 2})
        ExpectEachIntact(size, 1, Script());
}

TEST_F(EveryString, OfThreeCharactersReachesABatchFile)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    ExpectEachIntact(3, 100, Script());
}

TEST_F(EveryString, OfFourCharactersReachesABatchFile)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    ExpectEachIntact(4, 100, Script());
}

TEST_F(EveryString, OfUpToThreeCharactersPassesInALineForCmd)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    for (size_t size : {0, 1, 2, 3})
        ExpectEachIntact(size, 20, Line());
}

TEST_F(EveryString, OfFourCharactersPassesInALineForCmd)
{
    if (!CmdIsGood())
        GTEST_SKIP() << no_oracle;
    ExpectEachIntact(4, 100, Line());
}

} // namespace
