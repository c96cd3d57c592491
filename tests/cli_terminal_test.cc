// The command on a terminal: a pseudo-terminal, or a console of Windows, which shows and takes characters instead of bytes.
#include "cli_support.h"

#include <algorithm>
#include <regex>

namespace
{

using namespace cli;

// Code page 949: "한글".
const char kHangulHex[] = "c7d1b1db";

std::string Hex(const std::string &bytes)
{
    static const char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned char byte : bytes)
        hex += {digits[byte >> 4], digits[byte & 15]};
    return hex;
}

// A console that nobody else uses, and no colours.
struct subproc_options TerminalOptions()
{
    static const char *const changes[] = {"NO_COLOR=1", nullptr};
    struct subproc_options options = CaptureOptions();
    options.win32.creation_flags = kOnWindows ? 0x08000000 : 0; // CREATE_NO_WINDOW
    options.environment.changes = changes;
    return options;
}

// The end of file, as it is typed at the beginning of a line.
const std::string kEnd = kOnWindows ? "\x1A\r" : "\x04";

std::string Without(const std::string &text, char byte)
{
    std::string rest = text;
    rest.erase(std::remove(rest.begin(), rest.end(), byte), rest.end());
    return rest;
}

// What a terminal shows when `typed` is typed and the command runs; line ends are LF.
Outcome OnTerminal(const std::string &typed, const Words &words)
{
    const std::string terminal = ProgramPath("SUBPROC_TEST_TERMINAL", "subproc_terminal");
    Outcome outcome = RunProgram(Words{terminal, Hex(typed), CommandPath()} + words, TerminalOptions());
    EXPECT_EQ(outcome.err, "");
    outcome.out = Without(outcome.out, '\r');
    return outcome;
}

TEST(CommandTerminal, ShowsOurOwnWords)
{
    EXPECT_EQ(OnTerminal("", {"quote", "--for=sh", "두 단어"}).out, "'두 단어'\n");
    Outcome outcome = OnTerminal("", {"run", "--", "없는프로그램"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_EQ(outcome.out, "subproc: cannot start '없는프로그램': not found in PATH\n");
    EXPECT_EQ(OnTerminal("", {"which", "한글로 된 것"}).out, "subproc: cannot find '한글로 된 것': not found in PATH\n");
}

TEST(CommandTerminal, ShowsTextThatIsLongerThanOnePiece)
{
    Folder folder;
    std::string text = "x";
    while (text.size() < 30000)
        text += "한글";
    for (const Words &options : std::vector<Words>{{}, {"-f", "utf-8"}}) {
        std::string out = OnTerminal("", Words{"decode"} + options + Words{folder.File("a", text)}).out;
        EXPECT_TRUE(Without(out, '\n') == text) << out.substr(0, 1000);
    }
}

// A screen holds blanks up to the next stop where a tab was written.
std::string WithTabs(const std::string &shown)
{
    return std::regex_replace(shown, std::regex("  +"), "\t");
}

TEST(CommandTerminal, ShowsWhatAChildWroteInAnyEncoding)
{
    // Bytes pass as they are elsewhere.
    const std::string raw = "\xC7\xD1\xB1\xDB", hangul = kOnWindows ? AutoText(raw) : raw;
    const Words child = {HelperPath(), "--out-hex", std::string(kHangulHex) + "0a", "--out", "한글\n"};
    EXPECT_EQ(OnTerminal("", Words{"run", "--max-output=1M", "--"} + child).out, hangul + "\n한글\n");
    EXPECT_EQ(OnTerminal("", Words{"run", "--encoding=auto:cp949", "--"} + child).out, "한글\n한글\n");
    EXPECT_TRUE(Contains(OnTerminal("", Words{"run", "--tail", "--"} + child).out, "out| " + hangul + "\n"));
    EXPECT_EQ(WithTabs(OnTerminal("", Words{"parallel", "--no-progress", "--tag", "--"} + child +
                                          Words{"--out", "{}", ":::", "가"})
                           .out),
              "가\t" + hangul + "\n가\t한글\n가\t가\n");
    EXPECT_EQ(
        OnTerminal("", Words{"parallel", "--no-progress", "--", HelperPath(), "--out-hex", "{}", ":::", kHangulHex}).out,
        hangul);
}

TEST(CommandTerminal, DecodesWhatIsTyped)
{
    for (const Words &options : std::vector<Words>{{}, {"-f", "auto:cp949"}, {"-f", "utf-8"}}) {
        std::string out = OnTerminal("한글 키\r끝\r" + kEnd, Words{"decode"} + options).out;
        EXPECT_TRUE(Contains(out, "한글 키\n한글 키\n끝\n끝\n") || Contains(out, "한글 키\n끝\n한글 키\n끝\n")) << out;
        EXPECT_FALSE(Contains(out, "\uFFFD")) << out;
    }
}

TEST(CommandTerminal, MakesJobsOfWhatIsTyped)
{
    std::string out =
        OnTerminal("한글\r두 번째\r" + kEnd, {"parallel", "-j1", "--no-progress", "--", HelperPath(), "--out", "<{}>\n"})
            .out;
    EXPECT_TRUE(Contains(out, "<한글>\n")) << out;
    EXPECT_TRUE(Contains(out, "<두 번째>\n")) << out;
}

TEST(CommandTerminal, ShowsTheProgressOfJobs)
{
    // It comes after half a second.
    Outcome outcome = OnTerminal("", {"parallel", "--", HelperPath(), "--sleep", "{}", "--out", "jobs\n", ":::", "1500"});
    EXPECT_TRUE(Contains(outcome.out, "0/1 done (0 failed), 1 running")) << outcome.out;
    EXPECT_FALSE(
        Contains(OnTerminal("", {"parallel", "--no-progress", "--", HelperPath(), "--sleep", ":::", "900"}).out, "done"));
}

// The writer of a question waits for an answer, and sends no line end.
TEST(CommandTerminal, ShowsAQuestionWhenItsWriterIsSilent)
{
    struct subproc_options options = TerminalOptions();
    options.in.kind = SUBPROC_STREAM_PIPE;
    Running question(
        {ProgramPath("SUBPROC_TEST_TERMINAL", "subproc_terminal"), "-", CommandPath(), "decode", "-f", "auto:cp949"},
        options);
    question.Write("\xC7\xD1\xB1\xDB?");
    EXPECT_EQ(question.Read(7), "한글?");
    subproc_close_stream(question.child, SUBPROC_IN);
    EXPECT_EQ(question.End().kind, SUBPROC_EXIT_EXITED);
}

} // namespace
